// Soft shadows: percentage-closer filtering over an area as wide as the penumbra (Fernando 2005, "Percentage-Closer
// Soft Shadows"). Few pixels need it: a coarse map marks the tiles of 4x4 texels around which depth has a step or a
// crease, and everywhere else one comparison says it all.

#if SHADOW_COUNT > 0
layout(std140, binding = 2) uniform Shadows {
    mat4 shadow_from_world[SHADOW_COUNT];   // x, y and depth in 0..1
    vec4 shadow_size[SHADOW_COUNT];         // texel in metres (per metre of distance for a lamp), near, far, -
    vec4 shadow_shape[SHADOW_COUNT];        // half extents of the light along x and y of the map: width, then height
    vec4 shadow_place[SHADOW_COUNT];        // corner in the texture, side in texels, -
};
uniform sampler2D shadow_maps;              // side by side in rows
uniform sampler2D shadow_steps;             // how near a step is, and the nearest depth around

const float NARROWEST_TEXELS = 1.5;
const float WIDEST_TEXELS = 12.0;
const float WIDEST_LARGE_TEXELS = 24.0;
const float GOLDEN_COSINE = -0.73736888;
const float GOLDEN_SINE = 0.67549029;

float depth_along(float depth, vec4 size, const bool lamp) {
    return lamp ? size.y * size.z / (size.z - depth * (size.z - size.y)) : mix(size.y, size.z, depth);
}

// Offset of one of many samples of the light's area, in texels, and its distance from the middle as a share: over a
// disk, or over a rectangle of these half extents (a lattice of the plastic number, Roberts 2018, "The Unreasonable
// Effectiveness of Quasirandom Sequences").
vec3 area_sample(const bool disk, int i, int count, vec2 spoke, vec2 shift, float radius, vec4 rectangle) {
    float share = sqrt((float(i) + 0.5) / float(count));
    if (disk) return vec3(spoke * (radius * share), share);
    vec2 at = fract(shift + float(i) * vec2(0.7548776662, 0.5698402910)) * 2.0 - 1.0;
    return vec3(rectangle.xy * at.x + rectangle.zw * at.y, max(abs(at.x), abs(at.y)));
}

