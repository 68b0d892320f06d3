// What a flat, wet or polished ground mirrors, from a picture of the scene as seen from below it. The lobe of a rough
// mirror is long in the plane of incidence and narrow across it; its samples are spread along it and read from mip
// levels as wide as it is across.

#ifdef PLANAR_MIRROR
uniform sampler2D mirror_light;     // radiance times coverage, coverage
uniform sampler2D mirror_reach;     // metres from the plane to what is mirrored, times coverage
uniform mat4 mirror_from_world;     // to texture coordinates
uniform float mirror_height;        // world z of the plane

struct MirrorImage {
    vec3 light;         // of things, times their coverage
    float covered;      // share of the lobe that things fill
    float known;        // 0 where the surface is none that the picture was drawn for
};

// What `shade` puts in the place of the surroundings; set before it is called.
MirrorImage mirror_image = MirrorImage(vec3(0.0), 0.0, 0.0);

const int MIRROR_TAPS = 6;
// Quantiles of the slopes of GGX along one axis, x / sqrt(1 + x^2) being even (Walter et al. 2007), and how far apart
// they are.
const float MIRROR_SLOPES[MIRROR_TAPS] = float[](-1.51, -0.577, -0.169, 0.169, 0.577, 1.51);
const float MIRROR_GAPS[MIRROR_TAPS] = float[](0.93, 0.67, 0.37, 0.37, 0.67, 0.93);
// A level whose texels are as wide as the longest lobe: where it is empty nothing is mirrored.
const float MIRROR_WIDEST = 5.0;

vec2 mirror_place(vec3 world) {
    vec4 clip = mirror_from_world * vec4(world, 1.0);
    return clip.xy / max(clip.w, 1e-4);
}

MirrorImage mirror_along(vec3 place, vec3 normal, vec3 geometric, vec3 view, float roughness) {
    MirrorImage image = MirrorImage(vec3(0.0), 0.0, 0.0);
    float off = abs(place.z - mirror_height) / (0.01 + 0.002 * length(place.xy));
    image.known = smoothstep(0.97, 0.99, geometric.z) * (1.0 - smoothstep(0.8, 1.0, off))
                * (1.0 - smoothstep(0.4, 0.55, roughness));
    vec2 size = vec2(textureSize(mirror_light, 0));
    vec2 at = mirror_place(place);
    bool near_things = image.known > 0.0 && textureLod(mirror_light, at, MIRROR_WIDEST).a > 0.0;
    if (near_things) {
        vec3 d = reflect(-view, normal);
        d = normalize(vec3(d.xy, max(d.z, 0.01)));
        // How far it is to what is mirrored is first asked about straight ahead, then where the ray leads.
        float alpha = roughness * roughness;
        float wide = 1.0 + 4.0 * min(alpha * 4.0, 1.0);
        float reach = textureLod(mirror_reach, at, wide).x / max(textureLod(mirror_light, at, wide).a, 1e-3);
        reach = max(reach, 0.05);
        at = mirror_place(place + d * reach);
        // Slopes of the half vector turn the mirrored ray twice as far in the plane of incidence, and less across.
        float upright = max(dot(view, normal), 0.05);
        vec3 across = normalize(cross(vec3(0.0, 0.0, 1.0), d) + vec3(1e-5, 0.0, 0.0));
        vec3 upward = cross(d, across);
        float spread = 2.0 * alpha * reach;
        vec2 long_axis = mirror_place(place + d * reach + upward * min(spread, 0.5 * reach)) - at;
        vec2 short_axis = mirror_place(place + d * reach + across * min(spread * upright, 0.5 * reach)) - at;
        float long_px = length(long_axis * size), short_px = length(short_axis * size);
        int taps = long_px < 0.75 ? 0 : MIRROR_TAPS;
        vec4 sum = taps > 0 ? vec4(0.0) : textureLod(mirror_light, at, 0.0);
        for (int i = 0; i < taps; ++i) {
            float px = max(1.2 * short_px, long_px * MIRROR_GAPS[i]);
            sum += textureLod(mirror_light, at + long_axis * MIRROR_SLOPES[i], log2(max(px, 1.0)))
                 * (1.0 / float(MIRROR_TAPS));
        }
        image.light = sum.rgb;
        image.covered = sum.a;
    }
    return image;
}
#endif
