// Light that a surface sends to the camera.
#include "brdf.glsl"
#include "environment.glsl"
#include "shadows.glsl"

#if LIGHT_COUNT > 0
struct Light {
    vec4 place;      // position, kind: 0 sun, 1 point, 2 spot
    vec4 power;      // lux or candela per primary, then radius in metres (tangent of the angular radius for the sun)
    vec4 axis;       // towards the sun, or along the spot; then the slot of its shadow map or -1
    vec4 cone;       // cosine of the inner and the outer angle
};
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
    vec4 coat = coats[int(packed_coat - metallic * 256.0)];
    s.ior_f0 = coat.x;
    s.coat = coat.y;
    s.coat_roughness = max(coat.z, 0.045);
#endif
    return s;
}

// Radiance towards the camera. `view` points to the camera, `visibility` is the open share of the surroundings.
vec3 shade(Surface s, vec3 position, vec3 view, float visibility, vec2 pixel) {
    float n_dot_v = clamp(dot(s.normal, view), 1e-3, 1.0);
    Reflection r = reflection_of(s, n_dot_v);
    float occlusion = min(visibility, s.occlusion);
    vec3 sum = vec3(0.0);
#ifdef ENVIRONMENT
    vec3 mirrored = reflect(-view, s.normal);
    // Mirrors look past what shades the body (Lagarde and de Rousiers 2014, "Moving Frostbite to PBR").
    float gloss = clamp(pow(n_dot_v + occlusion, exp2(-16.0 * s.roughness - 1.0)) - 1.0 + occlusion, 0.0, 1.0);
    // A mirrored ray that enters the surface finds no sky.
    float above = clamp(1.0 + 1.5 * dot(mirrored, s.geometric), 0.0, 1.0);
    gloss *= above * above;
    vec3 around = environment_onto(s.normal);
    vec3 ambient = environment_along(mirrored, s.roughness) * r.single * gloss
                 + around * (r.multiple + r.diffuse) * occlusion;
#ifdef COATS
    vec3 coat_mirrored = reflect(-view, s.geometric);
    ambient = ambient * (1.0 - r.coat) + environment_along(coat_mirrored, s.coat_roughness) * r.coat * gloss;
#endif
    sum += ambient;
#endif
#if LIGHT_COUNT > 0
    float alpha = s.roughness * s.roughness;
    for (int i = 0; i < LIGHT_COUNT; ++i) {
        Light light = lights[i];
        vec3 to_light = light.axis.xyz;
        vec3 power = light.power.rgb;
        float spread = light.power.w;
        if (light.place.w > 0.5) {
            vec3 away = light.place.xyz - position;
            float distance2 = max(dot(away, away), light.power.w * light.power.w);
            to_light = away * inversesqrt(max(dot(away, away), 1e-12));
            power /= distance2;
            spread *= inversesqrt(distance2);
            if (light.place.w > 1.5) {
                float inside = clamp((-dot(to_light, light.axis.xyz) - light.cone.y) / (light.cone.x - light.cone.y), 0.0, 1.0);
                power *= inside * inside * (3.0 - 2.0 * inside);
            }
        }
        float n_dot_l = clamp(dot(s.normal, to_light), 0.0, 1.0);
        float facing = dot(s.geometric, to_light);
        // Where the surface itself turns away no bump of the normal map may shine.
        power *= clamp(facing * 20.0 + 0.5, 0.0, 1.0);
#if SHADOW_COUNT > 0
        if (light.axis.w >= 0.0) {
            power *= arriving(int(light.axis.w), position, s.geometric, clamp(facing, 0.0, 1.0), light.power.w, pixel);
        }
#endif
        vec3 halfway = normalize(view + to_light);
        float n_dot_h = clamp(dot(s.normal, halfway), 0.0, 1.0);
        float v_dot_h = clamp(dot(view, halfway), 0.0, 1.0);
        // A lamp of some size widens the highlight (Karis 2013, "Real Shading in Unreal Engine 4").
        float wide = clamp(alpha + 0.5 * spread, 0.0, 1.0);
        float narrow = alpha / wide;
        vec3 fresnel = r.f0 + (r.f90 - r.f0) * pow(1.0 - v_dot_h, 5.0);
        vec3 out_share = r.diffuse / PI
                       + highlight(n_dot_h, n_dot_v, n_dot_l, wide) * narrow * narrow * fresnel * r.boost;
#ifdef COATS
        float coat_alpha = s.coat_roughness * s.coat_roughness;
        float coat_wide = clamp(coat_alpha + 0.5 * spread, 0.0, 1.0);
        float coat_narrow = coat_alpha / coat_wide;
        float coat_h = clamp(dot(s.geometric, halfway), 0.0, 1.0);
        float coat_v = clamp(dot(s.geometric, view), 1e-3, 1.0);
        float coat_fresnel = s.coat * (0.04 + 0.96 * pow(1.0 - v_dot_h, 5.0));
        out_share = out_share * (1.0 - r.coat)
                  + highlight(coat_h, coat_v, clamp(facing, 0.0, 1.0), coat_wide) * coat_narrow * coat_narrow
                  * coat_fresnel;
#endif
        sum += out_share * power * n_dot_l;
    }
#endif
    return sum;
}
