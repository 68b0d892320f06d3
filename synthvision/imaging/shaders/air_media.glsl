// What is in the air and how much of it lies along a ray. Needs MEDIA; FALLOFF where a medium thins with height,
// PATCHES media, the first ones, that are patchy.
uniform vec4 media[2 * MEDIA];     // extinction, base height, 1 / falloff or 0, -; reach of patches in m, -, -, -
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
uniform sampler3D patches;         // ratios of patchy to even optical depth: picture, distance; a channel per medium
vec2 patch_place;                  // where in the picture a shader looks, 0 to 1; it sets this first

// Optical depth of a patchy medium up to the distance that the ratios reach, and evenly beyond.
float patchy_depth(const int number, vec4 medium, float reach, vec3 direction, float len) {
    vec3 nodes = vec3(textureSize(patches, 0));
    float near = min(len, reach);
    vec3 place = vec3(patch_place, sqrt(near / reach));
    float ratio = textureLod(patches, (place * (nodes - 1.0) + 0.5) / nodes, 0.0)[number];
    float sum = near * ratio * mean_density(medium, camera_m.z, camera_m.z + direction.z * near);
    float rest = mean_density(medium, camera_m.z + direction.z * reach, camera_m.z + direction.z * len);
    return medium.x * (sum + rest * (len - near));
}
#endif

// Optical depth of one medium from the camera along a unit vector.
float depth_of_medium(const int number, vec3 direction, float len) {
    vec4 medium = media[2 * number];
#if PATCHES > 0
    if (number < PATCHES) return patchy_depth(number, medium, media[2 * number + 1].x, direction, len);
#endif
    return medium.x * len * mean_density(medium, camera_m.z, camera_m.z + direction.z * len);
}

// Length of a ray in metres: `depth` along the camera's axis times `stretch`, or 0 depth where nothing is seen. The
// ground goes on at z = 0 beyond the ground that is drawn where GROUND_BELOW says so.
uniform float ground_below;        // 1 where rays that meet nothing end at z = 0

#ifdef SKYLINE
uniform sampler2D skyline;         // sine of the elevation of three skylines, the near one first, once around
uniform vec3 skyline_per_m;        // 1 / distance of each
uniform float skyline_edge;        // sine that a texel of the map spans

// Distance of what the environment map shows. Edges are as soft as they are in the map.
float map_distance(vec3 direction) {
    // Around a square instead of a circle: no arc tangent.
    float along = direction.x / max(abs(direction.x) + abs(direction.y), 1e-9);
    float around = 0.25 * (direction.y < 0.0 ? 3.0 + along : 1.0 - along);
    vec3 hidden = clamp((textureLod(skyline, vec2(around, 0.5), 0.0).rgb - direction.z) / skyline_edge + 0.5, 0.0, 1.0);
    float per_m = mix(1.0 / ENDLESS_M, skyline_per_m.z, hidden.z);
    return 1.0 / mix(mix(per_m, skyline_per_m.y, hidden.y), skyline_per_m.x, hidden.x);
}
#else
float map_distance(vec3 direction) {
    return ENDLESS_M;
}
#endif

float ray_length(float depth, float stretch, vec3 direction) {
    float to_ground = camera_m.z / max(-direction.z, 1e-6);
    float unseen = map_distance(direction);
    if (ground_below > 0.5 && direction.z < 0.0 && camera_m.z > 0.0) unseen = min(to_ground, unseen);
    return depth > 0.0 ? depth * stretch : unseen;
}
