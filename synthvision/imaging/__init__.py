"""Radiance to the 8-bit picture a camera would give."""
