"""Procedural models, one module each."""
