"""Checks and views of a data set: validate, preview."""
