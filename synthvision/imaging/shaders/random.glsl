// Random numbers from counters: the same for the same counter on every driver, since only integers are mixed.

// PCG4D (Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020).
uvec4 pcg4d(uvec4 v) {
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v ^= v >> 16u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}

// Above 0 and below 1.
vec4 uniform4(uvec4 bits) {
    return (vec4(bits >> 9u) + 0.5) * (1.0 / 8388608.0);
}

// Four independent normal numbers (Box and Muller).
vec4 normal4(uvec4 bits) {
    vec4 u = uniform4(bits);
    vec2 radius = sqrt(-2.0 * log(u.xy));
    vec2 angle = 6.283185307179586 * u.zw;
    return vec4(radius * cos(angle), radius * sin(angle));
}
