// Share of the light from all around that arrives, at half resolution: what nearby surfaces in the picture leave open,
// by horizon angles in a few directions (Jimenez et al. 2016, "Practical Real-Time Strategies for Accurate Indirect
// Occlusion"), and shadows of the soft lights that the sky is taken apart into.
#include "octahedral.glsl"
#include "environment.glsl"
#include "shadows.glsl"
#include "lights.glsl"
#include "panel_shadow.glsl"

uniform sampler2D depth_m;
uniform sampler2D surface_normal;
uniform mat3 world_from_image;
uniform mat3 camera_from_world;
uniform float reach_px;          // how far blockers are looked for, in pixels of the full picture ...
uniform float widest_reach_m;    // ... and in metres
uniform vec4 above_ground;       // height over the ground of a place in camera axes: its light counts on its own

layout(location = 0) out vec4 out_open;     // share, depth, how far the surface faces up, share of a large lamp

const int STEPS = 5;
const int ORDER[16] = int[16](0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5);
const float PI = 3.14159265358979;

// Cosine of the highest thing on one side of the slice through a pixel.
float horizon(vec2 centre, vec2 direction, float shift, vec3 position, vec3 view, vec3 normal, mat3 camera_from_image,
              float pixels, float reach_m, float height, float lowest, ivec2 last) {
    float highest = lowest;
    for (int k = 0; k < STEPS; ++k) {
        float t = (float(k) + shift) / float(STEPS);
        vec2 place = centre + direction * max(t * t * pixels, 1.5 + float(k));
        ivec2 texel = ivec2(floor(place));
        bool inside = all(greaterThanEqual(texel, ivec2(0))) && all(lessThanEqual(texel, last));
        texel = clamp(texel, ivec2(0), last);
        float other = texelFetch(depth_m, texel, 0).x;
        vec3 delta = camera_from_image * vec3(vec2(texel) + 0.5, 1.0) * other - position;
        float inverse = inversesqrt(max(dot(delta, delta), 1e-12));
        float near = clamp(2.0 - 2.0 / (reach_m * inverse), 0.0, 1.0);
        near = inside && other > 0.0 ? near : 0.0;
        near *= clamp((dot(above_ground.xyz, delta) + height) * 400.0 * inverse - 1.0, 0.0, 1.0);
        // A pixel lies beside the slice by up to half its width: what does not rise above the surface blocks nothing.
        near *= clamp(dot(delta, normal) * inverse * 12.0 - 0.3, 0.0, 1.0);
        highest = max(highest, mix(lowest, dot(delta, view) * inverse, near));
    }
    return highest;
}

// Within 0.007 of acos (Lagarde 2014, "Inverse trigonometric functions GPU optimization").
float quick_acos(float x) {
    float y = abs(x);
    float angle = (-0.156583 * y + 1.570796) * sqrt(max(1.0 - y, 0.0));
    return x >= 0.0 ? angle : PI - angle;
}

uniform vec3 camera_position;
#ifdef KEYS
uniform vec4 keys[KEYS];         // world direction; illuminance over pi on a surface that faces it
uniform float key_spreads[KEYS]; // tangent of the angular radius
#ifdef GROUND
uniform vec3 ground_light;
#endif

// Of the light on a surface the soft lights bring their part, unless they or the way to them is hidden.
float share_with_shadows(vec3 position, vec3 n, float open) {
    const vec3 LUMINANCE = vec3(0.2126, 0.7152, 0.0722);
    float rest = dot(environment_onto(n), LUMINANCE), arrives = 0.0, total = 1e-9;
#ifdef GROUND
    rest += dot(ground_light, LUMINANCE) * (0.5 - 0.5 * n.z);
#endif
    total += rest;
    for (int k = 0; k < KEYS; ++k) {
        float facing = dot(n, keys[k].xyz);
        float light = min(max(facing, 0.0) * keys[k].w, rest);
        arrives += light * min(open, arriving(k, false, true, true, position, n, facing, key_spreads[k], gl_FragCoord.xy));
        rest -= light;
    }
    return (arrives + rest * open) / total;
}
#endif

void main() {
    ivec2 last = textureSize(depth_m, 0) - 1;
    ivec2 at = min(ivec2(gl_FragCoord.xy) * 2, last);
    float depth = texelFetch(depth_m, at, 0).x;
    vec2 centre = vec2(at) + 0.5;
    float open = 1.0;
    vec3 surface = unit_from_octahedral(texelFetch(surface_normal, at, 0).xy);
#ifdef HORIZON
    mat3 camera_from_image = camera_from_world * world_from_image;
    vec3 position = camera_from_image * vec3(centre, 1.0) * depth;
    vec3 view = normalize(-position);
    vec3 normal = camera_from_world * surface;
    float pixel_m = max(depth * length(camera_from_image[0]), 1e-9);
    float pixels = min(reach_px, widest_reach_m / pixel_m);
    float reach_m = pixels * pixel_m;
    float height = dot(above_ground, vec4(position, 1.0));
    // A 4x4 pattern of directions and distances, evened out by the pass that follows.
    ivec2 cell = ivec2(gl_FragCoord.xy) & 3;
    float turn = (float(ORDER[cell.y * 4 + cell.x]) + 0.5) / 16.0;
    float shift = (float(ORDER[cell.x * 4 + 3 - cell.y]) + 0.5) / 16.0;
    vec2 direction = vec2(cos(turn * PI), sin(turn * PI));
    vec3 tangent = camera_from_image * vec3(direction, 0.0);
    vec3 slice = normalize(cross(tangent, view));
    vec3 along = cross(view, slice);
    vec3 projected = normal - slice * dot(normal, slice);
    float weight = max(length(projected), 1e-5);
    float cosine = clamp(dot(projected, view) / weight, -1.0, 1.0);
    float tilt = sign(dot(projected, along)) * quick_acos(cosine);
    float sine = sin(tilt);
    float ahead = quick_acos(horizon(centre, direction, shift, position, view, normal, camera_from_image, pixels, reach_m,
                                    height, -sine, last));
    float behind = -quick_acos(horizon(centre, -direction, shift, position, view, normal, camera_from_image, pixels, reach_m,
                                      height, sine, last));
    ahead = tilt + clamp(ahead - tilt, 0.0, PI * 0.5);
    behind = tilt + clamp(behind - tilt, -PI * 0.5, 0.0);
    open = 0.25 * (cosine - cos(2.0 * ahead - tilt) + 2.0 * ahead * sine
                         + cosine - cos(2.0 * behind - tilt) + 2.0 * behind * sine);
    // Over what the slice would get without blockers: flat ground stays flat in every slice.
    open /= cosine + tilt * sine;
    // What stands behind the nearest surface blocks light too but is not in the picture: the square makes up for it.
    open = clamp(open, 0.0, 1.0);
    open *= open;
#endif
    float soft = 1.0;
    vec3 place = camera_position + world_from_image * vec3(centre, 1.0) * depth;
#ifdef KEYS
    open = share_with_shadows(place, surface, open);
#endif
#ifdef SOFT_LAMP
    soft = panel_open(SOFT_LAMP, SOFT_ALL_AROUND, SOFT_FIRST_MAP, place, surface, gl_FragCoord.xy);
#endif
    out_open = depth > 0.0 ? vec4(open, depth, surface.z, soft) : vec4(1.0, depth, surface.z, 1.0);
}
