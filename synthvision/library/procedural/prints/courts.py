"""Jack, queen and king: two-headed figures built from plain geometry, an own design."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.prints.canvas import Canvas, Ink, regular_polygon
from synthvision.library.procedural.prints.suits import draw_pip

__all__ = ["COURT_INKS", "draw_court"]

COURT_INKS: tuple[tuple[Ink, Ink, Ink, Ink], ...] = (
    # red, yellow, blue, line
    ((196, 30, 44), (245, 200, 66), (38, 72, 158), (20, 20, 26)),
    ((178, 34, 52), (232, 178, 60), (30, 96, 110), (26, 20, 18)),
    ((210, 62, 42), (250, 214, 110), (70, 60, 140), (16, 22, 40)),
)

SKIN: Ink = (252, 244, 228)


class _Half:
    """Draws in the coordinates of the upper half of the picture: x -1..1 across, y 0 (top) to 1 (middle)."""

    def __init__(self, canvas: Canvas, left: float, top: float, right: float, middle: float) -> None:
        self.canvas = canvas
        self.origin = ((left + right) / 2, top)
        self.scale = ((right - left) / 2, middle - top)
        self.pen = canvas.width * 0.0055

    def at(self, points: object) -> NDArray[np.float64]:
        return np.asarray(points, np.float64) * self.scale + self.origin

    def fill(self, points: object, ink: Ink, line: Ink | None = None) -> None:
        placed = self.at(points)
        self.canvas.polygon(placed, ink)
        if line is not None:
            self.canvas.line(placed, self.pen, line, closed=True)

    def stroke(self, points: object, ink: Ink, weight: float = 1.0) -> None:
        self.canvas.line(self.at(points), self.pen * weight, ink)

    def dot(self, x: float, y: float, radius: float, ink: Ink) -> None:
        place = self.at([x, y])
        self.canvas.disc((float(place[0]), float(place[1])), radius * self.scale[0], ink)


def draw_court(
    canvas: Canvas, rank: str, suit: str, box: tuple[float, float, float, float], suit_ink: Ink, palette: int
) -> None:
    """Draw a framed court figure, the lower half the upper one turned.

    Args:
        canvas: A card; the box lies about its middle.
        rank: ``jack``, ``queen`` or ``king``.
        suit: One of the suits; it decides how colours are shared out and what is held.
        box: Left, top, right, bottom of the frame in pixels.
        suit_ink: Ink of the suit.
        palette: Index into `COURT_INKS`.
    """
    left, top, right, bottom = box
    red, yellow, blue, line = COURT_INKS[palette % len(COURT_INKS)]
    first, second = (red, blue) if suit in ("hearts", "clubs") else (blue, red)
    half = _Half(canvas, left, top, right, (top + bottom) / 2)
    canvas.rectangle(left, top, right, bottom, (253, 251, 244))
    _robe(half, rank, first, second, yellow, line)
    _held(half, rank, first, yellow, line)
    _head(half, rank, first, second, yellow, line)
    size = (right - left) * 0.24
    draw_pip(canvas, suit, (left + size * 0.62, top + size * 0.72), size, suit_ink)
    canvas.repeat_turned()
    _sash(canvas, box, first, yellow, line)
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    canvas.line(corners, canvas.width * 0.008, line, closed=True)


def _robe(half: _Half, rank: str, first: Ink, second: Ink, yellow: Ink, line: Ink) -> None:
    slope = {"king": 0.6, "queen": 0.66, "jack": 0.63}[rank]
    shoulders = [
        [-0.28, slope - 0.05],
        [0.28, slope - 0.05],
        [0.98, slope + 0.2],
        [0.98, 1.0],
        [-0.98, 1.0],
        [-0.98, slope + 0.2],
    ]
    half.fill(shoulders, first, line)
    # Sleeves with bars of the other colour.
    for side in (-1, 1):
        sleeve = [[side * 0.98, slope + 0.2], [side * 0.5, slope + 0.03], [side * 0.42, 1.0], [side * 0.98, 1.0]]
        half.fill(sleeve, second, line)
        for k in range(3):
            x0, x1 = side * (0.53 + 0.15 * k), side * (0.59 + 0.15 * k)
            y = slope + 0.1 + 0.06 * k
            half.fill([[x0, y], [x1, y + 0.02], [x1 - side * 0.02, 1.0], [x0 - side * 0.02, 1.0]], yellow)
    # Panel down the front with a row of lozenges.
    half.fill([[-0.2, slope - 0.05], [0.2, slope - 0.05], [0.26, 1.0], [-0.26, 1.0]], yellow, line)
    for k in range(3):
        y = slope + 0.05 + 0.13 * k
        half.fill([[0, y - 0.06], [0.15, y], [0, y + 0.06], [-0.15, y]], second if k % 2 else first, line)
    if rank == "king":
        for side in (-1, 1):
            collar = [
                [side * 0.05, slope - 0.02],
                [side * 0.5, slope - 0.06],
                [side * 0.66, slope + 0.1],
                [side * 0.25, slope + 0.16],
            ]
            half.fill(collar, SKIN, line)
            for k in range(4):
                half.dot(side * (0.2 + 0.11 * k), slope + 0.05 - 0.01 * k, 0.03, line)
    elif rank == "queen":
        half.fill([[-0.3, slope - 0.06], [0.3, slope - 0.06], [0.0, slope + 0.14]], SKIN, line)
        for k in range(5):
            x = -0.26 + 0.13 * k
            half.dot(x, slope - 0.03 + 0.08 * (1 - (x / 0.3) ** 2), 0.04, yellow)
    else:
        half.fill(
            [[-0.42, slope - 0.07], [0.42, slope - 0.07], [0.52, slope + 0.04], [-0.52, slope + 0.04]], second, line
        )
        for k in range(6):
            half.stroke([[-0.38 + 0.15 * k, slope - 0.06], [-0.4 + 0.16 * k, slope + 0.04]], yellow, 1.2)


def _head(half: _Half, rank: str, first: Ink, second: Ink, yellow: Ink, line: Ink) -> None:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    oval = np.stack([0.27 * np.cos(angle), 0.4 + 0.17 * np.sin(angle)], axis=1)
    hair = yellow if rank != "jack" else (150, 92, 40)
    if rank == "queen":
        half.fill(
            [
                [-0.42, 0.28],
                [0.42, 0.28],
                [0.5, 0.62],
                [0.3, 0.64],
                [0.26, 0.4],
                [-0.26, 0.4],
                [-0.3, 0.64],
                [-0.5, 0.62],
            ],
            hair,
            line,
        )
    else:
        for side in (-1, 1):
            half.fill(
                [
                    [side * 0.22, 0.28],
                    [side * 0.42, 0.32],
                    [side * 0.42, 0.52],
                    [side * 0.5, 0.57],
                    [side * 0.24, 0.56],
                ],
                hair,
                line,
            )
            for k in range(3):
                half.stroke([[side * (0.28 + 0.05 * k), 0.34], [side * (0.29 + 0.05 * k), 0.53]], line, 0.6)
    if rank == "king":
        beard = [[-0.27, 0.4], [-0.24, 0.55], [-0.12, 0.63], [0, 0.66], [0.12, 0.63], [0.24, 0.55], [0.27, 0.4]]
        half.fill(beard, (226, 214, 190), line)
    half.fill(oval if rank != "king" else np.minimum(oval, [9, 0.5]), SKIN, line)
    for side in (-1, 1):
        half.stroke([[side * 0.18, 0.345], [side * 0.06, 0.345]], line, 1.0)
        half.fill(
            [[side * 0.17, 0.378], [side * 0.115, 0.365], [side * 0.06, 0.378], [side * 0.115, 0.39]],
            (255, 255, 255),
            line,
        )
        half.dot(side * 0.115, 0.378, 0.025, line)
    half.stroke([[0.0, 0.36], [-0.035, 0.445], [0.025, 0.45]], line, 0.9)
    half.fill([[-0.075, 0.485], [0.0, 0.478], [0.075, 0.485], [0.0, 0.5]], first if first[0] > 150 else second)
    if rank == "king":
        for side in (-1, 1):
            half.fill(
                [[0.0, 0.462], [side * 0.16, 0.475], [side * 0.2, 0.455], [side * 0.1, 0.46]], (226, 214, 190), line
            )
            for k in range(3):
                half.stroke([[side * (0.06 + 0.06 * k), 0.53], [side * (0.04 + 0.05 * k), 0.61]], line, 0.6)
    _headgear(half, rank, first, second, yellow, line)


def _headgear(half: _Half, rank: str, first: Ink, second: Ink, yellow: Ink, line: Ink) -> None:
    if rank == "king":
        half.fill(
            [[-0.36, 0.29], [-0.46, 0.06], [-0.22, 0.16], [0, 0.02], [0.22, 0.16], [0.46, 0.06], [0.36, 0.29]],
            yellow,
            line,
        )
        half.fill([[-0.37, 0.25], [0.37, 0.25], [0.36, 0.31], [-0.36, 0.31]], first, line)
        for x, y in ((-0.46, 0.055), (0, 0.025), (0.46, 0.055)):
            half.dot(x, y, 0.06, second)
        for k in range(5):
            half.dot(-0.28 + 0.14 * k, 0.28, 0.032, yellow)
    elif rank == "queen":
        half.fill(
            [
                [-0.3, 0.28],
                [-0.36, 0.13],
                [-0.18, 0.2],
                [-0.1, 0.1],
                [0, 0.2],
                [0.1, 0.1],
                [0.18, 0.2],
                [0.36, 0.13],
                [0.3, 0.28],
            ],
            yellow,
            line,
        )
        half.stroke([[-0.3, 0.29], [0.3, 0.29]], first, 2.0)
        for x in (-0.36, -0.1, 0.1, 0.36):
            half.dot(x, 0.115, 0.04, first)
    else:
        half.fill([[-0.4, 0.3], [-0.48, 0.2], [-0.3, 0.1], [0.2, 0.08], [0.46, 0.17], [0.42, 0.3]], second, line)
        half.fill([[-0.4, 0.27], [0.42, 0.27], [0.4, 0.32], [-0.38, 0.32]], yellow, line)
        feather = [[0.3, 0.2], [0.5, 0.06], [0.78, 0.04], [0.9, 0.14], [0.7, 0.13], [0.52, 0.2]]
        half.fill(feather, first, line)
        half.stroke([[0.32, 0.21], [0.56, 0.11], [0.84, 0.1]], line, 0.7)


def _held(half: _Half, rank: str, first: Ink, yellow: Ink, line: Ink) -> None:
    if rank == "king":
        half.fill([[0.66, 0.08], [0.72, 0.02], [0.78, 0.08], [0.78, 0.72], [0.66, 0.72]], (222, 226, 232), line)
        half.stroke([[0.72, 0.07], [0.72, 0.7]], line, 0.6)
        half.fill([[0.5, 0.7], [0.94, 0.7], [0.94, 0.75], [0.5, 0.75]], yellow, line)
        half.fill([[0.67, 0.75], [0.77, 0.75], [0.77, 0.9], [0.67, 0.9]], first, line)
        half.dot(0.72, 0.8, 0.1, SKIN)
    elif rank == "queen":
        half.stroke([[0.66, 0.9], [0.7, 0.6], [0.72, 0.36]], (40, 110, 60), 2.0)
        half.fill([[0.7, 0.62], [0.9, 0.52], [0.84, 0.64]], (40, 110, 60), line)
        place = half.at([0.72, 0.33])
        centre = (float(place[0]), float(place[1]))
        half.canvas.polygon(regular_polygon(centre, half.scale[0] * 0.22, 6, 0.2, 0.6), first)
        half.canvas.disc(centre, half.scale[0] * 0.08, yellow)
        half.dot(0.67, 0.82, 0.1, SKIN)
    else:
        half.fill([[0.68, 0.14], [0.74, 0.14], [0.74, 0.95], [0.68, 0.95]], (150, 100, 50), line)
        half.fill([[0.71, 0.26], [0.92, 0.3], [0.96, 0.42], [0.86, 0.5], [0.71, 0.46]], (222, 226, 232), line)
        half.fill([[0.71, 0.02], [0.78, 0.16], [0.64, 0.16]], (222, 226, 232), line)
        half.dot(0.71, 0.78, 0.1, SKIN)


def _sash(canvas: Canvas, box: tuple[float, float, float, float], first: Ink, yellow: Ink, line: Ink) -> None:
    """A slanted band across the middle where the two halves meet."""
    left, top, right, bottom = box
    middle, reach = (top + bottom) / 2, (bottom - top) * 0.035
    lean = (bottom - top) * 0.05
    for width, ink in ((1.35, line), (1.15, yellow), (0.5, first)):
        tall = reach * width
        canvas.polygon(
            [
                (left, middle + lean - tall),
                (right, middle - lean - tall),
                (right, middle - lean + tall),
                (left, middle + lean + tall),
            ],
            ink,
        )
    for k in range(9):
        share = (k + 0.5) / 9
        centre = (left + share * (right - left), middle + lean * (1 - 2 * share))
        canvas.polygon(regular_polygon(centre, reach * 0.32, 4), yellow)
