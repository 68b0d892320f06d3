// Share of the surroundings that nearby surfaces in the picture leave open, at half resolution: horizon angles in a
// few directions (Jimenez et al. 2016, "Practical Real-Time Strategies for Accurate Indirect Occlusion").
#include "octahedral.glsl"

uniform sampler2D depth_m;
uniform sampler2D surface_normal;
uniform mat3 world_from_image;
uniform mat3 camera_from_world;
uniform float reach_px;          // in pixels of the full picture

layout(location = 0) out vec2 out_open;

const int SIDES = 2;
const int STEPS = 4;
const float PI = 3.14159265358979;

void main() {
    ivec2 full_size = textureSize(depth_m, 0);
    ivec2 at = min(ivec2(gl_FragCoord.xy) * 2, full_size - 1);
    float depth = texelFetch(depth_m, at, 0).x;
    out_open = vec2(1.0, depth);
    int seen = depth > 0.0 ? 1 : 0;
    for (int once = 0; once < seen; ++once) {
        mat3 camera_from_image = camera_from_world * world_from_image;
        vec2 centre = vec2(at) + 0.5;
        vec3 position = camera_from_image * vec3(centre, 1.0) * depth;
        vec3 view = normalize(-position);
        vec3 normal = camera_from_world * unit_from_octahedral(texelFetch(surface_normal, at, 0).xy);
        float metres_per_px = depth * length(camera_from_image[0]);
        float reach_m = reach_px * metres_per_px;
        // A 4x4 pattern of directions and distances, evened out by the pass that follows.
        ivec2 cell = ivec2(gl_FragCoord.xy) & 3;
        float turn = float((cell.x * 4 + cell.y * 7 + (cell.x ^ cell.y) * 5) & 15) / 16.0;
        float shift = float((cell.x * 5 + cell.y * 11 + (cell.x ^ cell.y) * 3) & 15) / 16.0;
        float open = 0.0;
        for (int side = 0; side < SIDES; ++side) {
            float angle = (float(side) + turn) * PI / float(SIDES);
            vec2 direction = vec2(cos(angle), sin(angle));
            vec3 tangent = camera_from_image * vec3(direction, 0.0);
            vec3 slice = normalize(cross(tangent, view));
            vec3 along = cross(view, slice);
            vec3 projected = normal - slice * dot(normal, slice);
            float weight = length(projected);
            float tilt = sign(dot(projected, along)) * acos(clamp(dot(projected, view) / max(weight, 1e-5), -1.0, 1.0));
            float horizon_ahead = cos(tilt + PI * 0.5), horizon_behind = cos(tilt - PI * 0.5);
            for (int k = 0; k < STEPS; ++k) {
                float t = (float(k) + shift) / float(STEPS);
                float away = max(t * t * reach_px, 1.5 + float(k));
                for (int sign_index = 0; sign_index < 2; ++sign_index) {
                    vec2 place = centre + direction * (sign_index == 0 ? away : -away);
                    ivec2 texel = clamp(ivec2(place), ivec2(0), full_size - 1);
                    float other = texelFetch(depth_m, texel, 0).x;
                    vec3 delta = camera_from_image * vec3(vec2(texel) + 0.5, 1.0) * other - position;
                    float length2 = max(dot(delta, delta), 1e-12);
                    float cosine = dot(delta, view) * inversesqrt(length2);
                    float near = clamp(1.5 - sqrt(length2) / reach_m * 1.5, 0.0, 1.0);
                    near = other > 0.0 ? near : 0.0;
                    if (sign_index == 0) horizon_ahead = max(horizon_ahead, mix(horizon_ahead, cosine, near));
                    else horizon_behind = max(horizon_behind, mix(horizon_behind, cosine, near));
                }
            }
            float ahead = acos(clamp(horizon_ahead, -1.0, 1.0));
            float behind = -acos(clamp(horizon_behind, -1.0, 1.0));
            ahead = tilt + clamp(ahead - tilt, 0.0, PI * 0.5);
            behind = tilt + clamp(behind - tilt, -PI * 0.5, 0.0);
            float sine = sin(tilt), cosine_tilt = cos(tilt);
            open += weight * 0.25 * (cosine_tilt - cos(2.0 * ahead - tilt) + 2.0 * ahead * sine
                                     + cosine_tilt - cos(2.0 * behind - tilt) + 2.0 * behind * sine);
        }
        out_open.x = clamp(open / float(SIDES), 0.0, 1.0);
    }
}
