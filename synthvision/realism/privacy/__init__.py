"""Privacy of the real photos that refiners learn from: what leaks, masks before training, differential privacy."""
