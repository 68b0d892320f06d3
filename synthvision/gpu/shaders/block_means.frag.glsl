// Mean colour of each block of 8x8 pixels; a NaN or an infinity in a block makes its mean one.
uniform sampler2D picture;
layout(location = 0) out vec4 out_mean;

void main() {
    ivec2 size = textureSize(picture, 0);
    ivec2 corner = ivec2(gl_FragCoord.xy) * 8;
    ivec2 end = min(corner + 8, size);
    vec3 sum = vec3(0.0);
    for (int y = corner.y; y < end.y; ++y) {
        for (int x = corner.x; x < end.x; ++x) {
            sum += texelFetch(picture, ivec2(x, y), 0).rgb;
        }
    }
    ivec2 count = end - corner;
    out_mean = vec4(sum / float(count.x * count.y), 1.0);
}
