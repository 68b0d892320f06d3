// The discs of suns, where nothing stands before the sky.
uniform sampler2D light;
uniform sampler2D depth_m;
uniform vec4 pinhole;           // focal lengths, principal point from the bottom left
uniform int sun_count;
uniform vec4 sun[SUNS];         // unit vector to it in camera axes, sine of its angular radius
uniform vec3 disc[SUNS];        // its luminance per primary
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    vec3 result = texelFetch(light, texel, 0).rgb;
    vec2 off = (gl_FragCoord.xy - pinhole.zw) / pinhole.xy;
    vec3 ray = normalize(vec3(off.x, -off.y, 1.0));
    float open = texelFetch(depth_m, texel, 0).r > 0.0 ? 0.0 : 1.0;
    for (int index = 0; index < sun_count; ++index) {
        // The sine of the angle between: exact where it is small, unlike the cosine.
        float away = length(cross(ray, sun[index].xyz));
        float share = clamp((sun[index].w - away) * pinhole.x * ray.z * ray.z + 0.5, 0.0, 1.0);
        share *= step(0.0, dot(ray, sun[index].xyz)) * open;
        result = mix(result, disc[index], share);
    }
    out_light = vec4(result, 1.0);
}
