// Nearest and farthest depth of each tile of 8x8 texels.
uniform sampler2D shadow_maps;
layout(location = 0) out vec2 out_range;

void main() {
    vec2 texel = 1.0 / vec2(textureSize(shadow_maps, 0));
    vec2 corner = floor(gl_FragCoord.xy) * 8.0 + 1.0;
    float low = 1.0, high = 0.0;
    for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) {
            vec4 depth = textureGather(shadow_maps, (corner + 2.0 * vec2(x, y)) * texel);
            low = min(low, min(min(depth.x, depth.y), min(depth.z, depth.w)));
            high = max(high, max(max(depth.x, depth.y), max(depth.z, depth.w)));
        }
    }
    out_range = vec2(low, high);
}
