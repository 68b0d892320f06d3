// What of the light behind a blended surface comes through it, per primary. The order of surfaces does not matter.
#include "draw.glsl"
#include "material.glsl"
#include "brdf.glsl"
#include "thin_wall.glsl"

#ifdef COATS
layout(std140, binding = 3) uniform Coats {
    vec4 coats[256];   // reflectance at normal incidence, coat strength, coat roughness
};
#endif
uniform mat3 world_from_image;

layout(location = 0) out vec4 out_through;

void main() {
    Material m = read_material();
    float body = scattered_share(m.base.a, uv_offset.z);
    vec3 through = vec3(1.0 - body);
    if (uv_offset.z > 0.0) {
        float f0 = 0.04;
#ifdef COATS
        f0 = coats[int(ids.y)].x;
#endif
        vec3 view = normalize(-(world_from_image * vec3(gl_FragCoord.xy, 1.0)));
        float n_dot_v = clamp(dot(normalize(m.normal), view), 1e-3, 1.0);
        vec2 share = reflected_share(n_dot_v, max(m.roughness, 0.045));
        vec3 f = mix(vec3(f0), m.base.rgb, m.metallic) * share.x + clamp(50.0 * f0, 0.0, 1.0) * share.y;
        through *= (1.0 - mirrored_by_both(f)) * tinted(m.base.rgb, n_dot_v);
    }
    out_through = vec4(through, 1.0);
}
