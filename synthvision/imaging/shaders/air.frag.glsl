// The picture through the air. At outlines a pixel's light comes from two distances: how much from each is estimated
// from its colour and those beside it, or else near things would keep jagged, wrongly lit rims. OUTLINES is for the few
// pixels that may be such, which are drawn again: software drivers run both sides of a branch.
#include "airlight.glsl"

uniform sampler2D light;
uniform sampler2D depth_m;
uniform mat3 world_from_image;     // ray of a pixel position from the bottom left, depth 1
uniform vec2 size;                 // of the picture in pixels

layout(location = 0) out vec4 out_light;

float inverse_depth(ivec2 at, ivec2 last) {
    float z = texelFetch(depth_m, clamp(at, ivec2(0), last), 0).x;
    return z > 0.0 ? 1.0 / z : 0.0;
}

vec3 light_at(ivec2 at, ivec2 last) {
    return texelFetch(light, clamp(at, ivec2(0), last), 0).rgb;
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy), last = textureSize(depth_m, 0) - 1;
#if PATCHES > 0
    patch_place = gl_FragCoord.xy / size;
#endif
    vec3 ray = world_from_image * vec3(gl_FragCoord.xy, 1.0);
    float stretch = length(ray);
    vec3 d = ray / stretch;
    float w = inverse_depth(at, last);
    vec3 colour = light_at(at, last);
    Air own = air_along(d, ray_length(w > 0.0 ? 1.0 / w : 0.0, stretch, d));
    vec3 result = colour * own.share + own.light;

#ifdef OUTLINES
    vec4 beside = vec4(inverse_depth(at + ivec2(1, 0), last), inverse_depth(at - ivec2(1, 0), last),
                       inverse_depth(at + ivec2(0, 1), last), inverse_depth(at - ivec2(0, 1), last));
    vec2 low2 = min(beside.xz, beside.yw), high2 = max(beside.xz, beside.yw);
    float least = min(w, min(low2.x, low2.y)), most = max(w, max(high2.x, high2.y));
    float border = 0.5 * (least + most);
    vec4 near = vec4(greaterThan(beside, vec4(border)));
    bool in_front = w > border;
    vec2 towards = vec2(near.x - near.y, near.z - near.w);      // the near side
    bool sided = towards != vec2(0.0);
    // Colours of both surfaces, from two pixels off where that is still the same surface.
    ivec2 one = ivec2(towards);
    ivec2 to_near = inverse_depth(at + 2 * one, last) > border ? 2 * one : one;
    ivec2 to_far = inverse_depth(at - 2 * one, last) <= border ? -2 * one : -one;
    vec3 front = light_at(at + to_near, last), behind = light_at(at + to_far, last);
    vec4 is_other = in_front ? 1.0 - near : near;
    float others = dot(is_other, vec4(1.0));
    float other = dot(is_other, beside) / max(others, 1.0);
    // A straight outline that misses the pixel's centre covers at most half of it. Where both colours are alike
    // the number of near neighbours decides.
    float guess = 0.5 * float(in_front) + 0.125 * dot(near, vec4(1.0));
    vec3 span = front - behind;
    float level = dot(colour + own.light, vec3(1.0 / 3.0));
    float doubt = 0.01 * level * level + 1e-12;
    float covered = sided ? (dot(colour - behind, span) + doubt * guess) / (dot(span, span) + doubt) : guess;
    covered = in_front ? clamp(covered, 0.5, 1.0) : clamp(covered, 0.0, 0.5);
    Air away = air_along(d, ray_length(other > 0.0 ? 1.0 / other : 0.0, stretch, d));
    float near_share = in_front ? own.share : away.share, far_share = in_front ? away.share : own.share;
    vec3 near_light = in_front ? own.light : away.light, far_light = in_front ? away.light : own.light;
    // What the two colours do not explain is the pixel's own.
    vec3 rest = colour - mix(behind, front, covered);
    front = sided ? front + rest : colour;
    behind = sided ? behind + rest : colour;
    vec3 mixed = covered * (front * near_share + near_light) + (1.0 - covered) * (behind * far_share + far_light);
    result = others > 0.0 ? mixed : result;
#endif
    out_light = vec4(max(result, 0.0), 1.0);
}
