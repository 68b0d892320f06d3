// One luminance for a whole part: the colour that codes its object's id.
#include "draw.glsl"

layout(location = 0) out vec4 out_emission;

void main() {
    out_emission = vec4(emissive_cutoff.rgb, 1.0);
}
