"""What each object alone covers in a picture through a lens, inside the picture and on the canvas around it.

Inside the picture the coverage is sampled exactly as the ids are. The canvas, three times the picture about its
centre, is continued through the lens model as far as that is defined: until the distortion folds or the fisheye's
largest angle, and as far as the views' own canvases reach. What lies farther out counts as not covered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import AmodalCoverage
from synthvision.geometry.boxes import Box, box_intersection, tight_box
from synthvision.geometry.lenses import LensModel, project_rays, unproject_rays
from synthvision.imaging.lens.plan import LensPlan, ViewPlan

__all__ = ["join_coverage"]

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A window of a view is followed into the picture by this many points along each side.
_GRID = 9
_MARGIN_PX = 2.0
_COARSE_PX = 8


@dataclass(frozen=True, slots=True)
class _Window:
    """Part of what an object covers in one view, in that view's label pixels."""

    instance_id: int
    view: int
    offset_xy: tuple[int, int]
    mask_hw: Mask


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of what an object covers in the picture or beside it, in picture pixels."""

    box_xyxy: Box
    mask_hw: Mask
    inside: bool


def join_coverage(plan: LensPlan, coverages: Sequence[Mapping[int, AmodalCoverage]]) -> dict[int, AmodalCoverage]:
    """Return the coverage of each object in the picture.

    Args:
        plan: How the picture is made of its views.
        coverages: For each view the coverage of every asked object, by instance id.

    Raises:
        UsageError: A coverage counts pixels outside its view but does not say which.
    """
    windows = [
        window
        for number, coverage in enumerate(coverages)
        for instance_id, item in coverage.items()
        for window in _windows(instance_id, number, item)
    ]
    boxes = _boxes_in_picture(plan, windows)
    numbers, samples = _sample_images(plan)
    pieces: dict[int, list[_Piece]] = {instance_id: [] for coverage in coverages for instance_id in coverage}
    picture = (0, 0, *plan.size_wh)
    for window, box in zip(windows, boxes, strict=True):
        if box is None:
            continue
        inside = box_intersection(box, picture)
        found = pieces[window.instance_id]
        if inside is not None:
            x1, y1, x2, y2 = inside
            rows, columns = np.divmod(samples[y1:y2, x1:x2], plan.views[window.view].labels.size_wh[0])
            mask = _look_up(window, columns, rows) & (numbers[y1:y2, x1:x2] == window.view)
            found.append(_Piece(inside, mask, True))
        if inside != box:
            found += [_Piece(part, _beyond(plan, window, part), False) for part in _around(box, picture)]
    return {instance_id: _joined(parts) for instance_id, parts in pieces.items()}


def _windows(instance_id: int, view: int, coverage: AmodalCoverage) -> list[_Window]:
    outside = sum(int(np.count_nonzero(window.mask_hw)) for window in coverage.beyond)
    if outside != coverage.alone_pixels_canvas - coverage.alone_pixels:
        raise UsageError(
            f"a renderer must say which pixels outside a view an object covers (AmodalCoverage.beyond): for instance "
            f"{instance_id} it counts {coverage.alone_pixels_canvas - coverage.alone_pixels} and gives {outside}"
        )
    found = [_Window(instance_id, view, window.offset_xy, window.mask_hw) for window in coverage.beyond]
    if coverage.alone_pixels:
        found.append(_Window(instance_id, view, coverage.offset_xy, coverage.mask_hw))
    return found


def _boxes_in_picture(plan: LensPlan, windows: Sequence[_Window]) -> list[Box | None]:
    """Return for each window a box on the canvas that holds all it can cover, None where that is nothing."""
    if not windows:
        return []
    share = np.linspace(0.0, 1.0, _GRID)
    grid = np.stack(np.meshgrid(share, share), axis=-1).reshape(-1, 2)
    rays = np.empty((len(windows), len(grid), 3))
    for index, window in enumerate(windows):
        view = plan.views[window.view]
        size = np.array(window.mask_hw.shape[::-1])
        plane = view.labels.tangents(np.array(window.offset_xy) + grid * size)
        rays[index] = np.column_stack([plane, np.ones(len(plane))]) @ view.face_from_camera_33
    pixels = project_rays(plan.model, rays.reshape(-1, 3)).reshape(len(windows), _GRID, _GRID, 2)
    width, height = plan.size_wh
    canvas = (-width, -height, 2 * width, 2 * height)
    return [_box_around(corners, canvas) for corners in pixels]


def _box_around(pixels_gg2: Float, canvas: Box) -> Box | None:
    known = np.isfinite(pixels_gg2[..., 0])
    if not known.any():
        return None
    # Between its points the outline may bulge; near the end of the lens, where points are missing, by a whole step.
    pixels = np.where(known[..., None], pixels_gg2, np.nan)
    steps = [np.abs(np.diff(pixels, axis=axis)) for axis in (0, 1)]
    longest = max((float(np.nanmax(step)) for step in steps if np.isfinite(step).any()), default=0.0)
    if not known.all() and not longest:
        return canvas
    margin = _MARGIN_PX + longest * (0.5 if known.all() else 1.5)
    low = np.nanmin(pixels.reshape(-1, 2), axis=0) - margin
    high = np.nanmax(pixels.reshape(-1, 2), axis=0) + margin
    low, high = np.floor(np.clip(low, -1e6, 1e6)), np.ceil(np.clip(high, -1e6, 1e6))
    return box_intersection(canvas, (int(low[0]), int(low[1]), int(high[0]), int(high[1])))


def _sample_images(plan: LensPlan) -> tuple[NDArray[np.int8], NDArray[np.intp]]:
    """Return for each pixel of the picture its view, -1 for none, and its sample there."""
    width, height = plan.size_wh
    numbers = np.full(height * width, -1, np.int8)
    samples = np.zeros(height * width, np.intp)
    for number, view in enumerate(plan.views):
        numbers[view.pixels] = number
        samples[view.pixels] = view.samples
    return numbers.reshape(height, width), samples.reshape(height, width)


def _look_up(window: _Window, columns: NDArray[np.intp], rows: NDArray[np.intp]) -> Mask:
    """Return whether pixels of the window's view are covered; those outside the window are not."""
    height, width = window.mask_hw.shape
    columns, rows = columns - window.offset_xy[0], rows - window.offset_xy[1]
    within = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    covered: Mask = window.mask_hw[np.where(within, rows, 0), np.where(within, columns, 0)] & within
    return covered


