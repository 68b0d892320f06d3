"""Generators that were trained on unpaired pictures: CycleGAN and CUT, and the refiner that applies them."""
