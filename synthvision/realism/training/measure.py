"""Measures of progress: the distance of refined renders to photos that were kept back, and agreement of edges."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.features.extractor import load_extractor
from synthvision.features.kernel_distance import FeatureScale, feature_scale, kernel_distance

__all__ = ["DistanceMeter", "edge_agreement", "edge_map"]

Rgb = NDArray[np.uint8]

# Gradients of Sobel's filter on 8-bit levels, summed over the colours' strongest: what counts as an edge.
_LOW, _HIGH = 60, 150


class DistanceMeter:
    """Measures kernel distances to the same photos again and again.

    Features are taken in spreads of the photos' and then through the inverse hyperbolic sine, which leaves small
    ones as they are and turns large ones into their logarithm. Renders often have a feature that is far out, such as
    noise that is not there at all; its cube would drown all others, and with them all progress.

    Args:
        photos: Crops of photos, at least two.
        extractor: ``statistics``, ``random`` or a folder, as for `load_extractor`.

    Raises:
        UsageError: There are fewer than two photos.
    """

    def __init__(self, photos: Sequence[Rgb], extractor: str = "statistics") -> None:
        if len(photos) < 2:
            raise UsageError(f"a distance to photos needs at least 2 crops of them, got {len(photos)}")
        self._extractor = load_extractor(extractor)
        real = self._extractor.features(photos)
        self._scale = feature_scale(real)
        self._real = self._tamed(real)
        width = len(self._scale.mean_d)
        self._unit = FeatureScale(np.zeros(width), np.ones(width))

    def distance(self, pictures: Sequence[Rgb]) -> float:
        """Return the kernel distance of pictures to the photos; smaller is nearer, and it may lie a little below zero.

        Args:
            pictures: uint8 (height, width, 3) each, at least two.

        Raises:
            UsageError: There are fewer than two.
        """
        found = self._tamed(self._extractor.features(pictures))
        return kernel_distance(self._real, found, scale=self._unit, permutations=0).value

    def _tamed(self, features_nd: NDArray[np.float32]) -> NDArray[np.float64]:
        tamed: NDArray[np.float64] = np.arcsinh(self._scale.apply(features_nd))
        return tamed


def edge_map(rgb_hwc: Rgb) -> NDArray[np.bool_]:
    """Return where a picture has strong edges, one pixel wide: Canny's of the colour that changes most.

    Args:
        rgb_hwc: uint8 (height, width, 3).

    Returns:
        bool (height, width).
    """
    smooth = cv2.GaussianBlur(rgb_hwc, (3, 3), 0)
    across = np.stack([cv2.Sobel(smooth[..., i], cv2.CV_16S, 1, 0) for i in range(3)], axis=-1)
    down = np.stack([cv2.Sobel(smooth[..., i], cv2.CV_16S, 0, 1) for i in range(3)], axis=-1)
    strongest = (np.abs(across) + np.abs(down)).argmax(axis=-1)[..., None]
    dx = np.take_along_axis(across, strongest, axis=-1)[..., 0]
    dy = np.take_along_axis(down, strongest, axis=-1)[..., 0]
    edges: NDArray[np.bool_] = cv2.Canny(np.ascontiguousarray(dx), np.ascontiguousarray(dy), _LOW, _HIGH) > 0
    return edges


def edge_agreement(wanted_hw: NDArray[np.bool_], found_hw: NDArray[np.bool_], tolerance_px: int = 1) -> float:
    """Return the share of the wanted edges that have a found one within some pixels, 0..1; 1 where none is wanted.

    Args:
        wanted_hw: bool (height, width).
        found_hw: The same shape.
        tolerance_px: How far off an edge may lie, in rows and in columns.
    """
    count = np.count_nonzero(wanted_hw)
    if not count:
        return 1.0
    side = 2 * tolerance_px + 1
    near = cv2.dilate(found_hw.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return float(np.count_nonzero(wanted_hw & near) / count)
