"""Letter boxes of the post: a round pillar, a box on a post or wall stand, and a collection box with a round top."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    cast_concrete,
    foot_plate,
    galvanised,
    lathe,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["POST_BOX"]

Pieces = list[tuple[Mesh, Material]]
Place = tuple[float, float, float]
SECTION_Y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Turns a section drawn in x and y so that it stands upright and its thickness runs along y."""


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    makers = {"pillar": _pillar, "stand": _stand, "collection": _collection}
    pieces, slot = makers[style](params, float(params["height_m"]), float(params["width_m"]))
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "post_box",
        params,
        pieces,
        attributes={"style": style},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, top), "slot": slot},
    )


def _shell(params: Mapping[str, Any]) -> Material:
    return painted_steel(
        "shell", (rgb(params["colour"]), int(params["wear_seed"]), float(params["dirt"]), float(params["scuff"]))
    )


def _slot(place: Place, wide: float, tall: float) -> tuple[Mesh, Mesh]:
    """A frame about a dark opening, facing +x, and a flap over its upper half."""
    x, y, z = place
    rails = bevelled_boxes(
        np.array([(0.03, wide + 0.05, 0.022), (0.03, wide + 0.05, 0.022), (0.028, 0.025, tall), (0.028, 0.025, tall)]),
        np.array(
            [
                (x, y, z + tall / 2 + 0.011),
                (x, y, z - tall / 2 - 0.011),
                (x, y + wide / 2 + 0.0125, z),
                (x, y - wide / 2 - 0.0125, z),
            ]
        ),
        0.005,
    )
    hood = bevelled_boxes(
        np.array([(0.05, wide + 0.05, 0.012)]), np.array([(x + 0.018, y, z + tall / 2 + 0.02)]), 0.004
    )
    dark = bevelled_boxes(np.array([(0.012, wide, tall)]), np.array([(x - 0.002, y, z)]), 0.002)
    return join([rails, hood]), dark


def _sign(place: Place, size: tuple[float, float], cell: int) -> Mesh:
    """A small enamel plate that shows one part of the sheet of prints."""
    _, y, z = place
    sheet = rounded_box((0.004, *size), 0.0018, 1).moved(place)
    p = sheet.positions_n3
    u = np.clip((p[:, 1] - y) / size[0] + 0.5, 0.02, 0.98)
    v = np.clip((z - p[:, 2]) / size[1] + 0.5, 0.02, 0.98)
    return sheet.with_uvs(np.stack([u, (v + cell) / 2], axis=1))


def _finished(
    params: Mapping[str, Any], shell: list[Mesh], dark: list[Mesh], signs: list[Mesh], height: float
) -> Pieces:
    seed = int(params["wear_seed"])
    return [
        (over_height(join(shell), height), _shell(params)),
        (join(dark), Material(name="opening", base_colour=(0.012, 0.012, 0.012, 1.0), roughness=0.9)),
        (
            join(signs),
            Material(
                name="plates",
                base_colour_map=_prints(seed % 4, max(rgb(params["colour"])) > 0.3),
                roughness=0.3,
                clearcoat=0.5,
            ),
        ),
    ]


def _pillar(params: Mapping[str, Any], height: float, width: float) -> tuple[Pieces, Place]:
    """A cast-iron pillar with a black foot and an overhanging cap."""
    h, r = 1.2 * height, 0.46 * width
    outline = [
        (0.0, 0.14 * h), (1.03 * r, 0.14 * h), (r, 0.16 * h), (r, 0.76 * h), (1.04 * r, 0.77 * h), (1.04 * r, 0.79 * h),
        (r, 0.8 * h), (r, 0.86 * h), (1.16 * r, 0.885 * h), (1.18 * r, 0.91 * h), (1.02 * r, 0.94 * h),
        (0.6 * r, 0.985 * h), (0.0, h),
    ]  # fmt: skip
    body = lathe(outline, [0, 0.01, 0.01, 0.01, 0.006, 0.006, 0.006, 0.02, 0.015, 0.015, 0.03, 0.08, 0], 36)
    foot = lathe([(0, 0), (1.1 * r, 0), (1.1 * r, 0.1 * h), (1.04 * r, 0.142 * h), (0, 0.145 * h)], 0.012, 36)
    door = revolve(
        filleted(
            [
                (r - 0.004, 0.2 * h),
                (r + 0.012, 0.2 * h),
                (r + 0.012, 0.66 * h),
                (r - 0.004, 0.66 * h),
                (r - 0.004, 0.2 * h),
            ],
            [0, 0.005, 0.005, 0, 0],
        ),
        14,
        arc_rad=(-0.75, 0.75),
    )
    door_ends = [
        bevelled_boxes(
            np.array([(0.03, 0.012, 0.458 * h)]),
            np.array([(np.cos(a) * (r + 0.0), np.sin(a) * (r + 0.0), 0.43 * h)]),
            0.003,
        )
        for a in (-0.75, 0.75)
    ]
    slot_at = (r + 0.006, 0.0, 0.725 * h)
    frame, dark = _slot(slot_at, 0.95 * r, 0.035)
    signs = [
        _sign((r + 0.0165, 0.0, 0.55 * h), (0.66 * r, 0.42 * r), 0),
        _sign((r + 0.006, 0.0, 0.83 * h), (0.8 * r, 0.055 * h), 1),
    ]
    # The plates are flat on a round body: a low block fills the space behind each.
    backs = bevelled_boxes(
        np.array([(0.06, 0.7 * r, 0.46 * r), (0.08, 0.86 * r, 0.062 * h)]),
        np.array([(r - 0.0165, 0.0, 0.55 * h), (r - 0.0375, 0.0, 0.83 * h)]),
        0.004,
    )
    pieces = _finished(params, [body, _door_solid(door), *door_ends, frame, backs], [dark], signs, h)
    pieces.append(
        (over_height(foot, h), painted_steel("foot", ((0.02, 0.02, 0.021), int(params["wear_seed"]), 0.4, 0.4)))
    )
    pieces.append((_handle((r + 0.02, 0.32 * r, 0.46 * h)), worn_steel("lock", 0)))
    return pieces, slot_at


