// What the material says at a fragment.
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

#define FETCH(map) texture(map, folded(v_uv), -0.5)

struct Material {
    vec4 base;          // linear colour, alpha
    vec3 normal;        // shading normal, world, about unit length
    vec3 geometric;     // without normal map
    float roughness;
    float metallic;
    float occlusion;
    vec3 emission;      // cd/m2
};

Material read_material() {
    vec4 base = base_colour;
#ifdef BASE_MAP
    base *= FETCH(base_colour_map);
#endif
#ifdef USE_COLOUR
    base *= v_colour;
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
    // Interpolated unit vectors stay unit length within the error of a tessellation; the code for unit vectors does not
    // ask for more.
    vec3 geometric = gl_FrontFacing ? v_normal : -v_normal;
    vec3 normal = geometric;
#ifdef NORMAL_MAP
    vec3 detail = FETCH(normal_map).xyz * (255.0 / 127.0) - (128.0 / 127.0);
    // Normals that differ inside one texel of a smaller mip level shorten their mean: the surface is rougher there
    // (Toksvig 2005, "Mipmapping Normal Maps").
    // Eight bits shorten a single normal by as much as is left out here.
    float spread = clamp(0.97 - dot(detail, detail), 0.0, 1.0) * surface.z;
    roughness = sqrt(sqrt(min(roughness * roughness * roughness * roughness + spread, 1.0)));
    vec3 up = cross(v_normal, v_tangent.xyz) * v_tangent.w;
    normal = (v_tangent.xyz * detail.x + up * detail.y) * surface.z + geometric * max(detail.z, 1e-3);
#endif
    vec3 emission = emissive_cutoff.rgb;
#ifdef EMISSIVE_MAP
    emission *= FETCH(emissive_map).rgb;
#endif
    return Material(base, normal, geometric, roughness, metallic, occlusion, emission);
}
