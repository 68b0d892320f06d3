// The largest circles of confusion of each tile: before and behind what is sharp.
#include "focus.glsl"
uniform sampler2D depth_m;
layout(location = 0) out vec4 out_radii;

void main() {
    ivec2 last = textureSize(depth_m, 0) - 1;
    ivec2 first = ivec2(gl_FragCoord.xy) * TILE;
    float low = 1e9, high = -1e9;
    for (int y = 0; y < TILE; ++y) {
        for (int x = 0; x < TILE; ++x) {
            float nearness = texelFetch(depth_m, min(first + ivec2(x, y), last), 0).r;
            nearness = nearness > 0.0 ? 1.0 / nearness : 0.0;
            low = min(low, nearness);
            high = max(high, nearness);
        }
    }
    vec2 radii = focus.x * (focus.y - vec2(high, low));
    out_radii = vec4(max(-radii.x, 0.0), max(radii.y, 0.0), 0.0, 1.0);
}
