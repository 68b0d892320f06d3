"""Whether the object still looks unlike what surrounds it, and what is written on it can still be read."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.realism.guard.targets import Target

__all__ = ["appearance_drift", "legibility_loss"]

# Width of the rings inside and outside the contour that are compared, and of the gap on each side of it.
_RING_PX = 5
_GAP_PX = 1
# Fewest pixels that a ring must have.
_LEAST_PIXELS = 24
# Distance of the two sides, in standard deviations, from which they count as unlike.
_LEAST_DISTANCE = 1.5

Floats = NDArray[np.float32]


def appearance_drift(render_hwc: Floats, refined_hwc: Floats, noise: float, target: Target) -> float | None:
    """Return how much of the difference between inside and outside is gone, 0 (none) to 1 (all).

    The difference is the Mahalanobis distance of the mean colours of two rings, inside and outside the contour, under
    their pooled covariance (Fisher's linear discriminant, 1936), so that it does not change with colour and contrast.

    Args:
        render_hwc: float32 (height, width, 3), the render in 8-bit levels.
        refined_hwc: The refined picture likewise.
        noise: Standard deviation of the noise of the noisier of the two, in levels.
        target: The instance.

    Returns:
        None where inside and outside hardly differ in the render either, or are too small.
    """
    mask = target.mask_hw.view(np.uint8)
    inside, outside = _rings(mask)
    if min(np.count_nonzero(inside), np.count_nonzero(outside)) < _LEAST_PIXELS:
        return None
    window = target.window
    before = _distance(render_hwc[window], inside, outside, noise)
    if before < _LEAST_DISTANCE:
        return None
    return float(np.clip(1 - _distance(refined_hwc[window], inside, outside, noise) / before, 0, 1))


def _rings(mask: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    gap = np.ones((2 * _GAP_PX + 1,) * 2, np.uint8)
    wide = np.ones((2 * (_GAP_PX + _RING_PX) + 1,) * 2, np.uint8)
    # The window reaches farther than the rings, except at the border of the picture, where the object goes on.
    inside = cv2.erode(mask, gap).astype(bool) & ~cv2.erode(mask, wide).astype(bool)
    outside = cv2.dilate(mask, wide).astype(bool) & ~cv2.dilate(mask, gap).astype(bool)
    return inside, outside


def _distance(crop: Floats, inside: NDArray[np.bool_], outside: NDArray[np.bool_], noise: float) -> float:
    first, second = crop[inside].astype(np.float64), crop[outside].astype(np.float64)
    pooled = (np.cov(first.T, bias=True) + np.cov(second.T, bias=True)) / 2
    pooled += np.eye(3) * (2.0 + noise) ** 2
    difference = first.mean(0) - second.mean(0)
    return float(np.sqrt(difference @ np.linalg.solve(pooled, difference)))


def legibility_loss(render_hwc: Floats, refined_hwc: Floats, noise: float, target: Target) -> float | None:
    """Return the share of fine structure inside an object, as of letters and signs, that is gone, 0..1.

    Gradients at the scale of single pixels are compared by their local correlation (as the structure term of SSIM,
    Wang et al. 2004, on gradients) in both directions, weighted by their strength in the render.

    Args:
        render_hwc: float32 (height, width, 3), the render in 8-bit levels.
        refined_hwc: The refined picture likewise.
        noise: Standard deviation of the noise of the noisier of the two, in levels.
        target: The instance.

    Returns:
        None where the render shows no fine structure inside.
    """
    inside = cv2.erode(target.mask_hw.view(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if np.count_nonzero(inside) < _LEAST_PIXELS:
        return None
    first = _strokes(render_hwc[target.window])
    second = _strokes(refined_hwc[target.window])
    floor = (2.0 + noise) ** 2
    energy = cv2.blur((first**2).sum(2), (7, 7))
    weight = np.where(inside & (energy > 4 * floor), energy, 0)
    if np.count_nonzero(weight) < _LEAST_PIXELS:
        return None
    # Products of both directions, squared, so that dark on light and light on dark read alike.
    common, own, other = _products(first, second), _products(first, first), _products(second, second)
    like = common / np.sqrt((own + 1e-6) * (other + floor**2))
    kept = np.sqrt(np.clip(like, 0, 1))
    return float(1 - (kept * weight).sum() / weight.sum())


def _products(first: Floats, second: Floats) -> Floats:
    total = np.zeros(first.shape[:2], np.float32)
    for i in range(2):
        for j in range(2):
            total += cv2.blur(first[:, :, i] * second[:, :, j], (7, 7)) ** 2
    return total


def _strokes(crop: Floats) -> Floats:
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    strokes: Floats = np.empty((*grey.shape, 2), np.float32)
    strokes[:, :, 0] = cv2.Scharr(grey, cv2.CV_32F, 1, 0, scale=1 / 16)
    strokes[:, :, 1] = cv2.Scharr(grey, cv2.CV_32F, 0, 1, scale=1 / 16)
    return strokes
