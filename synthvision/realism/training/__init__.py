"""Training of refiners: settings, data, checkpoints, the loop."""
