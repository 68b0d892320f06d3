// One level's share of the halo plus that of all coarser levels.
uniform sampler2D level;
uniform sampler2D coarser;
uniform vec2 shares;            // of this level, of the coarser one (1 where it already holds a sum)
layout(location = 0) out vec4 out_light;

void main() {
    vec2 texel = 1.0 / vec2(textureSize(coarser, 0));
    vec2 at = gl_FragCoord.xy * 0.5 * texel;
    vec2 half_texel = 0.5 * texel;
    vec3 sum = texture(coarser, at - half_texel).rgb + texture(coarser, at + half_texel).rgb;
    sum += texture(coarser, at + vec2(half_texel.x, -half_texel.y)).rgb;
    sum += texture(coarser, at + vec2(-half_texel.x, half_texel.y)).rgb;
    vec3 own = texelFetch(level, ivec2(gl_FragCoord.xy), 0).rgb;
    out_light = vec4(shares.x * own + shares.y * 0.25 * sum, 1.0);
}
