// Darkness where a fisheye's field has ended, whatever lies on the front glass.
uniform sampler2D light;
uniform sampler2D places;       // see lens.frag.glsl
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    float share = max(texelFetch(places, at, 0).w, 0.0);
    out_light = vec4(texelFetch(light, at, 0).rgb * share, 1.0);
}
