// Walls stand in place of the surroundings behind them, each with one luminance (walls.py).
uniform vec3 wall_middle[WALLS];
uniform vec3 wall_along[WALLS];     // half the width and half the height; their cross product points to the things
uniform vec3 wall_up[WALLS];
uniform vec3 wall_light[WALLS];
uniform vec3 wall_hidden[WALLS];    // mean radiance of what is behind

struct WallView {
    vec3 onto, hidden;     // light over pi on a surface, from the walls and from what they hide
    vec3 along;            // light along the lobe of a rough mirror
    float hides_along;     // share of that lobe that the walls take
};

WallView walls_seen(mat3 frame, vec3 position, float n_dot_v, float roughness) {
    WallView seen = WallView(vec3(0.0), vec3(0.0), vec3(0.0), 0.0);
    for (int k = 0; k < WALLS; ++k) {
        vec3 middle = frame * (wall_middle[k] - position), along = frame * wall_along[k], up = frame * wall_up[k];
        vec3 k0 = middle - along + up, k1 = middle + along + up, k2 = middle + along - up, k3 = middle - along - up;
        float onto = covered_share(k0, k1, k2, k3);
        float mirrored = mirrored_share(n_dot_v, roughness, k0, k1, k2, k3);
        seen.onto += onto * wall_light[k];
        seen.along += mirrored * wall_light[k];
        seen.hidden += onto * wall_hidden[k];
        seen.hides_along += mirrored;
    }
    return seen;
}
