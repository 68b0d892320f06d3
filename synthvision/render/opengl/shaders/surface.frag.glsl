// What the surface is made of, for the lighting pass: base colour and occlusion, shading normal, roughness, metallic
// and coat class, geometric normal, and where something shines its luminance.
#include "draw.glsl"
#include "octahedral.glsl"
#include "material.glsl"

layout(location = 0) out vec4 out_base;
layout(location = 1) out vec4 out_shape;
layout(location = 2) out vec2 out_normal;
#ifdef EMISSIVE
layout(location = 3) out vec4 out_emission;
#endif

void main() {
    Material m = read_material();
    out_base = vec4(m.base.rgb, m.occlusion);
    float packed_coat = floor(m.metallic * 255.0 + 0.5) * 256.0 + float(ids.y);
    out_shape = vec4(octahedral_from_unit(m.normal), m.roughness, packed_coat / 65535.0);
    out_normal = octahedral_from_unit(m.geometric);
#ifdef EMISSIVE
    out_emission = vec4(m.emission, 1.0);
#endif
}
