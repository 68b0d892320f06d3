"""Feature extractors that are networks; loaded on first use, since they need torch."""
