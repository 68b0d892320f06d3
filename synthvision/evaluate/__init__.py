"""Measuring of data sets: what was made, against real photos, and what a detector learns from it."""
