// Light that a surface sends to the camera.
#include "brdf.glsl"
#include "environment.glsl"
#include "shadows.glsl"
#include "planar_mirror.glsl"
#include "lights.glsl"
#ifdef PANELS
#include "panels.glsl"
#include "panel_shadow.glsl"
#ifdef WALLS
#include "walls.glsl"
#endif
#endif

#ifdef COATS
layout(std140, binding = 3) uniform Coats {
    vec4 coats[256];   // reflectance at normal incidence, coat strength, coat roughness
};
#endif

Surface surface_from(vec4 base, vec4 shape, vec2 geometric) {
    Surface s;
    s.base = base.rgb;
    s.occlusion = base.a;
    s.normal = unit_from_octahedral(shape.xy);
    s.geometric = unit_from_octahedral(geometric);
    s.roughness = max(shape.z, 0.045);
    float packed_coat = floor(shape.w * 65535.0 + 0.5);
    float metallic = floor(packed_coat / 256.0);
    s.metallic = metallic / 255.0;
    s.ior_f0 = 0.04;
    s.coat = 0.0;
    s.coat_roughness = 0.0;
#ifdef COATS
    int kind = int(packed_coat - metallic * 256.0);
    if (kind > 0) {
        s.ior_f0 = coats[kind].x;
        s.coat = coats[kind].y;
        s.coat_roughness = max(coats[kind].z, 0.045);
    }
#endif
    return s;
}

#if defined(ENVIRONMENT) || defined(GROUND)
#ifdef GROUND
uniform vec3 ground_light;   // mean radiance of the ground under everything, where it is open to the light
uniform vec2 ground_place;   // its height, and half the size of most things that stand on it

// Share of the ground's light that things leave to it near them: straight under a ball what its height over the ground
// leaves open, beside a wall half at its foot and more with height.
vec2 ground_share(float z) {
    float height = max(z - ground_place.x, 0.0), size = ground_place.y;
    return vec2(height * height / (height * height + size * size), 1.0 - 0.5 * size / (size + height));
}

// Share of a lobe that looks down: the ground takes it, whatever the map holds there.
float downward(float z, float width) {
    return 1.0 - smoothstep(-width, width, z);
}
#endif

// Mean radiance over the lobe of a rough mirror, from the surroundings.
vec3 surroundings_along(vec3 d, float roughness, vec3 position) {
    vec3 light = vec3(0.0);
#ifdef ENVIRONMENT
    light = environment_along(d, roughness);
#endif
#ifdef GROUND
    // A mirror shows the ground where the ray meets it, which lies open the farther away the more.
    float way = (max(position.z - ground_place.x, 0.0) + 2e-3 * ground_place.y) / max(-d.z, 1e-3);
    float narrow = 0.2 * ground_place.y;
    float share = way * way / (way * way + narrow * narrow);
    light = mix(light, ground_light * share, downward(d.z, 0.02 + 0.6 * roughness * roughness));
#endif
    return light;
}

// Illuminance over pi from the surroundings on a surface that faces along n.
vec3 surroundings_onto(vec3 n, vec3 position) {
    vec3 light = vec3(0.0);
#ifdef ENVIRONMENT
    light = environment_onto(n);
#endif
#ifdef GROUND
    vec2 share = ground_share(position.z);
    light += ground_light * (mix(share.y, share.x, clamp(-n.z, 0.0, 1.0)) * (0.5 - 0.5 * n.z));
#endif
    return light;
}
#endif

// Light that what hides the surroundings throws back, as a factor: it is taken to be of the surface's own colour (a fit
// to path-traced pictures, Jimenez et al. 2016, "Practical Real-Time Strategies for Accurate Indirect Occlusion").
vec3 bounced(float open, vec3 albedo) {
    vec3 a = 2.0404 * albedo - 0.3324, b = 0.6417 - 4.7951 * albedo, c = 2.7552 * albedo + 0.6903;
    return max(vec3(1.0), (open * a + b) * open + c);
}

struct Shaded {
    vec3 body;           // scattered by the body
    vec3 gloss;          // mirrored at the surface
};

struct Arrival {
    vec3 view;           // towards the camera
    vec3 position;
    float n_dot_v;
    vec2 pixel;
};

#if LIGHT_COUNT > 0
const int SUN_FORM = 0, CONE_FORM = 1, CUBE_FORM = 2, POINT_FORM = 3;

