"""The only place that opens a GL context, compiles shaders and reads back; doctor."""
