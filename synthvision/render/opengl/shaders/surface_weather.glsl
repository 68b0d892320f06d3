// What rain and snow do to surfaces. render/surface_weather.py says the same in numpy; both must stay equal. Everything
// is a function of the place in the world, the normal and the weather's seed, so that patterns stick to the world.

#if defined(WET) || defined(SNOW)
#include "world_noise.glsl"

struct WeatherMasks {
    float wet;              // film of water
    float film_roughness;
    float puddle;           // standing water
    float snow;
    vec2 snow_slope;        // of the snow's own face
};

#ifdef WET
uniform float wet_film;
uniform uint film_seed;
#ifdef PUDDLES
uniform vec4 puddle_place;      // threshold of the noise, cells per metre, lowest and highest z
uniform float puddle_share;
uniform uint puddle_seed;
#endif
#endif
#ifdef SNOW
uniform vec4 snow_place;        // threshold of the noise, cells per metre, albedo, share
uniform uint snow_seed;
#endif

const float FILM_PATCH_M = 0.45;
const float PUDDLE_EDGE = 0.03;
const float SHORE = 0.05;
const float PUDDLE_RIM = 0.12;
const float PUDDLE_ROUGHNESS = 0.045;
const float SNOW_EDGE = 0.04;
const float SNOW_ROUGHNESS = 0.95;
const float SNOW_GRAIN_M = 0.07;
const float SNOW_FRAY = 0.16;
const float SNOW_BUMP = 0.1;
const float SNOW_THICK_M = 0.02;
const float WATER_F0 = 0.02;

// Share of a soft-edged pattern where a pixel is no longer much smaller than its patches: the mean takes its place.
float blended_far(float mask, float share, float cells) {
    return mix(mask, share, clamp(0.7 * cells - 0.7, 0.0, 1.0));
}

// `pixel_m`: how much of the ground one pixel covers along its longer side; 0 for the pattern itself.
WeatherMasks weather_masks(vec3 place, vec3 normal, float open_sky, float pixel_m) {
    WeatherMasks m = WeatherMasks(0.0, 1.0, 0.0, 0.0, vec2(0.0));
#ifdef WET
    float patch_noise = fractal_noise((place.xy + place.z * vec2(0.15, 0.11)) / FILM_PATCH_M, film_seed).x;
    patch_noise = clamp(2.0 * patch_noise - 0.5, 0.0, 1.0);
    float amount = wet_film + 2.0 * wet_film * (1.0 - wet_film) * (patch_noise - 0.5);
#ifdef PUDDLES
    // The finer pattern frays the shores.
    float water = fractal_noise(place.xy * puddle_place.y, puddle_seed).x - puddle_place.x + SHORE * (patch_noise - 0.5);
    float cells = pixel_m * puddle_place.y;
    float level = smoothstep(0.98, 0.995, normal.z);
    level *= place.z >= puddle_place.z && place.z <= puddle_place.w ? 1.0 : 0.0;
    amount = max(amount, level * smoothstep(-PUDDLE_RIM, -PUDDLE_EDGE, water));
    float edge_width = PUDDLE_EDGE + 0.12 * min(cells, 2.0);
    m.puddle = blended_far(smoothstep(-edge_width, edge_width, water), puddle_share, cells) * level * open_sky;
#endif
    float facing = 0.35 * smoothstep(-0.3, 0.0, normal.z) + 0.65 * smoothstep(0.05, 0.5, normal.z);
    m.wet = clamp(amount, 0.0, 1.0) * facing * open_sky;
    m.film_roughness = 0.36 - 0.16 * patch_noise;
#endif
#ifdef SNOW
    vec3 drift = fractal_noise(place.xy * snow_place.y, snow_seed);
    vec3 fine = fractal_noise(place.xy / SNOW_GRAIN_M, snow_seed + 1u);
    drift.x += SNOW_FRAY * (fine.x - 0.5);
    float snow_cells = pixel_m * snow_place.y;
    float width = 2.0 * SNOW_EDGE + 0.25 * min(snow_cells, 2.0);
    float edge = clamp((drift.x - snow_place.x) / width + 0.5, 0.0, 1.0);
    float hold = smoothstep(0.42, 0.72, normal.z + 0.3 * (drift.x - 0.5));
    float lies = blended_far(edge * edge * (3.0 - 2.0 * edge), snow_place.w, snow_cells);
    m.snow = lies * hold * smoothstep(0.25, 0.75, open_sky);
    // Patches rise from their border, and amid them the snow follows the drift; fine bumps where pixels show them.
    float rise = 6.0 * edge * (1.0 - edge) / width + 0.6;
    m.snow_slope = clamp(drift.yz * (rise * SNOW_THICK_M * snow_place.y), -0.6, 0.6)
                 + fine.yz * (SNOW_BUMP * clamp(1.0 - pixel_m / (2.0 * SNOW_GRAIN_M), 0.0, 1.0));
#endif
    return m;
}

// rho / (n^2 (1 - rho) + rho): Angstrom 1925, "The albedo of various surfaces of ground".
vec3 darkened_by_water(vec3 base, float wet) {
    float index = 1.0 + 0.33 * wet;
    return base / max(index * index * (1.0 - base) + base, 1e-6);
}

// Water takes the place of a dielectric's face: reflectance 0.02, smoother than what lies below; rough, porous
// materials get darker, and metals keep their looks under a film.
void get_wet(inout vec3 base, inout float roughness, inout float metallic, inout float ior_f0, WeatherMasks m) {
    float wet = max(m.wet, m.puddle);
    float coated = wet * (1.0 - metallic);
    base = darkened_by_water(base, coated * smoothstep(0.15, 0.5, roughness));
    roughness = mix(mix(roughness, min(roughness, m.film_roughness), coated), PUDDLE_ROUGHNESS, m.puddle);
    metallic *= 1.0 - m.puddle;
    ior_f0 = mix(ior_f0, WATER_F0, coated);
}

#ifdef SNOW
void get_snowed_on(inout vec3 base, inout float roughness, inout float metallic, inout float ior_f0, WeatherMasks m) {
    base = mix(base, vec3(snow_place.z), m.snow);
    roughness = mix(roughness, SNOW_ROUGHNESS, m.snow);
    metallic *= 1.0 - m.snow;
    ior_f0 = mix(ior_f0, WATER_F0, m.snow);
}
#endif
#endif