// What one sun or lamp of a point adds. Its number, its form and where its shadow maps start are constants wherever
// this is called, so that software drivers read its uniforms once for all pixels.
Shaded lamp(const int number, const int form, const int first_map, const int maps, Surface s, Reflection r, Arrival a) {
    vec3 to_light = lights[number].axis.xyz;
    vec3 power = lights[number].power.rgb;
    float radius = lights[number].power.w, spread = radius;
    vec3 away = vec3(0.0);
    if (form != SUN_FORM) {
        away = lights[number].place.xyz - a.position;
        float distance2 = max(dot(away, away), radius * radius);
        to_light = away * inversesqrt(max(dot(away, away), 1e-12));
        power /= distance2;
        spread *= inversesqrt(distance2);
        if (form == CONE_FORM) {
            vec2 cone = lights[number].cone.xy;
            float inside = clamp((-dot(to_light, lights[number].axis.xyz) - cone.y) / (cone.x - cone.y), 0.0, 1.0);
            power *= inside * inside * (3.0 - 2.0 * inside);
        }
    }
    float n_dot_l = clamp(dot(s.normal, to_light), 0.0, 1.0);
    float facing = dot(s.geometric, to_light);
    // Where the surface itself turns away no bump of the normal map may shine.
    power *= n_dot_l * clamp(facing * 20.0 + 0.5, 0.0, 1.0);
#if SHADOW_COUNT > 0
    if (maps > 0) {
        int slot = first_map;
        if (form == SUN_FORM && maps > 1) slot = finest_map(first_map, maps, a.position);
        if (form == CUBE_FORM) slot = face_map(int(lights[number].place.w), int(lights[number].axis.w), -away);
        float open = arriving(max(slot, 0), form != SUN_FORM, true, false, a.position, s.geometric, facing, radius, a.pixel);
        power *= slot < 0 ? 1.0 : open;
    }
#endif
    vec3 halfway = normalize(a.view + to_light);
    float n_dot_h = clamp(dot(s.normal, halfway), 0.0, 1.0);
    float rest = 1.0 - clamp(dot(a.view, halfway), 0.0, 1.0);
    float schlick = rest * rest * rest * rest * rest;
    // A lamp of some size widens the highlight (Karis 2013, "Real Shading in Unreal Engine 4").
    float alpha = s.roughness * s.roughness;
    float wide = clamp(alpha + 0.5 * spread, 0.0, 1.0);
    float narrow = alpha / wide;
    vec3 fresnel = r.f0 + (r.f90 - r.f0) * schlick;
    vec3 body = r.diffuse / PI;
    vec3 gloss = highlight(n_dot_h, a.n_dot_v, n_dot_l, wide) * (narrow * narrow) * fresnel * r.boost;
#ifdef COATS
    if (s.coat > 0.0) {
        float coat_alpha = s.coat_roughness * s.coat_roughness;
        float coat_wide = clamp(coat_alpha + 0.5 * spread, 0.0, 1.0);
        float coat_narrow = coat_alpha / coat_wide;
        float coat_h = clamp(dot(s.geometric, halfway), 0.0, 1.0);
        float coat_v = clamp(dot(s.geometric, a.view), 1e-3, 1.0);
        body *= 1.0 - r.coat;
        gloss = gloss * (1.0 - r.coat)
              + highlight(coat_h, coat_v, clamp(facing, 0.0, 1.0), coat_wide) * (coat_narrow * coat_narrow)
              * (s.coat * (0.04 + 0.96 * schlick));
    }
#endif
    return Shaded(body * power, gloss * power);
}

#ifdef PANELS
#ifdef SOFT_LAMP
float soft_open;     // how much of that lamp's light arrives, found beforehand
#endif

// What one rectangle adds: its light by the exact integral, its shadow as from its middle.
Shaded panel(const int number, const bool all_around, const int first_map, const int maps, Surface s, Reflection r,
             Arrival a) {
    vec3 middle = lights[number].place.xyz - a.position;
    vec3 along = lights[number].axis.xyz, up = lights[number].cone.xyz;
    mat3 frame = facing_frame(s.normal, a.view);
    // Seen from a point in its light the corners go counter-clockwise about the direction in which it shines.
    vec3 k0 = frame * (middle - along + up), k1 = frame * (middle + along + up);
    vec3 k2 = frame * (middle + along - up), k3 = frame * (middle - along - up);
    float onto = covered_share(k0, k1, k2, k3);
    vec3 light = lights[number].power.rgb;
#if SHADOW_COUNT > 0
    if (maps > 0) {
#ifdef SOFT_LAMP
        if (number == SOFT_LAMP) light *= soft_open;
        else
#endif
        light *= panel_open(number, all_around, first_map, a.position, s.geometric, a.pixel);
    }
#endif
    vec3 body = onto * r.diffuse;
    vec3 gloss = mirrored_share(a.n_dot_v, s.roughness, k0, k1, k2, k3) * r.single + onto * r.multiple;
#ifdef COATS
    if (s.coat > 0.0) {
        body *= 1.0 - r.coat;
        gloss = gloss * (1.0 - r.coat)
              + mirrored_share(a.n_dot_v, s.coat_roughness, k0, k1, k2, k3) * r.coat;
    }
#endif
    return Shaded(body * light, gloss * light);
}
#endif

