// Metallic-roughness reflection: GGX with Smith's height-correlated visibility (Heitz 2014) and Schlick's Fresnel
// term. What a single bounce between microfacets loses is given back (Fdez-Aguera 2019 for light from all around,
// Turquin 2019 for lamps), so that a white metal neither gains nor loses light at any roughness.

const float PI = 3.14159265358979;

struct Surface {
    vec3 base;
    float occlusion;
    vec3 normal;      // shading normal, world
    vec3 geometric;   // without normal map, world
    float roughness;
    float metallic;
    float ior_f0;
    float coat;
    float coat_roughness;
};

struct Reflection {
    vec3 f0;
    float f90;
    vec3 single;      // share reflected after one bounce
    vec3 multiple;    // share reflected after more
    vec3 diffuse;     // share scattered by the body
    vec3 boost;       // factor of lamp highlights for later bounces
    float coat;       // share reflected by the coat
};

// Share of a white surface's light reflected once: scale and bias of F0. Polynomials fitted to the integral of this very
// reflection (the split sum of Karis 2013); the sum of both is off by 0.7 % on average and by 5 % at most, the bias by
// 0.006 and 0.06, both where the surface is seen edge-on.
vec2 reflected_share(float n_dot_v, float roughness) {
    const mat4 ONCE = mat4(-0.1500, 1.5598, -4.5156, 2.4078, -0.6594, 4.5597, -7.5383, 3.9777,
                           6.1777, -40.1028, 64.9708, -31.5159, -6.5267, 38.0501, -57.7217, 26.9320);
    const mat4 BIAS = mat4(0.1096, 0.3990, -1.6988, 1.2291, -0.6951, -2.9752, 11.9715, -8.5502,
                           1.0585, 5.7661, -20.6044, 14.1647, 0.6937, -6.6454, 14.0271, -8.2077);
    float q = 1.0 - n_dot_v;
    vec4 r = vec4(1.0, roughness, roughness * roughness, roughness * roughness * roughness);
    float once = clamp(1.0 + roughness * dot(r, ONCE * vec4(1.0, q, q * q, q * q * q)), 0.05, 1.0);
    float bias = clamp(q * dot(r, BIAS * vec4(1.0, q, q * q, q * q * q * q * q)), 0.0, once);
    return vec2(once - bias, bias);
}

Reflection reflection_of(Surface s, float n_dot_v) {
    Reflection r;
    r.f0 = mix(vec3(s.ior_f0), s.base, s.metallic);
    // Reflectance under 2 % is not found in nature: it stands for no reflection at all, also at grazing angles.
    r.f90 = clamp(50.0 * max(max(r.f0.r, r.f0.g), r.f0.b), 0.0, 1.0);
    vec2 share = reflected_share(n_dot_v, s.roughness);
    r.single = r.f0 * share.x + r.f90 * share.y;
    float once = share.x + share.y;
    float more = 1.0 - once;
    vec3 mean = r.f0 + (r.f90 - r.f0) / 21.0;
    r.multiple = more * r.single * mean / (1.0 - mean * more);
    r.diffuse = s.base * (1.0 - s.metallic) * (1.0 - r.single - r.multiple);
    r.boost = 1.0 + r.f0 * (more / once);
    r.coat = 0.0;
#ifdef COATS
    r.coat = s.coat * (0.04 + 0.96 * pow(1.0 - n_dot_v, 5.0));
#endif
    return r;
}

// Reflected radiance per illuminance on the surface from one direction, cosine left out.
float highlight(float n_dot_h, float n_dot_v, float n_dot_l, float alpha) {
    float a2 = alpha * alpha;
    float d = (n_dot_h * a2 - n_dot_h) * n_dot_h + 1.0;
    float masking = n_dot_l * sqrt((n_dot_v - n_dot_v * a2) * n_dot_v + a2)
                  + n_dot_v * sqrt((n_dot_l - n_dot_l * a2) * n_dot_l + a2);
    return a2 / (PI * d * d) * 0.5 / max(masking, 1e-5);
}
