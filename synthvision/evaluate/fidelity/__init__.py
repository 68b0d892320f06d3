"""How near the pictures of one set are to those of another: distances, and what they leave out."""
