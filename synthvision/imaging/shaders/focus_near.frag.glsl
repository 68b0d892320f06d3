// What is before the sharp distance, spread over its circles of confusion: light times the share that it covers.
uniform sampler2D layer;
uniform sampler2D tiles;
uniform vec3 offsets[MOST_SAMPLES]; // to the texels around, the nearest first, and how far they are
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(layer, 0) - 1;
    float radius = texelFetch(tiles, texel * SCALE / TILE, 0).r / float(SCALE);
    int count = radius > 0.0 ? min(int(3.1416 * (radius + 1.3) * (radius + 1.3)), MOST_SAMPLES) : 0;
    vec4 sum = vec4(0.0);
    for (int k = 0; k < count; ++k) {
        vec4 there = texelFetch(layer, clamp(texel + ivec2(offsets[k].xy), ivec2(0), last), 0);
        float reach = max(floor(there.a) * (1.0 / 16.0), 0.5);
        // Each texel spreads its light evenly over its circle, whose area with soft edges is pi (r^2 + 1/12).
        float share = clamp(reach - offsets[k].z + 0.5, 0.0, 1.0) * (0.31831 / (reach * reach + 0.08333));
        sum += share * vec4(there.rgb, fract(there.a) * (1.0 / 0.9));
    }
    out_light = sum / max(1.0, sum.a);
}
