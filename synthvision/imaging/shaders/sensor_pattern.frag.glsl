// What is wrong with each pixel of one sensor for ever: sensitivity, dark value, and which pixels are stuck.
#include "random.glsl"
#include "sensor_sites.glsl"
uniform uvec2 seed;
uniform vec2 spread;            // standard deviation of the sensitivity, and of the dark value in electrons
uniform float stuck_share;
layout(location = 0) out vec4 out_gain;     // 1 on average; a stuck pixel has minus its level, a share of white
layout(location = 1) out vec4 out_offset_e;

void main() {
    uvec4 counter = uvec4(quad_position(), seed);
    vec4 gain = max(1.0 + spread.x * normal4(pcg4d(counter)), 0.0);
    uvec4 other = counter ^ uvec4(0u, 0u, 0x9E3779B9u, 0x7F4A7C15u);
    out_offset_e = spread.y * normal4(pcg4d(other));
    vec4 draw = uniform4(pcg4d(other.yxzw + uvec4(0x51ED270Bu)));
    // A stuck pixel shows half to all of white.
    vec4 level = 0.5 + 0.5 * draw / max(stuck_share, 1e-9);
    out_gain = mix(gain, -level, vec4(lessThan(draw, vec4(stuck_share))));
}
