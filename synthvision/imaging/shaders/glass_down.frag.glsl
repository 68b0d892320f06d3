// The next level of a pyramid of half sizes.
uniform sampler2D source;
layout(location = 0) out vec4 out_light;

void main() {
#ifdef FIRST
    ivec2 last = textureSize(source, 0) - 1;
    ivec2 low = ivec2(gl_FragCoord.xy) * 2;
    ivec2 high = min(low + 1, last);
    vec3 sum = texelFetch(source, low, 0).rgb + texelFetch(source, high, 0).rgb +
               texelFetch(source, ivec2(low.x, high.y), 0).rgb + texelFetch(source, ivec2(high.x, low.y), 0).rgb;
    out_light = vec4(sum * 0.25, 1.0);
#else
    // The centre counts four times and four diagonal means of four: smooth enough that no grid shows around a point.
    vec2 texel = 1.0 / vec2(textureSize(source, 0));
    vec2 at = gl_FragCoord.xy * 2.0 * texel;
    vec3 sum = 4.0 * texture(source, at).rgb;
    sum += texture(source, at - texel).rgb + texture(source, at + texel).rgb;
    sum += texture(source, at + vec2(texel.x, -texel.y)).rgb + texture(source, at + vec2(-texel.x, texel.y)).rgb;
    out_light = vec4(sum * 0.125, 1.0);
#endif
}
