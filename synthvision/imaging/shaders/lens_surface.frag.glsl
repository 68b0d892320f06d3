// The picture through drops, dirt and grease on the front glass.
uniform sampler2D light;
uniform sampler2D drops;        // where a drop looks (pixels off, y up), how much it covers, how much of its view it passes
uniform sampler2D film;         // share that dirt takes away, share that grease scatters
uniform sampler2D narrow_view;  // blurred copies of the picture
uniform sampler2D wide_view;
uniform float dirt_glow;        // share of the light around that lit dirt sends on
layout(location = 0) out vec4 out_light;

void main() {
    vec2 size = vec2(textureSize(light, 0));
    vec2 at = gl_FragCoord.xy / size;
    vec3 result = texelFetch(light, ivec2(gl_FragCoord.xy), 0).rgb;
    vec4 drop = texture(drops, at);
    vec2 film_here = texture(film, at).rg;
    // Beyond the picture the world is taken to go on as its mirror image.
    vec2 seen = 1.0 - abs(1.0 - mod((gl_FragCoord.xy + drop.xy) / size, 2.0));
    result = result * (1.0 - drop.z) + texture(narrow_view, seen).rgb * drop.w;
    vec3 around = texture(wide_view, at).rgb;
    result = mix(result, dirt_glow * around, film_here.x);
    result = mix(result, around, film_here.y);
    out_light = vec4(result, 1.0);
}
