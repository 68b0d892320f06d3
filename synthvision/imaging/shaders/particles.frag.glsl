// One pixel of the strip that a drop or flake sweeps.
uniform sampler2D depth_m;

flat in vec4 segment;
flat in vec4 shape;
flat in vec3 radiance;
#ifdef FLAKES
flat in vec4 lobes;
#endif

layout(location = 0) out vec4 out_light;

void main() {
    float z = texelFetch(depth_m, ivec2(gl_FragCoord.xy), 0).x;
    vec2 way = segment.zw - segment.xy, offset = gl_FragCoord.xy - segment.xy;
    offset -= way * clamp(dot(offset, way) / max(dot(way, way), 1e-12), 0.0, 1.0);
    float away = length(offset), radius = shape.x;
#ifdef FLAKES
    // Large flakes are clumps: their outline has lobes.
    vec2 n = offset / max(away, 1e-4), n2 = vec2(n.x * n.x - n.y * n.y, 2.0 * n.x * n.y);
    vec2 n3 = vec2(n2.x * n.x - n2.y * n.y, n2.x * n.y + n2.y * n.x);
    radius *= 1.0 + clamp(radius - 1.0, 0.0, 1.0) * (0.2 * dot(n2, lobes.xy) + 0.18 * dot(n3, lobes.zw));
#endif
    float covered = clamp((radius + 0.5 * shape.y - away) / shape.y, 0.0, 1.0);
    bool hidden = z > 0.0 && shape.z > z;
    float stopped = hidden ? 0.0 : covered * shape.w;
    out_light = vec4(radiance * stopped, stopped);
}
