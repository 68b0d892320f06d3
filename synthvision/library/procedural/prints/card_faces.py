"""Playing cards: 52 faces and several backs, an own design drawn by code."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.prints.canvas import Canvas, Ink, regular_polygon
from synthvision.library.procedural.prints.courts import draw_court
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.prints.suits import PIP_LAYOUT, draw_pip

__all__ = ["BACKS", "CARD_PX", "FACE_STYLES", "card_back", "card_face"]

CARD_PX = (384, 538)
"""Width and height of the images, the shape of a card of 63.5 x 88.9 mm."""

FACE_STYLES = 4
BACKS = 8
PAPER: Ink = (250, 249, 245)
_LETTERS = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "jack": "J",
    "queen": "Q",
    "king": "K",
    "ace": "A",
}


@lru_cache(maxsize=64)
def card_face(rank: str, suit: str, style: int) -> NDArray[np.uint8]:
    """Return the front of a card, sRGB uint8 (538, 384, 3).

    Args:
        rank: ``two`` to ``ten``, ``jack``, ``queen``, ``king`` or ``ace``.
        suit: ``clubs``, ``diamonds``, ``hearts`` or ``spades``.
        style: 0 to `FACE_STYLES` - 1: standard, large index, index in all four corners, thin letters.
    """
    width, height = CARD_PX
    canvas = Canvas(width, height, PAPER)
    red = suit in ("hearts", "diamonds")
    ink: Ink = ((202, 22, 36), (190, 20, 30), (214, 34, 40), (176, 24, 44))[style] if red else (22, 22, 26)
    large = style == 1
    courtly = rank in ("jack", "queen", "king")
    cap = 58.0 if large else 44.0
    letter_x, letter_y = (46.0, 52.0) if large else (35.0, 44.0)
    pip_y = letter_y + cap * (1.12 if large else 1.18)
    small_pip = cap * (0.78 if large else 0.82)
    if courtly:
        draw_court(canvas, rank, suit, (80.0, 62.0, width - 80.0, height - 62.0), ink, style)
    elif rank == "ace":
        size = 190.0 if suit == "spades" else 130.0
        draw_pip(canvas, suit, (width / 2, height / 2), size, ink)
        if suit == "spades":
            draw_pip(canvas, "spades", (width / 2, height / 2 - 14), size * 0.52, PAPER)
            draw_pip(canvas, "hearts", (width / 2, height / 2 - 14), size * 0.3, ink)
    else:
        span_x = 76.0 if not large else 63.0
        span_y = 172.0 if not large else 160.0
        size = 78.0 if len(PIP_LAYOUT[rank]) < 9 else 72.0
        for x, y in PIP_LAYOUT[rank]:
            place = (width / 2 + span_x * x, height / 2 - span_y * y)
            draw_pip(canvas, suit, place, size, ink, turn_rad=np.pi if y < 0 else 0.0)
    letters = _LETTERS[rank]
    weight = (0.12, 0.17, 0.1, 0.03)[style]
    type_style = TypeStyle(
        weight=weight, stretch=0.74 if letters == "10" else 0.9, tracking=-0.06 if letters == "10" else 0.0
    )
    for turned in (False, True):
        x, y, y_pip = (width - letter_x, height - letter_y, height - pip_y) if turned else (letter_x, letter_y, pip_y)
        turn = np.pi if turned else 0.0
        canvas.text(letters, (x, y), cap, ink, type_style, turn_rad=turn)
        draw_pip(canvas, suit, (x, y_pip), small_pip, ink, turn_rad=turn)
        if style == 2:
            canvas.text(letters, (width - x, y), cap, ink, type_style, turn_rad=turn)
            draw_pip(canvas, suit, (width - x, y_pip), small_pip, ink, turn_rad=turn)
    image = canvas.finished()
    image.flags.writeable = False
    return image


@lru_cache(maxsize=BACKS)
def card_back(design: int) -> NDArray[np.uint8]:
    """Return one of `BACKS` backs, the same when turned upside down, sRGB uint8 (538, 384, 3)."""
    width, height = CARD_PX
    dark: Ink = (
        (168, 22, 36),
        (24, 56, 128),
        (22, 96, 62),
        (30, 30, 36),
        (120, 30, 92),
        (20, 92, 120),
        (176, 84, 20),
        (60, 40, 110),
    )[design]
    light: Ink = (250, 248, 242)
    canvas = Canvas(width, height, light)
    border = (24.0, 24.0, 14.0, 24.0)[design % 4]
    canvas.rectangle(border, border, width - border, height - border, dark, 10.0)
    inner = border + 10
    middle = np.array([width / 2, height / 2])
    kind = design % 4
    if kind == 0:  # lattice of lozenges with dots
        step_x, step_y = 32.0, 37.0
        for row in range(-9, 10):
            for column in range(-7, 8):
                if (row + column) % 2:
                    continue
                place = middle + np.array([column * step_x, row * step_y])
                if (
                    abs(place[0] - middle[0]) > width / 2 - inner - 16
                    or abs(place[1] - middle[1]) > height / 2 - inner - 18
                ):
                    continue
                shape = np.array([[0, -0.92], [0.92, 0], [0, 0.92], [-0.92, 0]]) * [step_x, step_y] + place
                canvas.line(shape, 3.0, light, closed=True)
                canvas.polygon(regular_polygon((float(place[0]), float(place[1])), 9.0, 4), light)
    elif kind == 1:  # rosettes of overlapping circles
        for row in range(-6, 7):
            for column in range(-4, 5):
                place = middle + np.array([column * 44.0 + (22.0 if row % 2 else 0.0), row * 38.0])
                if (
                    abs(place[0] - middle[0]) > width / 2 - inner - 24
                    or abs(place[1] - middle[1]) > height / 2 - inner - 24
                ):
                    continue
                canvas.ring((float(place[0]), float(place[1])), (25.0, 25.0), 2.4, light)
                canvas.polygon(regular_polygon((float(place[0]), float(place[1])), 12.0, 6, 0.0, 0.45), light)
    elif kind == 2:  # guilloche about the middle
        t = np.linspace(0, 2 * np.pi, 900)
        for k in range(5):
            radius_x, radius_y = 34 + 27.0 * k, 48 + 38.0 * k
            wave = 1 + 0.13 * np.cos(14 * t + k)
            shape = np.stack([radius_x * wave * np.cos(t), radius_y * wave * np.sin(t)], axis=1)
            shape = np.concatenate([shape[:450], -shape[:450]]) + middle
            canvas.line(shape, 2.6, light, closed=True)
        canvas.polygon(regular_polygon((width / 2, height / 2), 24.0, 8, 0.0, 0.5), light)
    else:  # woven diagonal bars
        for k in range(-22, 23):
            for side in (-1, 1):
                x = middle[0] + k * 26.0
                canvas.line([(x - side * 300, middle[1] - 300), (x + side * 300, middle[1] + 300)], 5.0, light)
        for left, top, right, bottom in (
            (0.0, 0.0, width, border),
            (0.0, height - border, width, height),
            (0.0, 0.0, border, height),
            (width - border, 0.0, width, height),
        ):
            canvas.rectangle(left, top, right, bottom, light)
        canvas.ellipse((width / 2, height / 2), (74.0, 104.0), dark)
        canvas.ring((width / 2, height / 2), (66.0, 96.0), 3.0, light)
        canvas.polygon(regular_polygon((width / 2, height / 2 - 0.0), 46.0, 8, 0.0, 0.55), light)
    frame = [(inner, inner), (width - inner, inner), (width - inner, height - inner), (inner, height - inner)]
    canvas.line(frame, 2.5, light, closed=True)
    canvas.repeat_turned()
    image = canvas.finished()
    image.flags.writeable = False
    return image
