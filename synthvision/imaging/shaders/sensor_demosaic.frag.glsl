// Raw levels to the bytes of a picture: colours between the filters, white balance, tone. One texel is a quad of 2x2
// pixels, four bytes each, in reading order.
#include "tone.glsl"
#include "sensor_levels.glsl"
layout(location = 0) out uvec4 out_pixels;

#ifdef DIRECTED
uniform sampler2D difference;

vec4 differences(int x, int y) {
    // One ring of quads surrounds the picture here.
    return texelFetch(difference, ivec2(gl_FragCoord.xy) + ivec2(1 + x, 1 - y), 0);
}
#endif

uint finish(vec3 exposed) {
    return packUnorm4x8(vec4(encode_srgb(tone(exposed)), 1.0));
}

void main() {
    vec3 at_red, at_green_right, at_green_below, at_blue;
#ifdef DIRECTED
    // Of each quad red and blue are given as differences from the green that was found there.
    vec4 nw = differences(-1, -1), n = differences(0, -1);
    vec4 w = differences(-1, 0), c = differences(0, 0), e = differences(1, 0);
    vec4 s = differences(0, 1), se = differences(1, 1);
    vec4 raw = quad(0, 0);
    const float share = 1.0;
    at_red = vec3(raw.r, vec2(raw.r - c.r)) + vec3(0.0, 0.0, 0.25 * (nw.a + n.a + w.a + c.a));
    at_green_right = vec3(raw.g) + vec3(0.5 * (c.r + e.r), 0.0, 0.5 * (n.a + c.a));
    at_green_below = vec3(raw.b) + vec3(0.5 * (c.r + s.r), 0.0, 0.5 * (w.a + c.a));
    at_blue = vec3(vec2(raw.a - c.a), raw.a) + vec3(0.25 * (c.r + e.r + s.r + se.r), 0.0, 0.0);
#else
    vec4 nw = quad(-1, -1), n = quad(0, -1), ne = quad(1, -1);
    vec4 w = quad(-1, 0), c = quad(0, 0), e = quad(1, 0);
    vec4 sw = quad(-1, 1), s = quad(0, 1), se = quad(1, 1);
    // Each quad is red, green (same row), green (same column), blue.
#ifdef MALVAR
    // Malvar, He and Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color images",
    // ICASSP 2004: the gradient-corrected kernels of their figure 2, in eighths.
    float far_red = n.r + s.r + w.r + e.r;
    at_red = vec3(8.0 * c.r,
                  4.0 * c.r + 2.0 * (n.b + c.b + w.g + c.g) - far_red,
                  6.0 * c.r + 2.0 * (nw.a + n.a + w.a + c.a) - 1.5 * far_red);
    float far_blue = n.a + s.a + w.a + e.a;
    at_blue = vec3(6.0 * c.a + 2.0 * (c.r + e.r + s.r + se.r) - 1.5 * far_blue,
                   4.0 * c.a + 2.0 * (c.g + s.g + c.b + e.b) - far_blue,
                   8.0 * c.a);
    float slant = n.b + ne.b + c.b + e.b, across = w.g + e.g, along = n.g + s.g;
    at_green_right = vec3(5.0 * c.g + 4.0 * (c.r + e.r) - slant - across + 0.5 * along,
                          8.0 * c.g,
                          5.0 * c.g + 4.0 * (n.a + c.a) - slant - along + 0.5 * across);
    slant = w.g + c.g + sw.g + s.g, across = w.b + e.b, along = n.b + s.b;
    at_green_below = vec3(5.0 * c.b + 4.0 * (c.r + s.r) - slant - along + 0.5 * across,
                          8.0 * c.b,
                          5.0 * c.b + 4.0 * (w.a + c.a) - slant - across + 0.5 * along);
    const float share = 0.125;
#else
    at_red = vec3(4.0 * c.r, n.b + c.b + w.g + c.g, nw.a + n.a + w.a + c.a);
    at_green_right = vec3(2.0 * (c.r + e.r), 4.0 * c.g, 2.0 * (n.a + c.a));
    at_green_below = vec3(2.0 * (c.r + s.r), 4.0 * c.b, 2.0 * (w.a + c.a));
    at_blue = vec3(c.r + e.r + s.r + se.r, c.g + s.g + c.b + e.b, 4.0 * c.a);
    const float share = 0.25;
#endif
#endif
    out_pixels = uvec4(finish(at_red * share), finish(at_green_right * share),
                       finish(at_green_below * share), finish(at_blue * share));
}
