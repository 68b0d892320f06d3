// Alpha of a cut-out surface, read alike in the label pass and in the colour passes: at the mip level nearest to the
// pixel's footprint, so that both passes see the same holes.

float footprint_lod(vec2 uv, vec2 size) {
    vec2 dx = dFdx(uv) * size;
    vec2 dy = dFdy(uv) * size;
    return floor(0.5 * log2(max(max(dot(dx, dx), dot(dy, dy)), 1e-12)) + 0.5);
}

#ifdef CUTOUT
float cutout_alpha(vec2 uv, float lod) {
    float alpha = base_colour.a;
#ifdef BASE_MAP
    alpha *= textureLod(base_colour_map, folded(uv), max(lod, 0.0)).a;
#endif
#ifdef USE_COLOUR
    alpha *= v_colour.a;
#endif
    return alpha;
}

vec2 base_map_size() {
#ifdef BASE_MAP
    return vec2(textureSize(base_colour_map, 0));
#else
    return vec2(1.0);
#endif
}

void discard_holes() {
    if (cutout_alpha(v_uv, footprint_lod(v_uv, base_map_size())) < emissive_cutoff.w) discard;
}
#endif
