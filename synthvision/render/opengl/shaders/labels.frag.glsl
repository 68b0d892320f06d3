// Who is seen at the pixel centre (zero is nobody) and how far along the camera's z axis: the first two outputs of
// surface.frag.glsl alone, for views of which no light will be asked.
#include "draw.glsl"

#ifdef USE_COLOUR
in vec4 v_colour;
#endif
#ifdef USE_UV
in vec2 v_uv;
#endif
#ifdef BASE_MAP
uniform sampler2D base_colour_map;
#endif
#include "cutout.glsl"

layout(location = 0) out uint out_part;
layout(location = 1) out float out_depth_m;

void main() {
#ifdef CUTOUT
    vec2 size = vec2(1.0);
#ifdef BASE_MAP
    size = vec2(textureSize(base_colour_map, 0));
#endif
    if (cutout_alpha(v_uv, footprint_lod(v_uv, size)) < emissive_cutoff.w) discard;
#endif
    out_part = ids.z;
    // gl_Position.w is the depth along z, and gl_FragCoord.w its interpolated inverse.
    out_depth_m = 1.0 / gl_FragCoord.w;
}
