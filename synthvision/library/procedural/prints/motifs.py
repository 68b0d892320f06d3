"""One-coloured prints that go round a mug or a bowl, as masks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.prints.canvas import Canvas, regular_polygon
from synthvision.library.procedural.prints.emblems import EMBLEMS, draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words

__all__ = ["MOTIFS", "motif_mask"]

MOTIFS = 24
"""Number of motifs."""

INK, HALF, CLEAR = (255, 255, 255), (120, 120, 120), (0, 0, 0)


@lru_cache(maxsize=MOTIFS)
def motif_mask(motif: int, width: int, height: int) -> NDArray[np.float32]:
    """Return where a print has ink, float32 (height, width) in 0..1; the left and right borders fit.

    Args:
        motif: 0 to `MOTIFS` - 1.
        width: Pixels around.
        height: Rows from the rim down to the foot.
    """
    rng = rng_for(motif, 0, "prints.motif")
    canvas = Canvas(width, height, CLEAR)
    kind = motif % 6
    if kind == 0:  # one emblem with a name, on both sides
        for middle in (width * 0.25, width * 0.75):
            draw_emblem(canvas, motif // 2 + 3, (middle, height * 0.42), height * 0.2, INK, HALF, CLEAR)
            style = TypeStyle(weight=0.1, tracking=0.1)
            canvas.text(
                invented_name(motif, "prints.motif"),
                (middle, height * 0.72),
                height * 0.075,
                INK,
                style,
                max_width=width * 0.3,
            )
    elif kind == 1:  # large letters
        style = TypeStyle(weight=float(rng.choice([0.05, 0.15])), slant=float(rng.choice([0.0, 0.25])))
        for middle in (width * 0.25, width * 0.75):
            words = invented_words(motif, "prints.motif", 2).split()
            for row, word in enumerate(words):
                canvas.text(
                    word, (middle, height * (0.38 + 0.24 * row)), height * 0.14, INK, style, max_width=width * 0.36
                )
    elif kind == 2:  # rows of small shapes
        corners, rows, columns = int(rng.integers(3, 7)), int(rng.integers(4, 8)), int(rng.choice([12, 16, 20]))
        size = min(width / columns, height / rows) * 0.3
        for row in range(rows):
            for column in range(columns + 1):
                place = ((column + 0.5 * (row % 2)) * width / columns, (row + 0.5) * height / rows)
                canvas.polygon(regular_polygon(place, size, corners, 0.0, 0.45 if motif % 4 == 2 else 1.0), INK)
    elif kind == 3:  # stripes, around or upright
        if rng.random() < 0.5:
            for k in range(int(rng.integers(2, 6))):
                y = height * (0.2 + 0.13 * k)
                canvas.rectangle(0, y, width, y + height * float(rng.choice([0.02, 0.05, 0.08])), INK)
        else:
            count = int(rng.choice([16, 24, 32]))
            for k in range(count):
                canvas.rectangle(k * width / count, height * 0.1, (k + 0.5) * width / count, height * 0.92, INK)
    elif kind == 4:  # zigzag and waves
        x = np.linspace(0, width, 33 if motif % 2 else 129)
        for k in range(int(rng.integers(2, 5))):
            wave = np.abs((x / width * 16) % 2 - 1) if motif % 2 else 0.5 + 0.5 * np.sin(2 * np.pi * x / width * 8)
            level = height * (0.22 + 0.16 * k) + wave * height * 0.1
            canvas.line(np.stack([x, level], axis=1), height * float(rng.choice([0.015, 0.035])), INK)
    else:  # a frieze of emblems
        count = int(rng.choice([4, 5, 6]))
        first = int(rng.integers(len(EMBLEMS)))
        for k in range(count):
            place = ((k + 0.5) * width / count, height * 0.5)
            draw_emblem(canvas, first + (k % 2), place, min(width / count, height) * 0.33, INK, HALF, CLEAR)
        for y in (0.16, 0.84):
            canvas.line([(0, height * y), (width, height * y)], height * 0.015, INK)
    mask = canvas.finished()[:, :, 0].astype(np.float32) / np.float32(255)
    mask.flags.writeable = False
    return mask
