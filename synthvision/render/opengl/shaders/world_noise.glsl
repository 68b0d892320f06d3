// Noise that is fixed to the world: value noise on the integer lattice, from a PCG hash (Jarzynski and Olano 2020,
// "Hash Functions for GPU Rendering"). geometry/world_noise.py says the same in numpy; both must stay equal.

uint pcg_hash(uint value) {
    uint state = value * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28) + 4u)) ^ state) * 277803737u;
    return (word >> 22) ^ word;
}

uvec2 pcg_hash(uvec2 value) {
    uvec2 state = value * 747796405u + 2891336453u;
    uvec2 word = ((state >> ((state >> 28) + 4u)) ^ state) * 277803737u;
    return (word >> 22) ^ word;
}

uvec4 pcg_hash(uvec4 value) {
    uvec4 state = value * 747796405u + 2891336453u;
    uvec4 word = ((state >> ((state >> 28) + 4u)) ^ state) * 277803737u;
    return (word >> 22) ^ word;
}

uint lattice_hash(ivec2 cell, uint seed) {
    return pcg_hash(uint(cell.x) + pcg_hash(uint(cell.y) + seed));
}

// Value 0..1, and its derivatives along x and y per cell.
vec3 value_noise(vec2 place, uint seed) {
    vec2 corner = floor(place), f = place - corner;
    // Quintic weights: slope and curvature are continuous (Perlin 2002, "Improving Noise").
    vec2 w = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    vec2 dw = 30.0 * f * f * (f - 1.0) * (f - 1.0);
    ivec2 cell = ivec2(corner);
    uvec2 rows = pcg_hash(uvec2(cell.y, cell.y + 1) + seed);
    uvec4 hashes = pcg_hash(uvec4(cell.x, cell.x + 1, cell.x, cell.x + 1) + rows.xxyy);
    vec4 v = vec4(hashes >> 8) * (1.0 / 16777216.0);
    float across = v.y - v.x, up = v.z - v.x, twist = v.x - v.y - v.z + v.w;
    return vec3(v.x + across * w.x + up * w.y + twist * (w.x * w.y),
                dw.x * (across + twist * w.y), dw.y * (up + twist * w.x));
}

// Three octaves, each twice as fine as the one before and turned; value 0..1 and derivatives per coarse cell.
vec3 fractal_noise(vec2 place, uint seed) {
    const mat2 TURN = mat2(0.8, 0.6, -0.6, 0.8);
    vec3 total = value_noise(place, seed) * (4.0 / 7.0);
    place = TURN * place * 2.0;
    vec3 part = value_noise(place, seed + 0x9E3779B9u) * (2.0 / 7.0);
    // Derivatives turn back by the transpose.
    total += vec3(part.x, part.yz * TURN * 2.0);
    place = TURN * place * 2.0;
    part = value_noise(place, seed + 2u * 0x9E3779B9u) * (1.0 / 7.0);
    return total + vec3(part.x, part.yz * TURN * TURN * 4.0);
}
