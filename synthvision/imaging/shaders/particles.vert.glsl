// One drop or flake for each instance: the strip of picture that it sweeps while the shutter is open, and its light.
// Needs SUNS and LAMPS; FLAKES for snow, else rain; POINTS where one vertex is a particle, else a strip of four.
#include "phase.glsl"

in vec4 in_particle;        // place relative to the camera in world axes, diameter
in float in_random;

uniform mat3 camera_from_world;
uniform vec2 focal_px;
uniform vec2 centre_px;     // from the bottom left
uniform vec2 size_px;
uniform float exposure_s;
uniform vec3 air_velocity;  // of the air, world
uniform vec3 camera_velocity;
uniform vec3 camera_turn;   // angular velocity, world
uniform vec2 focus;         // aperture, 1 / distance in focus
uniform vec4 fall;          // flakes: speed, sway; rain: turbulence of the wind in m/s
uniform float extinction_per_m;
uniform vec3 sky[9];        // radiance of a particle by the direction it is seen in
#if SUNS > 0
uniform vec3 sun_direction[SUNS];
uniform vec3 sun_light[SUNS];
#endif
#if LAMPS > 0
#include "lamps.glsl"
#endif

flat out vec4 segment;      // both ends in pixels
flat out vec4 shape;        // radius and width of the soft edge in pixels, depth, share of light it stops
flat out vec3 radiance;
#ifdef FLAKES
flat out vec4 lobes;
#endif

#ifdef FLAKES
// Clumps of crystals throw light back to nearly all sides.
float scattered(float cosine) {
    return phase(0.4, cosine);
}
#else
// Most light goes through a drop nearly straight on, a part comes back from inside.
float scattered(float cosine) {
    return 0.85 * phase(0.85, cosine) + 0.15 / (4.0 * PI);
}
#endif

vec3 light_of_sky(vec3 d) {
    vec3 light = 0.28209479 * sky[0] + 0.48860251 * (d.y * sky[1] + d.z * sky[2] + d.x * sky[3])
        + 1.09254843 * (d.x * d.y * sky[4] + d.y * d.z * sky[5] + d.z * d.x * sky[7])
        + 0.31539157 * (3.0 * d.z * d.z - 1.0) * sky[6] + 0.54627422 * (d.x * d.x - d.y * d.y) * sky[8];
    return max(light, 0.0);
}

void main() {
    vec3 place = in_particle.xyz;
    float diameter = in_particle.w, turn = 6.2831853 * in_random, other = 6.2831853 * fract(in_random * 61.0);
#ifdef FLAKES
    // Flakes swing 0.5 to 2 times a second about their way.
    float swing = fall.y * 6.2831853 * mix(0.5, 2.0, fract(in_random * 17.0)) * cos(other);
    vec3 velocity = air_velocity + vec3(cos(turn) * swing, sin(turn) * swing,
                                        -fall.x * (0.75 + 0.5 * fract(in_random * 29.0)));
    lobes = vec4(cos(turn), sin(turn), cos(other), sin(other));
#else
    float speed = max(9.65 - 10.3 * exp(-600.0 * diameter), 0.0);
    vec3 velocity = air_velocity + vec3(fall.z * cos(turn) * sin(other), fall.z * sin(turn) * sin(other), -speed);
#endif
    velocity -= camera_velocity + cross(camera_turn, place);
    vec3 middle = camera_from_world * place, way = camera_from_world * velocity * exposure_s;
    vec3 start = middle - 0.5 * way, end = middle + 0.5 * way;
    start.z = max(start.z, 0.05);
    end.z = max(end.z, 0.05);
    vec2 from = start.xy * vec2(1.0, -1.0) * focal_px / start.z + centre_px;
    vec2 to = end.xy * vec2(1.0, -1.0) * focal_px / end.z + centre_px;
    float focal = focal_px.x, len = distance(from, to);
    float wide = focal * diameter / middle.z;
    float blur = focus.x * focal * abs(1.0 / middle.z - focus.y);
    // A disc of the drop's width swept along, blurred by the circle of confusion and by the pixel. What it stops is its
    // own area, spread over all it sweeps: the time it covers a point over the exposure (Garg and Nayar, "Vision and
    // rain", IJCV 75, 2007).
    float soft = max(1.0, min(wide, blur));
    float radius = max(0.5 * max(wide, blur), 0.5 * soft);
    float swept = 2.0 * len * radius + PI * (radius * radius + soft * soft / 12.0);
    float stopped = min(PI / 4.0 * wide * wide / swept, 1.0) * exp(-extinction_per_m * length(place));

    vec3 d = place / length(place);
    vec3 light = light_of_sky(d);
#if SUNS > 0
    for (int i = 0; i < SUNS; ++i) light += sun_light[i] * scattered(dot(d, sun_direction[i]));
#endif
#if LAMPS > 0
    for (int i = 0; i < LAMPS; ++i) {
        vec3 away = place - lamps[4 * i].xyz;
        float distance2 = max(dot(away, away), lamps[4 * i].w * lamps[4 * i].w);
        away *= inversesqrt(max(dot(away, away), 1e-8));
        light += lamps[4 * i + 1].rgb * (lamp_share(i, away) / distance2 * scattered(-dot(away, d)));
    }
#endif
    segment = vec4(from, to);
    shape = vec4(radius, soft, middle.z, stopped);
    radiance = light;

    float reach = radius + 0.5 * soft;
#ifdef FLAKES
    reach *= 1.4;
#endif
#ifdef POINTS
    vec2 spread = abs(to - from);
    gl_PointSize = ceil(max(spread.x, spread.y) + 2.0 * reach);
    gl_Position = vec4((from + to) / size_px - 1.0, 0.0, 1.0);
#else
    vec2 along = len > 1e-3 ? (to - from) / len : vec2(0.0, 1.0);
    vec2 side = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1)) * 2.0 - 1.0;
    vec2 corner = 0.5 * (from + to) + along * side.x * (0.5 * len + reach) + vec2(-along.y, along.x) * side.y * reach;
    gl_Position = vec4(corner / size_px * 2.0 - 1.0, 0.0, 1.0);
#endif
}
