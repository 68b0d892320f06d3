// A smaller picture of what is sharp or behind it, and one of what is before it.
#include "focus.glsl"
uniform sampler2D light;
uniform sampler2D depth_m;
layout(location = 0) out vec4 out_far;      // light, radius in texels of this target; -1 where nothing is seen of it
layout(location = 1) out vec4 out_near;     // light times coverage, and radius in 1/16 texels plus 0.9 times coverage

void main() {
    ivec2 last = textureSize(light, 0) - 1;
    ivec2 first = ivec2(gl_FragCoord.xy) * SCALE;
    vec4 behind = vec4(0.0), before = vec4(0.0);
    float widest = -1.0, widest_before = 0.0;
    for (int y = 0; y < SCALE; ++y) {
        for (int x = 0; x < SCALE; ++x) {
            float radius = confusion(texelFetch(depth_m, min(first + ivec2(x, y), last), 0).r);
            widest = radius >= -NEAR_FROM ? max(widest, max(radius, 0.0)) : widest;
            widest_before = max(widest_before, -radius);
        }
    }
    for (int y = 0; y < SCALE; ++y) {
        for (int x = 0; x < SCALE; ++x) {
            ivec2 texel = min(first + ivec2(x, y), last);
            vec4 here = vec4(texelFetch(light, texel, 0).rgb, 1.0);
            float radius = confusion(texelFetch(depth_m, texel, 0).r);
            bool is_before = radius < -NEAR_FROM;
            before += is_before ? here : vec4(0.0);
            // What is much sharper than the rest of its block stands before it and would leave a fringe in its blur.
            behind += !is_before && radius >= 0.7 * widest - 0.7 ? here : vec4(0.0);
        }
    }
    float texels = float(SCALE * SCALE);
    out_far = vec4(behind.rgb / max(behind.a, 1.0), behind.a > 0.0 ? widest / float(SCALE) : -1.0);
    out_near = vec4(before.rgb / texels, floor(16.0 * widest_before / float(SCALE)) + 0.9 * before.a / texels);
    out_near.a = before.a > 0.0 ? out_near.a : 0.0;
}
