// The sharp picture, its blurred background, and over both what is blurred before it.
#include "focus.glsl"
uniform sampler2D light;
uniform sampler2D depth_m;
uniform sampler2D far_layer;
#ifdef NEAR
uniform sampler2D near_layer;
#endif
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    vec3 sharp = texelFetch(light, texel, 0).rgb;
    float radius = confusion(texelFetch(depth_m, texel, 0).r);
    bool is_before = radius < -NEAR_FROM;
    vec2 at = gl_FragCoord.xy / float(SCALE) - 0.5;
    ivec2 low = ivec2(floor(at));
    vec2 part = at - vec2(low);
    ivec2 last = textureSize(far_layer, 0) - 1;
    vec4 sum = vec4(0.0);
    for (int k = 0; k < 4; ++k) {
        ivec2 corner = ivec2(k & 1, k >> 1);
        vec4 there = texelFetch(far_layer, clamp(low + corner, ivec2(0), last), 0);
        vec2 near_to = mix(1.0 - part, part, vec2(corner));
        // Texels of something sharper stand before this pixel's surface and must not shine into its blur.
        float fits = is_before ? step(0.0, there.a) : clamp(2.0 * float(SCALE) * there.a / max(radius, 0.5) - 0.5, 0.0, 1.0);
        sum += vec4(there.rgb, 1.0) * (near_to.x * near_to.y * fits);
    }
    float blurred = is_before ? 1.0 : smoothstep(0.3 * BLEND_FROM, BLEND_FROM, radius);
    blurred *= step(1e-4, sum.a);
    vec3 result = mix(sharp, sum.rgb / max(sum.a, 1e-4), blurred);
#ifdef NEAR
    vec4 over = texture(near_layer, gl_FragCoord.xy / (float(SCALE) * vec2(textureSize(near_layer, 0))));
    // Where what is before is barely blurred its own pixels, not the smaller picture, are the truth.
    float soft = is_before ? smoothstep(NEAR_FROM, 2.0 * BLEND_FROM, -radius) : 1.0;
    vec3 beneath = is_before ? mix(sharp, result, soft) : result;
    result = over.rgb + beneath * (1.0 - over.a);
    result = is_before ? mix(sharp, result, soft) : result;
#endif
    out_light = vec4(result, 1.0);
}
