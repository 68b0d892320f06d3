"""Small pictures for labels, covers and mugs: fruit, leaves, waves, birds, shields."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.prints.canvas import Canvas, Ink, Point, regular_polygon, turned_points

__all__ = ["EMBLEMS", "draw_emblem"]

Draw = Callable[[Canvas, Point, float, Ink, Ink, Ink], None]


def draw_emblem(canvas: Canvas, index: int, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    """Draw one of the emblems (`index` counts round) inside a circle."""
    EMBLEMS[index % len(EMBLEMS)](canvas, centre, radius, main, second, accent)


def _at(points: object, centre: Point, radius: float, turn: float = 0.0) -> NDArray[np.float64]:
    return np.asarray(turned_points(np.asarray(points, np.float64) * radius, turn) + np.asarray(centre), np.float64)


def _arc(centre_xy: Point, radius: float, start_deg: float, stop_deg: float, count: int = 16) -> NDArray[np.float64]:
    angle = np.radians(np.linspace(start_deg, stop_deg, count))
    return np.stack([centre_xy[0] + radius * np.cos(angle), centre_xy[1] + radius * np.sin(angle)], axis=1)


def _leaf_shape() -> NDArray[np.float64]:
    t = np.linspace(0, 1, 14)
    side = np.stack([0.42 * np.sin(np.pi * t) ** 0.8, 1 - 2 * t], axis=1)
    return np.concatenate([side, side[::-1] * [-1, 1]])


def _leaves(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    for turn, ink, size in ((-0.75, second, 0.85), (0.75, second, 0.85), (0.0, main, 1.0)):
        shape = _leaf_shape() * size + [0, -0.25]
        canvas.polygon(_at(shape, centre, radius * 0.8, turn), ink)
        canvas.line(_at([[0, 0.7], [0, -0.9 * size]], centre, radius * 0.8, turn), radius * 0.04, accent)


def _drop(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    shape = np.concatenate([[[0, -1.0]], _arc((0, 0.3), 0.65, -25, 205, 24)])
    canvas.polygon(_at(shape, centre, radius), main)
    canvas.polygon(_at(shape * 0.68 + [0, 0.12], centre, radius), second)
    canvas.ellipse((centre[0] - radius * 0.2, centre[1] + radius * 0.4), (radius * 0.08, radius * 0.17), accent, 0.5)


def _sunburst(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.polygon(regular_polygon(centre, radius, 16, 0.0, 0.62), second)
    canvas.disc(centre, radius * 0.55, main)
    canvas.ring(centre, (radius * 0.44, radius * 0.44), radius * 0.05, accent)


def _mountains(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.disc((centre[0] + radius * 0.3, centre[1] - radius * 0.45), radius * 0.3, accent)
    canvas.polygon(_at([[-1, 0.6], [0.25, -0.35], [1, 0.6]], centre, radius), second)
    canvas.polygon(_at([[-1, 0.6], [-0.35, -0.75], [0.4, 0.6]], centre, radius), main)
    canvas.polygon(
        _at([[-0.52, -0.4], [-0.35, -0.75], [-0.17, -0.4], [-0.3, -0.28], [-0.4, -0.4]], centre, radius), accent
    )


def _wheat(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    for turn in (-0.5, 0.0, 0.5):
        canvas.line(_at([[0, 1.0], [0, -0.6]], (centre[0], centre[1]), radius, turn * 0.8), radius * 0.06, second)
        for row in range(5):
            for side in (-1, 1):
                place = _at([[side * 0.12, -0.85 + 0.24 * row]], centre, radius, turn * 0.8)[0]
                canvas.ellipse((place[0], place[1]), (radius * 0.07, radius * 0.16), main, turn * 0.8 + side * 0.45)
        tip = _at([[0, -0.98]], centre, radius, turn * 0.8)[0]
        canvas.ellipse((tip[0], tip[1]), (radius * 0.06, radius * 0.14), accent, turn * 0.8)


def _grapes(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.polygon(_at(_leaf_shape() * [1.2, 0.6] + [0, -0.5], centre, radius, 0.9), accent)
    for row, count in enumerate((4, 3, 2, 1)):
        for k in range(count):
            place = _at([[(k - (count - 1) / 2) * 0.42, -0.35 + row * 0.38]], centre, radius)[0]
            canvas.disc((place[0], place[1]), radius * 0.23, main)
            canvas.disc((place[0] - radius * 0.06, place[1] - radius * 0.07), radius * 0.07, second)


def _slice(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.disc(centre, radius, main)
    canvas.disc(centre, radius * 0.88, accent)
    for k in range(8):
        angle = k * np.pi / 4
        wedge = np.concatenate([[[0.1, 0]], _arc((0, 0), 0.8, -18, 18, 6)])
        canvas.polygon(_at(wedge, centre, radius, angle), second)


def _fish(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    body = np.concatenate([_arc((0, 0.75), 1.15, -140, -40), _arc((0, -0.75), 1.15, 40, 140)])
    canvas.polygon(_at([[0.6, 0], [1.0, -0.45], [0.88, 0], [1.0, 0.45]], centre, radius), second)
    canvas.polygon(_at(body * 0.85 - [0.1, 0], centre, radius), main)
    canvas.line(_at(_arc((-0.75, 0), 0.4, -40, 40), centre, radius), radius * 0.05, accent)
    canvas.disc((centre[0] - radius * 0.58, centre[1] - radius * 0.07), radius * 0.06, accent)


def _crown(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    shape = [[-0.8, 0.5], [-0.95, -0.45], [-0.45, 0.0], [0, -0.75], [0.45, 0.0], [0.95, -0.45], [0.8, 0.5]]
    canvas.polygon(_at(shape, centre, radius), main)
    canvas.polygon(_at([[-0.8, 0.55], [0.8, 0.55], [0.8, 0.75], [-0.8, 0.75]], centre, radius), second)
    for x, y in ((-0.95, -0.5), (0, -0.8), (0.95, -0.5)):
        canvas.disc((centre[0] + x * radius, centre[1] + y * radius), radius * 0.12, accent)


def _shield(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    side = np.array([[0.75, -0.85], [0.75, 0.1], [0.6, 0.5], [0.3, 0.8], [0, 1.0]])
    shape = np.concatenate([side, side[::-1] * [-1, 1]])
    canvas.polygon(_at(shape, centre, radius), main)
    canvas.polygon(_at(shape * 0.84, centre, radius), second)
    canvas.polygon(
        _at([[-0.63, -0.25], [0, -0.6], [0.63, -0.25], [0.63, 0.1], [0, -0.25], [-0.63, 0.1]], centre, radius), main
    )
    canvas.polygon(regular_polygon((centre[0], centre[1] + radius * 0.3), radius * 0.3, 5, 0, 0.42), accent)


def _bird(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    wing = [[-0.1, 0.1], [-1.0, -0.55], [-0.75, -0.05], [-0.85, 0.15], [-0.1, 0.45]]
    canvas.polygon(_at(wing, centre, radius), main)
    canvas.polygon(_at(np.array(wing) * [-1, 1], centre, radius), second)
    canvas.ellipse((centre[0], centre[1] + radius * 0.15), (radius * 0.2, radius * 0.55), main)
    canvas.disc((centre[0], centre[1] - radius * 0.45), radius * 0.18, main)
    canvas.polygon(_at([[0.1, -0.52], [0.38, -0.42], [0.1, -0.36]], centre, radius), accent)


def _waves(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    x = np.linspace(-1, 1, 40)
    for row, ink in enumerate((main, second, main, accent)):
        y = -0.45 + 0.32 * row + 0.12 * np.sin(x * 8 + row)
        span = np.sqrt(np.maximum(1 - (y * 0.9) ** 2, 0.05))
        canvas.line(_at(np.stack([x * span, y], axis=1), centre, radius), radius * 0.13, ink)


def _star(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.disc(centre, radius, main)
    canvas.ring(centre, (radius * 0.86, radius * 0.86), radius * 0.04, accent)
    canvas.polygon(regular_polygon(centre, radius * 0.72, 5, 0, 0.42), second)


def _flower(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    for k in range(8):
        shape = _leaf_shape() * [0.75, 0.42] + [0, -0.55]
        canvas.polygon(_at(shape, centre, radius, k * np.pi / 4), main if k % 2 else second)
    canvas.disc(centre, radius * 0.27, accent)


def _cup(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.ring(
        (centre[0] + radius * 0.55, centre[1] + radius * 0.15), (radius * 0.27, radius * 0.25), radius * 0.1, main
    )
    bowl = np.concatenate([[[-0.6, -0.15], [0.6, -0.15]], _arc((0, -0.15), 0.6, 0, 180) * [1, 1.4]])
    canvas.polygon(_at(bowl, centre, radius), main)
    canvas.ellipse((centre[0], centre[1] + radius * 0.8), (radius * 0.75, radius * 0.1), second)
    for k in (-1, 0, 1):
        y = np.linspace(-0.3, -0.85, 12)
        canvas.line(_at(np.stack([0.25 * k + 0.06 * np.sin(y * 12), y], axis=1), centre, radius), radius * 0.06, accent)


def _bolt(canvas: Canvas, centre: Point, radius: float, main: Ink, second: Ink, accent: Ink) -> None:
    canvas.polygon(regular_polygon(centre, radius, 6), second)
    canvas.polygon(regular_polygon(centre, radius * 0.85, 6), main)
    bolt = [[0.15, -0.7], [-0.4, 0.1], [-0.05, 0.1], [-0.2, 0.7], [0.4, -0.15], [0.05, -0.15]]
    canvas.polygon(_at(bolt, centre, radius), accent)


EMBLEMS: tuple[Draw, ...] = (
    _leaves, _drop, _sunburst, _mountains, _wheat, _grapes, _slice, _fish, _crown, _shield, _bird, _waves, _star,
    _flower, _cup, _bolt,
)  # fmt: skip
