"""Faces of traffic signs in the manner of the Vienna Convention on Road Signs (1968), drawn and then weathered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas, Ink, regular_polygon
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.wear import wear_masks

__all__ = ["LIMITS", "SIGNS", "WARNINGS", "SignFace", "face_texture", "plate_texture", "sign_outline"]

PX = 256
RED: Ink = (178, 22, 30)
BLUE: Ink = (22, 72, 158)
WHITE: Ink = (238, 238, 234)
BLACK: Ink = (22, 22, 24)
YELLOW: Ink = (244, 196, 24)
LIMITS = ("20", "30", "40", "50", "60", "70", "80", "100", "120")
WARNINGS = ("danger", "crossroads", "bend", "bumps", "signals")
BOLD = TypeStyle(weight=0.12, stretch=0.9)

Shape = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignFace:
    """What is printed on a sign.

    Args:
        sign: A key of `SIGNS`.
        limit: One of `LIMITS`, for speed limits.
        warning: One of `WARNINGS`, for warning triangles.
        design: Which of several colours, arrows and names.
    """

    sign: str
    limit: str
    warning: str
    design: int


def sign_outline(sign: str) -> tuple[Shape, float]:
    """Return the corners of a plate of unit width, counter-clockwise with y up, and the radius of its corners.

    The plate fits the square from -0.5 to 0.5; a direction arrow is wide and low. Discs come as many-sided polygons.
    """
    if sign == "stop":
        return regular_polygon((0.0, 0.0), 0.5 / np.cos(np.pi / 8), 8, np.pi / 8), 0.03
    if sign == "yield":
        return np.array([(-0.5, 0.4), (0.0, -0.466), (0.5, 0.4)]), 0.05
    if sign == "warning":
        return np.array([(-0.5, -0.4), (0.5, -0.4), (0.0, 0.466)]), 0.05
    if sign == "pedestrian_crossing":
        return np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]), 0.05
    if sign == "direction":
        return np.array([(-0.5, -0.16), (0.36, -0.16), (0.5, 0.0), (0.36, 0.16), (-0.5, 0.16)]), 0.015
    return regular_polygon((0.0, 0.0), 0.5, 40), 0.02


@lru_cache(maxsize=48)
def face_texture(face: SignFace, seed: int, dirt: float, torn: bool) -> Texture:
    """Return the printed sheeting of a sign, 256 x 256 sRGB over the square from -0.5 to 0.5."""
    canvas = Canvas(PX, PX, WHITE, scale=2)
    SIGNS[face.sign](canvas, face)
    image = canvas.finished().astype(np.float32)
    masks = wear_masks(seed)
    crop = [np.ascontiguousarray(mask[:, :PX]) for mask in (masks.grime, masks.scratches, masks.cloud)]
    down = np.linspace(0.4, 1.0, PX, dtype=np.float32)[:, None]
    soil = np.clip(dirt * (0.12 + 0.75 * crop[0] * down), 0, 0.8)[:, :, None]
    image = image * (1 - soil) + np.array((88, 80, 68), np.float32) * soil
    rubbed = np.clip(0.5 * dirt * crop[1], 0, 0.6)[:, :, None]
    image = image * (1 - rubbed) + np.array((150, 150, 150), np.float32) * rubbed
    image *= (0.93 + 0.12 * crop[2])[:, :, None]
    if torn:
        _tear(image, seed)
    return make_texture(np.asarray(np.clip(image, 0, 255), np.uint8), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=8)
def plate_texture(design: int) -> Texture:
    """Return a small white plate with a distance or an arrow, 128 x 64 sRGB."""
    canvas = Canvas(128, 64, WHITE, scale=2)
    canvas.rectangle(3, 3, 125, 61, BLACK, 6)
    canvas.rectangle(6, 6, 122, 58, WHITE, 4)
    if design % 3 == 2:
        canvas.line([(26, 32), (102, 32)], 7, BLACK)
        for end, way in ((24, 1), (104, -1)):
            canvas.polygon([(end, 32), (end + 16 * way, 22), (end + 16 * way, 42)], BLACK)
    else:
        canvas.text(("200 m", "0 - 300 m", "", "50 m")[design % 4] or "100 m", (64, 32), 24, BLACK, BOLD, max_width=100)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _tear(image: NDArray[np.float32], seed: int) -> None:
    """A strip of sheeting is gone: bare grey metal with a ragged pale edge."""
    rng = rng_for(seed, 0, "traffic_sign.tear")
    height, width = image.shape[:2]
    count = 26
    side = rng.integers(2) * 2 - 1
    path = np.linspace(0, 1, count)
    reach = width * (0.24 + 0.16 * np.sin(3 * path + rng.uniform(0, 6)) + 0.04 * rng.normal(size=count))
    x = width / 2 + side * (width / 2 - np.clip(reach, 4, None))
    edge = np.stack([x, path * height * rng.uniform(0.55, 0.75)], axis=1)
    outer = width if side > 0 else 0
    outline = np.concatenate([edge, [[outer, edge[-1, 1]], [outer, 0.0]]])
    points = np.round(outline * 16).astype(np.int32)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
    ragged = cv2.dilate(mask, np.ones((5, 5), np.uint8)).astype(np.float32)[:, :, None] / 255
    image[:] = image * (1 - ragged) + 226.0 * ragged
    bare = mask.astype(np.float32)[:, :, None] / 255
    brushed = 122 + 12 * rng.normal(size=(height, 1, 1)).astype(np.float32)
    image[:] = image * (1 - bare) + brushed * bare


def _stop(canvas: Canvas, face: SignFace) -> None:
    centre = (PX / 2, PX / 2)
    canvas.rectangle(0, 0, PX, PX, WHITE)
    canvas.polygon(regular_polygon(centre, PX * 0.515, 8, np.pi / 8), RED)
    canvas.text("STOP", centre, 82, WHITE, TypeStyle(weight=0.13, stretch=0.72, tracking=0.06), max_width=PX * 0.82)


def _yield(canvas: Canvas, face: SignFace) -> None:
    canvas.rectangle(0, 0, PX, PX, RED)
    middle = np.array([PX / 2, PX * 0.389])  # the centroid: all three bars are equally wide
    corners = np.array([(0.0, 0.1), (0.5, 0.966), (1.0, 0.1)]) * PX
    canvas.polygon(middle + (corners - middle) * 0.58, YELLOW if face.design % 4 == 3 else WHITE)


def _speed_limit(canvas: Canvas, face: SignFace) -> None:
    centre = (PX / 2, PX / 2)
    canvas.rectangle(0, 0, PX, PX, WHITE)
    canvas.disc(centre, PX * 0.49, RED)
    canvas.disc(centre, PX * 0.37, YELLOW if face.design % 8 == 5 else WHITE)
    canvas.text(face.limit, centre, 92, BLACK, TypeStyle(weight=0.13, stretch=0.82, tracking=0.04), max_width=PX * 0.62)


def _no_entry(canvas: Canvas, face: SignFace) -> None:
    canvas.rectangle(0, 0, PX, PX, WHITE)
    canvas.disc((PX / 2, PX / 2), PX * 0.485, RED)
    canvas.rectangle(PX * 0.14, PX * 0.415, PX * 0.86, PX * 0.585, WHITE, 2)


def _keep_right(canvas: Canvas, face: SignFace) -> None:
    canvas.rectangle(0, 0, PX, PX, WHITE)
    canvas.disc((PX / 2, PX / 2), PX * 0.485, BLUE)
    _arrow(canvas, (0.27, 0.27), (0.74, 0.74), 0.12, 0.3, WHITE)


def _pedestrian_crossing(canvas: Canvas, face: SignFace) -> None:
    canvas.rectangle(0, 0, PX, PX, WHITE)
    canvas.rectangle(6, 6, PX - 6, PX - 6, BLUE, 10)
    canvas.polygon(np.array([(0.5, 0.1), (0.91, 0.84), (0.09, 0.84)]) * PX, WHITE)
    for k in range(5):
        left = 0.2 + 0.13 * k
        bar = [(left, 0.81), (left + 0.03, 0.74), (left + 0.085, 0.74), (left + 0.085, 0.81)]
        canvas.polygon(np.array(bar) * PX, BLACK)
    _walker(canvas, (0.5, 0.5), 0.42, BLACK)


def _warning(canvas: Canvas, face: SignFace) -> None:
    canvas.rectangle(0, 0, PX, PX, RED)
    middle = np.array([PX / 2, PX * 0.611])
    corners = np.array([(0.0, 0.9), (1.0, 0.9), (0.5, 0.034)]) * PX
    canvas.polygon(middle + (corners - middle) * 0.7, YELLOW if face.design % 4 == 1 else WHITE)
    if face.warning == "danger":
        canvas.polygon(np.array([(0.455, 0.36), (0.545, 0.36), (0.525, 0.66), (0.475, 0.66)]) * PX, BLACK)
        canvas.disc((PX * 0.5, PX * 0.735), PX * 0.042, BLACK)
    elif face.warning == "crossroads":
        for turn in (np.pi / 4, -np.pi / 4):
            x, y = 0.17 * np.cos(turn), 0.17 * np.sin(turn)
            canvas.line(np.array([(0.5 - x, 0.62 - y), (0.5 + x, 0.62 + y)]) * PX, 0.075 * PX, BLACK)
    elif face.warning == "bend":
        path = np.array([(0.43, 0.78), (0.43, 0.66), (0.46, 0.6), (0.53, 0.55), (0.56, 0.5)])
        canvas.line(path * PX, 0.07 * PX, BLACK)
        canvas.polygon(np.array([(0.49, 0.5), (0.63, 0.5), (0.57, 0.36)]) * PX, BLACK)
    elif face.warning == "bumps":
        canvas.rectangle(0.28 * PX, 0.73 * PX, 0.72 * PX, 0.77 * PX, BLACK)
        for middle_x in (0.4, 0.6):
            canvas.ellipse((middle_x * PX, 0.735 * PX), (0.085 * PX, 0.1 * PX), BLACK)
        canvas.rectangle(0.28 * PX, 0.77 * PX, 0.72 * PX, 0.85 * PX, YELLOW if face.design % 4 == 1 else WHITE)
    else:
        canvas.rectangle(0.43 * PX, 0.38 * PX, 0.57 * PX, 0.8 * PX, BLACK, 6)
        for y, ink in ((0.46, RED), (0.59, YELLOW), (0.72, (20, 130, 60))):
            canvas.disc((0.5 * PX, y * PX), 0.05 * PX, ink)


def _direction(canvas: Canvas, face: SignFace) -> None:
    ground, ink = ((BLUE, WHITE), (WHITE, BLACK), (YELLOW, BLACK), ((18, 98, 58), WHITE))[face.design % 4]
    canvas.rectangle(0, 0, PX, PX, ink)
    inner = np.array([(-0.485, -0.145), (0.352, -0.145), (0.478, 0.0), (0.352, 0.145), (-0.485, 0.145)])
    canvas.polygon((inner * [1, -1] + 0.5) * PX, ground)
    name = invented_name(face.design, "traffic_sign.place")
    canvas.text(name, (PX * 0.41, PX * 0.5), 38, ink, TypeStyle(weight=0.08), max_width=PX * 0.62)
    _arrow(canvas, (0.78, 0.5), (0.93, 0.5), 0.05, 0.14, ink)


def _arrow(
    canvas: Canvas, start: tuple[float, float], tip: tuple[float, float], shaft: float, head: float, ink: Ink
) -> None:
    """An arrow in shares of the image."""
    a, b = np.array(start), np.array(tip)
    along = (b - a) / np.linalg.norm(b - a)
    across = np.array([-along[1], along[0]])
    neck = b - 0.75 * head * along
    points = [a + shaft / 2 * across, neck + shaft / 2 * across, neck + head / 2 * across, b]
    points += [neck - head / 2 * across, neck - shaft / 2 * across, a - shaft / 2 * across]
    canvas.polygon(np.array(points) * PX, ink)


def _walker(canvas: Canvas, centre: tuple[float, float], tall: float, ink: Ink) -> None:
    """A person who walks to the left."""

    def at(*places: tuple[float, float]) -> Shape:
        return (np.array(centre) + tall * np.array(places)) * PX

    canvas.disc(tuple(at((0.03, -0.42))[0]), 0.075 * tall * PX, ink)
    canvas.polygon(at((-0.06, -0.32), (0.1, -0.33), (0.12, 0.02), (-0.05, 0.02)), ink)
    for limb, wide in (
        (((-0.03, 0.0), (-0.1, 0.24), (-0.26, 0.46)), 0.1),
        (((0.08, 0.0), (0.12, 0.22), (0.25, 0.45)), 0.1),
        (((-0.03, -0.28), (-0.18, -0.12), (-0.27, 0.0)), 0.06),
        (((0.08, -0.28), (0.2, -0.12), (0.26, 0.02)), 0.06),
    ):
        canvas.line(at(*limb), wide * tall * PX, ink)


SIGNS: dict[str, Callable[[Canvas, SignFace], None]] = {
    "stop": _stop,
    "yield": _yield,
    "speed_limit": _speed_limit,
    "no_entry": _no_entry,
    "pedestrian_crossing": _pedestrian_crossing,
    "keep_right": _keep_right,
    "warning": _warning,
    "direction": _direction,
}
