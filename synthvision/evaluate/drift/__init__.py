"""Whether two sets of labelled pictures differ, in what, and by how much."""
