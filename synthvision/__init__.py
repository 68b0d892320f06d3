"""synthvision: labelled images for training detectors, by simulation."""

__version__ = "0.1.0"
