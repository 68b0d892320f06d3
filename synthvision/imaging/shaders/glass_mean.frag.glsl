// The mean of the smallest level of a pyramid.
uniform sampler2D source;
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 size = textureSize(source, 0);
    vec3 sum = vec3(0.0);
    for (int y = 0; y < size.y; ++y) {
        for (int x = 0; x < size.x; ++x) {
            sum += texelFetch(source, ivec2(x, y), 0).rgb;
        }
    }
    out_light = vec4(sum / float(size.x * size.y), 1.0);
}
