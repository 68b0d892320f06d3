"""The built-in detector; loaded on first use, since it needs torch."""
