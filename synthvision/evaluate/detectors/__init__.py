"""Detectors that are trained on pictures with boxes; nothing is loaded here, since each needs torch."""
