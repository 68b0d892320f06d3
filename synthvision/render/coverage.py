"""What an object covers alone, put together from the windows in which it was drawn."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import AmodalCoverage, CoverageWindow
from synthvision.geometry.boxes import Box, box_intersection, tight_box
from synthvision.render.opengl.screen_bounds import canvas_box, picture_box
from synthvision.scene import Camera

__all__ = ["join_windows", "split_at_picture"]


def split_at_picture(
    camera: Camera, box_xyxy: Box, covered_hw: NDArray[np.bool_]
) -> list[tuple[Box, NDArray[np.bool_]]]:
    """Return a window on the canvas as windows that lie inside the picture or outside, none across its border.

    Args:
        camera: The camera.
        box_xyxy: The window in picture pixels; may reach beyond the picture.
        covered_hw: bool, the pixels of the window that are covered.
    """
    width, height = camera.size_wh
    windows = []
    for left, right in ((-width, 0), (0, width), (width, 2 * width)):
        for top, bottom in ((-height, 0), (0, height), (height, 2 * height)):
            part = box_intersection(box_xyxy, (left, top, right, bottom))
            if part is not None:
                x, y = box_xyxy[0], box_xyxy[1]
                windows.append((part, covered_hw[part[1] - y : part[3] - y, part[0] - x : part[2] - x]))
    return windows


def join_windows(camera: Camera, windows: Iterable[tuple[Box, NDArray[np.bool_]]]) -> AmodalCoverage:
    """Return the coverage of one object from windows that do not overlap.

    Args:
        camera: The camera.
        windows: Half-open boxes in picture pixels with the pixels of each that are covered; each lies inside the
            picture or outside, not across its border, and at most one inside.
    """
    picture = picture_box(camera)
    tight: list[Box] = []
    count = 0
    mask = np.zeros((0, 0), np.bool_)
    offset = (0, 0)
    beyond: list[CoverageWindow] = []
    for box, covered in windows:
        inner = tight_box(covered)
        if inner is None:
            continue
        count += int(np.count_nonzero(covered))
        x1, y1, x2, y2 = inner
        placed = (box[0] + x1, box[1] + y1, box[0] + x2, box[1] + y2)
        tight.append(placed)
        window = np.ascontiguousarray(covered[y1:y2, x1:x2])
        if box_intersection(placed, picture) is not None:
            mask, offset = window, placed[:2]
        else:
            beyond.append(CoverageWindow(window, placed[:2]))
    whole = None
    if tight:
        corners = np.array(tight)
        low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
        whole = box_intersection(canvas_box(camera), (int(low[0]), int(low[1]), int(high[0]), int(high[1])))
    return AmodalCoverage(
        mask_hw=mask,
        offset_xy=offset,
        alone_pixels=int(np.count_nonzero(mask)),
        alone_pixels_canvas=count,
        box_xyxy=whole,
        beyond=tuple(beyond),
    )
