// Exposed light (1 saturates) to the display: the tone curve and the sRGB encoding; tone.py does the same arithmetic.
#ifdef FILMIC
uniform vec4 curve;             // contrast, contrast times shoulder, b, c
uniform vec2 white_exchange;    // value that becomes white, share that channels exchange
#endif

vec3 tone(vec3 light) {
#ifdef FILMIC
    light = max(light, 0.0);
    float exchange = white_exchange.y;
    vec3 mixed = light + exchange * (dot(light, vec3(1.0 / 3.0)) - light);
    mixed = clamp(mixed, 1e-10, white_exchange.x);
    vec3 logs = log2(mixed);
    vec3 toned = exp2(logs * curve.x) / (exp2(logs * curve.y) * curve.z + curve.w);
    light = (toned - exchange * dot(toned, vec3(1.0 / 3.0))) / (1.0 - exchange);
#endif
    return light;
}

// Returns whole levels of eight bits over 255: how a driver rounds on the way to eight bits is its own affair.
vec3 encode_srgb(vec3 light) {
    light = clamp(light, 0.0, 1.0);
    vec3 high = 1.055 * pow(max(light, 1e-6), vec3(1.0 / 2.4)) - 0.055;
    vec3 encoded = mix(high, light * 12.92, vec3(lessThanEqual(light, vec3(0.0031308))));
    return floor(encoded * 255.0 + 0.5) / 255.0;
}
