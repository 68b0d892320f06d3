"""Cameras that are likely to hold a scene's constraints, found by an estimate before anything is drawn."""
