// Marks what one object covers alone.
#include "draw.glsl"

#include "cutout_inputs.glsl"

layout(location = 0) out float out_covered;

void main() {
#ifdef CUTOUT
    discard_holes();
#endif
    out_covered = 1.0;
}
