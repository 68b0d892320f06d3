"""Marks that a printer left: lot numbers and codes, as they should be or smeared, doubled, broken or cut."""

from __future__ import annotations

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.defects.sheets import Canvas, Sheet
from synthvision.library.procedural.defects.tones import Tone
from synthvision.library.procedural.noise import Image, fbm, smoothstep
from synthvision.library.procedural.prints.canvas import Canvas as Drawing
from synthvision.library.procedural.prints.lettering import TypeStyle

__all__ = ["FAULTS", "print_sheet"]

FAULTS = ("smeared", "doubled", "broken", "cut")


def print_sheet(canvas: Canvas, severity: float, seed: int, fault: str, tone: Tone) -> Sheet:
    """Return a printed code in an ink that stands out from what is printed on.

    Args:
        canvas: The rectangle.
        severity: How bad the fault is, 0..1.
        seed: Which code.
        fault: One of `FAULTS`, or ``none``.
        tone: What is printed on.
    """
    rng = rng_for(seed, 0, "defects.print")
    ink = _code(canvas, rng)
    ruin = rng_for(seed, 1, "defects.print")
    if fault == "smeared":
        ink = _smeared(ink, severity, ruin)
    elif fault == "doubled":
        ink = _doubled(ink, severity, ruin)
    elif fault == "broken":
        ink = _broken(ink, severity, ruin)
    elif fault == "cut":
        ink = _cut(ink, severity, ruin)
    colour = (0.012, 0.012, 0.014) if tone.luminance > 0.1 else (0.78, 0.78, 0.75)
    full = np.ones(canvas.shape_hw, np.float32)
    tint = np.asarray(np.broadcast_to(np.array(colour, np.float32), (*canvas.shape_hw, 3)))
    return Sheet(np.asarray(ink, np.float32), tint, 0.5 * full, 0.0 * full, 0.0 * full)


def _code(canvas: Canvas, rng: np.random.Generator) -> Image:
    """Ink 0..1 of a lot number, a date, and a bar code."""
    width, height = canvas.size_wh
    drawing = Drawing(width, height, (0, 0, 0), scale=2)
    style = TypeStyle(weight=float(rng.uniform(0.05, 0.12)), tracking=0.12)
    lot = f"LOT {rng.integers(1000, 99_999)}{'ABCDEFGHKL'[rng.integers(10)]}"
    date = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(25, 32)}"
    right = 0.94 * width
    if rng.random() < 0.6:
        _bars(drawing, rng, width, height)
        right = 0.52 * width
    room, middle = right - 0.06 * width, (right + 0.06 * width) / 2
    white = (255, 255, 255)
    drawing.text(lot, (middle, 0.34 * height), 0.26 * height, white, style, max_width=room)
    drawing.text(date, (middle, 0.7 * height), 0.26 * height, white, style, max_width=room)
    return np.asarray(drawing.finished()[:, :, 0], np.float32) / 255.0


def _bars(drawing: Drawing, rng: np.random.Generator, width: int, height: int) -> None:
    x, end = 0.58 * width, 0.92 * width
    unit = (end - x) / 44
    while x < end:
        thick = unit * float(rng.integers(1, 4))
        drawing.rectangle(x, 0.16 * height, min(x + thick, end), 0.84 * height, (255, 255, 255))
        x += thick + unit * float(rng.integers(1, 3))


def _smeared(ink: Image, severity: float, rng: np.random.Generator) -> Image:
    """Wet ink drawn along: a trail that fades and tears into streaks."""
    width = ink.shape[1]
    reach = int((0.05 + 0.22 * severity) * width)
    fade = np.linspace(1.0, 0.0, reach + 1, dtype=np.float32)
    trail = ink.copy()
    for k in range(1, reach + 1):
        trail[:, k:] = np.maximum(trail[:, k:], ink[:, :-k] * fade[k])
    rows = smoothstep(-0.9, 0.9, fbm(rng, (ink.shape[0], 64), (max(ink.shape[0] // 6, 2), 2), 2, 0.5))
    streaks = cv2.resize(rows, (width, ink.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.maximum(ink, np.asarray(smoothstep(0.32, 0.55, trail * (0.35 + 0.75 * streaks)), np.float32))


def _doubled(ink: Image, severity: float, rng: np.random.Generator) -> Image:
    """Printed twice, the second time beside it."""
    height, width = ink.shape
    dx = (0.015 + 0.05 * severity) * width * float(rng.choice([-1.0, 1.0]))
    dy = (0.03 + 0.12 * severity) * height * float(rng.uniform(-1.0, 1.0))
    turn = 0.05 * severity * float(rng.uniform(-1.0, 1.0))
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array(
        [[c, -s, dx + width / 2 * (1 - c) + s * height / 2], [s, c, dy + height / 2 * (1 - c) - s * width / 2]]
    )
    ghost = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(ink, ghost), np.float32)


def _broken(ink: Image, severity: float, rng: np.random.Generator) -> Image:
    """Ink that ran dry: specks and bands are missing."""
    specks = fbm(rng, ink.shape, (max(ink.shape[0] // 8, 2), max(ink.shape[1] // 8, 2)), 3, 0.6)
    bands = fbm(rng, (ink.shape[0], ink.shape[1]), (3, 2), 2, 0.5)
    return ink * np.asarray(smoothstep(-0.25, 0.25, specks + 1.3 * bands + 1.2 - 1.6 * severity), np.float32)


def _cut(ink: Image, severity: float, rng: np.random.Generator) -> Image:
    """Printed askew and too far to one side, so that part of it is missing."""
    height, width = ink.shape
    turn = float(rng.uniform(-1.0, 1.0)) * (0.08 + 0.25 * severity)
    dy = (0.2 + 0.25 * severity) * height * float(rng.choice([-1.0, 1.0]))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), np.degrees(turn), 1.0)
    matrix[1, 2] += dy
    moved = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    x, y = np.arange(width)[None] - width / 2, np.arange(height)[:, None] - height / 2
    # Where the stamp no longer touched.
    edge = np.sign(dy) * (y - 0.18 * height * np.sign(dy)) + 0.04 * x
    return np.asarray(moved * smoothstep(0.06 * height, 0.0, edge), np.float32)
