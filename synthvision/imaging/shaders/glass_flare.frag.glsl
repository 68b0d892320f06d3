// Rays of a star around very bright points, and their reflections between the elements of the lens; at half size.
const int SOURCES = 4;
const int GHOSTS = 6;
uniform int source_count;
uniform vec2 place[SOURCES];        // pixels of the whole picture from the principal point, y up
uniform vec3 flux[SOURCES];         // light summed over the source's pixels
uniform float rays;                 // number of rays; 0 for none
uniform float ray_share;            // share of the flux in all rays
uniform vec2 ray_turn;              // cosine and sine of the first ray's direction
uniform float ghost_share;          // share of the flux in each reflection
uniform vec2 ghost[GHOSTS];         // place along the line through the principal point, radius in pixels
uniform vec3 ghost_tint[GHOSTS];
uniform float sides;                // of the aperture, 0 for a round one
uniform vec2 principal;             // principal point from the bottom left
layout(location = 0) out vec4 out_light;

const float TURN = 6.283185307179586;

// Distance from the middle of a regular polygon, in units of its inner radius; of a circle where it has no sides.
float polygon(vec2 off) {
    float far = length(off);
    if (sides < 3.0) {
        return far;
    }
    float sector = TURN / sides;
    float angle = atan(off.y, off.x) + sector * 0.25;
    return far * cos(mod(angle, sector) - 0.5 * sector);
}

void main() {
    vec2 here = gl_FragCoord.xy * 2.0 - principal;
    vec3 sum = vec3(0.0);
    for (int index = 0; index < source_count; ++index) {
        vec2 off = here - place[index];
        off = vec2(dot(off, ray_turn), dot(off, vec2(-ray_turn.y, ray_turn.x)));
        if (rays > 0.0) {
            float r = max(length(off), 1.0);
            float sector = TURN / rays;
            float angle = mod(atan(off.y, off.x) + 0.5 * sector, sector) - 0.5 * sector;
            float width = 1.2 + 0.006 * r;
            float beside = r * sin(angle) / width;
            // 1 / r^2 along a ray, as a slit diffracts; the integral over a ray is 1.
            float along = 0.6366198 * RAY_START / (r * r + RAY_START * RAY_START);
            sum += flux[index] * (ray_share / rays) * along * exp(-beside * beside) / (width * 1.7724539);
        }
        for (int k = 0; k < GHOSTS; ++k) {
            vec2 from = here - place[index] * ghost[k].x;
            float radius = ghost[k].y;
            float reach = polygon(from) / radius;
            float disc = 1.0 - smoothstep(1.0 - 4.0 / radius, 1.0, reach);
            sum += flux[index] * ghost_tint[k] * (ghost_share * disc * (0.22 + 0.19 * reach * reach) / (radius * radius));
        }
    }
    out_light = vec4(sum, 1.0);
}
