// The lamps of a frame; lights.py fills the block.
#if LIGHT_COUNT > 0
struct Light {
    vec4 place;      // position (centre of a rectangle), first shadow map
    vec4 power;      // lux, candela or cd/m2 (rectangles) per primary, then radius in metres (its tangent for a sun)
    vec4 axis;       // towards the sun, along the spot, or half the width of a rectangle; which faces have a map
    vec4 cone;       // cosine of the inner and the outer angle; or half the height of a rectangle
};
layout(std140, binding = 1) uniform Lights {
    Light lights[LIGHT_COUNT];
};
#endif
