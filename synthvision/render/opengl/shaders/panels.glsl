// Light from rectangles that shine by Lambert's cosine law: the exact integral over the part above the horizon for
// scattered light, and the same through a linear transformation for the lobes of rough mirrors (Heitz et al. 2016,
// "Real-Time Polygonal-Light Shading with Linearly Transformed Cosines"; the table is that of lobes.py).

uniform sampler2D panel_lobes;      // entries (0, 0), (0, 2), (2, 0), (2, 2) of matrices

// Part of Lambert's sum over one edge, over 2 pi: the angle between two unit vectors times the third component of the
// unit vector across both. The angle over its sine is a rational fit (Hill and Heitz 2016, "Real-Time Area Lighting: a
// Journey from Research to Production").
float edge_share(vec3 a, vec3 b) {
    float x = dot(a, b), y = abs(x);
    float v = (0.8543985 + (0.4965155 + 0.0145206 * y) * y) / (3.4175940 + (4.1616724 + y) * y);
    float ratio = x > 0.0 ? v : 0.5 * inversesqrt(max(1.0 - x * x, 1e-7)) - v;
    return (a.x * b.y - a.y * b.x) * ratio;
}

vec3 unit(vec3 v) {
    return v * inversesqrt(max(dot(v, v), 1e-20));
}

// Takes directions into a frame with z along the normal and the view in the x-z plane.
mat3 facing_frame(vec3 normal, vec3 view) {
    vec3 side = unit(view - normal * dot(normal, view) + 1e-4 * normal.yzx);
    side = unit(side - normal * dot(normal, side));
    return transpose(mat3(side, cross(normal, side), normal));
}

// One edge as far as it lies above the horizon; where it leaves or enters is kept for the edge along the horizon.
float open_edge(vec3 a, vec3 b, inout vec3 leaves, inout vec3 enters) {
    float t = a.z / (abs(a.z - b.z) > 1e-9 ? a.z - b.z : 1e-9);
    vec3 crossing = vec3(mix(a.xy, b.xy, t), 0.0);
    bool a_up = a.z > 0.0, b_up = b.z > 0.0;
    if (a_up && !b_up) leaves = crossing;
    if (!a_up && b_up) enters = crossing;
    a = a_up ? a : crossing;
    b = b_up ? b : crossing;
    return a_up || b_up ? edge_share(unit(a), unit(b)) : 0.0;
}

// Share of a clamped cosine about z that four corners cover, seen counter-clockwise from the side that shines.
float covered_share(vec3 a, vec3 b, vec3 c, vec3 d) {
    vec3 leaves = vec3(1.0, 0.0, 0.0), enters = leaves;
    float sum = open_edge(a, b, leaves, enters) + open_edge(b, c, leaves, enters) + open_edge(c, d, leaves, enters)
              + open_edge(d, a, leaves, enters);
    sum += edge_share(unit(leaves), unit(enters));
    return max(sum, 0.0);
}

// Share of the lobe of a rough mirror that four corners cover, given from the point in a frame with z along the normal
// and the view in the x-z plane.
float mirrored_share(float n_dot_v, float roughness, vec3 a, vec3 b, vec3 c, vec3 d) {
    float side = float(textureSize(panel_lobes, 0).x);
    vec2 at = vec2(roughness, sqrt(1.0 - n_dot_v));
    vec4 m = textureLod(panel_lobes, (at * (side - 1.0) + 0.5) / side, 0.0);
    mat3 transform = mat3(m.x, 0.0, m.z, 0.0, 1.0, 0.0, m.y, 0.0, m.w);
    return covered_share(transform * a, transform * b, transform * c, transform * d);
}
