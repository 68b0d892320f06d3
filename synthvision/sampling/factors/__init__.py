"""Factors: sampled or measured quantities of a scene, each with named levels."""
