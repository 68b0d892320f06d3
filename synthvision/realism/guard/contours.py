"""Whether the edges along the true contours stay where they are.

Along the contour of every instance, colour profiles are taken across it, from inside to outside, in the render and in
the refined picture. Their derivatives are averaged over a few neighbouring contour pixels, colour by colour and with
their signs, so that noise and texture cancel and the edge stays; then their lengths over the three colours are compared
by normalised correlation at shifts of up to `_REACH` pixels. A length knows nothing of which side is brighter, nor of
the colour, and the correlation nothing of the contrast: only the place of the edge counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.realism.guard.targets import Target

__all__ = ["EdgeScores", "edge_scores"]

# Profiles compare 9 derivatives about the contour, so shifts of up to 6 pixels need 10 on each side.
_TEMPLATE = 4
# How far off its place an edge is looked for, in pixels.
_REACH = 6
_HALF = _TEMPLATE + _REACH
# Length along the contour over which derivatives are averaged, and the step from one such window to the next.
_WINDOW = 9
_STEP = 3
# A window closer to the border of the picture shows half a profile.
_BORDER_PX = 2
# Least step of colour, in 8-bit levels a pixel, that counts as an edge; the noise comes on top.
_LEAST_EDGE = 2.5
# Derivatives of blurred noise, averaged over a window, have about this share of its standard deviation.
_NOISE_SHARE = 0.25
# Share of the least edge that is added to what profiles vary by, so that noise alone correlates with nothing.
_DOUBT = 0.4
# From which share of the strongest step around it a step on the contour counts as the edge, and how much that says.
_DOMINANT = 0.9
_STILL_THERE = 0.8
# At most this many points are sampled at once: OpenCV's limit of 32,767 rows.
_CHUNK = 16384

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EdgeScores:
    """How well the contour edges of one instance were kept.

    Args:
        lost: Share of the edge that is not where it was, weighted by its strength, 0..1.
        lost_worst: The same on the worst tenth of the contour (24 px at least).
        moved_px: How far the worst tenth of the contour moved across itself, in pixels; counted only where the edge is
            found again.
        testable: Share of the contour that is an edge in the render, 0..1.
    """

    lost: float
    lost_worst: float
    moved_px: float
    testable: float


def edge_scores(
    render_hwc: Floats, refined_hwc: Floats, noise: float, targets: Sequence[Target]
) -> list[EdgeScores | None]:
    """Return what became of the contour edges of each instance, in their order; None where there is no edge to keep.

    Args:
        render_hwc: float32 (height, width, 3), the render in 8-bit levels, slightly blurred.
        refined_hwc: The refined picture likewise.
        noise: Standard deviation of the noise of the noisier of the two, in levels.
        targets: The instances.
    """
    contours = [_windows(target, render_hwc.shape[1], render_hwc.shape[0]) for target in targets]
    points = np.concatenate([part.points for part in contours]) if contours else np.zeros((0, 4), np.float32)
    if not len(points):
        return [None] * len(targets)
    first = _derivatives(render_hwc, points)
    second = _derivatives(refined_hwc, points)
    offset, results = 0, []
    for part in contours:
        count = len(part.points)
        window = part.window + offset
        results.append(_score(_lengths(first, window), _lengths(second, window), part, noise))
        offset += count
    return results


@dataclass(frozen=True, slots=True)
class _Windows:
    points: Floats  # (n, 4): x, y and outward normal of every contour pixel
    window: NDArray[np.intp]  # (k, _WINDOW): indices of the points of each window
    contour: NDArray[np.intp]  # (k,): number of the contour that a window belongs to
    length: int  # windows that could be if the picture had no border


def _windows(target: Target, width: int, height: int) -> _Windows:
    mask = np.ascontiguousarray(target.mask_hw.view(np.uint8))
    found, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    points, windows, numbers, total, offset = [], [], [], 0, 0
    for number, contour in enumerate(found):
        xy = contour[:, 0, :]
        normal = -np.stack([gx[xy[:, 1], xy[:, 0]], gy[xy[:, 1], xy[:, 0]]], axis=1)
        length = np.sqrt((normal**2).sum(1))
        normal = normal / np.maximum(length, 1e-6)[:, None]
        place = xy + np.array([target.x, target.y]) + 0.5 * normal
        inside = (
            (length > 1e-3)
            & (place[:, 0] >= _BORDER_PX)
            & (place[:, 0] <= width - 1 - _BORDER_PX)
            & (place[:, 1] >= _BORDER_PX)
            & (place[:, 1] <= height - 1 - _BORDER_PX)
        )
        count = len(xy)
        span = min(_WINDOW, count)
        centres = np.arange(0, count, _STEP)
        index = (centres[:, None] + np.arange(_WINDOW) * span // _WINDOW - span // 2) % count
        total += len(centres)
        index = index[inside[index].all(1)]
        points.append(np.concatenate([place, normal], axis=1).astype(np.float32))
        windows.append(index + offset)
        numbers.append(np.full(len(index), number))
        offset += count
    if not points:
        return _Windows(np.zeros((0, 4), np.float32), np.zeros((0, _WINDOW), np.intp), np.zeros(0, np.intp), 0)
    return _Windows(np.concatenate(points), np.concatenate(windows), np.concatenate(numbers), total)


def _derivatives(picture_hwc: Floats, points: Floats) -> Floats:
    steps = np.arange(-_HALF - 0.5, _HALF + 1, dtype=np.float32)
    parts = []
    for start in range(0, len(points), _CHUNK):
        x, y, nx, ny = points[start : start + _CHUNK].T[:, :, None]
        profile = cv2.remap(
            picture_hwc, x + nx * steps, y + ny * steps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        parts.append(np.diff(profile, axis=1))
    return np.concatenate(parts)


def _lengths(derivatives: Floats, window: NDArray[np.intp]) -> Floats:
    mean = derivatives[window].mean(axis=1)
    lengths: Floats = np.sqrt((mean**2).sum(axis=2))
    return lengths


def _score(first: Floats, second: Floats, part: _Windows, noise: float) -> EdgeScores | None:
    if not len(first):
        return None
    floor = _LEAST_EDGE + _NOISE_SHARE * noise
    near = first[:, _HALF - 1 : _HALF + 2].max(axis=1)
    weight = np.where(near >= 2 * floor, near / (near + 4 * floor), 0)
    edges = np.count_nonzero(weight)
    if edges < 4:
        return None
    agreement = _correlations(first, second, _DOUBT * floor)
    kept = agreement[:, _REACH - 1 : _REACH + 2].max(axis=1).clip(0, 1)
    # An edge that the refined picture has there and nowhere near is there, whatever else became of the profile.
    around = second[:, _TEMPLATE - 1 : 2 * _HALF + 2 - _TEMPLATE].max(axis=1)
    there = second[:, _HALF - 1 : _HALF + 2].max(axis=1)
    kept = np.where((there >= 2 * floor) & (there >= _DOMINANT * around), np.maximum(kept, _STILL_THERE), kept)
    best = agreement.argmax(axis=1)
    shift = np.abs(best - _REACH)
    found_elsewhere = (shift >= 2) & (agreement.max(axis=1) > np.maximum(kept + 0.1, 0.6))
    moved = np.where(found_elsewhere, shift, 0).astype(np.float64)
    loss = (1 - kept) * weight
    stretch = max(24 // _STEP, part.length // 10)
    worst = moved_worst = 0.0
    for number in np.unique(part.contour):
        own = part.contour == number
        sums = _arc_sums(np.stack([weight[own], loss[own], (moved * weight)[own]]), stretch)
        # An arc that hardly has an edge says nothing of the others.
        full = sums[0] >= 0.5 * min(stretch, own.sum()) * weight[weight > 0].mean()
        if full.any():
            worst = max(worst, float((sums[1, full] / sums[0, full]).max()))
            moved_worst = max(moved_worst, float((sums[2, full] / sums[0, full]).max()))
    mean = float(loss.sum() / weight.sum())
    return EdgeScores(mean, max(worst, mean), moved_worst, edges / max(part.length, 1))


def _correlations(first: Floats, second: Floats, floor: float) -> Floats:
    """Correlation of each profile of the render with that of the picture at every shift, (k, 2 * _REACH + 1)."""
    weight = np.exp(-0.5 * (np.arange(-_TEMPLATE, _TEMPLATE + 1) / 2.5) ** 2).astype(np.float32)
    weight /= weight.sum()
    template = first[:, _REACH : _REACH + 2 * _TEMPLATE + 1]
    template = template - (template @ weight)[:, None]
    variance = (template**2) @ weight
    moved = np.lib.stride_tricks.sliding_window_view(second, 2 * _TEMPLATE + 1, axis=1)  # (k, shifts, 9)
    mean = moved @ weight
    spread = np.maximum((moved**2) @ weight - mean**2, 0) + floor**2
    covariance = np.einsum("kst,kt->ks", moved, template * weight)
    # Of a profile with itself it is 1 however weak the edge is; noise alone, with a small spread, gets far less.
    own = np.sqrt(variance + floor**2) / np.maximum(variance, 1e-6)
    result: Floats = np.clip(covariance / np.sqrt(spread) * own[:, None], -1, 1)
    return result


def _arc_sums(values: NDArray[np.float64], stretch: int) -> NDArray[np.float64]:
    """Sums over `stretch` neighbours around a closed contour."""
    count = values.shape[1]
    stretch = min(stretch, count)
    whole = np.concatenate([values, values[:, : stretch - 1]], axis=1)
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(whole, axis=1)], axis=1)
    result: NDArray[np.float64] = total[:, stretch:] - total[:, :-stretch]
    return result
