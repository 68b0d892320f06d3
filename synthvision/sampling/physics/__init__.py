"""Physics drops: convex parts of models, rigid-body simulation, geometric checks of what came to rest.

The simulation engine (extra `physics`) is imported where it is used and nowhere else.
"""
