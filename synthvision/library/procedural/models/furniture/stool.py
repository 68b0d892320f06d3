"""A stool: wooden with round legs, a bar stool with a footrest, a swivel stool, a padded one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRICS, fabric, in_tiles, metal, rubber, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.upholstery import FABRIC_COLOURS, cloth_uvs
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["STOOL"]


def _build(params: Mapping[str, Any]) -> Model:
    style, seed = str(params["style"]), int(params["wear_seed"])
    bar = str(params["size"]) == "bar"
    height = float(params["height_m"]) * (1.6 if bar else 1.0)
    radius = float(params["radius_m"])
    padded = str(params["seat"]) == "padded"
    thick = 0.07 if padded else 0.034
    seat = _seat(radius, height, thick, padded)
    wood = timber("wood", str(params["wood"]), seed, roughness=0.5, varnish=0.3)
    frame = metal("frame", "black" if seed % 2 else "chrome", seed, dirt=0.2)
    count = int(params["legs"])
    legs, feet = _legs(style, count, radius, height - thick + 0.004, bar)
    top: tuple[Mesh, Material] = (
        (cloth_uvs(seat), fabric("seat", str(params["fabric"]), rgb(params["colour"]), seed))
        if padded
        else (wooden_uvs(seat), wood)
    )
    pieces: list[tuple[Mesh, Material]] = [top]
    pieces.append((wooden_uvs(legs), wood) if style == "wooden" else (in_tiles(legs), frame))
    glides = rods([(x, y, 0.0) for x, y in feet], [(x, y, 0.014) for x, y in feet], 0.017, 10)
    pieces.append((in_tiles(glides), rubber("glides", seed)))
    return assembled(
        "stool",
        params,
        pieces,
        attributes={"style": style, "size": str(params["size"]), "seat": str(params["seat"])},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "seat_centre": (0.0, 0.0, height),
            "seat_front": (radius, 0.0, height - 0.01),
        },
    )


def _seat(radius: float, height: float, thick: float, padded: bool) -> Mesh:
    low = height - thick
    if padded:
        points = [
            (0.0, low),
            (0.95 * radius, low),
            (1.02 * radius, low + 0.3 * thick),
            (radius, height - 0.25 * thick),
            (0.6 * radius, height + 0.006),
            (0.0, height + 0.004),
        ]
        radii = [0.0, 0.006, 0.02, 0.03, 0.1, 0.0]
    else:
        points = [
            (0.0, low),
            (0.9 * radius, low),
            (radius, low + 0.4 * thick),
            (radius, height),
            (0.75 * radius, height - 0.008),
            (0.0, height - 0.008),
        ]
        radii = [0.0, 0.008, 0.012, 0.008, 0.06, 0.0]
    mesh = revolve(filleted(points, radii), 40, v_per_metre=1.0)
    # Flat charts: boards and cloth do not run in circles.
    places = mesh.positions_n3
    return mesh.with_uvs(np.stack([places[:, 0], places[:, 1] + 0.6 * places[:, 2]], axis=1))


def _legs(style: str, count: int, radius: float, under: float, bar: bool) -> tuple[Mesh, list[tuple[float, float]]]:
    angles = np.arange(count) * 2 * np.pi / count + np.pi / count
    out = radius * (1.12 if style != "column" else 1.25)
    feet = [(out * float(np.cos(a)), out * float(np.sin(a))) for a in angles]
    parts: list[Mesh] = []
    if style == "column":
        parts.append(
            revolve(
                filleted(
                    [
                        (0.0, 0.02),
                        (0.05, 0.02),
                        (0.05, 0.05),
                        (0.03, 0.06),
                        (0.03, 0.55 * under),
                        (0.02, 0.56 * under),
                        (0.02, under),
                        (0.0, under),
                    ],
                    0.003,
                ),
                18,
            ).placed_uvs((0.2, under))
        )
        for x, y in feet:
            path = bent_path([(0.0, 0.0, 0.06), (0.6 * x, 0.6 * y, 0.055), (x, y, 0.01)], 0.05, 4)
            parts.append(tube_along(path, 0.016, 10))
        plate = rods([(0, 0, under - 0.012)], [(0, 0, under + 0.004)], 0.6 * radius, 20)
        parts.append(plate)
        ring_z, ring_r = 0.36 * under, 0.8 * radius
        if bar:
            spokes = rods(
                [(0.02 * np.cos(a), 0.02 * np.sin(a), ring_z) for a in angles],
                [(ring_r * np.cos(a), ring_r * np.sin(a), ring_z) for a in angles],
                0.007,
                8,
            )
            parts.append(spokes)
    else:
        thick = 0.017 if style == "wooden" else 0.011
        for (x, y), a in zip(feet, angles, strict=True):
            head = (0.62 * radius * float(np.cos(a)), 0.62 * radius * float(np.sin(a)), under)
            scale = np.array([0.72, 0.95, 1.08, 1.0]) if style == "wooden" else np.ones(4)
            parts.append(tube_along(np.linspace((x, y, 0.006), head, 4), thick, 12, scale_k=scale))
        ring_z = (0.32 if bar else 0.38) * under
        share = ring_z / under
        ring_r = out + (0.62 * radius - out) * share
        if style == "wooden":
            places = [(ring_r * np.cos(a), ring_r * np.sin(a), ring_z + 0.025 * (k % 2)) for k, a in enumerate(angles)]
            parts.append(rods(np.array(places), np.roll(np.array(places), -1, axis=0), 0.0095, 10))
    if style == "tube" or (bar and style == "column"):
        ring = np.arange(28) * 2 * np.pi / 28
        path = np.stack([ring_r * np.cos(ring), ring_r * np.sin(ring), np.full(28, ring_z)], axis=1)
        parts.append(tube_along(path, 0.009, 8, closed=True))
    return join(parts), feet


STOOL = ProceduralAsset(
    name="stool",
    kind="model",
    category="stool",
    tags=("furniture", "seat", "room", "bar", "indoor"),
    size_m=0.55,
    description="A stool of wood, of bent tube or on a column, low or at bar height, with a hard or padded seat.",
    parameters={
        "style": Choice(("wooden", "tube", "column"), "wooden", (0.5, 0.3, 0.2)),
        "size": Choice(("low", "bar"), "low"),
        "height_m": Number(0.4, 0.5, 0.45, "m"),
        "radius_m": Number(0.14, 0.2, 0.17, "m"),
        "legs": Integer(3, 4, 4),
        "seat": Choice(("hard", "padded"), "hard"),
        "wood": Choice(("beech", "oak", "pine", "walnut", "stained"), "beech"),
        "fabric": Choice(FABRICS, "leather"),
        "colour": FABRIC_COLOURS,
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("seat", "wood", "frame", "glides"),
    keypoints=("base", "seat_centre", "seat_front"),
)
