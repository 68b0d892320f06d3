"""Panels, doors, drawers and handles of cabinets, desks and shelves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Colour
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import rgb
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = [
    "FINISHES",
    "HANDLES",
    "PAINTS",
    "WOODS",
    "board_material",
    "finished",
    "front_panel",
    "handle",
    "handle_metal",
]

WOODS = ("oak", "walnut", "beech", "pine", "cherry", "stained")
FINISHES = Choice((*WOODS, "painted", "laminate"), "oak")
PAINTS = Colour(
    (
        (0.72, 0.71, 0.68),
        (0.72, 0.71, 0.68),
        (0.4, 0.41, 0.4),
        (0.05, 0.052, 0.055),
        (0.12, 0.2, 0.17),
        (0.09, 0.13, 0.22),
        (0.5, 0.43, 0.33),
    ),
    0.08,
)
HANDLES = Choice(("bar", "knob", "cup", "none"), "bar")


def board_material(name: str, params: Mapping[str, Any], seed: int, *, staves: int = 0) -> Material:
    """Return what boards are made of, by the parameters ``finish`` and ``paint``."""
    finish = str(params["finish"])
    if finish == "painted":
        return painted(name, rgb(params["paint"]), seed, wear=0.0, dirt=0.1, roughness=0.5, coat=0.1)
    if finish == "laminate":
        return plastic(name, rgb(params["paint"]), seed, dirt=0.1, roughness=0.35, grain=0.4)
    return timber(name, finish, seed, roughness=0.5, varnish=0.25, staves=staves)


def finished(mesh: Mesh, params: Mapping[str, Any], seed: int) -> Mesh:
    """Return a mesh with its texture coordinates as `board_material` takes them."""
    return wooden_uvs(mesh) if str(params["finish"]) in WOODS else in_tiles(mesh, seed)


def front_panel(
    boxes: BoxSet,
    width: float,
    height: float,
    place: tuple[float, float, float],
    style: str,
    turn: Floats | None = None,
    grain: str = "z",
) -> None:
    """Add a door or drawer front that faces +x with its back at `place`: ``flat`` or ``framed``.

    Args:
        boxes: Where to add it.
        width: Along y.
        height: Along z.
        place: Middle of its back.
        style: See above.
        turn: Rotation about `place`.
        grain: Axis of the wood.
    """
    frame = np.eye(3) if turn is None else turn

    def put(size: tuple[float, float, float], offset: tuple[float, float, float], along: str) -> None:
        x, y, z = (float(v) for v in np.array(place) + frame @ np.array(offset))
        boxes.add(size, (x, y, z), along, frame)

    thick = 0.019
    if style != "framed" or min(width, height) < 0.2:
        put((thick, width, height), (thick / 2, 0.0, 0.0), grain)
        return
    rail = min(0.065, 0.2 * width)
    for side in (-1, 1):
        put((thick, rail, height), (thick / 2, side * (width - rail) / 2, 0.0), "z")
        put((thick - 0.0008, width - 2 * rail, rail), (thick / 2, 0.0, side * (height - rail) / 2), "y")
    put((thick * 0.5, width - 2 * rail + 0.004, height - 2 * rail + 0.004), (thick * 0.25, 0.0, 0.0), grain)


def handle(style: str, length: float, upright: bool) -> Mesh | None:
    """Return a handle about the origin on a front at x = 0 that faces +x, or None for ``none``."""
    if style == "none":
        return None
    if style == "knob":
        return rods([(-0.001, 0, 0), (0.014, 0, 0)], [(0.016, 0, 0), (0.026, 0, 0)], np.array([0.006, 0.0135]), 14)
    if style == "cup":
        half = min(length, 0.1) / 2
        path = bent_path(
            [(-0.001, -half, 0.012), (0.024, -half * 0.9, 0.008), (0.024, half * 0.9, 0.008), (-0.001, half, 0.012)],
            0.02,
            3,
        )
        return join(
            [
                tube_along(path, 0.006, 8),
                tube_along(path + np.array([0, 0, -0.009]), 0.006, 8),
                tube_along(path * [0.8, 0.97, 1] + [0, 0, 0.009], 0.006, 8),
            ]
        )
    half = length / 2
    ends: Floats = np.array([(-0.001, -half * 0.85, 0.0), (-0.001, half * 0.85, 0.0), (0.028, -half, 0.0)])
    others = np.array([(0.028, -half * 0.85, 0.0), (0.028, half * 0.85, 0.0), (0.028, half, 0.0)])
    bar = rods(ends, others, np.array([0.0045, 0.0045, 0.0055]), 10)
    if upright:
        bar = bar.turned(np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64))
    return bar


def handle_metal(name: str, seed: int) -> Material:
    """Return the metal of handles: brushed, black or brass by the seed."""
    return metal(name, ("brushed", "black", "brass")[seed % 3], seed, dirt=0.1)
