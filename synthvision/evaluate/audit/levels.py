"""The levels by which an audit counts objects: size, occlusion, light and weather, beside the class.

Sizes are shares of the picture, since a detector sees pictures brought to one size: 32 and 96 pixels, COCO's limits of
small and medium, at COCO's usual 640 x 480 pixels are square roots of 0.33 % and 3 % of the picture's area.

Occlusion is estimated from the boxes alone: a box says nothing of what hides its object, but of two boxes that overlap
one hides at most what they share. `covered_shares` is thus an upper bound of what other labelled objects hide, and
knows nothing of things without a label. On renders of overlapping playing cards, where the truth is known, 86 % of the
objects that count as free are visible to 90 % or more, and 90 % of those that are hidden by more than a tenth count as
partly or mostly covered; but half of the objects that are whole count as covered too, for they lie on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DIMENSIONS",
    "LIGHTS",
    "OCCLUSIONS",
    "SIZES",
    "SIZE_LIMITS",
    "UNKNOWN",
    "WEATHERS",
    "covered_shares",
    "is_cut",
    "levels_of_dimension",
    "occlusion_level",
    "relative_size",
    "size_level",
]

Float = NDArray[np.float64]
Box = tuple[float, float, float, float]

UNKNOWN = "unknown"
SIZES = ("small", "medium", "large")
OCCLUSIONS = ("free", "partly", "mostly", "cut")
LIGHTS = ("dark", "day", "sun")
WEATHERS = ("clear", "veiled")
#: What an object is counted by, in the order in which cells are named.
DIMENSIONS = ("class", "size", "occlusion", "light", "weather")

#: Relative sizes from which on an object is medium, and large.
SIZE_LIMITS = (32 / math.sqrt(640 * 480), 96 / math.sqrt(640 * 480))
#: Shares of a box, covered by others, from which on it counts as partly, and mostly, hidden.
COVERED_LIMITS = (0.1, 0.5)
#: How near to the edge of the picture a box counts as cut, as a share of the shorter side; a pixel at least.
_EDGE_SHARE = 0.004
_SAMPLES = 24


def levels_of_dimension(name: str, classes: Sequence[str]) -> tuple[str, ...]:
    """Return the levels of a dimension that can be told, without `UNKNOWN`.

    Args:
        name: One of `DIMENSIONS`.
        classes: Class names of the set.
    """
    return {
        "class": tuple(classes),
        "size": SIZES,
        "occlusion": OCCLUSIONS,
        "light": LIGHTS,
        "weather": WEATHERS,
    }[name]


def relative_size(box_xyxy: Box, picture_wh: tuple[int, int]) -> float:
    """Return the square root of a box's share of the picture, 0..1.

    Args:
        box_xyxy: Half-open box in pixels.
        picture_wh: Width and height of the picture in pixels.
    """
    x1, y1, x2, y2 = box_xyxy
    return math.sqrt(max(x2 - x1, 0.0) * max(y2 - y1, 0.0) / (picture_wh[0] * picture_wh[1]))


def size_level(size: float) -> str:
    """Return the level of a relative size.

    Example:
        >>> size_level(relative_size((0, 0, 40, 40), (640, 480)))
        'medium'
    """
    return SIZES[sum(size >= limit for limit in SIZE_LIMITS)]


def covered_shares(boxes_xyxy: Sequence[Box]) -> Float:
    """Return the share of each box that others cover, float64 (n,), 0..1: at most this is hidden by them.

    The share is read at 24 x 24 places in the box.

    Args:
        boxes_xyxy: Half-open boxes of one picture, in pixels.
    """
    boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    shares = np.zeros(len(boxes))
    for number, (x1, y1, x2, y2) in enumerate(boxes):
        touching = (boxes[:, 0] < x2) & (boxes[:, 2] > x1) & (boxes[:, 1] < y2) & (boxes[:, 3] > y1)
        touching[number] = False
        if not touching.any():
            continue
        others = boxes[touching]
        x, y = x1 + steps * (x2 - x1), y1 + steps * (y2 - y1)
        across = (x >= others[:, :1]) & (x < others[:, 2:3])
        down = (y >= others[:, 1:2]) & (y < others[:, 3:])
        shares[number] = (across[:, None, :] & down[:, :, None]).any(axis=0).mean()
    return shares


def is_cut(box_xyxy: Box, picture_wh: tuple[int, int]) -> bool:
    """Return whether a box ends at the edge of its picture, as that of an object that is cut off there does."""
    x1, y1, x2, y2 = box_xyxy
    edge = max(1.0, _EDGE_SHARE * min(picture_wh))
    return min(x1, y1) < edge or x2 > picture_wh[0] - edge or y2 > picture_wh[1] - edge


def occlusion_level(covered_share: float, cut: bool) -> str:
    """Return the level of occlusion: ``cut`` at the edge of the picture, else by what may be hidden.

    Args:
        covered_share: From `covered_shares`.
        cut: From `is_cut`.
    """
    if cut:
        return "cut"
    return OCCLUSIONS[sum(covered_share >= limit for limit in COVERED_LIMITS)]
