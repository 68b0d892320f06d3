// Which part covers each sample of a pixel.
#include "draw.glsl"

#include "cutout_inputs.glsl"

layout(location = 0) out uint out_part;

void main() {
#ifdef CUTOUT
    // Each sample asks the map on its own: the edge of a hole is antialiased like the edge of a triangle.
    float lod = footprint_lod(v_uv, base_map_size());
    int kept = 0;
    for (int i = 0; i < 4; ++i) {
        kept |= cutout_alpha(interpolateAtSample(v_uv, i), lod) >= emissive_cutoff.w ? 1 << i : 0;
    }
    gl_SampleMask[0] = kept;
#endif
    out_part = ids.z;
}
