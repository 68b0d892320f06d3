// Lamps near the camera; see airlight_lamps.py. Needs LAMPS.
uniform vec4 lamps[4 * LAMPS];

// Share of a lamp's light that goes along a unit vector away from it.
float lamp_share(const int number, vec3 away) {
    vec4 cone = lamps[4 * number + 3];
    float inside = clamp((dot(lamps[4 * number + 2].xyz, away) - cone.y) / (cone.x - cone.y), 0.0, 1.0);
    return mix(inside, inside * inside * (3.0 - 2.0 * inside), lamps[4 * number + 1].w);
}
