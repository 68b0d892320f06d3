"""Config and seed to Scene: distributions, placement, cameras, light; a pure function."""
