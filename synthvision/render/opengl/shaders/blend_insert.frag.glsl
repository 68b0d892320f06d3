// The mean of the four samples of blended surfaces or of what comes through them, to be put over the picture.
uniform sampler2DMS blended;
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    out_light = 0.25 * (texelFetch(blended, at, 0) + texelFetch(blended, at, 1) + texelFetch(blended, at, 2)
                        + texelFetch(blended, at, 3));
}
