// The uniforms of one draw; the layout is that of _ROW in drawlist.py.
layout(std140, binding = 0) uniform Draw {
    mat4 clip_from_model;
    vec4 world_from_model[3];   // columns; [0].w is -1 where the scale turns faces inside out
    vec4 normal_from_model[3];  // columns
    vec4 base_colour;
    vec4 surface;               // metallic, roughness, normal scale, occlusion strength
    vec4 emissive_cutoff;       // cd/m2, alpha cutoff
    vec4 uv_22;                 // columns
    vec4 uv_offset;             // x, y, transmission, height of the model's origin over the plane of a mirror
    uvec4 ids;                  // instance, coat class, number of the draw from 1, -
};

// Texture coordinates of a map that goes on mirrored beyond its border: OpenGL's own mirroring is not at hand.
vec2 folded(vec2 uv) {
#ifdef MIRROR_U
    uv.x = 1.0 - abs(mod(uv.x, 2.0) - 1.0);
#endif
#ifdef MIRROR_V
    uv.y = 1.0 - abs(mod(uv.y, 2.0) - 1.0);
#endif
    return uv;
}
