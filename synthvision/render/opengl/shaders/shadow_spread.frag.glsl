// For each tile: 1 where it or a direct neighbour is marked, 0.5 where only a tile two away is; and the nearest depth
// of all of them.
uniform sampler2D steps;
uniform int tiles_per_map;
layout(location = 0) out vec2 out_step;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int first = at.x / tiles_per_map * tiles_per_map;
    float most = 0.0, nearest = 1.0;
    for (int y = -2; y <= 2; ++y) {
        for (int x = -2; x <= 2; ++x) {
            ivec2 place = ivec2(clamp(at.x + x, first, first + tiles_per_map - 1),
                                clamp(at.y + y, 0, tiles_per_map - 1));
            vec2 other = texelFetch(steps, place, 0).xy;
            most = max(most, max(abs(x), abs(y)) < 2 ? other.x : 0.5 * other.x);
            nearest = min(nearest, other.y);
        }
    }
    out_step = vec2(most, nearest);
}
