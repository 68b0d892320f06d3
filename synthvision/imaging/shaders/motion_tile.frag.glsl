// The longest motion in each tile, one direction at a time.
uniform sampler2D source;
uniform ivec2 along;
layout(location = 0) out vec4 out_velocity;

void main() {
    ivec2 last = textureSize(source, 0) - 1;
    ivec2 first = ivec2(gl_FragCoord.xy) * (1 + (TILE - 1) * along);
    vec2 longest = vec2(0.0);
    for (int k = 0; k < TILE; ++k) {
        vec2 velocity = texelFetch(source, min(first + k * along, last), 0).xy;
        longest = dot(velocity, velocity) > dot(longest, longest) ? velocity : longest;
    }
    out_velocity = vec4(longest, 0.0, 1.0);
}
