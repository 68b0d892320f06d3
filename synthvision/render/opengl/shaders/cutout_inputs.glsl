// What passes that draw shapes without materials read of a surface: enough to know its holes.
#ifdef USE_COLOUR
in vec4 v_colour;
#endif
#ifdef USE_UV
in vec2 v_uv;
#endif
#ifdef BASE_MAP
uniform sampler2D base_colour_map;
#endif
#include "cutout.glsl"