def _around(box: Box, hole: Box) -> list[Box]:
    """Return what a box has outside another, in up to four boxes: above, below, left, right."""
    x1, y1, x2, y2 = box
    top, bottom = min(max(hole[1], y1), y2), max(min(hole[3], y2), y1)
    parts = [(x1, y1, x2, top), (x1, max(bottom, top), x2, y2)]
    parts += [(x1, top, min(hole[0], x2), bottom), (max(hole[2], x1), top, x2, bottom)]
    return [part for part in parts if part[0] < part[2] and part[1] < part[3]]


def _beyond(plan: LensPlan, window: _Window, box: Box) -> Mask:
    """Return what a window covers in a box outside the picture."""
    x1, y1, x2, y2 = box
    rays = _rays_in_box(plan.model, box)
    known = np.isfinite(rays[:, 0])
    rays = np.where(known[:, None], rays, 0.0)
    # The view that looks most nearly that way: no pixel is counted in two views.
    depths = np.stack([rays @ view.face_from_camera_33[2] for view in plan.views])
    mine = known & (depths.argmax(axis=0) == window.view) & (depths[window.view] > 0)
    view: ViewPlan = plan.views[window.view]
    turned = rays @ view.face_from_camera_33.T
    plane = turned[:, :2] / np.where(mine, turned[:, 2], 1.0)[:, None]
    place = np.floor(np.clip(view.labels.place(plane), -1e6, 1e6)).astype(np.intp)
    covered: Mask = (mine & _look_up(window, place[:, 0], place[:, 1])).reshape(y2 - y1, x2 - x1)
    return covered


def _rays_in_box(model: LensModel, box: Box) -> Float:
    """Return rays (n, 3) of the pixel centres of a box, row by row, NaN where there is none.

    Rays of every eighth pixel are worked out and those between by linear interpolation, which is true to a few
    hundredths of a pixel: a box beside the picture can be far larger than the picture.
    """
    x1, y1, x2, y2 = box
    shape = (y2 - y1, x2 - x1)
    across, down = (np.arange(0, length + _COARSE_PX, _COARSE_PX) for length in (shape[1], shape[0]))
    coarse = unproject_rays(model, _centres(x1 + across, y1 + down)).reshape(len(down), len(across), 3)
    place = np.meshgrid(
        np.arange(shape[1], dtype=np.float32) / _COARSE_PX, np.arange(shape[0], dtype=np.float32) / _COARSE_PX
    )
    fine = cv2.remap(np.nan_to_num(coarse), *place, cv2.INTER_LINEAR).reshape(-1, 3)
    known = cv2.remap(np.isfinite(coarse[..., 0]).astype(np.float32), *place, cv2.INTER_LINEAR).ravel()
    fine[known <= 0] = np.nan
    mixed = np.flatnonzero((known > 0) & (known < 1))
    if len(mixed):
        rows, columns = np.divmod(mixed, shape[1])
        fine[mixed] = unproject_rays(model, np.stack([x1 + columns + 0.5, y1 + rows + 0.5], axis=1))
    rays: Float = fine
    return rays


def _centres(columns: NDArray[np.intp], rows: NDArray[np.intp]) -> Float:
    grid = np.meshgrid(columns + 0.5, rows + 0.5)
    return np.column_stack([grid[0].ravel(), grid[1].ravel()])


def _joined(pieces: Sequence[_Piece]) -> AmodalCoverage:
    """Return one coverage of disjoint pieces."""
    tight: list[tuple[Box, _Piece]] = []
    for piece in pieces:
        inner = tight_box(piece.mask_hw)
        if inner is not None:
            x1, y1 = piece.box_xyxy[:2]
            tight.append(((x1 + inner[0], y1 + inner[1], x1 + inner[2], y1 + inner[3]), piece))
    total = sum(int(np.count_nonzero(piece.mask_hw)) for _, piece in tight)
    inside = _bounds([box for box, piece in tight if piece.inside])
    if inside is None:
        return AmodalCoverage(np.zeros((0, 0), np.bool_), (0, 0), 0, total, _bounds([box for box, _ in tight]))
    left, top, right, bottom = inside
    mask = np.zeros((bottom - top, right - left), np.bool_)
    for box, piece in tight:
        if piece.inside:
            x1, y1, x2, y2 = box
            dx, dy = piece.box_xyxy[:2]
            mask[y1 - top : y2 - top, x1 - left : x2 - left] |= piece.mask_hw[y1 - dy : y2 - dy, x1 - dx : x2 - dx]
    return AmodalCoverage(
        mask_hw=mask,
        offset_xy=(left, top),
        alone_pixels=int(np.count_nonzero(mask)),
        alone_pixels_canvas=total,
        box_xyxy=_bounds([box for box, _ in tight]),
    )


def _bounds(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    corners = np.array(boxes)
    x1, y1 = corners[:, :2].min(axis=0).tolist()
    x2, y2 = corners[:, 2:].max(axis=0).tolist()
    return x1, y1, x2, y2
