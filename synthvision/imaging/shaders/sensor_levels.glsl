// Raw levels of a quad as balanced, exposed light. RING rings of quads surround the picture, of which the target that is
// drawn has DRAWN_RING.
uniform sampler2D levels;
uniform vec2 black_scale;       // level of no light, exposed light per level
uniform vec3 balance;

vec4 quad(int x, int y) {
    // y runs down the picture, textures run up.
    const int margin = RING - DRAWN_RING;
    vec4 raw = texelFetch(levels, ivec2(gl_FragCoord.xy) + ivec2(margin + x, margin - y), 0);
    // Balanced before colours are compared with each other: only then does a grey edge have the same height in all.
    return (raw - black_scale.x) * black_scale.y * balance.rggb;
}