void add(inout Shaded sum, Shaded part) {
    sum.body += part.body;
    sum.gloss += part.gloss;
}

// The calls come as macros from lights.py. Reading order of the numbers: lamp, first shadow map, number of maps.
#define SUN(number, first, maps) add(sum, lamp(number, SUN_FORM, first, maps, s, r, a));
#define CONE(number, first, maps) add(sum, lamp(number, CONE_FORM, first, maps, s, r, a));
#define CUBE(number, first, maps) add(sum, lamp(number, CUBE_FORM, 0, 1, s, r, a));
#define POINT(number, first, maps) add(sum, lamp(number, POINT_FORM, 0, 0, s, r, a));
#define PANEL(number, first, maps) add(sum, panel(number, false, first, 1, s, r, a));
#define HALL(number, first, maps) add(sum, panel(number, true, 0, 1, s, r, a));
#define SHEET(number, first, maps) add(sum, panel(number, false, 0, 0, s, r, a));
void add_lamps(inout Shaded sum, Surface s, Reflection r, Arrival a) {
    LAMPS
}
#endif

// Radiance towards the camera. `visibility` is the open share of the surroundings.
Shaded shade(Surface s, vec3 position, vec3 view, float visibility, vec2 pixel) {
    float n_dot_v = clamp(dot(s.normal, view), 1e-3, 1.0);
    Reflection r = reflection_of(s, n_dot_v);
    float occlusion = min(visibility, s.occlusion);
    Shaded sum = Shaded(vec3(0.0), vec3(0.0));
#if defined(ENVIRONMENT) || defined(GROUND)
    vec3 mirrored = reflect(-view, s.normal);
    // Mirrors look past what shades the body (Lagarde and de Rousiers 2014, "Moving Frostbite to PBR").
    float gloss = clamp(pow(n_dot_v + occlusion, exp2(-16.0 * s.roughness - 1.0)) - 1.0 + occlusion, 0.0, 1.0);
    // A mirrored ray that enters the surface finds no sky.
    float above = clamp(1.0 + 1.5 * dot(mirrored, s.geometric), 0.0, 1.0);
    gloss *= above * above;
    vec3 around = surroundings_onto(s.normal, position);
#ifdef WALLS
    WallView walls = walls_seen(facing_frame(s.normal, view), position, n_dot_v, s.roughness);
    around = max(around - walls.hidden, 0.0) + walls.onto;
    gloss *= max(1.0 - walls.hides_along, 0.0);
#endif
    around *= occlusion;
    sum.body = around * r.diffuse * bounced(occlusion, r.diffuse);
#ifdef PLANAR_MIRROR
    // Where it is known what the ground mirrors, the surroundings show between that and nothing else hides them.
    vec3 open_light = vec3(0.0);
#ifdef ENVIRONMENT
    open_light = environment_along(mirrored, s.roughness) * (above * above);
#endif
    vec3 seen_light = mirror_image.light + open_light * (1.0 - mirror_image.covered);
    seen_light = mix(surroundings_along(mirrored, s.roughness, position) * gloss, seen_light, mirror_image.known);
    sum.gloss = seen_light * r.single + around * r.multiple;
#else
    sum.gloss = surroundings_along(mirrored, s.roughness, position) * r.single * gloss + around * r.multiple;
#endif
#ifdef WALLS
    sum.gloss += walls.along * r.single * occlusion;
#endif
#ifdef COATS
    if (r.coat > 0.0) {
        vec3 coat_light = surroundings_along(reflect(-view, s.geometric), s.coat_roughness, position) * gloss;
        sum.body *= 1.0 - r.coat;
        sum.gloss = mix(sum.gloss, coat_light, r.coat);
    }
#endif
#elif defined(PLANAR_MIRROR)
    sum.gloss = mirror_image.light * mirror_image.known * r.single;
#endif
#if LIGHT_COUNT > 0
    add_lamps(sum, s, r, Arrival(view, position, n_dot_v, pixel));
#endif
    return sum;
}
