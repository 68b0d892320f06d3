// Pixels in which parts, depth or faces differ: the mean of four samples, each with the light of the nearest pixel
// centre on the same surface. Who covers a sample is known exactly; its light is taken from at most two pixels away, so
// every surface is shaded once a pixel and no more. A sample of a part that no centre around sees is left out: what has
// no label has no colour either. The target is a list of such pixels, so that no lane of a software driver idles.
#include "octahedral.glsl"

uniform usampler2DMS sample_parts;
uniform sampler2DMS sample_depth;
uniform usampler2D edge_list;    // column, row from the bottom, and 1 where objects meet or 0 amid one object
uniform usampler2D parts;
uniform sampler2D depth_m;
uniform sampler2D surface_normal;
uniform sampler2D radiance;
uniform vec2 sample_places[4];
uniform vec2 depth_planes;       // depth in metres = x / (y - depth buffer)
uniform mat3 world_from_image;   // ray of a pixel position from the bottom left, depth 1

layout(location = 0) out vec4 out_radiance;

void main() {
    uvec4 entry = texelFetch(edge_list, ivec2(gl_FragCoord.xy), 0);
    ivec2 at = ivec2(entry.xy);
    ivec2 last = textureSize(depth_m, 0) - 1;
    uvec4 part = uvec4(texelFetch(sample_parts, at, 0).x, texelFetch(sample_parts, at, 1).x,
                       texelFetch(sample_parts, at, 2).x, texelFetch(sample_parts, at, 3).x);
    vec3 place[4];
    for (int i = 0; i < 4; ++i) {
        float raw = texelFetch(sample_depth, at, i).x;
        place[i] = world_from_image * vec3(vec2(at) + sample_places[i], 1.0) * (depth_planes.x / (depth_planes.y - raw));
    }
    vec4 best = vec4(1e30);
    vec3 light[4] = vec3[4](vec3(0.0), vec3(0.0), vec3(0.0), vec3(0.0));
    vec2 middle = vec2(at) + 0.5;
    int reach = 1;
    for (int ring = 0; ring < 2; ++ring) {
        for (int y = -reach; y <= reach; ++y) {
            for (int x = -reach; x <= reach; ++x) {
                ivec2 texel = clamp(at + ivec2(x, y), ivec2(0), last);
                uint who = texelFetch(parts, texel, 0).x;
                float depth = texelFetch(depth_m, texel, 0).x;
                vec3 normal = unit_from_octahedral(texelFetch(surface_normal, texel, 0).xy);
                vec3 spot = world_from_image * vec3(vec2(texel) + 0.5, 1.0) * depth;
                vec3 colour = texelFetch(radiance, texel, 0).rgb;
                float pixel_m = max(depth, 1e-6) * length(world_from_image[0]);
                for (int i = 0; i < 4; ++i) {
                    // How far the sample lies off the neighbour's plane, in pixels, tells faces of one part apart.
                    float off = who == 0u ? 0.0 : abs(dot(place[i] - spot, normal)) / pixel_m;
                    float cost = 4.0 * min(off, 4.0) + length(vec2(x, y) + 0.5 - sample_places[i]);
                    cost = who == part[i] ? cost : 1e30;
                    bool better = cost < best[i];
                    best[i] = better ? cost : best[i];
                    light[i] = better ? colour : light[i];
                }
            }
        }
        // Where objects meet a sliver may be seen by a centre two pixels away only.
        bool found = all(lessThan(best, vec4(1e29)));
        reach = found || entry.z == 0u ? -1 : 2;
    }
    vec4 weight = vec4(lessThan(best, vec4(1e29)));
    float count = dot(weight, vec4(1.0));
    vec3 sum = light[0] * weight.x + light[1] * weight.y + light[2] * weight.z + light[3] * weight.w;
    out_radiance = vec4(sum / max(count, 1.0), count > 0.5 ? 1.0 : 0.0);
}
