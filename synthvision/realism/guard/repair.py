"""Putting pixels of the render back into a refined picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["put_back"]


def put_back(
    render_hwc: NDArray[np.uint8],
    refined_hwc: NDArray[np.uint8],
    exact_hw: NDArray[np.bool_],
    band_px: int,
    feather_px: int,
) -> NDArray[np.uint8]:
    """Return the refined picture with the render's pixels in some places.

    Args:
        render_hwc: uint8 (height, width, 3).
        refined_hwc: uint8, the same size.
        exact_hw: bool (height, width): where the result is exactly the render.
        band_px: So far beyond, in pixels, it is the render as well.
        feather_px: Over so many pixels from there it goes over into the refined picture.
    """
    result = refined_hwc.copy()
    ys, xs = np.nonzero(exact_hw)
    if not len(ys):
        return result
    reach = band_px + feather_px + 2
    height, width = exact_hw.shape
    window = (
        slice(max(int(ys.min()) - reach, 0), min(int(ys.max()) + reach + 1, height)),
        slice(max(int(xs.min()) - reach, 0), min(int(xs.max()) + reach + 1, width)),
    )
    distance = cv2.distanceTransform((~exact_hw[window]).view(np.uint8), cv2.DIST_L2, 5)
    share = np.clip((band_px + feather_px + 1 - distance) / (feather_px + 1), 0, 1)[:, :, None]
    first, second = render_hwc[window].astype(np.float32), refined_hwc[window].astype(np.float32)
    result[window] = np.rint(second + share * (first - second)).astype(np.uint8)
    result[exact_hw] = render_hwc[exact_hw]
    return result
