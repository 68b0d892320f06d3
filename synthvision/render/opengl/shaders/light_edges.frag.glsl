// Pixels in which ids, depth or faces differ: lighting of each of the four samples, then their mean in linear light.
#include "lighting.glsl"

uniform sampler2DMS sample_depth;
uniform sampler2DMS surface_base;
uniform sampler2DMS surface_shape;
uniform sampler2DMS surface_normal;
#ifdef EMISSIVE
uniform sampler2DMS surface_emission;
#endif
#include "open_share.glsl"
uniform sampler2D edge_mask;      // 1 where objects meet, about half where one object bends
uniform usampler2D centre_ids;
uniform vec2 sample_places[4];
uniform vec2 depth_planes;       // depth in metres = x / (y - depth buffer)
uniform mat3 world_from_image;
uniform vec3 camera_position;

layout(location = 0) out vec4 out_radiance;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    float kind = texelFetch(edge_mask, at, 0).x;
    if (kind < 0.25) discard;
    int samples = kind > 0.25 ? 4 : 0;
    float own = float(texelFetch(centre_ids, at, 0).x);
    vec3 sum = vec3(0.0);
    float count = 0.0;
    for (int i = 0; i < samples; ++i) {
        float raw = texelFetch(sample_depth, at, i).x;
        vec2 place = vec2(at) + sample_places[i];
        vec3 ray = world_from_image * vec3(place, 1.0);
        vec3 one = vec3(0.0);
        vec4 facing = texelFetch(surface_normal, at, i);
        // Amid its own kind a pixel shows its own object alone: what peeps in between the centres is left out.
        float weight = kind > 0.75 || (raw < 1.0 && floor(facing.z * 65535.0 + 0.5) == own) ? 1.0 : 0.0;
        if (raw < 1.0) {
            float depth = depth_planes.x / (depth_planes.y - raw);
#ifdef LIT
            Surface s = surface_from(texelFetch(surface_base, at, i), texelFetch(surface_shape, at, i),
                                     facing.xy);
            float visibility = open_share_at(place, depth);
            one = shade(s, camera_position + ray * depth, normalize(-ray), visibility, place);
#endif
#ifdef EMISSIVE
            one += texelFetch(surface_emission, at, i).rgb;
#endif
        } else {
            one = background_along(normalize(ray), place / vec2(textureSize(edge_mask, 0)));
        }
        sum += one * weight;
        count += weight;
    }
    if (count < 0.5) discard;
    out_radiance = vec4(sum / count, 1.0);
}
