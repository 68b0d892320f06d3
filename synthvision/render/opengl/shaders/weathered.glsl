// A surface of the lighting pass after rain and snow.

#if defined(WET) || defined(SNOW)
#ifdef RIPPLES
#include "ripples.glsl"
#endif

// `pixel_m`: how much of the ground one pixel covers along its longer side.
Surface weathered(Surface s, vec3 place, float pixel_m) {
    WeatherMasks m = weather_masks(place, s.geometric, open_sky(place, s.geometric), pixel_m);
#ifdef WET
    get_wet(s.base, s.roughness, s.metallic, s.ior_f0, m);
    // A film levels out the finest bumps, and standing water all of them.
    float level = max(0.5 * m.wet * smoothstep(0.5, 0.9, s.geometric.z), m.puddle);
    s.normal = normalize(mix(s.normal, s.geometric, level));
    s.occlusion = mix(s.occlusion, 1.0, m.puddle);
    s.coat *= 1.0 - m.puddle;
#ifdef RIPPLES
    if (m.puddle > 0.0) {
        // Rings finer than a pixel are roughness.
        float seen = clamp(1.5 - pixel_m / 0.02, 0.0, 1.0);
        vec2 slope = ripple_slope(place.xy) * (seen * m.puddle);
        s.normal = normalize(s.normal - vec3(slope, 0.0));
        float blurred = 0.02 * ripple_height * ripple_share * (1.0 - seen) * m.puddle;
        s.roughness = sqrt(sqrt(min(s.roughness * s.roughness * s.roughness * s.roughness + blurred, 1.0)));
    }
#endif
#endif
#ifdef SNOW
    get_snowed_on(s.base, s.roughness, s.metallic, s.ior_f0, m);
    vec3 snowy = normalize(s.geometric - vec3(m.snow_slope, 0.0));
    s.normal = normalize(mix(s.normal, snowy, m.snow));
    s.occlusion = mix(s.occlusion, 1.0, m.snow);
    s.coat *= 1.0 - m.snow;
#endif
    s.roughness = max(s.roughness, 0.045);
    return s;
}
#else
Surface weathered(Surface s, vec3 place, float pixel_m) {
    return s;
}
#endif