// Share of the light that arrives, 0..1; `spread` is the light's radius in metres, or the tangent of it for a sun. Large
// lights are looked at more closely: what lies beside the way to the light is told from what lies in it.
float arriving(int slot, const bool lamp, const bool disk, const bool large, vec3 position, vec3 normal, float facing, float spread,
               vec2 pixel) {
    mat4 map_from_world = shadow_from_world[slot];
    vec4 size = shadow_size[slot];
    vec2 base = shadow_place[slot].xy;
    float map_px = shadow_place[slot].z;
    vec2 texel = 1.0 / vec2(textureSize(shadow_maps, 0));
    vec2 to_atlas = map_px * texel;
    float texel_m = size.x;
    if (lamp) texel_m *= max((map_from_world * vec4(position, 1.0)).w, 0.0);
    // About half a texel away from the surface, more where light grazes it: nothing that is in contact comes loose.
    float lift = texel_m * (0.5 + 1.3 * sqrt(max(1.0 - facing * facing, 0.0)));
    vec4 c = map_from_world * vec4(position + normal * lift, 1.0);
    vec3 p = c.xyz / c.w;
    bool inside = c.w > 0.0 && all(greaterThan(p, vec3(0.0))) && all(lessThan(p, vec3(1.0)));
    vec2 uv = base + clamp(p.xy, 0.0, 1.0) * to_atlas;
    float alone = textureLod(shadow_maps, uv, 0.0).x;
    float result = inside && alone < p.z ? 0.0 : 1.0;
    vec2 around = textureLod(shadow_steps, uv, 0.0).xy;
    // A light so narrow that nothing near can have a wide penumbra here needs no search for what blocks it.
    float here_m = depth_along(p.z, size, lamp);
    float nearest_m = depth_along(around.y, size, lamp);
    float widest = spread * max(here_m - nearest_m, 0.0) / (lamp ? nearest_m : 1.0);
    float most = large ? WIDEST_LARGE_TEXELS : WIDEST_TEXELS;
    if (large) widest = spread * max(here_m - size.y, 0.0) / (lamp ? size.y : 1.0);
    float reach = clamp(widest / texel_m, NARROWEST_TEXELS, most);
    bool wide = reach > 2.0 * NARROWEST_TEXELS;
    bool stepped = inside && (large || around.x > (wide ? 0.25 : 0.75)) && facing > -0.05;
    float radius = NARROWEST_TEXELS;
    vec4 rectangle = vec4(radius, 0.0, 0.0, radius);
    vec4 unit_rectangle = disk ? rectangle : shadow_shape[slot] / spread;
    vec2 slope = vec2(0.0);     // how depth grows per texel on this surface: wide areas must not shade their own plane
    float noise = fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
    float turn = 6.2831853 * noise;
    vec2 start = vec2(cos(turn), sin(turn));
    vec2 shift = vec2(noise, fract(noise * 16.0));
    if (stepped) {
        vec3 side = normalize(abs(normal.z) < 0.9 ? vec3(normal.y, -normal.x, 0.0) : vec3(0.0, normal.z, -normal.y));
        vec3 other = cross(normal, side);
        vec4 c1 = map_from_world * vec4(position + normal * lift + side * texel_m, 1.0);
        vec4 c2 = map_from_world * vec4(position + normal * lift + other * texel_m, 1.0);
        vec3 e1 = c1.xyz / c1.w - p, e2 = c2.xyz / c2.w - p;
        float area = e1.x * e2.y - e1.y * e2.x;
        slope = vec2(e1.z * e2.y - e2.z * e1.y, e1.x * e2.z - e2.x * e1.z) / (abs(area) > 1e-14 ? area : 1e-14);
        float steepest = 4.0 * texel_m / max(size.z - size.y, 1e-6);
        slope = clamp(slope / map_px, vec2(-steepest), vec2(steepest));
    }
    const int most_searches = large ? SHADOW_TAPS : SHADOW_TAPS / 2;
    int searches = stepped && wide ? most_searches : 0;
    float blockers = 0.0, blocker_m = 0.0;
    vec2 spoke = start;
    for (int i = 0; i < searches; ++i) {
        vec3 part = area_sample(disk, i, most_searches, spoke, shift, reach, unit_rectangle * reach);
        // Small things close by must not be missed: more samples near the middle.
        if (large) part *= part.z;
        vec2 offset = part.xy;
        spoke = vec2(spoke.x * GOLDEN_COSINE - spoke.y * GOLDEN_SINE, spoke.x * GOLDEN_SINE + spoke.y * GOLDEN_COSINE);
        float depth = textureLod(shadow_maps, base + (p.xy + offset / map_px) * to_atlas, 0.0).x;
        bool blocks = depth < p.z + dot(slope, offset);
        float depth_m = depth_along(depth, size, lamp);
        if (large) {
            // The light narrows to a point on its way here: at this depth it is no wider than that.
            float room = spread * max(here_m - depth_m, 0.0) / (lamp ? depth_m : 1.0) / texel_m + 1.5;
            blocks = blocks && reach * part.z <= room;
        }
        blockers += blocks ? 1.0 : 0.0;
        blocker_m += blocks ? depth_m : 0.0;
    }
    if (blockers > 0.0) {
        float blocked_m = blocker_m / blockers;
        float width = spread * (here_m - blocked_m) / (lamp ? blocked_m : 1.0);
        radius = clamp(width / texel_m, NARROWEST_TEXELS, most);
        rectangle = unit_rectangle * radius;
    }
    // Four bilinear comparisons make a smooth edge as narrow as the map allows; a wide penumbra needs more.
    bool narrow = radius < NARROWEST_TEXELS * 1.01;
    bool all_clear = searches > 0 && blockers < 0.5;
    int taps = !stepped || all_clear ? 0 : (narrow ? 4 : SHADOW_TAPS);
    result = all_clear ? 1.0 : result;
    spoke = narrow ? vec2(0.70710678) : start;
    vec2 step_turn = narrow ? vec2(0.0, 1.0) : vec2(GOLDEN_COSINE, GOLDEN_SINE);
    float open = 0.0;
    for (int i = 0; i < taps; ++i) {
        vec3 part = area_sample(disk, i, SHADOW_TAPS, spoke, shift, radius, rectangle);
        vec2 offset = narrow ? spoke * 1.1 : part.xy;
        spoke = vec2(spoke.x * step_turn.x - spoke.y * step_turn.y, spoke.x * step_turn.y + spoke.y * step_turn.x);
        vec2 at = p.xy * map_px + offset - 0.5;
        vec2 corner = floor(at), f = at - corner;
        vec4 depth = textureGather(shadow_maps, base + (corner + 1.0) * texel);
        vec4 passes = vec4(greaterThanEqual(depth, vec4(p.z + dot(slope, offset))));
        if (large) {
            vec4 depth_m = lamp ? size.y * size.z / (size.z - depth * (size.z - size.y)) : mix(vec4(size.y), vec4(size.z), depth);
            vec4 room = spread / texel_m * (here_m - depth_m) / (lamp ? depth_m : vec4(1.0)) + 1.5;
            passes = max(passes, vec4(greaterThan(vec4(radius * part.z), room)));
        }
        open += mix(mix(passes.w, passes.z, f.x), mix(passes.x, passes.y, f.x), f.y);
    }
    return taps > 0 ? open / float(taps) : result;
}

// Of the maps of a sun, finest first, the one that holds a point with room for the filter.
int finest_map(int first, const int count, vec3 position) {
    int slot = first + count - 1;
    for (int k = count - 2; k >= 0; --k) {
        vec2 p = (shadow_from_world[first + k] * vec4(position, 1.0)).xy;
        vec2 rim = vec2(14.0 / shadow_place[first + k].z);
        if (all(greaterThan(p, rim)) && all(lessThan(p, 1.0 - rim))) slot = first + k;
    }
    return slot;
}

// The map of the face of a cube that a direction in the light's axes goes through, -1 where it has none.
int face_map(int first, int faces, vec3 d) {
    vec3 size = abs(d);
    int axis = size.x >= size.y && size.x >= size.z ? 0 : (size.y >= size.z ? 1 : 2);
    int face = 2 * axis + (d[axis] < 0.0 ? 1 : 0);
    return (faces >> face & 1) == 1 ? first + bitCount(faces & ((1 << face) - 1)) : -1;
}
#endif
