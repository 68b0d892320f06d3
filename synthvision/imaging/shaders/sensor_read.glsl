// From the light on four pixels to what the converter says, per EMVA 1288.
#include "random.glsl"
#include "sensor_sites.glsl"
uniform sampler2D gain_map;
uniform sampler2D offset_map;
uniform uvec2 seed;
uniform vec2 dark_read_e;       // mean dark electrons, standard deviation of the read noise
uniform vec3 converter;         // levels per electron, level of no electrons, highest level

// Exact for small means: the smallest count whose cumulated probability reaches a uniform number.
vec4 poisson(vec4 mean, vec4 draw) {
    vec4 probability = exp(-mean);
    vec4 cumulated = probability;
    vec4 count = vec4(0.0);
    // Rounding can keep the sum below the largest draws; nothing real is so many deviations off.
    vec4 most = mean + 6.0 * sqrt(mean) + 6.0;
    for (int k = 1; k <= 61; ++k) {
        vec4 more = vec4(greaterThan(draw, cumulated)) * vec4(lessThanEqual(vec4(float(k)), most));
        if (more == vec4(0.0)) {
            break;
        }
        count += more;
        probability *= mean / float(k);
        cumulated += probability;
    }
    return count;
}

vec4 read_levels(vec4 light_e) {
    ivec2 texel = ivec2(gl_FragCoord.xy);
    vec4 gain = texelFetch(gain_map, texel, 0);
    vec4 mean = max(light_e, 0.0) * max(gain, 0.0) + dark_read_e.x;
    uvec4 counter = uvec4(quad_position(), seed);
    vec4 noise = normal4(pcg4d(counter));
    // From 25 electrons on, shot noise is as good as normal, and adds to the read noise by variances.
    vec4 electrons = mean + sqrt(mean + dark_read_e.y * dark_read_e.y) * noise;
    bvec4 few = lessThan(mean, vec4(25.0));
    if (any(few)) {
        vec4 draw = uniform4(pcg4d(counter.yxwz ^ uvec4(0xA511E9B3u)));
        vec4 counted = poisson(min(mean, 25.0), draw) + dark_read_e.y * noise;
        electrons = mix(electrons, counted, vec4(few));
    }
    electrons += texelFetch(offset_map, texel, 0);
    vec4 level = converter.x * electrons + converter.y;
    vec4 stuck = mix(vec4(converter.y), vec4(converter.z), -gain);
    level = mix(level, stuck, vec4(lessThan(gain, vec4(0.0))));
    return clamp(floor(level + 0.5), 0.0, converter.z);
}
