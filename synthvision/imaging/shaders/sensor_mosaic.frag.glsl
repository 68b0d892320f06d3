// Light through colour filters to the converter's levels, a quad of 2x2 pixels at a time.
#include "sensor_read.glsl"
uniform sampler2D light;
uniform float electrons_per_light;
#ifdef LOW_PASS
uniform vec2 low_pass;          // share of a row or column that stays in it, and that each of its neighbours gets
#endif
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
#ifdef LOW_PASS
    // Of the rows around the quad each is blurred across in its own colours, left and right pixel of the quad at once.
    float red = 0.0, green_right = 0.0, green_below = 0.0, blue = 0.0;
    for (int y = -1; y <= 2; ++y) {
        vec3 a = texelFetch(light, inside(corner + ivec2(-1, y), size), 0).rgb;
        vec3 b = texelFetch(light, inside(corner + ivec2(0, y), size), 0).rgb;
        vec3 c = texelFetch(light, inside(corner + ivec2(1, y), size), 0).rgb;
        vec3 d = texelFetch(light, inside(corner + ivec2(2, y), size), 0).rgb;
        vec3 left = low_pass.x * b + low_pass.y * (a + c);
        vec3 right = low_pass.x * c + low_pass.y * (b + d);
        float upper = y == 0 ? low_pass.x : low_pass.y * float(y < 2);
        float lower = y == 1 ? low_pass.x : low_pass.y * float(y > -1);
        red += upper * left.r;
        green_right += upper * right.g;
        green_below += lower * left.g;
        blue += lower * right.b;
    }
#else
    float red = texelFetch(light, inside(corner, size), 0).r;
    float green_right = texelFetch(light, inside(corner + ivec2(1, 0), size), 0).g;
    float green_below = texelFetch(light, inside(corner + ivec2(0, 1), size), 0).g;
    float blue = texelFetch(light, inside(corner + ivec2(1, 1), size), 0).b;
#endif
    out_levels = read_levels(vec4(red, green_right, green_below, blue) * electrons_per_light);
}
