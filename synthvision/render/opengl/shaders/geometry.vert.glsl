// Every pass over meshes uses this one expression for gl_Position, so that all of them cover the same pixels.
#include "draw.glsl"

in vec3 in_position;
invariant gl_Position;

#ifdef USE_NORMAL
in vec4 in_normal;
out vec3 v_normal;
#endif
#ifdef NORMAL_MAP
in vec4 in_tangent;
out vec4 v_tangent;
#endif
#ifdef USE_UV
in vec2 in_uv;
out vec2 v_uv;
#endif
#ifdef USE_COLOUR
in vec4 in_colour;
out vec4 v_colour;
#endif

#ifdef ABOVE_PLANE
out float gl_ClipDistance[1];
#endif

void main() {
    gl_Position = clip_from_model * vec4(in_position, 1.0);
#ifdef ABOVE_PLANE
    vec3 rise = vec3(world_from_model[0].z, world_from_model[1].z, world_from_model[2].z);
    gl_ClipDistance[0] = dot(rise, in_position) + uv_offset.w;
#endif
#ifdef USE_NORMAL
    v_normal = normalize(mat3(normal_from_model[0].xyz, normal_from_model[1].xyz, normal_from_model[2].xyz) * in_normal.xyz);
#endif
#ifdef NORMAL_MAP
    v_tangent.xyz = normalize(mat3(world_from_model[0].xyz, world_from_model[1].xyz, world_from_model[2].xyz) * in_tangent.xyz);
    v_tangent.w = sign(in_tangent.w) * world_from_model[0].w;
#endif
#ifdef USE_UV
    v_uv = mat2(uv_22.xy, uv_22.zw) * in_uv + uv_offset.xy;
#endif
#ifdef USE_COLOUR
    v_colour = vec4(in_colour.rgb * in_colour.rgb, in_colour.a * in_colour.a);
#endif
}
