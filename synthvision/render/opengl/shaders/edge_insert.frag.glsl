// Puts the antialiased pixels of the list into the picture: one fragment for each entry.
uniform usampler2D edge_list;
uniform sampler2D edge_radiance;
uniform int count;
layout(rgba32f, binding = 0) uniform writeonly image2D radiance;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 mean = texelFetch(edge_radiance, at, 0);
    bool listed = at.y * textureSize(edge_list, 0).x + at.x < count;
    if (listed && mean.a > 0.5) imageStore(radiance, ivec2(texelFetch(edge_list, at, 0).xy), vec4(mean.rgb, 1.0));
}
