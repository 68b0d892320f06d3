const float PI = 3.14159265359;

// Henyey and Greenstein 1941: share of scattered light per steradian by the cosine of the angle to straight ahead.
float phase(float g, float cosine) {
    float r = inversesqrt(max(1.0 + g * g - 2.0 * g * cosine, 1e-6));
    return (1.0 - g * g) / (4.0 * PI) * r * r * r;
}
