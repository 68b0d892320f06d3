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

struct Sampled {
    uvec4 part;      // who covers each sample
    mat3x4 place;    // where each sample lies, camera at the origin, world axes
    vec4 cost;       // of the best neighbour so far
    mat3x4 light;    // its light
};

void consider(ivec2 at, ivec2 offset, ivec2 last, float pixel_size, inout Sampled s) {
    ivec2 texel = clamp(at + offset, ivec2(0), last);
    uint who = texelFetch(parts, texel, 0).x;
    float depth = texelFetch(depth_m, texel, 0).x;
    vec3 normal = unit_from_octahedral(texelFetch(surface_normal, texel, 0).xy);
    vec3 spot = world_from_image * vec3(vec2(texel) + 0.5, 1.0) * depth;
    vec3 colour = texelFetch(radiance, texel, 0).rgb;
    // How far a sample lies off the neighbour's plane, in pixels, tells faces of one part apart.
    vec4 off = abs(s.place * normal - dot(spot, normal)) / (max(depth, 1e-6) * pixel_size);
    off = who == 0u ? vec4(0.0) : off;
    vec4 dx = float(offset.x) + 0.5 - vec4(sample_places[0].x, sample_places[1].x, sample_places[2].x, sample_places[3].x);
    vec4 dy = float(offset.y) + 0.5 - vec4(sample_places[0].y, sample_places[1].y, sample_places[2].y, sample_places[3].y);
    vec4 cost = 4.0 * min(off, 4.0) + sqrt(dx * dx + dy * dy);
    bvec4 better = lessThan(cost, s.cost);
    better = bvec4(better.x && who == s.part.x, better.y && who == s.part.y, better.z && who == s.part.z,
                   better.w && who == s.part.w);
    s.cost = mix(s.cost, cost, better);
    s.light[0] = mix(s.light[0], vec4(colour.r), better);
    s.light[1] = mix(s.light[1], vec4(colour.g), better);
    s.light[2] = mix(s.light[2], vec4(colour.b), better);
}

void main() {
    uvec4 entry = texelFetch(edge_list, ivec2(gl_FragCoord.xy), 0);
    ivec2 at = ivec2(entry.xy);
    ivec2 last = textureSize(depth_m, 0) - 1;
    float pixel_size = length(world_from_image[0]);
    Sampled s;
    s.part = uvec4(texelFetch(sample_parts, at, 0).x, texelFetch(sample_parts, at, 1).x,
                   texelFetch(sample_parts, at, 2).x, texelFetch(sample_parts, at, 3).x);
    vec4 raw = vec4(texelFetch(sample_depth, at, 0).x, texelFetch(sample_depth, at, 1).x,
                    texelFetch(sample_depth, at, 2).x, texelFetch(sample_depth, at, 3).x);
    vec4 depth = depth_planes.x / (depth_planes.y - raw);
    mat4x3 place;
    for (int i = 0; i < 4; ++i) place[i] = world_from_image * vec3(vec2(at) + sample_places[i], 1.0) * depth[i];
    s.place = transpose(place);
    s.cost = vec4(1e30);
    s.light = mat3x4(0.0);
    consider(at, ivec2(0, 0), last, pixel_size, s);
    consider(at, ivec2(-1, 0), last, pixel_size, s);
    consider(at, ivec2(1, 0), last, pixel_size, s);
    consider(at, ivec2(0, -1), last, pixel_size, s);
    consider(at, ivec2(0, 1), last, pixel_size, s);
    consider(at, ivec2(-1, -1), last, pixel_size, s);
    consider(at, ivec2(1, -1), last, pixel_size, s);
    consider(at, ivec2(-1, 1), last, pixel_size, s);
    consider(at, ivec2(1, 1), last, pixel_size, s);
    // Where objects meet a sliver may be seen by a centre two pixels away only.
    int more = entry.z > 0u && any(greaterThan(s.cost, vec4(1e29))) ? 16 : 0;
    for (int i = 0; i < more; ++i) {
        int side = i >> 2, along = (i & 3) - 2;
        ivec2 offset = side == 0 ? ivec2(along, -2) : side == 1 ? ivec2(2, along)
                     : side == 2 ? ivec2(-along, 2) : ivec2(-2, -along);
        consider(at, offset, last, pixel_size, s);
    }
    vec4 weight = vec4(lessThan(s.cost, vec4(1e29)));
    float count = dot(weight, vec4(1.0));
    out_radiance = vec4(weight * s.light / max(count, 1.0), count > 0.5 ? 1.0 : 0.0);
}
