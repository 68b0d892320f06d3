"""Diffusion refiners: any pretrained image-to-image pipeline, and a small model trained on one's own photos."""
