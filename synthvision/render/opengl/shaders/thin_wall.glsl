// Glass as a wall so thin that it bends no light: both its faces mirror, and what goes through is tinted once.

// Share of light that the body scatters. Alpha alone says what labels count; of glass it says nothing about the look.
float scattered_share(float alpha, float transmission) {
    return min(alpha, 1.0 - transmission);
}

// Share that both faces together mirror, where one mirrors r: light goes to and fro between them.
vec3 mirrored_by_both(vec3 r) {
    return 2.0 * r / (1.0 + r);
}
