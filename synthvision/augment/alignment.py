"""A pipeline tried out before any frame: it must move a picture and its labels alike."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.augment.catalogue import CONTAINERS, WARPS, WINDOWS
from synthvision.augment.pipeline import Moved, Pipeline
from synthvision.augment.pipeline_file import PipelineSpec, Step
from synthvision.core.errors import FrameError, UsageError

__all__ = ["check_alignment"]

# The test picture rises and falls by this many levels a pixel, over this many pixels: the level at a pixel tells to an
# eighth of a pixel where it came from.
_SLOPE = 8
_RISE_PX = 24
_DARKEST = 28
# In pixels of the result: nearest samples are up to 0.7 off, each another way, so their mean is that of the transform.
_MEAN_LIMIT_PX = 0.35
_MOST_LIMIT_PX = 1.5


def check_alignment(spec: PipelineSpec, size_wh: tuple[int, int], *, tries: int = 4) -> None:
    """Check that the pipeline moves a picture and its labels alike, on a picture of ramps.

    Only the transforms that move pixels are run, all of them. The levels of the moved picture tell where its pixels
    came from, and so does the map that labels are made by; the two must agree. This finds a transform that treats
    pictures and masks differently, by half a pixel or more, and one that cannot take pictures of this size.

    Args:
        spec: The pipeline.
        size_wh: Size of the pictures.
        tries: How often, each time with other random numbers.

    Raises:
        UsageError: Picture and labels part, or a transform fails.
    """
    moving = _moving(spec.steps)
    if not moving:
        return
    pipeline = Pipeline(PipelineSpec(moving))
    width, height = size_wh
    ramps = [_ramp(np.broadcast_to(np.arange(width), (height, width))), _ramp(np.indices((height, width))[0])]
    picture = np.stack([ramps[0][0], ramps[1][0], np.full((height, width), 128.0)], axis=2).astype(np.uint8)
    boxes = [(width // 4, height // 4, width // 2, height // 2)]
    for attempt in range(tries):
        try:
            moved = pipeline.apply(picture, 0, attempt, boxes=boxes)
        except FrameError as error:
            raise UsageError(str(error)) from error
        for channel, axis in enumerate(("x", "y")):
            off = _displacements(moved, ramps[channel], channel)
            if not len(off):
                continue
            mean, most = abs(float(off.mean())), float(np.quantile(np.abs(off), 0.9))
            if mean > _MEAN_LIMIT_PX or most > _MOST_LIMIT_PX:
                names = ", ".join(dict.fromkeys(moved.applied))
                raise UsageError(
                    f"the pipeline must move picture and labels alike, but after {names} they part by {mean:.2f} px "
                    f"along {axis} in the mean, by up to {most:.2f} px for most; take that transform out"
                )


def _ramp(place: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return levels that rise and fall with a place, and their slope; 0 near the turns."""
    phase = place % (2 * _RISE_PX)
    level = _DARKEST + _SLOPE * np.minimum(phase, 2 * _RISE_PX - phase).astype(np.float64)
    slope = np.where(phase < _RISE_PX, float(_SLOPE), -float(_SLOPE))
    to_turn = np.minimum(phase % _RISE_PX, _RISE_PX - phase % _RISE_PX)
    return level, np.where(to_turn > 4, slope, 0.0)


def _displacements(
    moved: Moved, ramp: tuple[NDArray[np.float64], NDArray[np.float64]], channel: int
) -> NDArray[np.float64]:
    """Return how far picture and map are apart at each pixel where that can be told, in pixels of the result."""
    source = moved.source
    level, slope = source.gather(ramp[0], 0.0), source.gather(ramp[1], 0.0)
    width, height = source.source_wh
    # Interpolation mixes in what lies beyond the border of the picture.
    clear = cv2.erode(source.inside_hw.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    clear &= (np.minimum(source.row_hw, source.column_hw) >= 3) & (slope != 0)
    clear &= (source.row_hw < height - 3) & (source.column_hw < width - 3)
    off = (moved.rgb_hwc[..., channel][clear] - level[clear]) / slope[clear]
    seen = np.unique(source.row_hw[source.inside_hw] * width + source.column_hw[source.inside_hw])
    # A result that was made smaller shows only some of the source's pixels between its corners.
    reach = [np.ptp(places[source.inside_hw]) + 1 for places in (source.row_hw, source.column_hw)] if len(seen) else [1]
    scale = max(1.0, float(np.sqrt(np.prod(reach) / max(len(seen), 1))))
    displacements: NDArray[np.float64] = off / scale
    return displacements


def _moving(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps that move pixels, each of them made certain."""
    found = []
    for step in steps:
        if step.name in CONTAINERS:
            inner = _moving(step.steps)
            if inner:
                count = {"n": min(step.arguments["n"], len(inner))} if "n" in step.arguments else {}
                found.append(Step(step.name, {**step.arguments, **count, "p": 1.0}, inner))
        elif step.name in WARPS | WINDOWS:
            found.append(Step(step.name, {**step.arguments, "p": 1.0}))
    return tuple(found)
