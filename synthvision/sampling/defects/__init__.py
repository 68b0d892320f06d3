"""Defects: marks of damage on the objects of a group, each a labelled instance of its own."""
