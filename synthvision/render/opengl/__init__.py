"""The default backend: moderngl on a GPU, or on Mesa in software."""
