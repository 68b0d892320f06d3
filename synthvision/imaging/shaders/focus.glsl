// The circle of confusion of a thin lens.
uniform vec2 focus;         // aperture times focal length in pixels over two, 1 over the distance that is sharp

// Radius in pixels: above 0 behind what is sharp, below 0 before it. Depth 0 is infinity.
float confusion(float depth_m) {
    float nearness = depth_m > 0.0 ? 1.0 / depth_m : 0.0;
    return focus.x * (focus.y - nearness);
}
