// The share of light that the air lets through on the way from each pixel's centre to the camera.
#include "air_media.glsl"

uniform sampler2D depth_m;         // first row at the top; infinite where nothing is seen
#ifdef LENS
uniform sampler2D rays;            // unit, camera axes, first row at the top; zero where no ray falls
uniform mat3 world_from_camera;
uniform float along_ray;           // 1 where depth is the length of the ray, 0 where it is measured along z
#else
uniform mat3 world_from_image;     // ray of a pixel position from the bottom left, depth 1
#endif
layout(location = 0) out float out_share;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    ivec2 size = textureSize(depth_m, 0);
    at.y = size.y - 1 - at.y;
#if PATCHES > 0
    patch_place = gl_FragCoord.xy / vec2(size);
#endif
#ifdef LENS
    vec3 ray = texelFetch(rays, at, 0).xyz;
    vec3 direction = world_from_camera * ray;
    float stretch = along_ray > 0.5 ? 1.0 : 1.0 / max(ray.z, 1e-6);
#else
    vec3 ray = world_from_image * vec3(gl_FragCoord.xy, 1.0);
    float stretch = length(ray);
    vec3 direction = ray / stretch;
#endif
    float depth = texelFetch(depth_m, at, 0).x;
    // Zero is taken as nothing, so what touches the camera is put just before it.
    float len = ray_length(depth < 1e30 ? max(depth, 1e-30) : 0.0, stretch, direction);
    float sum = 0.0;
    for (int i = 0; i < MEDIA; ++i) sum += depth_of_medium(i, direction, len);
    out_share = exp(-sum);
}
