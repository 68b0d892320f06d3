// Marks tiles of 4x4 texels in which depth has a step or a crease (on a plane second differences are zero), and keeps
// their nearest depth.
uniform sampler2D shadow_maps;
uniform float crease_depth;
layout(location = 0) out vec2 out_step;

void main() {
    ivec2 size = textureSize(shadow_maps, 0);
    vec2 texel = 1.0 / vec2(size);
    // Nine gathers cover the tile and one texel around it.
    vec2 corner = floor(gl_FragCoord.xy) * 4.0;
    vec4 g[9];
    for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 3; ++x) {
            g[y * 3 + x] = textureGather(shadow_maps, (corner + 2.0 * vec2(x, y)) * texel);
        }
    }
    float most = 0.0;
    for (int y = 0; y < 3; ++y) {
        // Rows of six texels: w z of the upper part of a gather, x y of the lower.
        vec4 a = g[y * 3], b = g[y * 3 + 1], c = g[y * 3 + 2];
        vec4 low = abs(vec4(a.w + b.w - 2.0 * a.z, a.z + b.z - 2.0 * b.w, b.w + c.w - 2.0 * b.z, b.z + c.z - 2.0 * c.w));
        vec4 high = abs(vec4(a.x + b.x - 2.0 * a.y, a.y + b.y - 2.0 * b.x, b.x + c.x - 2.0 * b.y, b.y + c.y - 2.0 * c.x));
        low = max(low, high);
        most = max(most, max(max(low.x, low.y), max(low.z, low.w)));
    }
    for (int x = 0; x < 3; ++x) {
        vec4 a = g[x], b = g[3 + x], c = g[6 + x];
        vec4 left = abs(vec4(a.w + b.w - 2.0 * a.x, a.x + b.x - 2.0 * b.w, b.w + c.w - 2.0 * b.x, b.x + c.x - 2.0 * c.w));
        vec4 right = abs(vec4(a.z + b.z - 2.0 * a.y, a.y + b.y - 2.0 * b.z, b.z + c.z - 2.0 * b.y, b.y + c.y - 2.0 * c.z));
        left = max(left, right);
        most = max(most, max(max(left.x, left.y), max(left.z, left.w)));
    }
    float nearest = 1.0;
    for (int i = 0; i < 9; ++i) nearest = min(nearest, min(min(g[i].x, g[i].y), min(g[i].z, g[i].w)));
    out_step = vec2(most > crease_depth ? 1.0 : 0.0, nearest);
}
