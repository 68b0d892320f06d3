"""Distillation: a small generator that does what a slow refiner does, and how much is lost."""
