"""Prints of folded boxes, cartons and bags: four panels around, all invented."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.prints.canvas import Canvas, Ink, Point, regular_polygon
from synthvision.library.procedural.prints.emblems import EMBLEMS, draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.prints.schemes import SCHEMES, Scheme, mixed

__all__ = ["PACKAGE_DESIGNS", "PANEL_BORDERS_U", "bar_code", "package_scheme", "package_wrap"]

PACKAGE_DESIGNS = 24
"""Number of different prints of each theme."""

PANEL_BORDERS_U = (0.0, 0.3, 0.5, 0.8, 1.0)
"""Where front, right side, back and left side begin and end, as shares of the width of a wrap."""

WHITE: Ink = (250, 249, 246)


def package_scheme(design: int) -> Scheme:
    """Return the inks of a design, for caps and flaps that match the print."""
    return SCHEMES[(design * 5 + 1) % len(SCHEMES)]


@lru_cache(maxsize=24)
def package_wrap(theme: str, design: int, width: int = 512, height: int = 512) -> NDArray[np.uint8]:
    """Return the print that goes round a package, sRGB uint8 (height, width, 3).

    Args:
        theme: ``drink``, ``cereal``, ``dry`` or ``snack``: what the front shows.
        design: 0 to `PACKAGE_DESIGNS` - 1.
        width: Pixels.
        height: Rows.
    """
    rng = rng_for(design, 0, f"prints.package.{theme}")
    scheme = package_scheme(design)
    light = rng.random() < (0.5 if theme == "drink" else 0.2)
    ground = scheme.paper if light else scheme.main
    ink = scheme.dark if light else scheme.paper
    canvas = Canvas(width, height, ground)
    _backdrop(canvas, rng, scheme, ground)
    panels = [(PANEL_BORDERS_U[k] * width, PANEL_BORDERS_U[k + 1] * width) for k in range(4)]
    name = invented_name(design, f"prints.package.{theme}")
    state = rng.bit_generator.state
    for left, right in (panels[0], panels[2]):
        # The back of most packages repeats the front.
        rng.bit_generator.state = state
        _front(canvas, rng, theme, design, name, (left, right), scheme, ground)
    _facts(canvas, design, panels[1], ink, ground)
    _story(canvas, design, name, panels[3], ink, ground, scheme)
    return canvas.finished()


def bar_code(canvas: Canvas, design: int, box_ltrb: tuple[float, float, float, float]) -> None:
    """Draw a bar code with its white field."""
    left, top, right, bottom = box_ltrb
    rng = rng_for(design, 0, "prints.package.bars")
    canvas.rectangle(left, top, right, bottom, WHITE)
    x = left + 0.08 * (right - left)
    unit = (right - left) / 60
    while x < right - 0.1 * (right - left):
        bar = unit * float(rng.integers(1, 4))
        canvas.rectangle(x, top + 0.1 * (bottom - top), x + bar, bottom - 0.12 * (bottom - top), (14, 14, 16))
        x += bar + unit * float(rng.integers(1, 3))


def _backdrop(canvas: Canvas, rng: np.random.Generator, scheme: Scheme, ground: Ink) -> None:
    """A gradient, waves or rays behind everything."""
    width, height = canvas.width, canvas.height
    kind = int(rng.integers(4))
    if kind == 0:
        ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 2
        canvas.blend(np.ascontiguousarray(np.broadcast_to(0.8 * ramp, (height, width))), scheme.second)
    elif kind == 1:
        x = np.linspace(0, width, 129)
        for k, level in enumerate((0.66, 0.76, 0.87)):
            y = height * (level + 0.03 * np.sin(2 * np.pi * x / width * 5 + 2 * k))
            tone = mixed(ground, (scheme.second, scheme.accent, scheme.dark)[k], 0.7)
            canvas.polygon(np.concatenate([np.stack([x, y], axis=1), [(width, height), (0, height)]]), tone)
    elif kind == 2:
        soft = mixed(ground, scheme.second, 0.45)
        for middle in (0.15 * width, 0.65 * width):
            for k in range(20):
                angle = 2 * np.pi * np.array([k, k + 0.5]) / 20
                far = np.stack([np.cos(angle), np.sin(angle)], axis=1) * height * 0.9 + [middle, height * 0.6]
                far[:, 0] = np.clip(far[:, 0], middle - 0.15 * width, middle + 0.15 * width)
                canvas.polygon(np.concatenate([[[middle, height * 0.6]], far]), soft)
    else:
        canvas.rectangle(0, height * 0.58, width, height, mixed(ground, scheme.second, 0.85))


def _front(
    canvas: Canvas,
    rng: np.random.Generator,
    theme: str,
    design: int,
    name: str,
    span: tuple[float, float],
    scheme: Scheme,
    ground: Ink,
) -> None:
    left, right = span
    wide, tall = right - left, float(canvas.height)
    middle = (left + right) / 2
    high = float(rng.uniform(0.2, 0.28)) * tall
    style = TypeStyle(
        weight=float(rng.choice([0.12, 0.2, 0.26])),
        slant=float(rng.choice([0.0, 0.2])),
        stretch=float(rng.choice([0.8, 1.0])),
        bow=float(rng.choice([0.0, 0.12])),
    )
    banner = int(rng.integers(3))
    light = ground == scheme.paper
    letters: Ink = scheme.main if light else WHITE
    if banner == 0:
        canvas.rectangle(
            left + 0.04 * wide,
            high - 0.075 * tall,
            right - 0.04 * wide,
            high + 0.075 * tall,
            scheme.accent if light else scheme.dark,
            0.03 * tall,
        )
        letters = scheme.dark if light else scheme.accent
    elif banner == 1:
        canvas.ellipse((middle, high), (0.47 * wide, 0.1 * tall), WHITE)
        canvas.ring((middle, high), (0.44 * wide, 0.088 * tall), 0.008 * tall, scheme.accent)
        letters = scheme.main
    outline = (0.01 * tall, scheme.dark if letters == WHITE else WHITE)
    text = name.upper() if rng.random() < 0.5 else name
    canvas.text(text, (middle, high), 0.085 * tall, letters, style, max_width=0.84 * wide, outline=outline)
    words = invented_words(design, f"prints.package.{theme}", 2)
    canvas.text(
        words.upper(),
        (middle, high - 0.11 * tall),
        0.022 * tall,
        scheme.dark if light else WHITE,
        TypeStyle(tracking=0.12),
        max_width=0.8 * wide,
    )
    picture = (middle, 0.6 * tall)
    if theme == "cereal":
        _bowl(canvas, rng, picture, 0.44 * wide, scheme)
    else:
        canvas.polygon(regular_polygon(picture, 0.46 * wide, 14, 0.1, 0.86), mixed(scheme.accent, WHITE, 0.5))
        emblem = int(rng.integers(len(EMBLEMS)))
        spots = [(0.0, 0.0, 0.34)] if theme == "dry" else [(-0.16, 0.02, 0.26), (0.2, 0.07, 0.2), (0.02, -0.14, 0.2)]
        for x, y, size in spots:
            place = (picture[0] + x * wide, picture[1] + y * wide)
            draw_emblem(canvas, emblem, place, size * wide, scheme.main, scheme.second, scheme.dark)
    corner = (left + 0.82 * wide, 0.83 * tall)
    canvas.disc(corner, 0.12 * wide, scheme.accent)
    canvas.text(
        "NEW" if design % 3 else "+20%",
        corner,
        0.022 * tall,
        scheme.dark,
        TypeStyle(weight=0.15),
        max_width=0.2 * wide,
        turn_rad=-0.2,
    )
    amount = f"{(250, 375, 500, 750, 1000)[design % 5]} {'ml' if theme == 'drink' else 'g'}"
    canvas.text(amount, (left + 0.24 * wide, 0.93 * tall), 0.026 * tall, scheme.dark if light else WHITE, TypeStyle())


def _bowl(canvas: Canvas, rng: np.random.Generator, centre: Point, radius: float, scheme: Scheme) -> None:
    """A bowl of cereal seen at a slant."""
    x, y = centre
    angle = np.linspace(0, np.pi, 24)
    body = np.stack([x + radius * np.cos(angle), y + 0.75 * radius * np.sin(angle)], axis=1)
    canvas.polygon(body, mixed(scheme.second, WHITE, 0.25))
    canvas.ellipse(centre, (radius, 0.36 * radius), WHITE)
    canvas.ellipse(centre, (0.92 * radius, 0.31 * radius), (244, 238, 224))
    shape = int(rng.integers(3))
    for _ in range(90):
        turn, reach = float(rng.uniform(0, 2 * np.pi)), float(np.sqrt(rng.random())) * 0.85
        spot = (x + reach * radius * np.cos(turn), y - 0.05 * radius + 0.27 * reach * radius * np.sin(turn))
        tone = mixed((214, 150, 66), (150, 84, 30), float(rng.random()))
        if shape == 0:
            canvas.ring(spot, (0.06 * radius, 0.045 * radius), 0.03 * radius, tone)
        elif shape == 1:
            canvas.ellipse(spot, (0.085 * radius, 0.05 * radius), tone, turn)
        else:
            canvas.disc(spot, 0.055 * radius, tone)


def _facts(canvas: Canvas, design: int, span: tuple[float, float], ink: Ink, ground: Ink) -> None:
    """A table of contents and lines of small print."""
    left, right = span[0] + 0.1 * (span[1] - span[0]), span[1] - 0.1 * (span[1] - span[0])
    tall = float(canvas.height)
    canvas.rectangle(left, 0.16 * tall, right, 0.5 * tall, WHITE)
    rng = rng_for(design, 0, "prints.package.facts")
    for k in range(11):
        y = (0.18 + 0.028 * k) * tall
        end = left + (0.3 + 0.25 * float(rng.random())) * (right - left)
        canvas.line([(left + 3, y), (end, y)], 0.008 * tall, (60, 60, 62))
        canvas.line([(right - 0.2 * (right - left), y), (right - 3, y)], 0.008 * tall, (60, 60, 62))
    for k in range(9):
        y = (0.55 + 0.024 * k) * tall
        end = left + (0.7 + 0.3 * float(rng.random())) * (right - left)
        canvas.line([(left, y), (end, y)], 0.006 * tall, mixed(ink, ground, 0.3))
    bar_code(canvas, design, (left, 0.8 * tall, right, 0.92 * tall))


def _story(
    canvas: Canvas, design: int, name: str, span: tuple[float, float], ink: Ink, ground: Ink, scheme: Scheme
) -> None:
    """The other side: the name turned upright over a few lines and marks."""
    left, right = span
    wide, tall = right - left, float(canvas.height)
    middle = (left + right) / 2
    canvas.text(
        name, (middle, 0.4 * tall), 0.42 * wide, ink, TypeStyle(weight=0.14), max_width=0.5 * tall, turn_rad=-np.pi / 2
    )
    rng = rng_for(design, 0, "prints.package.story")
    for k in range(6):
        y = (0.74 + 0.022 * k) * tall
        reach = (0.5 + 0.3 * float(rng.random())) * wide
        canvas.line([(middle - reach / 2, y), (middle + reach / 2, y)], 0.006 * tall, mixed(ink, ground, 0.25))
    draw_emblem(canvas, design + 3, (middle, 0.92 * tall), 0.16 * wide, ink, scheme.accent, ground)
