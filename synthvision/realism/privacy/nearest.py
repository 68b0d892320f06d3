"""How near outputs come to photos: as vectors of features, and as pieces that match pixel for pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["PATCH_PX", "feature_distances", "patch_distances", "small_grey", "thumbnails"]

#: Pictures are compared at this longer side, and in square pieces of this side.
LONGEST_PX = 96
PATCH_PX = 32

# Pieces with less contrast than this, 8-bit levels, look alike whatever they show: sky, tables, blur.
_LEAST_CONTRAST = 8.0
_STEP_PX = 12
_BEST = 2
# Pieces are looked for at half the size; as many of the best, and so far around, at the whole.
_CANDIDATES = 5
_REACH_PX = 3
_FLAT = 1.0
_ROWS = 64
_THUMBNAIL_PX = 16


def feature_distances(
    outputs_nd: NDArray[np.float32], photos_md: NDArray[np.float32], scale_md: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return Euclidean distances between features, float64 (n, m), per root of their number.

    Args:
        outputs_nd: Features of one side, (n, d).
        photos_md: Features of the other, (m, d).
        scale_md: Features whose mean and deviation give the unit of each dimension; dimensions that are constant there
            are left out.

    Raises:
        UsageError: All dimensions are constant.
    """
    mean, deviation = scale_md.mean(axis=0, dtype=np.float64), scale_md.std(axis=0, dtype=np.float64)
    used = deviation > 1e-9 * np.maximum(np.abs(mean), 1.0)
    if not used.any():
        raise UsageError("photos must differ in their features, but all of them are alike: give other photos")
    one = (outputs_nd[:, used] - mean[used]) / deviation[used]
    other = (photos_md[:, used] - mean[used]) / deviation[used]
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None] - 2.0 * one @ other.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0) / used.sum())
    return distances


def small_grey(rgb_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture in grey at a longer side of 96 px, uint8 (height, width), at least as large as a piece."""
    grey = cv2.cvtColor(np.ascontiguousarray(rgb_hwc), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    scale = LONGEST_PX / max(height, width)
    size_wh = max(round(width * scale), PATCH_PX), max(round(height * scale), PATCH_PX)
    small: NDArray[np.uint8] = cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA)
    return small


def patch_distances(
    outputs: Sequence[NDArray[np.uint8]],
    photos: Sequence[NDArray[np.uint8]],
    shortlist: Sequence[Sequence[int]] | None = None,
) -> NDArray[np.float64]:
    """Return how far the best-matching pieces of outputs are from any place of photos, float64 (outputs, photos).

    Pieces of 32 x 32 px, at 96 px of the longer side, are looked for all over each photo by normalised correlation
    (1 - correlation is their distance: 0 for a copy), so a copied object is found wherever it was put, at whatever
    brightness and contrast; not where it was turned, mirrored, or scaled by more than some percent. The mean of the two
    best pieces counts, or the one where there is no other.

    Args:
        outputs: As from `small_grey`.
        photos: As from `small_grey`.
        shortlist: For each output the numbers of the photos to compare it with; None for all.

    Returns:
        1 where two were not compared, and where an output has no piece with any contrast.
    """
    pieces = [_pieces(output) for output in outputs]
    distances = np.ones((len(outputs), len(photos)))
    for number, photo in enumerate(photos):
        rows = [row for row in range(len(outputs)) if shortlist is None or number in shortlist[row]]
        if not rows:
            continue
        windows = sliding_window_view(_halved(photo), (PATCH_PX // 2, PATCH_PX // 2))
        coarse = _normalised(windows.reshape(-1, (PATCH_PX // 2) ** 2))
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            # One product for many outputs: a small one for each costs more in its overhead than in sums.
            likeness = np.concatenate([pieces[row].coarse for row in some]) @ coarse.T
            ends = np.cumsum([len(pieces[row].coarse) for row in some])
            for row, own in zip(some, np.split(likeness, ends[:-1]), strict=True):
                found = _matches(pieces[row], photo, own, windows.shape[1])
                if found:
                    distances[row, number] = 1.0 - float(np.mean(sorted(found)[-_BEST:]))
    return distances.clip(0.0, 1.0)


def thumbnails(greys: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return each picture as 16 x 16 values of mean 0 and length 1, float32 (n, 256): alike at any light.

    Args:
        greys: As from `small_grey`.
    """
    rows = []
    for grey in greys:
        small = cv2.resize(grey, (_THUMBNAIL_PX, _THUMBNAIL_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
        row = small.reshape(-1) - small.mean()
        rows.append(row / max(float(np.linalg.norm(row)), 1e-6))
    return np.stack(rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """The pieces of a picture that have contrast.

    Args:
        whole: uint8 (n, side, side).
        coarse: float32 (n, pixels) at half the size, of mean 0 and length 1.
    """

    whole: NDArray[np.uint8]
    coarse: NDArray[np.float32]


def _pieces(grey_hw: NDArray[np.uint8]) -> _Pieces:
    height, width = grey_hw.shape
    cuts = np.array(
        [grey_hw[top : top + PATCH_PX, left : left + PATCH_PX] for top in _starts(height) for left in _starts(width)]
    )
    cuts = cuts[cuts.std(axis=(1, 2)) >= _LEAST_CONTRAST]
    halves = np.array([_halved(cut).reshape(-1) for cut in cuts], np.uint8).reshape(len(cuts), (PATCH_PX // 2) ** 2)
    return _Pieces(cuts, _normalised(halves))


def _matches(pieces: _Pieces, photo_hw: NDArray[np.uint8], likeness: NDArray[np.float32], columns: int) -> list[float]:
    """Return the correlation of the pieces that match a photo best.

    Args:
        pieces: Of an output.
        photo_hw: As from `small_grey`.
        likeness: Correlation at half the size, (pieces, places of the photo).
        columns: Places in a row of the photo.
    """
    found = []
    for number in np.argsort(likeness.max(axis=1), kind="stable")[-_CANDIDATES:]:
        y, x = divmod(int(np.argmax(likeness[number])), columns)
        top, left = max(2 * y - _REACH_PX, 0), max(2 * x - _REACH_PX, 0)
        part = photo_hw[top : 2 * y + PATCH_PX + _REACH_PX, left : 2 * x + PATCH_PX + _REACH_PX]
        scores = cv2.matchTemplate(np.ascontiguousarray(part), pieces.whole[number], cv2.TM_CCOEFF_NORMED)
        # Where a photo is flat the correlation is not defined, and anything may stand there.
        found.append(float(np.max(scores, where=np.isfinite(scores) & (scores <= 1.001), initial=-1.0)))
    return found


def _halved(grey_hw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    half: NDArray[np.uint8] = cv2.resize(
        grey_hw, (grey_hw.shape[1] // 2, grey_hw.shape[0] // 2), interpolation=cv2.INTER_AREA
    )
    return half


def _normalised(rows: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return rows of mean 0 and length 1; all 0 where a row has no contrast to speak of, as it is like nothing."""
    centred = rows.astype(np.float32)
    centred -= centred.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    flat = lengths < _FLAT * rows.shape[1] ** 0.5
    centred /= np.where(flat, np.inf, lengths)
    return centred


def _starts(side: int) -> list[int]:
    count = max(-(-(side - PATCH_PX) // _STEP_PX), 0) + 1
    return [round(number * (side - PATCH_PX) / max(count - 1, 1)) for number in range(count)]
