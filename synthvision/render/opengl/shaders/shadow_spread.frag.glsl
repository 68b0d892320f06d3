// Takes each tile's range together with those of the eight tiles around it.
uniform sampler2D ranges;
uniform int tiles_per_map;
layout(location = 0) out vec2 out_range;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int first = at.x / tiles_per_map * tiles_per_map;
    vec2 range = vec2(1.0, 0.0);
    for (int y = -1; y <= 1; ++y) {
        for (int x = -1; x <= 1; ++x) {
            ivec2 place = ivec2(clamp(at.x + x, first, first + tiles_per_map - 1),
                                clamp(at.y + y, 0, tiles_per_map - 1));
            vec2 other = texelFetch(ranges, place, 0).xy;
            range = vec2(min(range.x, other.x), max(range.y, other.y));
        }
    }
    out_range = range;
}
