// For each tile: 1 where it or a direct neighbour is marked, 0.5 where only a tile two or three away is; and the nearest depth
// of all of them. Two passes, along rows and then along columns.
uniform sampler2D steps;
uniform int tiles_per_map;
uniform ivec2 direction;
layout(location = 0) out vec2 out_step;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    ivec2 first = at / tiles_per_map * tiles_per_map;
    float most = 0.0, nearest = 1.0;
    for (int k = -3; k <= 3; ++k) {
        ivec2 place = at + k * direction;
        place = clamp(place, first, first + tiles_per_map - 1);
        vec2 other = texelFetch(steps, place, 0).xy;
        most = max(most, abs(k) < 2 ? other.x : min(other.x, 0.5));
        nearest = min(nearest, other.y);
    }
    out_step = vec2(most, nearest);
}
