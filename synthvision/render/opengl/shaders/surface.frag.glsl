// What is seen at the pixel centre: which part (zero is none), how far along the camera's z axis, and what the surface
// is made of: base colour and occlusion, shading normal, roughness, metallic and coat class, geometric normal, and where
// something shines its luminance.
#include "draw.glsl"
#include "octahedral.glsl"
#include "material.glsl"
#include "cutout.glsl"

layout(location = 0) out uint out_part;
layout(location = 1) out float out_depth_m;
layout(location = 2) out vec4 out_base;
layout(location = 3) out vec4 out_shape;
layout(location = 4) out vec2 out_normal;
#ifdef EMISSIVE
layout(location = 5) out vec4 out_emission;
#endif

void main() {
#ifdef CUTOUT
    discard_holes();
#endif
    out_part = ids.z;
    // gl_Position.w is the depth along z, and gl_FragCoord.w its interpolated inverse.
    out_depth_m = 1.0 / gl_FragCoord.w;
    Material m = read_material();
    out_base = vec4(m.base.rgb, m.occlusion);
    float packed_coat = floor(m.metallic * 255.0 + 0.5) * 256.0 + float(ids.y);
    out_shape = vec4(octahedral_from_unit(m.normal), m.roughness, packed_coat / 65535.0);
    out_normal = octahedral_from_unit(m.geometric);
#ifdef EMISSIVE
    out_emission = vec4(m.emission, 1.0);
#endif
}
