// Pixels are taken four at a time. With colour filters (BAYER) a texel of the sensor's textures is a quad of 2x2
// pixels, red first in reading order, with RING rings of quads around the picture that mirror it; without, it is one
// pixel with a sensor for each colour. Rows of a texture run up, rows of a picture down.
#ifdef BAYER
uniform ivec2 first_red;        // column and row of the top-left red pixel
uniform ivec2 quads;            // size of this texture

// Column and row in the picture of the quad's top-left pixel, which may lie outside.
ivec2 quad_corner() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    return 2 * (ivec2(texel.x, quads.y - 1 - texel.y) - RING) - first_red;
}
#endif

uvec2 quad_position() {
    return uvec2(gl_FragCoord.xy);
}
