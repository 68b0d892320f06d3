// Light that a surface sends to the camera.
#include "brdf.glsl"
#include "environment.glsl"
#include "shadows.glsl"

#define LIGHT_COUNT (SUNS + SPOTS + POINTS)
#if LIGHT_COUNT > 0
struct Light {
    vec4 place;      // position of a spot or point
    vec4 power;      // lux or candela per primary, then radius in metres (tangent of the angular radius for a sun)
    vec4 axis;       // towards the sun, or along the spot
    vec4 cone;       // cosine of the inner and the outer angle, -, whether it is mirrored at surfaces
};
// Suns first, then spots, then points; suns and spots have the shadow map of their own number.
layout(std140, binding = 1) uniform Lights {
    Light lights[LIGHT_COUNT];
};
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
    // Loops that run once or never: software drivers leave them where no pixel of a group has a coat.
    for (int once = kind > 0 ? 0 : 1; once < 1; ++once) {
        s.ior_f0 = coats[kind].x;
        s.coat = coats[kind].y;
        s.coat_roughness = max(coats[kind].z, 0.045);
    }
#endif
    return s;
}

#if defined(ENVIRONMENT) || defined(GROUND)
#ifdef GROUND
uniform vec3 ground_light;   // mean radiance of the ground under everything

// Share of a lobe that looks down: the ground takes it, whatever the map holds there.
float downward(float z, float width) {
    return 1.0 - smoothstep(-width, width, z);
}
#endif

// Mean radiance over the lobe of a rough mirror, from the surroundings.
vec3 surroundings_along(vec3 d, float roughness) {
    vec3 light = vec3(0.0);
#ifdef ENVIRONMENT
    light = environment_along(d, roughness);
#endif
#ifdef GROUND
    light = mix(light, ground_light, downward(d.z, 0.02 + 0.6 * roughness * roughness));
#endif
    return light;
}

// Illuminance over pi from the surroundings on a surface that faces along n.
vec3 surroundings_onto(vec3 n) {
    vec3 light = vec3(0.0);
#ifdef ENVIRONMENT
    light = environment_onto(n);
#endif
#ifdef GROUND
    light += ground_light * (0.5 - 0.5 * n.z);
#endif
    return light;
}
#endif

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

// What one lamp adds; `number` and `kind` (0 sun, 1 spot, 2 point) are constants wherever it is called, so that
// software drivers read its uniforms once for all pixels.
#if LIGHT_COUNT > 0
Shaded lamp(const int number, const int kind, Surface s, Reflection r, Arrival a) {
    vec3 to_light = lights[number].axis.xyz;
    vec3 power = lights[number].power.rgb;
    float spread = lights[number].power.w;
    if (kind > 0) {
        vec3 away = lights[number].place.xyz - a.position;
        float distance2 = max(dot(away, away), spread * spread);
        to_light = away * inversesqrt(max(dot(away, away), 1e-12));
        power /= distance2;
        spread *= inversesqrt(distance2);
        if (kind == 1) {
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
    if (kind < 2) power *= arriving(number, kind == 1, a.position, s.geometric, facing, lights[number].power.w, a.pixel);
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
    for (int once = s.coat > 0.0 ? 0 : 1; once < 1; ++once) {
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
    return Shaded(body * power, gloss * (power * lights[number].cone.w));
}

void add(inout Shaded sum, Shaded part) {
    sum.body += part.body;
    sum.gloss += part.gloss;
}

void add_lamps(inout Shaded sum, Surface s, Reflection r, Arrival a) {
#if SUNS > 0
    add(sum, lamp(0, 0, s, r, a));
#endif
#if SUNS > 1
    add(sum, lamp(1, 0, s, r, a));
#endif
#if SUNS > 2
    add(sum, lamp(2, 0, s, r, a));
#endif
#if SUNS > 3
    add(sum, lamp(3, 0, s, r, a));
#endif
#if SUNS > 4
    add(sum, lamp(4, 0, s, r, a));
#endif
#if SUNS > 5
    add(sum, lamp(5, 0, s, r, a));
#endif
#if SPOTS > 0
    add(sum, lamp(SUNS + 0, 1, s, r, a));
#endif
#if SPOTS > 1
    add(sum, lamp(SUNS + 1, 1, s, r, a));
#endif
#if SPOTS > 2
    add(sum, lamp(SUNS + 2, 1, s, r, a));
#endif
#if SPOTS > 3
    add(sum, lamp(SUNS + 3, 1, s, r, a));
#endif
#if SPOTS > 4
    add(sum, lamp(SUNS + 4, 1, s, r, a));
#endif
#if SPOTS > 5
    add(sum, lamp(SUNS + 5, 1, s, r, a));
#endif
#if POINTS > 0
    for (int i = 0; i < POINTS; ++i) add(sum, lamp(SUNS + SPOTS + i, 2, s, r, a));
#endif
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
    vec3 around = surroundings_onto(s.normal) * occlusion;
    sum.body = around * r.diffuse;
    sum.gloss = surroundings_along(mirrored, s.roughness) * r.single * gloss + around * r.multiple;
#ifdef COATS
    for (int once = r.coat > 0.0 ? 0 : 1; once < 1; ++once) {
        vec3 coat_light = surroundings_along(reflect(-view, s.geometric), s.coat_roughness) * gloss;
        sum.body *= 1.0 - r.coat;
        sum.gloss = mix(sum.gloss, coat_light, r.coat);
    }
#endif
#endif
#if LIGHT_COUNT > 0
    add_lamps(sum, s, r, Arrival(view, position, n_dot_v, pixel));
#endif
    return sum;
}
