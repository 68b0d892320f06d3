// Rings of drops on standing water, at one moment: six grids of different mesh, each cell with at most one ring of
// random middle and age. render/ripples.py says how many rings a rain rate makes.
#include "world_noise.glsl"

uniform uint ripple_seed;
uniform float ripple_share;     // share of the cells with a ring
uniform float ripple_height;    // steepness of a young ring

const int RIPPLE_GRIDS = 6;
const float RIPPLE_CELLS_M[RIPPLE_GRIDS] = float[](0.10, 0.12, 0.15, 0.18, 0.22, 0.27);
const float RIPPLE_REACH = 0.28;    // largest radius in cells: rings never cross the border of their cell

vec2 ripple_slope(vec2 place) {
    vec2 slope = vec2(0.0);
    for (int grid = 0; grid < RIPPLE_GRIDS; ++grid) {
        float cell_m = RIPPLE_CELLS_M[grid];
        vec2 at = place / cell_m + 0.37 * float(grid);
        vec2 corner = floor(at);
        uint first = lattice_hash(ivec2(corner), ripple_seed + uint(grid) * 0x9E3779B9u);
        uint second = pcg_hash(first);
        vec2 jitter = vec2(first & 0xFFFFu, first >> 16) / 65535.0;
        float age = float(second & 0xFFFFu) / 65535.0;
        float there = float(second >> 16) / 65536.0 < ripple_share ? 1.0 : 0.0;
        vec2 away = (at - corner - 0.5 - (jitter - 0.5) * 0.3) * cell_m;
        float distance_m = length(away);
        float width_m = cell_m * (0.03 + 0.05 * age);
        float off = (distance_m - age * RIPPLE_REACH * cell_m) / width_m;
        float wave = exp(-off * off) * sin(2.5 * off) * (1.0 - age) * there;
        slope += away * (wave * ripple_height / max(distance_m, 1e-4));
    }
    return slope;
}