def _door_solid(shell: Mesh) -> Mesh:
    """The leaf of a door that lies around a pillar, closed at both ends."""
    ends = []
    count = 15
    rows = len(shell.positions_n3) // count
    for column, side in ((0, -1.0), (count - 1, 1.0)):
        ring = shell.positions_n3.reshape(rows, count, 3)[:, column]
        centre = ring[:-1].mean(axis=0)
        points = np.concatenate([centre[None], ring])
        k = np.arange(rows - 1)
        triangles = np.stack([np.zeros(rows - 1, np.int64), 1 + k, 2 + k], axis=1)
        angle = float(np.arctan2(centre[1], centre[0]))
        normal = side * np.array([-np.sin(angle), np.cos(angle), 0.0])
        a, b, c = (points[triangles[:, corner]] for corner in range(3))
        if float((np.cross(b - a, c - a) @ normal).sum()) < 0:
            triangles = triangles[:, ::-1]
        ends.append(
            Mesh(points, np.tile(normal, (len(points), 1)), np.zeros((len(points), 2)), triangles).without_slivers()
        )
    return join([shell, *ends])


def _handle(place: Place) -> Mesh:
    knob = rounded_box((0.014, 0.03, 0.045), 0.004, 1).moved(place)
    key = rounded_box((0.02, 0.01, 0.02), 0.003, 1).moved((place[0] + 0.004, place[1], place[2] - 0.004))
    return join([knob, key])


def _stand(params: Mapping[str, Any], height: float, width: float) -> tuple[Pieces, Place]:
    """A box with a sloping lid on one post."""
    h, w = 1.12 * height, 0.95 * width
    tall, deep = 0.5 * h, 0.62 * w
    low = h - tall
    section = np.array(
        [
            (-deep / 2, low),
            (deep / 2, low),
            (deep / 2, h - 0.12),
            (deep / 2 + 0.03, h - 0.1),
            (-0.2 * deep, h),
            (-deep / 2, h),
        ]
    )
    body = plate(section, -w / 2, w / 2, bevel_m=0.012).turned(SECTION_Y)
    slot_at = (deep / 2 + 0.006, 0.0, h - 0.17)
    frame, dark = _slot(slot_at, 0.68 * w, 0.035)
    door = rounded_box((0.02, 0.84 * w, 0.5 * tall), 0.007, 2).moved((deep / 2 + 0.002, 0.0, low + 0.31 * tall))
    signs = [
        _sign((deep / 2 + 0.0135, -0.08 * w, low + 0.34 * tall), (0.5 * w, 0.24 * tall), 0),
        _sign((deep / 2 + 0.0019, 0.0, low + 0.63 * tall), (0.62 * w, 0.1 * tall), 1),
    ]
    pieces = _finished(params, [body, frame, door], [dark], signs, h)
    post = rounded_box((0.08, 0.1, low + 0.02), 0.02, 2).moved((0.0, 0.0, (low + 0.02) / 2))
    saddle = rounded_box((0.7 * deep, 0.6 * w, 0.03), 0.008, 1).moved((0.0, 0.0, low - 0.012))
    pieces.append(
        (over_height(join([post, saddle, foot_plate(0.26)]), h), galvanised("foot", int(params["wear_seed"])))
    )
    pieces.append((_handle((deep / 2 + 0.016, 0.34 * w, low + 0.31 * tall)), worn_steel("lock", 0)))
    return pieces, slot_at


