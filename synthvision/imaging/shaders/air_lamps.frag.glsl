// Light that lamps near by add to the air, once scattered, for blocks of pixels: up to the least and up to the largest
// depth in each. It is smooth across the picture but for steps of depth, which the two answer.
#include "air_media.glsl"
#include "phase.glsl"
#include "lamps.glsl"

uniform sampler2D depth_m;
uniform mat3 world_from_image;         // ray of a pixel position from the bottom left, depth 1
uniform float sight;                   // width of a block in radians
uniform int block_px;
layout(location = 0) out vec4 out_near;
layout(location = 1) out vec4 out_far;

uniform vec4 scattering;               // rgb: mean albedo; w: mean asymmetry of all media
uniform vec4 lamp_pixel[LAMPS];        // where it is in the picture, its depth (0 if not in it), its radius in pixels

// How much of a lamp the camera sees, and in w the depth of what stands before it.
vec2 lamp_seen(const int number) {
    vec4 pixel = lamp_pixel[number];
    if (pixel.z <= 0.0) return vec2(1.0, 0.0);
    ivec2 last = textureSize(depth_m, 0) - 1;
    float seen = 0.0, hidden_by = 0.0;
    for (int i = 0; i < 5; ++i) {
        vec2 offset = vec2(float(i == 1) - float(i == 2), float(i == 3) - float(i == 4)) * pixel.w;
        float z = texelFetch(depth_m, clamp(ivec2(pixel.xy + offset), ivec2(0), last), 0).x;
        bool free = z <= 0.0 || z > pixel.z;
        seen += free ? 0.2 : 0.0;
        hidden_by = free ? hidden_by : max(hidden_by, z);
    }
    return vec2(seen, hidden_by);
}

const int LAMP_STEPS = 10;

float extinction_at(float z) {
    float sum = 0.0;
    for (int i = 0; i < MEDIA; ++i) sum += media[2 * i].x * density_at(media[2 * i], z);
    return sum;
}

// Light of one lamp scattered once towards the camera. Steps are even in the angle under which the lamp sees the ray,
// which takes the 1 / d^2 out of the integral (Kulla and Fajardo, "Importance sampling techniques for path tracing in
// participating media", 2012). Of all shadows in the air only that of what hides the lamp from the camera is known: the
// air before it lies in it.
vec3 lamp_in_air(const int number, vec3 d, float len, float sight) {
    vec4 place = lamps[4 * number];
    float along = dot(place.xyz, d);
    vec3 across = d * along - place.xyz;       // from the lamp to the nearest point of the ray
    float h = max(max(length(across), place.w), max(along, 0.1) * sight);
    vec3 side = across / max(length(across), 1e-6);
    float first = atan(-along, h), last = atan(len - along, h);
    // Where the ray is inside the cone of the lamp: A sin t + B cos t >= cosine of the outer angle.
    vec4 cone = lamps[4 * number + 3];
    vec2 axis = vec2(dot(lamps[4 * number + 2].xyz, d), dot(lamps[4 * number + 2].xyz, side));
    float reach = length(axis);
    if (cone.y > -1.5) {
        float middle = atan(axis.x, axis.y);
        float half_width = reach > cone.y ? acos(clamp(cone.y / max(reach, 1e-6), -1.0, 1.0)) : 0.0;
        first = max(first, middle - half_width);
        last = reach > cone.y ? min(last, middle + half_width) : first;
    }
    float step_size = max(last - first, 0.0) / float(LAMP_STEPS);
    float angle = first + 0.5 * step_size;
    float s = sin(angle), c = cos(angle), turn_s = sin(step_size), turn_c = cos(step_size);
    float at_camera = extinction_at(camera_m.z), at_lamp = extinction_at(camera_m.z + place.z);
    vec2 seen = lamp_seen(number);
    float sum = 0.0;
    for (int i = 0; i < LAMP_STEPS; ++i) {
        float distance = h / max(c, 1e-4);
        float way = max(along + distance * s, 0.0);
        float here = extinction_at(camera_m.z + d.z * way);
        float depth = 0.5 * ((at_camera + here) * way + (at_lamp + here) * distance);
        float lit = way < seen.y ? seen.x : 1.0;
        sum += lit * here * exp(-depth) * phase(scattering.w, -s) * lamp_share(number, d * s + side * c);
        float next = s * turn_c + c * turn_s;
        c = c * turn_c - s * turn_s;
        s = next;
    }
    return lamps[4 * number + 1].rgb * scattering.rgb * (sum * step_size / h);
}

vec3 lamps_in_air(vec3 d, float len) {
    vec3 light = vec3(0.0);
    for (int i = 0; i < LAMPS; ++i) light += lamp_in_air(i, d, len, sight);
    return light;
}

void main() {
    ivec2 first = ivec2(gl_FragCoord.xy) * block_px, size = textureSize(depth_m, 0);
    ivec2 end = min(first + block_px, size);
    float least = 1e30, most = 0.0;
    for (int y = first.y; y < end.y; ++y) {
        for (int x = first.x; x < end.x; ++x) {
            float z = texelFetch(depth_m, ivec2(x, y), 0).x;
            z = z > 0.0 ? z : 1e30;
            least = min(least, z);
            most = max(most, z);
        }
    }
#if PATCHES > 0
    patch_place = gl_FragCoord.xy * float(block_px) / vec2(size);
#endif
    vec3 ray = world_from_image * vec3(gl_FragCoord.xy * float(block_px), 1.0);
    float stretch = length(ray);
    vec3 d = ray / stretch;
    float near = ray_length(least < 1e29 ? least : 0.0, stretch, d);
    float far = ray_length(most < 1e29 ? most : 0.0, stretch, d);
    out_near = vec4(lamps_in_air(d, near), near);
    out_far = vec4(lamps_in_air(d, far), far);
}
