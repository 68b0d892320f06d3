"""Motion: what moves and how, as functions of time."""
