"""Which pixels need more than one sample: where ids, depth or faces differ from those of a neighbour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.scene import Camera

__all__ = ["BORDER", "CREASE", "SMOOTH", "find_edges"]

#: Change of slope (metres of depth per metre across) between neighbouring pixels that counts as a crease or a step.
_CREASE_SLOPE = 0.35


#: Values of the mask that `find_edges` returns.
SMOOTH, CREASE, BORDER = 0, 128, 255


def find_edges(camera: Camera, id_hw: NDArray[np.uint16], depth_m_hw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return which pixels need four samples, uint8 (height, width).

    ``BORDER`` is a pixel with another id among its eight neighbours: every sample counts. ``CREASE`` is a pixel amid
    its own kind where depth bends: only samples of the same object count there, so that the inside of an object
    shows that object alone. On a plane the inverse of depth is linear across the picture, so its second difference is
    zero whatever the slope, and a step or a crease shows at any distance.

    Args:
        camera: Gives the size of a pixel in metres at a depth.
        id_hw: Ids at pixel centres.
        depth_m_hw: Depth at pixel centres, +inf for none.
    """
    # One pixel is z / f metres wide, so a change of slope s bends 1/z by s / (f z).
    inverse = np.float32(1.0) / depth_m_hw
    limit = inverse * np.float32(_CREASE_SLOPE / max(camera.focal_xy_px))
    crease = np.zeros(id_hw.shape, np.bool_)
    crease[:, 1:-1] |= np.abs(inverse[:, 2:] + inverse[:, :-2] - 2 * inverse[:, 1:-1]) > limit[:, 1:-1]
    crease[1:-1] |= np.abs(inverse[2:] + inverse[:-2] - 2 * inverse[1:-1]) > limit[1:-1]
    mask = crease.view(np.uint8) * np.uint8(CREASE)
    mask[_differs_around(id_hw)] = BORDER
    return mask


def _differs_around(id_hw: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where one of the eight neighbours has another id."""
    differs = np.zeros(id_hw.shape, np.bool_)
    across = id_hw[:, 1:] != id_hw[:, :-1]
    differs[:, 1:] |= across
    differs[:, :-1] |= across
    # A row's difference to the rows above and below, and theirs along the row, cover the corners.
    wide = differs.copy()
    down = id_hw[1:] != id_hw[:-1]
    differs[1:] |= down | wide[:-1]
    differs[:-1] |= down | wide[1:]
    return differs
