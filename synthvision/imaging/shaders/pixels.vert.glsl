// Single pixels of the target.
uniform vec2 size;                 // of the target
in vec2 in_pixel;                  // column, row from the bottom

void main() {
    gl_Position = vec4((in_pixel + 0.5) / size * 2.0 - 1.0, 0.0, 1.0);
    gl_PointSize = 1.0;
}
