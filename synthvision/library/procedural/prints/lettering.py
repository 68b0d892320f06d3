"""Text as masks: Pillow's built-in outline font in many weights, widths and slants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from synthvision.core.errors import AssetError
from synthvision.core.streams import rng_for

__all__ = ["TypeStyle", "invented_name", "invented_words", "text_mask"]

CAP_SHARE = 0.72
"""Height of a capital letter of the font as a share of its nominal size."""


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """How letters look.

    Args:
        weight: Thickness added to every stroke, as a share of the height of a capital letter; 0 is regular, 0.1 bold.
        slant: How far the top leans to the right per height; 0.2 looks italic.
        stretch: Width factor; 0.7 is condensed.
        tracking: Space added between letters, as a share of the height of a capital letter.
        bow: Height of the arch that the line of text makes, as a share of its width; negative sags.
    """

    weight: float = 0.0
    slant: float = 0.0
    stretch: float = 1.0
    tracking: float = 0.0
    bow: float = 0.0


@lru_cache(maxsize=256)
def text_mask(text: str, cap_height: int, style: TypeStyle) -> NDArray[np.uint8]:
    """Return a line of text as coverage 0..255, uint8 (height, width), cut to the letters.

    Args:
        text: One line.
        cap_height: Height of a capital letter in pixels.
        style: Weight, slant, width, spacing and bow.

    Raises:
        AssetError: Pillow was built without FreeType.
    """
    font = ImageFont.load_default(cap_height / CAP_SHARE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise AssetError(
            "printed text needs a Pillow built with FreeType, got one without: pip install --upgrade Pillow"
        )
    stroke = style.weight * cap_height / 2
    gap = style.tracking * cap_height + stroke
    starts, cursor = [], 0.0
    for letter in text:
        starts.append(cursor)
        cursor += font.getlength(letter) + gap
    margin = int(cap_height * 0.6 + stroke) + 2
    image = Image.new("L", (int(cursor) + 2 * margin, int(cap_height * 1.8 + 2 * stroke) + 2 * margin))
    pen = ImageDraw.Draw(image)
    for letter, start in zip(text, starts, strict=True):
        pen.text((margin + start, margin), letter, font=font, fill=255)
    mask = np.asarray(image, np.uint8)
    if stroke >= 0.5:
        # Strokes are grown by a mask rather than by the font engine, whose widths are whole pixels.
        reach = int(np.ceil(stroke))
        y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
        mask = cv2.dilate(mask, (np.hypot(x, y) <= stroke + 0.3).astype(np.uint8))
    if style.slant or style.stretch != 1.0 or style.bow:
        mask = _reshaped(mask, style)
    rows, columns = np.flatnonzero(mask.max(axis=1)), np.flatnonzero(mask.max(axis=0))
    if not len(rows):
        return np.zeros((1, 1), np.uint8)
    cut = np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    cut.flags.writeable = False
    return cut


def _reshaped(mask: NDArray[np.uint8], style: TypeStyle) -> NDArray[np.uint8]:
    """The mask slanted, stretched and bowed."""
    height, width = mask.shape
    arch = abs(style.bow) * width * style.stretch
    out_w, out_h = int(width * style.stretch + abs(style.slant) * height) + 2, int(height + arch) + 2
    y, x = np.mgrid[0:out_h, 0:out_w].astype(np.float32)
    place = (x - out_w / 2) / (width * style.stretch)
    rise = style.bow * width * style.stretch * (1 - 4 * np.clip(place, -0.5, 0.5) ** 2)
    from_y = y - max(style.bow, 0.0) * width * style.stretch + rise
    from_x = (x - out_w / 2 + style.slant * (from_y - height / 2)) / style.stretch + width / 2
    return np.asarray(cv2.remap(mask, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR), np.uint8)


_STARTS = (
    "Vor",
    "Nel",
    "Qua",
    "Zim",
    "Tov",
    "Lum",
    "Mir",
    "Kel",
    "Bra",
    "Dro",
    "Sel",
    "Har",
    "Ost",
    "Fen",
    "Pry",
    "Ulm",
)
_MIDDLES = ("na", "do", "vi", "ra", "lo", "mi", "su", "te", "ko", "ze")
_ENDS = ("ra", "dal", "mont", "vik", "lia", "ton", "sk", "rine", "qua", "zo", "la", "nder")
_WORDS = (
    "original", "reserve", "classic", "pure", "garden", "natural", "select", "harvest", "valley", "extra", "mild",
    "golden", "fresh", "quality", "sparkling", "estate", "special", "dark", "light", "crisp",
)  # fmt: skip


def invented_name(seed: int, stream: str) -> str:
    """Return a name that belongs to nobody, such as ``Vordal``: a pure function of its arguments."""
    rng = rng_for(seed, 0, f"{stream}.name")
    middle = _MIDDLES[rng.integers(len(_MIDDLES))] if rng.random() < 0.4 else ""
    return _STARTS[rng.integers(len(_STARTS))] + middle + _ENDS[rng.integers(len(_ENDS))]


def invented_words(seed: int, stream: str, count: int) -> str:
    """Return a few words as labels have them, without meaning as a sentence."""
    rng = rng_for(seed, 0, f"{stream}.words")
    return " ".join(_WORDS[index] for index in rng.choice(len(_WORDS), size=count, replace=False))
