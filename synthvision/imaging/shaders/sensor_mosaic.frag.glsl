// Light through colour filters to the converter's levels, a quad of 2x2 pixels at a time.
#include "sensor_read.glsl"
uniform sampler2D light;
uniform float electrons_per_light;
layout(location = 0) out vec4 out_levels;

// Mirrored about the edge pixels, which keeps the filters' order.
ivec2 inside(ivec2 pixel, ivec2 size) {
    pixel = abs(pixel);
    pixel = size - 1 - abs(size - 1 - pixel);
    pixel = clamp(pixel, ivec2(0), size - 1);
    return ivec2(pixel.x, size.y - 1 - pixel.y);
}

void main() {
    ivec2 size = textureSize(light, 0);
    ivec2 corner = quad_corner();
    float red = texelFetch(light, inside(corner, size), 0).r;
    float green_right = texelFetch(light, inside(corner + ivec2(1, 0), size), 0).g;
    float green_below = texelFetch(light, inside(corner + ivec2(0, 1), size), 0).g;
    float blue = texelFetch(light, inside(corner + ivec2(1, 1), size), 0).b;
    out_levels = read_levels(vec4(red, green_right, green_below, blue) * electrons_per_light);
}
