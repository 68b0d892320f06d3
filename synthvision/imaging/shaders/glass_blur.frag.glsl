// One direction of a Gaussian.
uniform sampler2D source;
uniform ivec2 along;
uniform float weights[RADIUS + 1];
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 last = textureSize(source, 0) - 1;
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec3 sum = weights[0] * texelFetch(source, at, 0).rgb;
    for (int k = 1; k <= RADIUS; ++k) {
        sum += weights[k] * (texelFetch(source, clamp(at - k * along, ivec2(0), last), 0).rgb +
                             texelFetch(source, clamp(at + k * along, ivec2(0), last), 0).rgb);
    }
    out_light = vec4(sum, 1.0);
}
