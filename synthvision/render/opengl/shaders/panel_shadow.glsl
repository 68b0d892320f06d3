// How much of a rectangle's light arrives at a point.
#if SHADOW_COUNT > 0 && LIGHT_COUNT > 0
float panel_open(const int number, const bool all_around, const int first_map, vec3 position, vec3 normal, vec2 pixel) {
    vec3 away = position - lights[number].place.xyz;
    vec3 along = lights[number].axis.xyz, up = lights[number].cone.xyz;
    int slot = first_map;
    if (all_around) {
        vec3 d = vec3(dot(away, normalize(along)), dot(away, normalize(up)), dot(away, normalize(cross(along, up))));
        slot = face_map(int(lights[number].place.w), int(lights[number].axis.w), d);
    }
    // A wide rectangle lights what its middle does not see.
    float facing = max(dot(normal, -normalize(away)), 0.05);
    float open = arriving(max(slot, 0), true, false, true, position, normal, facing, lights[number].power.w, pixel);
    return slot < 0 ? 1.0 : open;
}
#endif
