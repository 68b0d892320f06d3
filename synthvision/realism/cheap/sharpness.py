"""Blur of a picture, read off its sharpest edges.

S. Zhuo and T. Sim, "Defocus map estimation from a single image", 2011: blurring an edge once more weakens its gradient
by a ratio that tells how wide it was. Edges of soft things are wide in any camera, so the sharpest ones speak for it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["blur_picture", "edge_variance", "measure_blur"]

#: Standard deviations of the two blurs that are compared, in pixels: the first keeps noise down.
_FIRST, _SECOND = 1.0, 2.0
#: What a pixel's own area blurs, as a variance.
_PIXEL = 1 / 12
#: Gradients below this, in levels a pixel, are no edges.
_LEAST_GRADIENT = 4.0
_LEAST_EDGES = 50
#: Of the edges' widths: low, since it is the sharpest that count, but not the lowest, which noise makes.
_QUANTILE = 0.3


def measure_blur(rgb_hwc: NDArray[np.uint8]) -> float | None:
    """Return the blur of a picture's sharpest edges as a standard deviation in pixels; None where it has no edges.

    Of a picture that is sharpened, or not blurred at all, it is 0.

    Args:
        rgb_hwc: uint8 (height, width, 3).
    """
    variance = edge_variance(rgb_hwc)
    return None if variance is None else float(np.sqrt(max(variance, 0.0)))


def edge_variance(rgb_hwc: NDArray[np.uint8]) -> float | None:
    """Return the squared blur of a picture's sharpest edges in pixels; None where it has no edges.

    Below 0 where a picture is sharpened, or shows lines thinner than its blur. Two pictures of the same kind of things
    can be compared even so: a Gaussian blur adds its variance.

    Args:
        rgb_hwc: uint8 (height, width, 3).
    """
    grey = cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, coarse = _gradient(grey, _FIRST), _gradient(grey, _SECOND)
    strength = np.hypot(*fine)
    # The ridge of the gradient: no neighbour across the edge is stronger.
    along_x = np.abs(fine[0]) >= np.abs(fine[1])
    pad = np.pad(strength, 1)
    sideways = (strength >= pad[1:-1, :-2]) & (strength >= pad[1:-1, 2:])
    upright = (strength >= pad[:-2, 1:-1]) & (strength >= pad[2:, 1:-1])
    edge = np.where(along_x, sideways, upright) & (strength > _LEAST_GRADIENT)
    edge[:4] = edge[-4:] = False
    edge[:, :4] = edge[:, -4:] = False
    if int(edge.sum()) < _LEAST_EDGES:
        return None
    # Strong edges only: weak ones are mostly texture and noise.
    edge &= strength >= np.quantile(strength[edge], 0.5)
    ratio = strength[edge] / np.maximum(np.hypot(*coarse)[edge], 1e-6)
    # s1^2 = w + first^2 and s2^2 = w + second^2, and the gradient of a step falls as 1 / s.
    wide = np.maximum(ratio**2 - 1, 1e-2)
    variance = (_SECOND**2 - _FIRST**2) / wide - _FIRST**2 - _PIXEL
    return float(np.quantile(variance, _QUANTILE))


def blur_picture(rgb_hwc: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    """Return a picture blurred by a Gaussian, in linear light, as a lens blurs.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        sigma_px: Standard deviation in pixels; below 0.15 nothing is done.
    """
    if sigma_px < 0.15:
        return rgb_hwc
    linear = _LINEAR[rgb_hwc]
    blurred = cv2.GaussianBlur(linear, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101)
    encoded = np.where(blurred <= 0.0031308, 12.92 * blurred, 1.055 * np.maximum(blurred, 0) ** (1 / 2.4) - 0.055)
    return np.asarray(np.clip(np.rint(encoded * 255), 0, 255), np.uint8)


def _gradient(plane: NDArray[np.float32], sigma: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the derivatives along x and y of a picture blurred by `sigma`, by the Gaussian's own derivative."""
    place = np.arange(-int(5 * sigma), int(5 * sigma) + 1)
    bell = np.exp(-0.5 * (place / sigma) ** 2)
    bell /= bell.sum()
    slope = -place / sigma**2 * bell
    # cv2 correlates, so the kernel of a derivative is mirrored.
    slope = -slope
    return cv2.sepFilter2D(plane, cv2.CV_32F, slope, bell), cv2.sepFilter2D(plane, cv2.CV_32F, bell, slope)


_ENCODED = np.arange(256) / 255
_LINEAR = np.where(_ENCODED <= 0.04045, _ENCODED / 12.92, ((_ENCODED + 0.055) / 1.055) ** 2.4).astype(np.float32)
