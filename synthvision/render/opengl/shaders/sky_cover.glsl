// Share of the sky overhead that nothing hides, from the map of depth that looks straight down.

#ifdef SKY_COVER
uniform sampler2D sky_cover;
uniform mat4 cover_from_world;
uniform vec2 cover_size;        // side of a texel, height of the map; metres

float open_sky(vec3 place, vec3 normal) {
    float texel_m = cover_size.x;
    // Off the surface, so that a wall does not hide the sky from itself.
    float steep = sqrt(max(1.0 - normal.z * normal.z, 0.0));
    vec3 p = (cover_from_world * vec4(place + normal * (texel_m * 1.5), 1.0)).xyz;
    bool inside = all(greaterThan(p.xy, vec2(0.0))) && all(lessThan(p.xy, vec2(1.0)));
    float side = float(textureSize(sky_cover, 0).x);
    float limit = p.z - (0.015 + texel_m * 2.5 * steep) / cover_size.y;
    vec2 at = p.xy * side - 0.5;
    vec2 corner = floor(at), f = at - corner;
    vec4 open = vec4(greaterThanEqual(textureGather(sky_cover, (corner + 1.0) / side), vec4(limit)));
    // What stands on the ground covers texels that it only touches: its foot must not look dry in steps.
    float share = clamp(3.0 * mix(mix(open.w, open.z, f.x), mix(open.x, open.y, f.x), f.y), 0.0, 1.0);
    // What faces down has itself above.
    float above = smoothstep(-0.2, 0.05, normal.z);
    return above * (inside ? share : 1.0);
}
#else
float open_sky(vec3 place, vec3 normal) {
    return 1.0;
}
#endif
