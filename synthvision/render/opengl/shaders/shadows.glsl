// Soft shadows: percentage-closer filtering over a disk as wide as the penumbra (Fernando 2005, "Percentage-Closer
// Soft Shadows"). Most pixels need no tap: a coarse map of the nearest and farthest depth around each tile of 8x8
// texels says that they are fully lit or fully shaded.

#if SHADOW_COUNT > 0
layout(std140, binding = 2) uniform Shadows {
    mat4 shadow_from_world[SHADOW_COUNT];   // x, y and depth in 0..1
    vec4 shadow_size[SHADOW_COUNT];         // texel in metres (per metre of distance for a spot), near, far, is spot
};
uniform sampler2D shadow_maps;              // one beside the other
uniform sampler2D shadow_ranges;            // nearest and farthest depth around each tile

const float MAX_RADIUS_TEXELS = 7.0;

float depth_along(float depth, vec4 size) {
    return size.w > 0.5 ? size.y * size.z / (size.z - depth * (size.z - size.y)) : mix(size.y, size.z, depth);
}

vec2 disk_point(int index, float count, float turn) {
    // Vogel's spiral: even cover of the disk by any number of points.
    float angle = float(index) * 2.39996323 + turn;
    return sqrt((float(index) + 0.5) / count) * vec2(cos(angle), sin(angle));
}

// Share of the light that arrives, 0..1.
float arriving(int slot, vec3 position, vec3 normal, float n_dot_l, float spread, vec2 pixel) {
    vec4 size = shadow_size[slot];
    vec2 map_texels = vec2(textureSize(shadow_maps, 0)) / vec2(float(SHADOW_COUNT), 1.0);
    vec4 raw = shadow_from_world[slot] * vec4(position, 1.0);
    float texel_m = size.w > 0.5 ? size.x * raw.w : size.x;
    // Half a texel away from the surface, more where light grazes it: nothing that is in contact comes loose.
    float lift = texel_m * (0.4 + 1.2 * sqrt(max(1.0 - n_dot_l * n_dot_l, 0.0)));
    vec4 c = shadow_from_world[slot] * vec4(position + normal * lift, 1.0);
    vec3 p = c.xyz / c.w;
    bool inside = c.w > 0.0 && all(greaterThan(p, vec3(0.0))) && all(lessThan(p, vec3(1.0)));
    vec2 to_atlas = vec2(1.0 / float(SHADOW_COUNT), 1.0);
    vec2 base = vec2(float(slot), 0.0) * to_atlas;
    vec2 range = textureLod(shadow_ranges, base + clamp(p.xy, 0.0, 1.0) * to_atlas, 0.0).xy;
    bool lit = !inside || p.z <= range.x;
    bool shaded = inside && p.z > range.y + 1e-6;
    float result = lit ? 1.0 : 0.0;
    int taps = lit || shaded ? 0 : SHADOW_TAPS;
    int searches = taps / 2;

    float here_m = depth_along(p.z, size);
    float nearest_m = depth_along(range.x, size);
    float turn = 6.2831853 * fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
    // How depth grows across the map on this surface, so that wide disks do not shade their own plane.
    vec2 slope = vec2(0.0);
    float reach = 1.0;
    for (int once = 0; once < (taps > 0 ? 1 : 0); ++once) {
        vec3 side = normalize(abs(normal.z) < 0.9 ? vec3(normal.y, -normal.x, 0.0) : vec3(0.0, normal.z, -normal.y));
        vec3 other = cross(normal, side);
        vec4 c1 = shadow_from_world[slot] * vec4(position + normal * lift + side * texel_m, 1.0);
        vec4 c2 = shadow_from_world[slot] * vec4(position + normal * lift + other * texel_m, 1.0);
        vec3 e1 = c1.xyz / c1.w - p, e2 = c2.xyz / c2.w - p;
        float area = e1.x * e2.y - e1.y * e2.x;
        slope = vec2(e1.z * e2.y - e2.z * e1.y, e1.x * e2.z - e2.x * e1.z) / (abs(area) > 1e-14 ? area : 1e-14);
        float steepest = 4.0 * texel_m / max(size.z - size.y, 1e-6);
        slope = clamp(slope / map_texels, vec2(-steepest), vec2(steepest));
        float widest = size.w > 0.5 ? spread * (here_m - nearest_m) / nearest_m : spread * (here_m - nearest_m);
        reach = clamp(widest / texel_m, 1.5, MAX_RADIUS_TEXELS);
    }
    float blockers = 0.0, blocker_m = 0.0;
    for (int i = 0; i < searches; ++i) {
        vec2 offset = disk_point(i, float(SHADOW_TAPS / 2), turn) * reach;
        float depth = textureLod(shadow_maps, base + (p.xy + offset / map_texels) * to_atlas, 0.0).x;
        if (depth < p.z + dot(slope, offset)) {
            blockers += 1.0;
            blocker_m += depth_along(depth, size);
        }
    }
    float distance_m = blockers > 0.0 ? here_m - blocker_m / blockers : 0.0;
    float width = size.w > 0.5 ? spread * distance_m / max(here_m - distance_m, 1e-6) : spread * distance_m;
    float radius = clamp(width / texel_m, 1.5, MAX_RADIUS_TEXELS);
    float open = 0.0;
    for (int i = 0; i < taps; ++i) {
        vec2 offset = disk_point(i, float(SHADOW_TAPS), turn) * radius;
        vec2 at = (p.xy + offset / map_texels) * map_texels - 0.5;
        vec4 depth = textureGather(shadow_maps, base + (floor(at) + 1.0) / map_texels * to_atlas);
        float limit = p.z + dot(slope, offset);
        vec4 passes = vec4(greaterThanEqual(depth, vec4(limit)));
        vec2 f = fract(at);
        open += mix(mix(passes.w, passes.z, f.x), mix(passes.x, passes.y, f.x), f.y);
    }
    return taps > 0 ? open / float(SHADOW_TAPS) : result;
}
#endif
