// Mean over the 4x4 pattern of the ambient occlusion pass, of neighbours at the same depth that face the same way.
uniform sampler2D open_share;
layout(location = 0) out vec4 out_open;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec2 texel = 1.0 / vec2(textureSize(open_share, 0));
    vec3 here = texelFetch(open_share, at, 0).xyz;
    float depth = here.y;
    float sharpness = 25.0 / max(depth, 1e-6);
    vec2 sum = vec2(0.0);
    float weights = 0.0;
    for (int y = -1; y <= 1; y += 2) {
        for (int x = -1; x <= 1; x += 2) {
            // Texels -2 to 1 along both axes, four at a time.
            vec2 corner = (vec2(at) + vec2(x, y)) * texel;
            vec4 share = textureGather(open_share, corner, 0);
            vec4 other = textureGather(open_share, corner, 1);
            vec4 facing = textureGather(open_share, corner, 2);
            vec4 weight = clamp(1.0 - abs(other - depth) * sharpness, 0.0, 1.0)
                        * clamp(1.0 - 2.0 * abs(facing - here.z), 0.0, 1.0);
            sum += vec2(dot(share, weight), dot(textureGather(open_share, corner, 3), weight));
            weights += dot(weight, vec4(1.0));
        }
    }
    sum /= max(weights, 1e-3);
    out_open = vec4(sum.x, depth, here.z, sum.y);
}
