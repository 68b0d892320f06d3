"""The path-traced backend: mitsuba 3, an optional dependency."""
