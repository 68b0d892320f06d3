// Radiance to the bytes of a picture; tone.py does the same arithmetic.
#include "tone.glsl"
uniform sampler2D radiance;
uniform vec3 gain;              // white balance over the luminance that saturates
layout(location = 0) out vec4 out_srgb;

void main() {
    vec3 light = texelFetch(radiance, ivec2(gl_FragCoord.xy), 0).rgb * gain;
    out_srgb = vec4(encode_srgb(tone(light)), 1.0);
}
