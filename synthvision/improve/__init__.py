"""The loop: train, find what the detector misses, make that, train again, and keep only what helps."""
