"""Lens distortion: which pinhole views a distorted picture is made of, and how they are joined."""

from synthvision.imaging.lens.labels import join_labels
from synthvision.imaging.lens.pictures import join_views, keep_field
from synthvision.imaging.lens.views import LensView, lens_views

__all__ = ["LensView", "join_labels", "join_views", "keep_field", "lens_views"]
