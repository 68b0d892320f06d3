// Everything that glass does to light, put together: what goes straight through, vignetted, and what is scattered.
uniform sampler2D light;
uniform float direct;           // share of the light that goes straight through
uniform vec2 vignetting;        // factors of r^2 and r^4
uniform vec3 axis;              // principal point from the bottom left, 1 over the half diagonal
#ifdef HALO
uniform sampler2D halo;         // already multiplied by its share
#endif
#ifdef VEIL
uniform sampler2D mean;
uniform float veil;
#endif
#ifdef FLARE
uniform sampler2D flare;
#endif
layout(location = 0) out vec4 out_light;

void main() {
    vec3 result = texelFetch(light, ivec2(gl_FragCoord.xy), 0).rgb * direct;
    vec2 off = (gl_FragCoord.xy - axis.xy) * axis.z;
    float r2 = dot(off, off);
    result *= max(1.0 + r2 * (vignetting.x + r2 * vignetting.y), 0.0);
#ifdef HALO
    result += texture(halo, gl_FragCoord.xy * 0.5 / vec2(textureSize(halo, 0))).rgb;
#endif
#ifdef VEIL
    result += veil * texelFetch(mean, ivec2(0), 0).rgb;
#endif
#ifdef FLARE
    result += texture(flare, gl_FragCoord.xy * 0.5 / vec2(textureSize(flare, 0))).rgb;
#endif
    out_light = vec4(result, 1.0);
}
