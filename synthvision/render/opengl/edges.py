"""Which pixels need more than one sample: where ids, depth or faces differ from those of a neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.targets import TargetPool
from synthvision.scene import Camera

__all__ = ["BORDER", "CREASE", "SMOOTH", "EdgePixels", "find_edges", "upload_edges"]

#: Change of slope (metres of depth per metre across) between neighbouring pixels that counts as a crease or a step.
_CREASE_SLOPE = 0.5


_LIST_WIDTH = 1024

#: Values of the mask that `find_edges` returns.
SMOOTH, CREASE, BORDER = 0, 128, 255


def find_edges(
    camera: Camera, id_hw: NDArray[np.uint16], part_hw: NDArray[np.uint16], depth_m_hw: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Return which pixels need four samples, uint8 (height, width).

    ``BORDER`` is a pixel with another id among its eight neighbours. ``CREASE`` is a pixel amid one object where
    parts meet or depth bends. On a plane the inverse of depth is linear across the picture, so its second difference
    is zero whatever the slope, and a step or a crease shows at any distance.

    Args:
        camera: Gives the size of a pixel in metres at a depth.
        id_hw: Ids at pixel centres.
        part_hw: Parts at pixel centres.
        depth_m_hw: Depth at pixel centres, +inf for none.
    """
    # One pixel is z / f metres wide, so a change of slope s bends 1/z by s / (f z).
    inverse = np.float32(1.0) / depth_m_hw
    limit = inverse * np.float32(_CREASE_SLOPE / max(camera.focal_xy_px))
    crease = _differs_around(part_hw)
    crease[:, 1:-1] |= np.abs(inverse[:, 2:] + inverse[:, :-2] - 2 * inverse[:, 1:-1]) > limit[:, 1:-1]
    crease[1:-1] |= np.abs(inverse[2:] + inverse[:-2] - 2 * inverse[1:-1]) > limit[1:-1]
    mask = crease.view(np.uint8) * np.uint8(CREASE)
    mask[_differs_around(id_hw)] = BORDER
    return mask


def _differs_around(id_hw: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where one of the eight neighbours has another value."""
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


@dataclass(frozen=True, slots=True, eq=False)
class EdgePixels:
    """The pixels that take four samples, as a list.

    Args:
        mask_hw: What `find_edges` returned.
        entries: Texture (uint16, four channels): column, row from the bottom, 1 where objects meet; the list in rows.
        count: Length of the list.
    """

    mask_hw: NDArray[np.uint8]
    entries: moderngl.Texture
    count: int

    @property
    def list_size_wh(self) -> tuple[int, int]:
        """Size of a target with one pixel for each entry."""
        width, height = self.entries.size
        return int(width), int(height)


def upload_edges(pool: TargetPool, mask_hw: NDArray[np.uint8]) -> EdgePixels | None:
    """Return the list of edge pixels on the GPU, or None where there are none."""
    upright = np.ascontiguousarray(mask_hw[::-1])
    width = upright.shape[1]
    places = np.flatnonzero(upright)
    if not len(places):
        return None
    rows = -(-len(places) // _LIST_WIDTH)
    # Rows come in steps, so that frames share targets.
    rows = -(-rows // 8) * 8
    entries = np.zeros((rows * _LIST_WIDTH, 4), np.uint16)
    entries[: len(places), 0] = places % width
    entries[: len(places), 1] = places // width
    entries[: len(places), 2] = upright.ravel()[places] == BORDER
    entry_texture = pool.get("edge_entries", (_LIST_WIDTH, rows), ((4, "u2"),)).colours[0]
    entry_texture.write(entries, alignment=1)
    return EdgePixels(mask_hw, entry_texture, len(places))
