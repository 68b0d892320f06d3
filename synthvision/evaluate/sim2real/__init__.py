"""Train on synthetic pictures, test on real ones: one table of what each mixture of training pictures is worth."""
