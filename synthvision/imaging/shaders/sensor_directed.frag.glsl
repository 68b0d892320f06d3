// How red and blue differ from green where they were measured: green is filled in along edges rather than across them,
// by Hamilton and Adams, "Adaptive color plan interpolation in single sensor color electronic camera" (US 5,629,734).
// Where they choose one direction both are weighted here, so that noise in flat parts does not make a maze.
#include "sensor_levels.glsl"
layout(location = 0) out vec4 out_difference;   // of red in r, of blue in a

// Below this much exposed light a step is as likely noise as an edge.
const float FAINT = 0.01;

// A colour less the green at its place, from the greens beside it and the same colour two pixels on.
float difference(float own, vec2 greens_across, vec2 own_across, vec2 greens_along, vec2 own_along) {
    float bend_across = 2.0 * own - own_across.x - own_across.y;
    float bend_along = 2.0 * own - own_along.x - own_along.y;
    vec2 green = 0.5 * vec2(greens_across.x + greens_across.y, greens_along.x + greens_along.y)
        + 0.25 * vec2(bend_across, bend_along);
    vec2 rise = abs(vec2(greens_across.x - greens_across.y, greens_along.x - greens_along.y))
        + abs(vec2(bend_across, bend_along));
    // Weights of 1 / rise^2, so the one of each direction is the other's squared rise.
    vec2 weight = rise.yx * rise.yx + FAINT * FAINT;
    return own - dot(weight, green) / (weight.x + weight.y);
}

void main() {
    vec4 c = quad(0, 0), w = quad(-1, 0), e = quad(1, 0), n = quad(0, -1), s = quad(0, 1);
    float red = difference(c.r, vec2(w.g, c.g), vec2(w.r, e.r), vec2(n.b, c.b), vec2(n.r, s.r));
    float blue = difference(c.a, vec2(c.b, e.b), vec2(w.a, e.a), vec2(c.g, s.g), vec2(n.a, s.a));
    out_difference = vec4(red, 0.0, 0.0, blue);
}
