// The uniforms of one draw; the layout is that of _ROW in drawlist.py.
layout(std140, binding = 0) uniform Draw {
    mat4 clip_from_model;
    vec4 world_from_model[3];   // columns; [0].w is -1 where the scale turns faces inside out
    vec4 normal_from_model[3];  // columns
    vec4 base_colour;
    vec4 surface;               // metallic, roughness, normal scale, occlusion strength
    vec4 emissive_cutoff;       // cd/m2, alpha cutoff
    vec4 uv_22;                 // columns
    vec4 uv_offset;             // x, y, -, -
    uvec4 ids;                  // instance, coat class, number of the draw from 1, -
};
