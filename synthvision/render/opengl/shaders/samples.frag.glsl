// Which part covers each sample of a pixel.
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

void main() {
#ifdef CUTOUT
    // Each sample asks the map on its own: the edge of a hole is antialiased like the edge of a triangle.
    vec2 size = vec2(1.0);
#ifdef BASE_MAP
    size = vec2(textureSize(base_colour_map, 0));
#endif
    float lod = footprint_lod(v_uv, size);
    int kept = 0;
    for (int i = 0; i < 4; ++i) {
        kept |= cutout_alpha(interpolateAtSample(v_uv, i), lod) >= emissive_cutoff.w ? 1 << i : 0;
    }
    gl_SampleMask[0] = kept;
#endif
    out_part = ids.z;
}
