"""Refiners without a network and without training: they take figures from real photos and put them into a picture."""
