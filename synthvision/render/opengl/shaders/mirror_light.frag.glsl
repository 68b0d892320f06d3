// The scene as seen in a flat ground: light of what stands on it, its coverage, and how far beyond the ground it is.
#include "lighting.glsl"
#include "sky_cover.glsl"
#include "surface_weather.glsl"
#include "weathered.glsl"

uniform sampler2D depth_m;
uniform sampler2D surface_base;
uniform sampler2D surface_shape;
uniform sampler2D surface_normal;
#ifdef EMISSIVE
uniform sampler2D surface_emission;
#endif
uniform mat3 world_from_image;
uniform vec3 camera_position;
uniform float mirror_height;

layout(location = 0) out vec4 out_light;
layout(location = 1) out float out_reach_m;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    float depth = texelFetch(depth_m, at, 0).x;
    vec3 ray = world_from_image * vec3(gl_FragCoord.xy, 1.0);
    vec3 sum = vec3(0.0);
    float reach = 0.0;
    if (depth > 0.0) {
        Surface s = surface_from(texelFetch(surface_base, at, 0), texelFetch(surface_shape, at, 0),
                                 texelFetch(surface_normal, at, 0).xy);
        vec3 place = camera_position + ray * depth;
        s = weathered(s, place, 0.0);
        Shaded light = shade(s, place, normalize(-ray), 1.0, gl_FragCoord.xy);
        sum = light.body + light.gloss;
#ifdef EMISSIVE
        sum += texelFetch(surface_emission, at, 0).rgb;
#endif
        // The ray passes the ground before it meets anything.
        reach = length(ray) * (place.z - mirror_height) / max(ray.z, 1e-4);
    }
    // A sun's glint must not flood the mip levels.
    out_light = vec4(min(sum, vec3(1e6)), depth > 0.0 ? 1.0 : 0.0);
    out_reach_m = min(reach, 1e4);
}
