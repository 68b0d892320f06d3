// One level of the mirror map: mean radiance over the GGX lobe around each direction, by importance sampling with
// source texels as wide as the samples are apart (Krivanek and Colbert 2008, "Real-time Shading with Filtered
// Importance Sampling").
#include "octahedral.glsl"

uniform sampler2D source;        // equirectangular, with mip levels
uniform float roughness;
uniform float level_px;
uniform int sample_count;

layout(location = 0) out vec4 out_radiance;

const float PI = 3.14159265358979;

vec3 direction_of(vec2 uv) {
    vec2 e = (uv * 2.0 - 1.0) / 0.75;
    // Beyond the edge of the octahedron the map goes on mirrored.
    if (abs(e.x) > 1.0) e = vec2(sign(e.x) * 2.0 - e.x, -e.y);
    if (abs(e.y) > 1.0) e = vec2(-e.x, sign(e.y) * 2.0 - e.y);
    return unit_from_octahedral(e * 0.5 + 0.5);
}

vec3 source_along(vec3 d, float lod) {
    vec2 at = vec2(0.5 + atan(d.x, d.y) / (2.0 * PI), acos(clamp(d.z, -1.0, 1.0)) / PI);
    return textureLod(source, at, lod).rgb;
}

void main() {
    vec3 n = direction_of(gl_FragCoord.xy / level_px);
    vec2 size = vec2(textureSize(source, 0));
    float texel_angle = PI / size.y;
    if (roughness < 0.01) {
        float wanted = sqrt(4.0 * PI) / (level_px * 0.75);
        out_radiance = vec4(source_along(n, max(log2(wanted / texel_angle), 0.0)), 1.0);
        return;
    }
    vec3 side = normalize(abs(n.z) < 0.9 ? vec3(n.y, -n.x, 0.0) : vec3(0.0, n.z, -n.y));
    vec3 other = cross(n, side);
    float alpha = roughness * roughness;
    vec3 sum = vec3(0.0);
    float weights = 0.0;
    for (int i = 0; i < sample_count; ++i) {
        float u = (float(i) + 0.5) / float(sample_count);
        float angle = float(i) * 2.39996323;
        float cosine2 = (1.0 - u) / (1.0 + (alpha * alpha - 1.0) * u);
        float cosine = sqrt(cosine2), sine = sqrt(max(1.0 - cosine2, 0.0));
        vec3 h = sine * (cos(angle) * side + sin(angle) * other) + cosine * n;
        vec3 l = 2.0 * dot(n, h) * h - n;
        float n_dot_l = dot(n, l);
        if (n_dot_l > 0.0) {
            float d = (cosine2 * (alpha * alpha - 1.0) + 1.0);
            float density = alpha * alpha / (PI * d * d) * 0.25;
            float solid_angle = 1.0 / (float(sample_count) * density);
            float lod = max(0.5 * log2(solid_angle / (texel_angle * texel_angle)) + 0.5, 0.0);
            sum += source_along(l, lod) * n_dot_l;
            weights += n_dot_l;
        }
    }
    out_radiance = vec4(sum / weights, 1.0);
}
