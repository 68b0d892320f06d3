// Puts the antialiased pixels of the list into the picture.
uniform usampler2D edge_index;   // place in the list plus one, 0 for none
uniform sampler2D edge_radiance;
uniform int list_width;

layout(location = 0) out vec4 out_radiance;

void main() {
    uint place = texelFetch(edge_index, ivec2(gl_FragCoord.xy), 0).x;
    if (place == 0u) discard;
    int entry = int(place) - 1;
    vec4 radiance = texelFetch(edge_radiance, ivec2(entry % list_width, entry / list_width), 0);
    if (radiance.a < 0.5) discard;
    out_radiance = radiance;
}
