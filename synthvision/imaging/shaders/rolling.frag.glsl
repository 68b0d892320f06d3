// Light shifted row by row: each pixel takes it from where a map says.
uniform sampler2D light;
uniform sampler2D source;       // places in the light's texture, in texels
layout(location = 0) out vec4 out_light;

void main() {
    ivec2 last = textureSize(light, 0) - 1;
    vec2 at = clamp(texelFetch(source, ivec2(gl_FragCoord.xy), 0).xy - 0.5, vec2(0.0), vec2(last));
    ivec2 low = ivec2(floor(at));
    ivec2 high = min(low + 1, last);
    vec2 part = at - vec2(low);
    vec3 lower = mix(texelFetch(light, low, 0).rgb, texelFetch(light, ivec2(high.x, low.y), 0).rgb, part.x);
    vec3 upper = mix(texelFetch(light, ivec2(low.x, high.y), 0).rgb, texelFetch(light, high, 0).rgb, part.x);
    out_light = vec4(mix(lower, upper, part.y), 1.0);
}
