// Depth and nothing else; holes of cut-out surfaces let light through.
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

void main() {
#ifdef CUTOUT
    vec2 size = vec2(1.0);
#ifdef BASE_MAP
    size = vec2(textureSize(base_colour_map, 0));
#endif
    if (cutout_alpha(v_uv, footprint_lod(v_uv, size)) < emissive_cutoff.w) discard;
#endif
}
