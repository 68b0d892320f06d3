"""What detectors that are networks share, and those of other projects; loaded on first use, since they need torch."""