def _collection(params: Mapping[str, Any], height: float, width: float) -> tuple[Pieces, Place]:
    """A big box with a round top on four feet, and a pull-down hatch."""
    h, w = height, 1.12 * width
    deep = 1.02 * w
    low = 0.1 * h
    radius = deep / 2
    angle = np.linspace(0.0, np.pi, 15)
    arch = np.stack([radius * np.cos(angle), h - 0.9 * radius + 0.9 * radius * np.sin(angle)], axis=1)
    section = np.concatenate([[(-radius, low), (radius, low)], arch])
    body = plate(section, -w / 2, w / 2, bevel_m=0.014).turned(SECTION_Y)
    feet = [
        rounded_box((0.07, 0.07, low + 0.02), 0.012, 1).moved(
            (a * (radius - 0.06), b * (w / 2 - 0.05), (low + 0.02) / 2)
        )
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    slot_at = (radius + 0.002, 0.0, h - 1.02 * radius)
    frame, dark = _slot(slot_at, 0.66 * w, 0.06)
    grip = bevelled_boxes(
        np.array([(0.05, 0.5 * w, 0.02)]), np.array([(radius + 0.025, 0.0, h - 1.02 * radius - 0.055)]), 0.006
    )
    door = rounded_box((0.02, 0.8 * w, 0.36 * h), 0.007, 2).moved((radius + 0.002, 0.0, low + 0.23 * h))
    signs = [
        _sign((radius + 0.0139, -0.05 * w, low + 0.29 * h), (0.5 * w, 0.17 * h), 0),
        _sign((radius + 0.0019, 0.0, low + 0.455 * h), (0.7 * w, 0.062 * h), 1),
    ]
    pieces = _finished(params, [body, *feet, frame, grip, door], [dark], signs, h)
    pads = [
        rounded_box((0.11, 0.11, 0.016), 0.004, 1).moved((a * (radius - 0.06), b * (w / 2 - 0.05), 0.008))
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    pad = join(pads)
    pieces.append((pad.placed_uvs((1.0, 1.0)), cast_concrete("foot", int(params["wear_seed"]))))
    pieces.append((_handle((radius + 0.016, 0.33 * w, low + 0.2 * h)), worn_steel("lock", 0)))
    return pieces, slot_at


@lru_cache(maxsize=8)
def _prints(design: int, bright: bool) -> Texture:
    """Two plates one over the other: times of collection, and the word over the slot; 256 x 256 sRGB."""
    canvas = Canvas(256, 256, (236, 234, 224), scale=2)
    ink = (24, 26, 30)
    canvas.rectangle(6, 6, 250, 122, ink, 6)
    canvas.rectangle(9, 9, 247, 119, (236, 234, 224), 4)
    canvas.text("COLLECTION", (128, 27), 15, ink, TypeStyle(weight=0.1, tracking=0.1), max_width=200)
    for row in range(4):
        y = 50 + 19 * row
        canvas.text(("Mon - Fri", "Sat", "Sun", "area")[row], (64, y), 10, ink)
        hour = (9 + (design * 3 + row * 5) % 10, 15 * ((design + row) % 4))
        canvas.text(
            f"{hour[0]:02d}:{hour[1]:02d}" if row < 3 else f"{40 + design:02d} {107 + 13 * design}",
            (180, y),
            11,
            ink,
            TypeStyle(weight=0.08),
        )
    ground, letter = ((30, 32, 36), (236, 210, 120)) if bright and design % 2 else ((236, 234, 224), (150, 24, 28))
    canvas.rectangle(0, 128, 256, 256, ground)
    canvas.text(
        ("LETTERS", "POST", "MAIL", "POST")[design],
        (128, 192),
        66,
        letter,
        TypeStyle(weight=0.1, tracking=0.12),
        max_width=220,
    )
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


POST_BOX = ProceduralAsset(
    name="post_box",
    kind="model",
    category="post_box",
    tags=("street", "post", "mail", "letter", "outdoor", "city"),
    size_m=1.3,
    description="A letter box: a cast-iron pillar, a box on a post, or a collection box with a round top.",
    parameters={
        "style": Choice(("pillar", "stand", "collection"), "pillar"),
        "height_m": Number(1.1, 1.4, 1.25, "m"),
        "width_m": Number(0.42, 0.56, 0.48, "m"),
        "colour": Colour(
            ((0.55, 0.012, 0.012), (0.55, 0.012, 0.012), (0.8, 0.5, 0.01), (0.015, 0.05, 0.25), (0.02, 0.14, 0.05)),
            0.08,
        ),
        "dirt": Number(0.0, 0.8, 0.3),
        "scuff": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("shell", "opening", "plates", "foot", "lock"),
    keypoints=("base", "top", "slot"),
)
