// Mean over the 4x4 pattern of the ambient occlusion pass, of neighbours at the same depth.
uniform sampler2D open_share;
layout(location = 0) out vec2 out_open;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(open_share, 0) - 1;
    float depth = texelFetch(open_share, at, 0).y;
    float sum = 0.0, weights = 0.0;
    for (int y = -2; y < 2; ++y) {
        for (int x = -2; x < 2; ++x) {
            vec2 other = texelFetch(open_share, clamp(at + ivec2(x, y), ivec2(0), last), 0).xy;
            float weight = clamp(1.0 - abs(other.y - depth) / max(depth, 1e-6) * 25.0, 0.0, 1.0);
            sum += other.x * weight;
            weights += weight;
        }
    }
    out_open = vec2(sum / max(weights, 1e-3), depth);
}
