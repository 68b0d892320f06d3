// Light from all around: an equirectangular picture to look at, a mirror map whose levels grow rougher, and a map of
// what falls on a surface by its normal (both octahedral with a border that grows with the level, so that one
// coordinate serves all levels).
#include "octahedral.glsl"

#if defined(ENVIRONMENT) || defined(BACKGROUND_ENVIRONMENT)
uniform vec2 environment_turn;      // cosine and sine of the rotation about z

vec3 into_environment(vec3 d) {
    return vec3(environment_turn.x * d.x + environment_turn.y * d.y,
                environment_turn.x * d.y - environment_turn.y * d.x, d.z);
}
#endif

#ifdef ENVIRONMENT
uniform sampler2D environment_mirror;
uniform sampler2D environment_diffuse;
uniform float mirror_scale;         // cd/m2 per unit of each map
uniform float diffuse_scale;
uniform float mirror_levels;

vec2 bordered(vec3 d) {
    return (octahedral_from_unit(d) - 0.5) * 0.75 + 0.5;
}

// Mean radiance over the lobe of a rough mirror.
vec3 environment_along(vec3 d, float roughness) {
    vec2 uv = bordered(into_environment(d));
    return textureLod(environment_mirror, uv, roughness * mirror_levels).rgb * mirror_scale;
}

// Illuminance over pi on a surface that faces along n.
vec3 environment_onto(vec3 n) {
    return textureLod(environment_diffuse, bordered(into_environment(n)), 0.0).rgb * diffuse_scale;
}
#endif

#ifdef BACKGROUND_ENVIRONMENT
uniform sampler2D environment_picture;
uniform float picture_scale;
uniform float picture_lod;
vec3 background_along(vec3 d, vec2 uv) {
    d = into_environment(d);
    vec2 at = vec2(0.5 + atan(d.x, d.y) / 6.28318530718, acos(clamp(d.z, -1.0, 1.0)) / 3.14159265359);
    // Maps are coarser than pictures: a smooth filter (cubic B-spline, as four bilinear reads; Sigg and Hadwiger 2005)
    // lets their texels look out of focus instead of like steps.
    vec2 size = vec2(textureSize(environment_picture, int(picture_lod)));
    vec2 place = at * size - 0.5;
    vec2 corner = floor(place), f = place - corner;
    vec2 w0 = (1.0 - f) * (1.0 - f) * (1.0 - f) / 6.0;
    vec2 w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    vec2 w3 = f * f * f / 6.0;
    vec2 low = w0 + w1, high = 1.0 - low;
    vec2 before = (corner - 0.5 + w1 / low) / size, after = (corner + 1.5 + w3 / high) / size;
    vec3 rows_before = low.x * textureLod(environment_picture, before, picture_lod).rgb
                     + high.x * textureLod(environment_picture, vec2(after.x, before.y), picture_lod).rgb;
    vec3 rows_after = low.x * textureLod(environment_picture, vec2(before.x, after.y), picture_lod).rgb
                    + high.x * textureLod(environment_picture, after, picture_lod).rgb;
    return (low.y * rows_before + high.y * rows_after) * picture_scale;
}
#endif
#ifdef BACKGROUND_PHOTO
uniform sampler2D photo;
uniform float photo_luminance;
uniform vec2 photo_scale;
uniform float photo_lod;
vec3 background_along(vec3 d, vec2 uv) {
    vec2 at = (vec2(uv.x, 1.0 - uv.y) - 0.5) * photo_scale + 0.5;
    return textureLod(photo, at, photo_lod).rgb * photo_luminance;
}
#endif
#ifdef BACKGROUND_COLOUR
uniform vec3 background_colour;
vec3 background_along(vec3 d, vec2 uv) {
    return background_colour;
}
#endif
