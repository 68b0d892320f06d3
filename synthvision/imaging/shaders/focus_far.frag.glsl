// What is behind the sharp distance, blurred: each pixel takes the mean over its own circle of confusion, of samples
// whose circles reach it. Holes behind what is before the sharp distance are filled from around.
uniform sampler2D layer;
uniform sampler2D tiles;            // largest radius before the sharp distance nearby, in pixels of the picture
uniform vec3 offsets[MOST_SAMPLES]; // to the texels around, the nearest first, and how far they are
layout(location = 0) out vec4 out_light;    // light, radius; -1 where no sample was found

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(layer, 0) - 1;
    vec4 own = texelFetch(layer, texel, 0);
    bool hole = own.a < 0.0;
    float around = texelFetch(tiles, texel * SCALE / TILE, 0).r / float(SCALE);
    float radius = hole ? around + 1.0 : own.a;
    int count = radius < 0.5 ? 0 : min(int(3.1416 * (radius + 0.8) * (radius + 0.8)), MOST_SAMPLES);
    vec4 sum = hole ? vec4(0.0) : vec4(own.rgb, 1.0);
    sum *= count > 0 ? 1e-4 : 1.0;
    for (int k = 0; k < count; ++k) {
        vec4 there = texelFetch(layer, clamp(texel + ivec2(offsets[k].xy), ivec2(0), last), 0);
        float reach = hole ? radius : min(there.a, radius);
        float reaches = clamp(reach - offsets[k].z + 0.5, 0.0, 1.0) * step(0.0, there.a);
        sum += reaches * vec4(there.rgb, 1.0);
    }
    out_light = vec4(sum.rgb / max(sum.a, 1e-6), sum.a > 0.0 ? max(own.a, 0.0) : -1.0);
}
