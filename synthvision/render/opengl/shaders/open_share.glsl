// What is found at half the resolution is taken from the neighbours that lie at the same depth and face the same way.

#ifdef AMBIENT_OCCLUSION
uniform sampler2D open_share;    // share, depth in metres, how far the surface faces up, share of a large lamp

// Shares of the light from all around and of a large lamp that arrive.
vec2 open_share_at(vec2 pixel, float depth, float up) {
    vec2 size = vec2(textureSize(open_share, 0));
    vec2 place = pixel * 0.5 - 0.5;
    vec2 f = fract(place);
    vec2 corner = (floor(place) + 1.0) / size;
    vec4 share = textureGather(open_share, corner, 0);
    vec4 other = textureGather(open_share, corner, 1);
    vec4 weight = vec4((1.0 - f.x) * f.y, f.x * f.y, f.x * (1.0 - f.y), (1.0 - f.x) * (1.0 - f.y));
    vec4 facing = textureGather(open_share, corner, 2);
    // Neighbours at another depth, or that face another way, count for little, but for something where there are no
    // others.
    weight *= max(1.0 - abs(other - depth) * (20.0 / depth), 1e-3) * max(1.0 - 2.0 * abs(facing - up), 1e-2);
    vec4 soft = textureGather(open_share, corner, 3);
    return vec2(dot(share, weight), dot(soft, weight)) / dot(weight, vec4(1.0));
}
#else
vec2 open_share_at(vec2 pixel, float depth, float up) {
    return vec2(1.0);
}
#endif
