// Three sensors, one per colour: light to the bytes of a picture, one pixel at a time.
#include "sensor_read.glsl"
#include "tone.glsl"
uniform sampler2D light;
uniform float electrons_per_light;
uniform vec2 black_scale;       // level of no light, exposed light per level
uniform vec3 balance;
layout(location = 0) out vec4 out_pixel;

void main() {
    vec4 light_e = texelFetch(light, ivec2(gl_FragCoord.xy), 0) * electrons_per_light;
    vec4 levels = read_levels(vec4(light_e.rgb, 100.0));
    vec3 exposed = (levels.rgb - black_scale.x) * black_scale.y;
#ifdef RAW
    out_pixel = levels;
#else
    out_pixel = vec4(encode_srgb(tone(exposed * balance)), 1.0);
#endif
}
