// Light that the air adds along a ray: from sky, ground and suns far away, and from lamps near by.
#include "air_media.glsl"
#include "phase.glsl"

uniform vec3 sky[9 * MEDIA];           // radiance scattered by each medium as spherical harmonics, cd/m2
#if SUNS > 0
uniform vec3 sun_direction[SUNS];      // towards it, world
uniform vec4 sun_light[SUNS * MEDIA];  // illuminance times albedo, and the asymmetry of its glow
#endif

// Radiance of a medium so deep that nothing shows through it.
vec3 radiance_of_medium(const int number, vec3 d) {
    const int k = 9 * number;
    vec3 light = 0.28209479 * sky[k]
        + 0.48860251 * (d.y * sky[k + 1] + d.z * sky[k + 2] + d.x * sky[k + 3])
        + 1.09254843 * (d.x * d.y * sky[k + 4] + d.y * d.z * sky[k + 5] + d.z * d.x * sky[k + 7])
        + 0.31539157 * (3.0 * d.z * d.z - 1.0) * sky[k + 6]
        + 0.54627422 * (d.x * d.x - d.y * d.y) * sky[k + 8];
    light = max(light, 0.0);
#if SUNS > 0
    for (int i = 0; i < SUNS; ++i) {
        vec4 sun = sun_light[SUNS * number + i];
        light += sun.rgb * phase(sun.w, dot(d, sun_direction[i]));
    }
#endif
    return light;
}

#if LAMPS > 0
uniform sampler2D lamps_near;          // from air_lamps.frag.glsl: light up to the least depth of each block ...
uniform sampler2D lamps_far;           // ... and up to the largest, with the length of the ray in w
uniform float block_px;

// Half of all that lamps add comes from some metres; lengths are compared on this scale.
float reach_scale(float len) {
    return len / (len + 20.0);
}

// Light of all lamps up to a length, from the four blocks around; those whose depths do not fit count little.
vec3 lamps_along(float len) {
    vec2 place = gl_FragCoord.xy / block_px - 0.5;
    ivec2 corner = ivec2(floor(place)), last = textureSize(lamps_near, 0) - 1;
    vec2 f = place - vec2(corner);
    vec4 even = vec4((1.0 - f.x) * (1.0 - f.y), f.x * (1.0 - f.y), (1.0 - f.x) * f.y, f.x * f.y);
    float at = reach_scale(len);
    vec4 sum = vec4(0.0);
    for (int i = 0; i < 4; ++i) {
        ivec2 block = clamp(corner + ivec2(i & 1, i >> 1), ivec2(0), last);
        vec4 near = texelFetch(lamps_near, block, 0), far = texelFetch(lamps_far, block, 0);
        float low = reach_scale(near.w), high = reach_scale(far.w);
        float miss = 50.0 * max(max(low - at, at - high), 0.0);
        float weight = (even[i] + 1e-3) / (1.0 + miss * miss);
        float share = clamp((at - low) / max(high - low, 1e-4), 0.0, 1.0);
        sum += weight * vec4(mix(near.rgb, far.rgb, share), 1.0);
    }
    return sum.rgb / sum.w;
}
#endif

struct Air {
    float share;     // of the light behind it that it lets through
    vec3 light;      // that it adds
};

// The air along a unit vector up to a length.
Air air_along(vec3 d, float len) {
    float total = 0.0;
    vec3 light = vec3(0.0);
    for (int i = 0; i < MEDIA; ++i) {
        float depth = depth_of_medium(i, d, len);
        total += depth;
        light += depth * radiance_of_medium(i, d);
    }
    // Media are taken as well mixed: each gives its share of what all add.
    float share = exp(-total);
    light *= falling_mean(total);
#if LAMPS > 0
    light += lamps_along(len);
#endif
    return Air(share, light);
}
