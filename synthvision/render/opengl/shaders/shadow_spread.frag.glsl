// Marks a tile where it or a tile near it is marked.
uniform sampler2D steps;
uniform int tiles_per_map;
uniform int rings;
layout(location = 0) out float out_step;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int first = at.x / tiles_per_map * tiles_per_map;
    float most = 0.0;
    for (int y = -rings; y <= rings; ++y) {
        for (int x = -rings; x <= rings; ++x) {
            ivec2 place = ivec2(clamp(at.x + x, first, first + tiles_per_map - 1),
                                clamp(at.y + y, 0, tiles_per_map - 1));
            most = max(most, texelFetch(steps, place, 0).x);
        }
    }
    out_step = most;
}
