// Glass as a wall so thin that it bends no light: both its faces mirror, and what goes through is tinted once.

// Share of light that the body scatters. Alpha alone says what labels count; of glass it says nothing about the look.
float scattered_share(float alpha, float transmission) {
    return min(alpha, 1.0 - transmission);
}

// What the wall lets through of light that enters it: the more slantwise, as towards the outline of a bottle, the longer
// the way inside. Bent light, which draws dark lines there, is not followed.
vec3 tinted(vec3 tint, float n_dot_v) {
    return pow(max(tint, 1e-4), vec3(1.0 / max(n_dot_v, 0.15)));
}

// Share that both faces together mirror, where one mirrors r: light goes to and fro between them.
vec3 mirrored_by_both(vec3 r) {
    return 2.0 * r / (1.0 + r);
}
