"""How pictures are brought to one form before they are compared: one size, one crop, one compression.

A filter that differs, or JPEG on one side only, moves every distance between sets more than what the pictures show
(G. Parmar et al., "On Aliased Resizing and Surprising Subtleties in GAN Evaluation", 2022).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from synthvision.core.errors import UsageError
from synthvision.features.crops import crop_square
from synthvision.features.resizing import library_versions, resize_picture

__all__ = ["FrameForm", "Preparation", "file_compression", "file_compressions"]

Rgb = NDArray[np.uint8]

#: What becomes of pictures that are not square: the square about the centre; the whole, each side scaled by itself; or
#: the whole in its own form, only made smaller.
FrameForm = Literal["centre", "squash", "whole"]

_LOSSY = {"JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Preparation:
    """One form of pictures.

    Args:
        side: Side of squares in pixels; for ``whole`` the longer side, to which larger pictures are brought.
        form: What becomes of pictures that are not square.
        jpeg_quality: Through a JPEG of which quality they go last, 1 to 95; None for none.
        padding: Around the boxes of objects, as a share of the longer side.
    """

    side: int
    form: FrameForm = "centre"
    jpeg_quality: int | None = None
    padding: float = 0.15

    @property
    def identity(self) -> str:
        """All that the outcome depends on beside the picture, as one line."""
        return f"{self.form} {self.side}, jpeg {self.jpeg_quality}, padding {self.padding!r}, {library_versions()}"

    def picture(self, rgb_hwc: Rgb) -> Rgb:
        """Return a whole picture in this form, uint8 (height, width, 3).

        Args:
            rgb_hwc: uint8 (height, width, 3), of any size.
        """
        height, width = rgb_hwc.shape[:2]
        if self.form == "whole":
            scale = min(self.side / max(width, height), 1.0)
            size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
            return self._encoded(resize_picture(rgb_hwc, size_wh))
        if self.form == "centre":
            short = min(width, height)
            top, left = (height - short) // 2, (width - short) // 2
            rgb_hwc = np.ascontiguousarray(rgb_hwc[top : top + short, left : left + short])
        return self._encoded(resize_picture(rgb_hwc, (self.side, self.side)))

    def crop(self, rgb_hwc: Rgb, box_xyxy: tuple[float, float, float, float]) -> Rgb:
        """Return the square about an object in this form, uint8 (side, side, 3).

        Args:
            rgb_hwc: uint8 (height, width, 3).
            box_xyxy: Half-open box in pixels.

        Raises:
            UsageError: The box is empty.
        """
        return self._encoded(crop_square(rgb_hwc, box_xyxy, side=self.side, padding=self.padding))

    def _encoded(self, rgb_hwc: Rgb) -> Rgb:
        if self.jpeg_quality is None:
            return rgb_hwc
        stream = io.BytesIO()
        Image.fromarray(rgb_hwc).save(stream, "JPEG", quality=self.jpeg_quality, subsampling="4:2:0")
        return np.array(Image.open(stream), dtype=np.uint8)


def file_compression(path: Path) -> str:
    """Return how a picture file is compressed, by its header: ``jpeg``, ``webp`` or ``lossless``.

    Raises:
        UsageError: The file is no picture, or cannot be read.
    """
    try:
        with Image.open(path) as image:
            return _LOSSY.get(image.format or "", "lossless")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UsageError(f"{path}: every picture must be readable, and this one is not: {error}") from error


def file_compressions(paths: Iterable[Path]) -> Counter[str]:
    """Return how many files are compressed in which way; see `file_compression`.

    Raises:
        UsageError: A file is no picture, or cannot be read.
    """
    return Counter(file_compression(path) for path in paths)
