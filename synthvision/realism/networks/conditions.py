"""What guides a generator beside the picture: id edges, depth, normals and classes of the render as channels.

The idea of feeding a network the render's own buffers is that of Richter, AlHaija and Koltun, "Enhancing
Photorealism Enhancement" (2021). Real photos have no such buffers; the generator meets zeros and a flag instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthvision.core.arrays import frozen_array
from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.training.config import CONDITIONS, ConditionName

__all__ = ["CLASS_WIDTH", "build_conditions", "condition_channels", "flip_conditions", "id_edges"]

#: Channels of the classes. Each class name has a fixed code of this length, so that neither the number of classes nor
#: their order in a job is part of a trained model.
CLASS_WIDTH = 8

_WIDTHS: dict[ConditionName, int] = {"edges": 1, "depth": 1, "normals": 3, "classes": CLASS_WIDTH}
# Depths below a millimetre stand for surfaces that touch the camera.
_NEAREST_M = 1e-3


def condition_channels(names: Sequence[ConditionName]) -> int:
    """Return how many channels the conditions have: those of each, and one flag that says that they are given.

    Example:
        >>> condition_channels(["edges", "normals"]), condition_channels([])
        (5, 0)
    """
    return sum(_WIDTHS[name] for name in names) + 1 if names else 0


def id_edges(id_hw: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where ids meet: every pixel, on both sides, with a neighbour to the side, above or below of another id.

    Args:
        id_hw: uint16 (height, width).

    Returns:
        bool (height, width).
    """
    edges = np.zeros(id_hw.shape, np.bool_)
    across = id_hw[:, 1:] != id_hw[:, :-1]
    down = id_hw[1:] != id_hw[:-1]
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    edges[1:] |= down
    edges[:-1] |= down
    return edges


def build_conditions(
    names: Sequence[ConditionName],
    *,
    id_hw: NDArray[np.uint16],
    depth_m_hw: NDArray[np.float32] | None = None,
    normal_hwc: NDArray[np.float32] | None = None,
    class_of_id: Mapping[int, str] | None = None,
) -> NDArray[np.float32]:
    """Return the conditions of one picture, float32 (channels, height, width), the flag last; no channel without names.

    * ``edges``: 1 where ids meet, on both sides, else 0.
    * ``depth``: m / (m + z) of depth z, m being the median depth of what the picture shows: 1 at the camera, 0.5 at
      the median, 0 where nothing is seen. Whole pictures have to be given, not crops, or the scale differs.
    * ``normals``: x, y, z in camera axes, -1..1, 0 where nothing is seen.
    * ``classes``: a fixed code of each class's name, 0 where there is none.

    Args:
        names: Which, in the order of `CONDITIONS`.
        id_hw: uint16 (height, width); instance id, 0 for none.
        depth_m_hw: float32 (height, width), metres, +inf where nothing is seen; needed for ``depth``.
        normal_hwc: float32 (height, width, 3), camera axes; needed for ``normals``.
        class_of_id: Class name by instance id; needed for ``classes``.

    Raises:
        UsageError: What a condition needs is not given, an array has another type or size, or the order is another.
    """
    if list(names) != [name for name in CONDITIONS if name in names]:
        raise UsageError(f"conditions must be in the order {', '.join(CONDITIONS)}, got {', '.join(names)}")
    frozen_array("id_hw", id_hw, np.uint16, (None, None))
    shape = id_hw.shape
    result = np.zeros((condition_channels(names), *shape), np.float32)
    first = 0
    for name in names:
        part = result[first : first + _WIDTHS[name]]
        first += _WIDTHS[name]
        if name == "edges":
            part[0] = id_edges(id_hw)
        elif name == "depth":
            part[0] = _depth(_given("depth", "depth_m_hw", depth_m_hw, shape))
        elif name == "normals":
            part[:] = _given("normals", "normal_hwc", normal_hwc, (*shape, 3)).transpose(2, 0, 1)
        else:
            if class_of_id is None:
                raise UsageError("the condition classes must be given class_of_id, got none")
            part[:] = _classes(id_hw, class_of_id)
    if names:
        result[-1] = 1
    return result


def flip_conditions(names: Sequence[ConditionName], conditions_chw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the conditions of the mirrored picture: left and right change places, and so does the x of normals.

    Args:
        names: Which, in the order of `CONDITIONS`.
        conditions_chw: From `build_conditions`.
    """
    flipped = conditions_chw[:, :, ::-1].copy()
    if "normals" in names:
        before = names[: list(names).index("normals")]
        flipped[sum(_WIDTHS[name] for name in before)] *= -1
    return flipped


def _given(condition: str, name: str, array: NDArray[np.float32] | None, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if array is None:
        raise UsageError(f"the condition {condition} must be given {name}, got none; write it when rendering")
    return frozen_array(name, array, np.float32, shape)


def _depth(depth_m_hw: NDArray[np.float32]) -> NDArray[np.float32]:
    seen = np.isfinite(depth_m_hw)
    result = np.zeros(depth_m_hw.shape, np.float32)
    if seen.any():
        depth_m = np.maximum(depth_m_hw[seen], _NEAREST_M)
        middle = np.median(depth_m)
        result[seen] = middle / (middle + depth_m)
    return result


def _classes(id_hw: NDArray[np.uint16], class_of_id: Mapping[int, str]) -> NDArray[np.float32]:
    codes = np.zeros((int(id_hw.max(initial=0)) + 1, CLASS_WIDTH), np.float32)
    for number, name in class_of_id.items():
        if number < len(codes):
            # Of unit variance, so that classes weigh as much as the picture's own channels.
            codes[number] = rng_for(0, 0, f"realism.class.{name}").standard_normal(CLASS_WIDTH)
    return codes[id_hw].transpose(2, 0, 1)
