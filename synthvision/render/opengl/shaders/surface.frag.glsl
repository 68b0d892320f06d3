// What the surface is made of, for the lighting pass: base colour and occlusion, shading normal, roughness, metallic
// and coat class, geometric normal, and where something shines its luminance.
#include "draw.glsl"
#include "octahedral.glsl"

in vec3 v_normal;
#ifdef NORMAL_MAP
in vec4 v_tangent;
uniform sampler2D normal_map;
#endif
#ifdef USE_UV
in vec2 v_uv;
#endif
#ifdef USE_COLOUR
in vec4 v_colour;
#endif
#ifdef BASE_MAP
uniform sampler2D base_colour_map;
#endif
#ifdef METALLIC_ROUGHNESS_MAP
uniform sampler2D metallic_roughness_map;
#endif
#ifdef OCCLUSION_MAP
uniform sampler2D occlusion_map;
#endif
#ifdef EMISSIVE_MAP
uniform sampler2D emissive_map;
#endif

layout(location = 0) out vec4 out_base;
layout(location = 1) out vec4 out_shape;
layout(location = 2) out vec2 out_normal;
#ifdef EMISSIVE
layout(location = 3) out vec4 out_emission;
#endif

#ifdef EDGES_ONLY
uniform usampler2D edge_index;
#endif

#define FETCH(map) texture(map, v_uv)

void main() {
    vec3 base = base_colour.rgb;
#ifdef BASE_MAP
    base *= FETCH(base_colour_map).rgb;
#endif
#ifdef USE_COLOUR
    base *= v_colour.rgb;
#endif
    float metallic = surface.x, roughness = surface.y;
#ifdef METALLIC_ROUGHNESS_MAP
    vec2 mapped = FETCH(metallic_roughness_map).gb;
    roughness *= mapped.x;
    metallic *= mapped.y;
#endif
    float occlusion = 1.0;
#ifdef OCCLUSION_MAP
    occlusion = 1.0 + surface.w * (FETCH(occlusion_map).r - 1.0);
#endif
    vec3 geometric = normalize(v_normal);
    geometric = gl_FrontFacing ? geometric : -geometric;
    vec3 normal = geometric;
#ifdef NORMAL_MAP
    vec3 detail = FETCH(normal_map).xyz * (255.0 / 127.0) - (128.0 / 127.0);
    float spread = max(1.0 - length(detail), 0.0);
    detail.xy *= surface.z;
    vec3 tangent = v_tangent.xyz - geometric * dot(geometric, v_tangent.xyz);
    tangent *= inversesqrt(max(dot(tangent, tangent), 1e-12));
    vec3 up = cross(geometric, tangent) * (gl_FrontFacing ? v_tangent.w : -v_tangent.w);
    normal = normalize(tangent * detail.x + up * detail.y + geometric * max(detail.z, 1e-3));
    // Normals that differ inside one texel of a smaller mip level shorten their mean: the surface is rougher
    // there (Toksvig 2005, "Mipmapping Normal Maps").
    float alpha = roughness * roughness;
    roughness = sqrt(sqrt(min(alpha * alpha + 2.0 * spread * surface.z, 1.0)));
#endif
    out_base = vec4(base, occlusion);
    float packed_coat = floor(metallic * 255.0 + 0.5) * 256.0 + float(ids.y);
    out_shape = vec4(octahedral_from_unit(normal), roughness, packed_coat / 65535.0);
    out_normal = octahedral_from_unit(geometric);
#ifdef EMISSIVE
    vec3 emission = emissive_cutoff.rgb;
#ifdef EMISSIVE_MAP
    emission *= FETCH(emissive_map).rgb;
#endif
    out_emission = vec4(emission, 1.0);
#endif
}
