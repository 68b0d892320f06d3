"""Relief of a sphere whose texture is the atlas of six faces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import quantise
from synthvision.library.procedural.shapes.atlas import ATLAS_COLUMNS, ATLAS_ROWS, atlas_directions

__all__ = ["sphere_normal_map"]


def sphere_normal_map(height_hw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the tangent-space normals of a sphere with a relief, uint8 (height, width, 3), green to the top.

    The faces of the atlas are stretched and skewed towards their corners. Slopes are therefore taken on the sphere,
    not in the image, so that light does not jump where two faces meet.

    Args:
        height_hw: float32 (2 * cell_px, 3 * cell_px): height over the sphere in units of its radius.
    """
    metric = _metric(height_hw.shape[0] // ATLAS_ROWS)
    down, right = np.gradient(_cells(height_hw), axis=(1, 2))
    slope_x = right / metric.right
    slope_y = (-down - slope_x * metric.skew) / metric.up
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + 1.0)
    packed = np.stack([-slope_x / length, -slope_y / length, 1.0 / length], axis=-1)
    # 128 of 255 is the level of zero slope, also in glTF's readers that map 0..255 to -1..1.
    return quantise(_sheet(packed) * np.float32(0.5) + np.float32(0.5))


@dataclass(frozen=True, slots=True, eq=False)
class _Metric:
    """What a step of one pixel means on the unit sphere, each float32 (6, cell_px, cell_px), radians.

    Args:
        right: Length of a step to the right.
        skew: How far a step up goes to the right.
        up: How far a step up goes across that.
    """

    right: NDArray[np.float32]
    skew: NDArray[np.float32]
    up: NDArray[np.float32]


@lru_cache(maxsize=2)
def _metric(cell_px: int) -> _Metric:
    directions = _cells(atlas_directions(cell_px))
    step_down, step_right = np.gradient(directions, axis=(1, 2))
    right = np.linalg.norm(step_right, axis=-1)
    tangent = step_right / right[..., None]
    skew = -np.einsum("fyxc,fyxc->fyx", step_down, tangent)
    up = np.linalg.norm(-step_down - skew[..., None] * tangent, axis=-1)
    return _Metric(*(np.asarray(part, np.float32) for part in (right, skew, up)))


def _cells(sheet: NDArray[np.float32]) -> NDArray[np.float32]:
    """The six faces of an atlas one after the other."""
    side = sheet.shape[0] // ATLAS_ROWS
    split = sheet.reshape(ATLAS_ROWS, side, ATLAS_COLUMNS, side, *sheet.shape[2:])
    return np.asarray(split.swapaxes(1, 2).reshape(-1, side, side, *sheet.shape[2:]), np.float32)


def _sheet(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """The atlas that six faces make."""
    side = cells.shape[1]
    split = cells.reshape(ATLAS_ROWS, ATLAS_COLUMNS, side, side, *cells.shape[3:])
    return np.asarray(
        split.swapaxes(1, 2).reshape(ATLAS_ROWS * side, ATLAS_COLUMNS * side, *cells.shape[3:]), np.float32
    )
