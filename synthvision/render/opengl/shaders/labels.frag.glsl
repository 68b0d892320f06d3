// Who is seen at the pixel centre (zero is nobody) and how far along the camera's z axis: the first two outputs of
// surface.frag.glsl alone, for views of which no light will be asked.
#include "draw.glsl"

#include "cutout_inputs.glsl"

layout(location = 0) out uint out_part;
layout(location = 1) out float out_depth_m;

void main() {
#ifdef CUTOUT
    discard_holes();
#endif
    out_part = ids.z;
    // gl_Position.w is the depth along z, and gl_FragCoord.w its interpolated inverse.
    out_depth_m = 1.0 / gl_FragCoord.w;
}
