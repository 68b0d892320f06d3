"""Quality at which a picture was compressed as JPEG, from its file or from its pixels.

Of a file its quantisation table tells. Of a decoded picture the coefficients of 8 x 8 blocks do: they cluster at
multiples of the table's steps (Z. Fan and R. de Queiroz, "Identification of Bitmap Compression History", 2003).
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["compress_picture", "file_quality", "pixel_quality"]

Float = NDArray[np.float64]

_QUALITIES = range(20, 97)
#: Low frequencies, which survive compression: row and column of the coefficient.
_MODES = tuple((i, j) for i in range(4) for j in range(4) if 0 < i + j < 5)
_LEAST_COEFFICIENTS = 200
#: Mean cosine of the coefficients' places between multiples: 0 by chance, 1 for exact multiples.
_LEAST_SCORE = 0.45
#: Steps of half the size fit as well: of all that fit nearly as well as the best, the coarsest is meant.
_NEARLY = 0.93


def file_quality(path: Path) -> int | None:
    """Return the quality, 1..100, whose standard table is nearest to a JPEG file's; None for other files.

    Args:
        path: An image file.

    Raises:
        OSError: It cannot be read.
    """
    with Image.open(path) as image:
        tables = getattr(image, "quantization", None)
    if not tables:
        return None
    table = np.asarray(tables[min(tables)], np.float64)
    distances = {quality: float(np.abs(np.log(table / _table(quality))).mean()) for quality in range(1, 101)}
    # Above 97 most steps are one already; the first of equals is meant.
    return min(distances, key=lambda quality: (distances[quality], quality))


def pixel_quality(rgb_hwc: NDArray[np.uint8]) -> int | None:
    """Return the quality at which decoded pixels were compressed; None where there is no trace.

    The picture must not have been scaled since, and its first block must begin at its top-left pixel.

    Args:
        rgb_hwc: uint8 (height, width, 3).
    """
    height, width = (side // 8 * 8 for side in rgb_hwc.shape[:2])
    if height == 0 or width == 0:
        return None
    luma = cv2.cvtColor(rgb_hwc[:height, :width].astype(np.float32), cv2.COLOR_RGB2YCrCb)[..., 0] - 128
    tiles = luma.reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 8, 8)
    coefficients = np.einsum("ui,nij,vj->nuv", _COSINES, tiles, _COSINES)
    scores = {quality: _score(coefficients, _table(quality).reshape(8, 8)) for quality in _QUALITIES}
    best = max(scores.values())
    if best < _LEAST_SCORE:
        return None
    return min(quality for quality, score in scores.items() if score >= _NEARLY * best)


def compress_picture(rgb_hwc: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return a picture as it comes back from a JPEG file with halved chroma.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        quality: 1..100.
    """
    stream = io.BytesIO()
    Image.fromarray(rgb_hwc).save(stream, "JPEG", quality=quality, subsampling=2)
    with Image.open(io.BytesIO(stream.getvalue())) as image:
        return np.array(image.convert("RGB"), dtype=np.uint8)


@lru_cache(maxsize=128)
def _table(quality: int) -> Float:
    """Return the standard luma table of a quality, 64 steps in the order in which Pillow gives a file's."""
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "JPEG", quality=quality)
    with Image.open(io.BytesIO(stream.getvalue())) as image:
        return np.asarray(image.quantization[0], np.float64)  # type: ignore[attr-defined]  # of JPEG files only


def _score(coefficients: NDArray[np.float32], table: Float) -> float:
    """Return how well coefficients lie at multiples of the steps, -1..1; 0 where too few say anything."""
    total, count = 0.0, 0
    for row, column in _MODES:
        step = float(table[row, column])
        # Rounding of pixels blurs steps of one away; what is below half a step says nothing.
        values = coefficients[:, row, column]
        values = values[np.abs(values) > step / 2]
        if step >= 2 and len(values):
            total += float(np.cos(2 * np.pi * values / step).sum())
            count += len(values)
    return total / count if count >= _LEAST_COEFFICIENTS else 0.0


_PLACES = (2 * np.arange(8) + 1) * np.pi / 16
_COSINES = (
    np.cos(np.arange(8)[:, None] * _PLACES[None, :]) / 2 * np.where(np.arange(8) == 0, np.sqrt(0.5), 1.0)[:, None]
)
