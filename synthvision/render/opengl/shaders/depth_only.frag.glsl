// Depth and nothing else; holes of cut-out surfaces let light through.
#include "draw.glsl"

#include "cutout_inputs.glsl"

void main() {
#ifdef CUTOUT
    discard_holes();
#endif
}
