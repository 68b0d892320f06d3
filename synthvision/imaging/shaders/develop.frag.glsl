// Radiance to the bytes of a picture; tone.py does the same arithmetic.
uniform sampler2D radiance;
uniform vec3 gain;              // white balance over the luminance that saturates
#ifdef FILMIC
uniform vec4 curve;             // contrast, contrast times shoulder, b, c
uniform vec2 white_exchange;    // value that becomes white, share that channels exchange
#endif
layout(location = 0) out vec4 out_srgb;

void main() {
    vec3 light = texelFetch(radiance, ivec2(gl_FragCoord.xy), 0).rgb * gain;
#ifdef FILMIC
    light = max(light, 0.0);
    float exchange = white_exchange.y;
    vec3 mixed = light + exchange * (dot(light, vec3(1.0 / 3.0)) - light);
    mixed = clamp(mixed, 1e-10, white_exchange.x);
    vec3 logs = log2(mixed);
    vec3 toned = exp2(logs * curve.x) / (exp2(logs * curve.y) * curve.z + curve.w);
    light = (toned - exchange * dot(toned, vec3(1.0 / 3.0))) / (1.0 - exchange);
#endif
    light = clamp(light, 0.0, 1.0);
    vec3 high = 1.055 * pow(max(light, 1e-6), vec3(1.0 / 2.4)) - 0.055;
    vec3 encoded = mix(high, light * 12.92, vec3(lessThanEqual(light, vec3(0.0031308))));
    // Rounded here: how a driver rounds on the way to eight bits is its own affair.
    out_srgb = vec4(floor(encoded * 255.0 + 0.5) / 255.0, 1.0);
}
