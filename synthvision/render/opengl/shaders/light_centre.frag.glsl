// The picture with one sample a pixel: full lighting at the pixel centre.
#include "lighting.glsl"

uniform sampler2D depth_m;
uniform sampler2D surface_base;
uniform sampler2D surface_shape;
uniform sampler2D surface_normal;
#ifdef EMISSIVE
uniform sampler2D surface_emission;
#endif
#include "open_share.glsl"
#include "sky_cover.glsl"
#include "surface_weather.glsl"
#include "weathered.glsl"
uniform mat3 world_from_image;   // ray of a pixel position from the bottom left, depth 1
uniform vec3 camera_position;

layout(location = 0) out vec4 out_radiance;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    float depth = texelFetch(depth_m, at, 0).x;
    vec3 ray = world_from_image * vec3(gl_FragCoord.xy, 1.0);
    bool seen = depth > 0.0;
    vec3 sum = vec3(0.0);
    // Nothing is skipped where nobody is seen: software drivers pay more for a branch than for the few pixels it saves.
#ifdef LIT
    Surface s = surface_from(texelFetch(surface_base, at, 0), texelFetch(surface_shape, at, 0),
                             texelFetch(surface_normal, at, 0).xy);
    vec3 place = camera_position + ray * depth, view = normalize(-ray);
    float up = s.geometric.z;
    s = weathered(s, place, length(world_from_image[0]) * depth / max(view.z, 0.1));
#ifdef PLANAR_MIRROR
    mirror_image = mirror_along(place, s.normal, s.geometric, view, s.roughness);
#endif
    vec2 open = open_share_at(gl_FragCoord.xy, depth, up);
#ifdef SOFT_LAMP
    soft_open = open.y;
#endif
    Shaded light = shade(s, place, view, open.x, gl_FragCoord.xy);
    sum = light.body + light.gloss;
#endif
#ifdef EMISSIVE
    sum += texelFetch(surface_emission, at, 0).rgb;
#endif
#ifdef BACKGROUND_SEEN
    if (!seen) {
        sum = background_along(normalize(ray), gl_FragCoord.xy / vec2(textureSize(depth_m, 0)));
    }
#endif
    out_radiance = vec4(sum, 1.0);
}
