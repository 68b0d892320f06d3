// Prepares the depth of the sample pass: only pixels on an edge can be drawn to.
uniform sampler2D edge_mask;

void main() {
    gl_FragDepth = texelFetch(edge_mask, ivec2(gl_FragCoord.xy), 0).x > 0.25 ? 1.0 : 0.0;
}
