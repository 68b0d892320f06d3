// How far each pixel moves while the shutter is open, in pixels, y up; and how far away it is.
uniform sampler2D depth_m;          // 0 where nothing is seen
uniform vec4 pinhole;               // focal lengths, principal point from the bottom left
uniform float exposure_s;
uniform float longest_px;
#ifdef OBJECTS
uniform usampler2D body;            // row of the table
uniform sampler2D motions;          // angular velocity and drift of each body in camera axes
#else
uniform vec3 turn;
uniform vec3 drift;
#endif
layout(location = 0) out vec4 out_velocity;

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
#ifdef OBJECTS
    int row = int(texelFetch(body, texel, 0).r);
    vec3 turn = texelFetch(motions, ivec2(0, row), 0).xyz;
    vec3 drift = texelFetch(motions, ivec2(1, row), 0).xyz;
#endif
    float z = texelFetch(depth_m, texel, 0).r;
    bool seen = z > 0.0;
    vec2 off = (gl_FragCoord.xy - pinhole.zw) / pinhole.xy;
    vec3 ray = vec3(off.x, -off.y, 1.0);
    // What lies at infinity shows the camera's turn alone.
    vec3 rate = cross(turn, ray) + (seen ? drift / z : vec3(0.0));
    vec2 velocity = (rate.xy - ray.xy * rate.z) * pinhole.xy * exposure_s;
    velocity.y = -velocity.y;
    float far = length(velocity);
    velocity *= min(1.0, longest_px / max(far, 1e-6));
    out_velocity = vec4(velocity, seen ? z : 1e9, 1.0);
}
