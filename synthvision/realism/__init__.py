"""Moves renders towards real photos without moving a label: refiners, their training, and the guard."""
