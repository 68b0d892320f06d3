// A blended surface in full light, over what stands behind it. Alpha thins the body, not the mirror image on it.
#include "draw.glsl"
#include "material.glsl"
#include "lighting.glsl"
#include "thin_wall.glsl"

uniform mat3 world_from_image;
uniform vec3 camera_position;

layout(location = 0) out vec4 out_light;    // premultiplied

void main() {
    Material m = read_material();
    vec3 ray = world_from_image * vec3(gl_FragCoord.xy, 1.0);
    Surface s;
    s.base = m.base.rgb;
    s.occlusion = m.occlusion;
    s.normal = normalize(m.normal);
    s.geometric = normalize(m.geometric);
    s.roughness = max(m.roughness, 0.045);
    s.metallic = m.metallic;
    s.ior_f0 = 0.04;
    s.coat = 0.0;
    s.coat_roughness = 0.045;
#ifdef COATS
    vec4 coat = coats[int(ids.y)];
    s.ior_f0 = coat.x;
    s.coat = coat.y;
    s.coat_roughness = max(coat.z, 0.045);
#endif
    Shaded light = shade(s, camera_position + ray / gl_FragCoord.w, normalize(-ray), 1.0, gl_FragCoord.xy);
    float body = scattered_share(m.base.a, uv_offset.z);
    out_light = vec4((light.body + m.emission) * body + light.gloss, body);
    if (uv_offset.z > 0.0) {
        float n_dot_v = clamp(dot(s.normal, normalize(-ray)), 1e-3, 1.0);
        vec3 once = reflection_of(s, n_dot_v).single;
        vec3 both = mirrored_by_both(once);
        out_light.rgb += light.gloss * (both / max(once, 1e-4) - 1.0);
        out_light.a = 1.0 - dot((1.0 - both) * tinted(s.base, n_dot_v), vec3(1.0 / 3.0)) * (1.0 - body);
    }
}
