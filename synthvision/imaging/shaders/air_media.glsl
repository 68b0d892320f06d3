// What is in the air and how much of it lies along a ray. Needs MEDIA; FALLOFF where a medium thins with height,
// PATCHES media, the first ones, that are patchy.
uniform vec4 media[2 * MEDIA];     // extinction, base height, 1 / falloff or 0, patchiness; 1 / patch size, -, -, -
uniform vec3 camera_m;             // world

// A ray that meets nothing is this long.
const float ENDLESS_M = 1e6;

// (1 - exp(-x)) / x
float falling_mean(float x) {
    return x < 0.02 ? 1.0 - x * (0.5 - x / 6.0) : (1.0 - exp(-x)) / x;
}

// Mean density between two heights along a straight line, 1 up to the base and falling above: the integral of
// exp(-(z - base) / falloff) is exact, so one evaluation serves any length.
float mean_density(vec4 medium, float z0, float z1) {
#ifndef FALLOFF
    return 1.0;
#else
    float low = (min(z0, z1) - medium.y) * medium.z, high = (max(z0, z1) - medium.y) * medium.z;
    float span = high - low;
    float below = low >= 0.0 ? 0.0 : high <= 0.0 ? 1.0 : -low / max(span, 1e-20);
    float above = exp(-max(low, 0.0)) * falling_mean(max(high, 0.0) - max(low, 0.0));
    return below + (1.0 - below) * above;
#endif
}

float density_at(vec4 medium, float z) {
#ifndef FALLOFF
    return 1.0;
#else
    return exp(-max((z - medium.y) * medium.z, 0.0));
#endif
}

#if PATCHES > 0
uniform uint patterns[PATCHES];

// PCG (O'Neill 2014), the output step of 32 bits.
float lattice(uvec3 cell, uint pattern) {
    uint state = (cell.x * 0x8da6b343u ^ cell.y * 0xd8163841u ^ cell.z * 0xcb1ab31fu ^ pattern) * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    word = (word >> 22u) ^ word;
    return float(word >> 8u) * (2.0 / 16777215.0) - 1.0;
}

// Value noise from -1 to 1 with mean 0. The lattice is turned against the world's axes, so that level ground does not
// show its squares.
float patch_noise(vec3 p, uint pattern) {
    p = mat3(0.36, 0.48, -0.8, -0.8, 0.6, 0.0, 0.48, 0.64, 0.6) * p;
    vec3 corner = floor(p), f = p - corner;
    f = f * f * (3.0 - 2.0 * f);
    uvec3 c = uvec3(ivec3(corner));
    vec4 near = vec4(lattice(c, pattern), lattice(c + uvec3(1, 0, 0), pattern),
                     lattice(c + uvec3(0, 1, 0), pattern), lattice(c + uvec3(1, 1, 0), pattern));
    vec4 far = vec4(lattice(c + uvec3(0, 0, 1), pattern), lattice(c + uvec3(1, 0, 1), pattern),
                    lattice(c + uvec3(0, 1, 1), pattern), lattice(c + uvec3(1, 1, 1), pattern));
    vec4 level = mix(near, far, f.z);
    vec2 row = mix(level.xz, level.yw, f.x);
    // Interpolation flattens the noise; this brings thin and dense patches back without moving the mean.
    float n = clamp(1.8 * mix(row.x, row.y, f.y), -1.0, 1.0);
    return n * (1.5 - 0.5 * n * n);
}

const int PATCH_STEPS = 8;

// Optical depth of a patchy medium: short steps near by, longer ones farther off, where patches melt together. What
// lies behind an optical depth of 6 is not worth a step.
float patchy_depth(vec4 medium, float per_patch, uint pattern, vec3 direction, float len) {
    float reach = min(len, 6.0 / medium.x);
    float sum = 0.0, from = 0.0;
    for (int i = 1; i <= PATCH_STEPS; ++i) {
        float share = float(i) / float(PATCH_STEPS);
        float to = reach * share * share;
        float middle = 0.5 * (from + to), span = (to - from) * per_patch;
        // A mean over n patches swings by the root of n less.
        float swing = medium.w * inversesqrt(1.0 + span);
        float density = mean_density(medium, camera_m.z + direction.z * from, camera_m.z + direction.z * to);
        sum += density * (to - from) * (1.0 + swing * patch_noise((camera_m + direction * middle) * per_patch, pattern));
        from = to;
    }
    float rest = mean_density(medium, camera_m.z + direction.z * reach, camera_m.z + direction.z * len);
    return medium.x * (sum + rest * (len - reach));
}
#endif

// Optical depth of one medium from the camera along a unit vector.
float depth_of_medium(const int number, vec3 direction, float len) {
    vec4 medium = media[2 * number];
#if PATCHES > 0
    if (number < PATCHES) return patchy_depth(medium, media[2 * number + 1].x, patterns[number], direction, len);
#endif
    return medium.x * len * mean_density(medium, camera_m.z, camera_m.z + direction.z * len);
}

// Length of a ray in metres: `depth` along the camera's axis times `stretch`, or 0 depth where nothing is seen. The
// ground goes on at z = 0 beyond the ground that is drawn where GROUND_BELOW says so.
uniform float ground_below;        // 1 where rays that meet nothing end at z = 0

float ray_length(float depth, float stretch, vec3 direction) {
    float to_ground = camera_m.z / max(-direction.z, 1e-6);
    float unseen = ground_below > 0.5 && direction.z < 0.0 && camera_m.z > 0.0 ? min(to_ground, ENDLESS_M) : ENDLESS_M;
    return depth > 0.0 ? depth * stretch : unseen;
}
