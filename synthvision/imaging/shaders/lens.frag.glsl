// Light of the picture from that of a pinhole view: what falls on each pixel through the lens, per colour where the lens
// does not magnify all colours alike.
uniform sampler2D light;
uniform vec2 centre;            // principal point, rows counted from the bottom
#ifdef ABERRATION
uniform vec2 channel_shift;     // red and blue: 1 / magnification - 1
#endif
#ifdef LENS
uniform sampler2D places;       // column and row in the view, the view's number, share of the pixel in the field
uniform float view;
#endif
layout(location = 0) out vec4 out_light;

// Weights of four samples at -1, 0, 1 and 2: the Catmull-Rom spline for f in 0..1 (Catmull and Rom 1974).
vec4 spline(float f) {
    vec4 w = vec4(f * (-0.5 + f * (1.0 - 0.5 * f)), 1.0 + f * f * (-2.5 + 1.5 * f), f * (0.5 + f * (2.0 - 1.5 * f)), 0.0);
    w.w = 1.0 - w.x - w.y - w.z;
    return w;
}

// The same for f anywhere in -1..2: the cubic through the four samples, which equals the spline at 0, 1/2 and 1.
vec4 cubic(float f) {
    float before = f + 1.0, here = f, next = f - 1.0, after = f - 2.0;
    return vec4(-here * next * after / 6.0, before * next * after / 2.0, -before * here * after / 2.0,
                before * here * next / 6.0);
}

// Light at three places for red, green and blue, from the 4 x 4 texels around the place of green, of which the others lie
// less than a texel away. What overshoots next to bright points is cut off at the brightest and darkest texel near.
vec3 light_at(vec2 place, vec2 red_off, vec2 blue_off) {
    vec2 last = vec2(textureSize(light, 0) - 1);
    vec2 base = floor(place - 0.5);
    vec2 f = place - 0.5 - base;
    ivec4 xs = ivec4(clamp(base.x + vec4(-1.0, 0.0, 1.0, 2.0), 0.0, last.x));
    ivec4 ys = ivec4(clamp(base.y + vec4(-1.0, 0.0, 1.0, 2.0), 0.0, last.y));
    vec3 sum = vec3(0.0);
    vec3 low = vec3(3.4e38), high = vec3(0.0);
#ifdef ABERRATION
    vec4 red_x = cubic(f.x + red_off.x), green_x = cubic(f.x), blue_x = cubic(f.x + blue_off.x);
    vec4 red_y = cubic(f.y + red_off.y), green_y = cubic(f.y), blue_y = cubic(f.y + blue_off.y);
#else
    vec4 wx = spline(f.x), wy = spline(f.y);
#endif
    for (int row = 0; row < 4; row++) {
        vec3 a = texelFetch(light, ivec2(xs.x, ys[row]), 0).rgb;
        vec3 b = texelFetch(light, ivec2(xs.y, ys[row]), 0).rgb;
        vec3 c = texelFetch(light, ivec2(xs.z, ys[row]), 0).rgb;
        vec3 d = texelFetch(light, ivec2(xs.w, ys[row]), 0).rgb;
#ifdef ABERRATION
        sum.r += dot(vec4(a.r, b.r, c.r, d.r), red_x) * red_y[row];
        sum.g += dot(vec4(a.g, b.g, c.g, d.g), green_x) * green_y[row];
        sum.b += dot(vec4(a.b, b.b, c.b, d.b), blue_x) * blue_y[row];
        low = min(min(low, min(a, b)), min(c, d));
        high = max(max(high, max(a, b)), max(c, d));
#else
        sum += (a * wx.x + b * wx.y + c * wx.z + d * wx.w) * wy[row];
        if (row == 1 || row == 2) {
            low = min(low, min(b, c));
            high = max(high, max(b, c));
        }
#endif
    }
    return clamp(sum, low, high);
}

vec3 shifted_light(vec2 place, vec2 red_off, vec2 blue_off) {
#ifdef FAR_COLOURS
    // Farther apart than the texels read at once.
    vec3 result = light_at(place, vec2(0.0), vec2(0.0));
    result.r = light_at(place + red_off, vec2(0.0), vec2(0.0)).r;
    result.b = light_at(place + blue_off, vec2(0.0), vec2(0.0)).b;
    return result;
#else
    return light_at(place, red_off, blue_off);
#endif
}

#ifdef LENS
// How the place in the view moves from this pixel to the next one along an axis of the picture.
vec2 derivative(ivec2 pixel, vec4 at, ivec2 axis) {
    ivec2 last = textureSize(places, 0) - 1;
    vec4 after = texelFetch(places, min(pixel + axis, last), 0);
    vec4 before = texelFetch(places, max(pixel - axis, ivec2(0)), 0);
    bool has_after = after.z == at.z, has_before = before.z == at.z;
    vec2 change = (has_after ? after.xy : at.xy) - (has_before ? before.xy : at.xy);
    ivec2 span = min(pixel + axis, last) - max(pixel - axis, ivec2(0));
    return change / (has_after && has_before ? float(max(span.x + span.y, 1)) : 1.0);
}
#endif

void main() {
    vec2 outwards = gl_FragCoord.xy - centre;
    vec2 red_off = vec2(0.0), blue_off = vec2(0.0);
    vec2 axis = vec2(0.0);
    float share = 1.0;
#ifdef LENS
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 at = texelFetch(places, pixel, 0);
    vec2 place = at.xy;
    // Views are added up. A pixel that is thrown away would make software drivers four times slower.
    share = at.z == view ? at.w : 0.0;
#if TAPS > 1 || defined(ABERRATION)
    vec2 u = derivative(pixel, at, ivec2(1, 0)), v = derivative(pixel, at, ivec2(0, 1));
    outwards = u * outwards.x + v * outwards.y;
#endif
#if TAPS > 1
    // The longer axis of the ellipse that the pixel's disc becomes, less the shorter one.
    vec2 across = vec2(u.x, v.x), down = vec2(u.y, v.y);
    float angle = 0.5 * atan(2.0 * dot(across, down), dot(across, across) - dot(down, down));
    float excess = min(length(vec2(u.x + v.y, v.x - u.y)), length(vec2(u.x - v.y, v.x + u.y)));
    axis = vec2(cos(angle), sin(angle)) * excess;
#endif
#else
    vec2 place = gl_FragCoord.xy;
#endif
#ifdef ABERRATION
    red_off = outwards * channel_shift.x;
    blue_off = outwards * channel_shift.y;
#endif
    vec3 sum = vec3(0.0);
    for (int tap = 0; tap < TAPS; tap++) {
        sum += shifted_light(place + axis * ((float(tap) + 0.5) / float(TAPS) - 0.5), red_off, blue_off);
    }
    out_light = vec4(sum * (share / float(TAPS)), 1.0);
}
