// The mean over the time that the shutter is open. At each instant a pixel shows either its own surface, moved, or
// the surface that moves fastest nearby: whichever really comes to lie there, and of two that do, the nearer one.
#include "random.glsl"
uniform sampler2D light;
uniform sampler2D velocity;         // x, y in pixels per exposure, depth in metres
uniform sampler2D fastest;          // of the tiles around, one texel per tile
uniform float samples_per_px;
layout(location = 0) out vec4 out_light;

// How far off the pixel a surface lands that is now at `from`.
float miss(vec3 there, vec2 from, vec2 here, float time) {
    vec2 off = from + there.xy * time - here;
    return dot(off, off);
}

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(light, 0) - 1;
    vec2 scale = 1.0 / vec2(last + 1);
    vec3 sum = texelFetch(light, texel, 0).rgb;
    vec2 own = texelFetch(velocity, texel, 0).xy;
    vec2 other = texelFetch(fastest, texel / TILE, 0).xy;
    float far = sqrt(max(dot(other, other), dot(own, own)));
    int count = far < 0.4 ? 0 : clamp(int(far * samples_per_px) + 3, 4, MOST_SAMPLES);
    // Each pixel's instants are shifted by their own part of a step, so that few samples give grain and no copies.
    float shift = uniform4(pcg4d(uvec4(texel, 7u, 11u))).x;
    sum *= count > 0 ? 0.0 : 1.0;
    for (int k = 0; k < count; ++k) {
        float time = (float(k) + shift) / float(count) - 0.5;
        vec2 from_own = gl_FragCoord.xy - own * time;
        vec2 from_other = gl_FragCoord.xy - other * time;
        vec3 at_own = texelFetch(velocity, clamp(ivec2(floor(from_own)), ivec2(0), last), 0).xyz;
        vec3 at_other = texelFetch(velocity, clamp(ivec2(floor(from_other)), ivec2(0), last), 0).xyz;
        // Motion varies along a surface: the second guess starts from the motion that was found.
        from_other = gl_FragCoord.xy - at_other.xy * time;
        at_other = texelFetch(velocity, clamp(ivec2(floor(from_other)), ivec2(0), last), 0).xyz;
        bool own_lands = miss(at_own, from_own, gl_FragCoord.xy, time) < 2.0;
        bool other_lands = miss(at_other, from_other, gl_FragCoord.xy, time) < 2.0;
        // Where neither does, something has just been uncovered: the farther one is the better guess.
        bool take_other = own_lands == other_lands ? (at_other.z < at_own.z) == own_lands : other_lands;
        sum += texture(light, (take_other ? from_other : from_own) * scale).rgb;
    }
    out_light = vec4(sum / float(max(count, 1)), 1.0);
}
