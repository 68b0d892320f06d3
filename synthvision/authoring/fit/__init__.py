"""Fits to reality: what a real annotation file says of counts, sizes and places, as values of a scene file."""
