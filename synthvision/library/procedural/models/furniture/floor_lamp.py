"""A floor lamp: a pole with a cloth shade, an arc, or a tripod of wood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, plastic, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.lighting import (
    bulb,
    bulb_material,
    cloth_shade_material,
    cord,
    shade,
)
from synthvision.library.procedural.models.furniture.upholstery import cloth_uvs
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["FLOOR_LAMP"]


def _build(params: Mapping[str, Any]) -> Model:
    style, seed = str(params["style"]), int(params["wear_seed"])
    lit = str(params["lit"]) == "on"
    height, radius = float(params["height_m"]), float(params["shade_m"])
    tall = radius * float(params["shade_ratio"])
    frame = metal("frame", str(params["metal"]), seed, dirt=0.1)
    pieces: list[tuple[Mesh, Material]] = []
    at = (0.0, 0.0)
    low = height - tall
    if style == "tripod":
        angle = np.array([0.0, 2 * np.pi / 3, 4 * np.pi / 3]) + 0.3
        spread = 0.2 * height
        starts = np.stack([spread * np.cos(angle), spread * np.sin(angle), np.zeros(3)], axis=1)
        ends = np.stack([0.035 * np.cos(angle), 0.035 * np.sin(angle), np.full(3, low - 0.02)], axis=1)
        legs = join(
            [
                tube_along(np.linspace(a, b, 5), 0.017, 12, scale_k=np.array([0.65, 0.8, 0.95, 1.05, 1.0]))
                for a, b in zip(starts, ends, strict=True)
            ]
        )
        pieces.append((wooden_uvs(legs), timber("legs", str(params["wood"]), seed, roughness=0.5, varnish=0.3)))
        hub = rods([(0, 0, low - 0.05)], [(0, 0, low + 0.05)], 0.036, 20)
        ring_z = 0.42 * low
        mids = starts + (ends - starts) * 0.42
        braces = rods(mids, np.roll(mids, -1, axis=0), 0.004, 6)
        pieces.append((in_tiles(join([hub, braces])), frame))
        cord_path = np.array([(0, 0, low - 0.05), (0.02, 0.01, ring_z), (0.1, 0.06, 0.02), (0.3, 0.2, 0.004)])
    else:
        base_r = 0.14 + 0.04 * (style == "arc")
        base = revolve(
            filleted(
                [(0.0, 0.0), (base_r, 0.0), (base_r, 0.016), (0.03, 0.03), (0.016, 0.06), (0.0, 0.06)],
                [0.0, 0.002, 0.006, 0.02, 0.004, 0.0],
            ),
            36,
        )
        reach = 0.62 * height if style == "arc" else 0.0
        if style == "arc":
            points = [
                (-0.4 * reach, 0, 0.02),
                (-0.4 * reach, 0, 0.75 * height),
                (-0.1 * reach, 0, 1.1 * height),
                (0.6 * reach, 0, 1.0 * height),
                (0.6 * reach, 0, low + 0.55 * tall),
            ]
            pole = tube_along(bent_path(points, 0.34 * height, 8), 0.011, 10)
            base = base.moved((-0.4 * reach, 0, 0))
            at = (0.6 * reach, 0.0)
        else:
            pole = rods(
                [(0, 0, 0.03), (0, 0, 0.3)], [(0, 0, low + 0.5 * tall), (0, 0, 0.34)], np.array([0.011, 0.015]), 14
            )
        pieces.append((in_tiles(join([base.placed_uvs((0.8, 0.2)), pole])), frame))
        start = -0.4 * reach if style == "arc" else 0.0
        cord_path = np.array(
            [
                (start - 0.11, 0.0, 0.012),
                (start - 0.2, 0.03, 0.004),
                (start - 0.27, 0.1, 0.004),
                (start - 0.3, 0.2, 0.004),
            ]
        )
    x, y = at
    cap = shade(radius, radius * float(params["taper"]), low, height).moved((x, y, 0.0))
    spider = rods(
        [(0, 0, low + 0.5 * tall)] * 3,
        [((radius * 0.9) * np.cos(a), (radius * 0.9) * np.sin(a), low + 0.52 * tall) for a in (0.3, 2.4, 4.5)],
        0.0022,
        5,
    ).moved((x, y, 0))
    socket = rods([(0, 0, low + 0.42 * tall)], [(0, 0, low + 0.6 * tall)], 0.017, 12).moved((x, y, 0))
    pieces.append((cloth_uvs(cap), cloth_shade_material(rgb(params["shade_colour"]), seed, lit)))
    pieces.append((in_tiles(join([spider, socket])), plastic("socket", (0.03, 0.03, 0.03), seed)))
    lamp_z = low + 0.42 * tall
    pieces.append((bulb(min(0.03, 0.3 * tall)).moved((x, y, lamp_z)), bulb_material(lit)))
    pieces.append((in_tiles(cord(bent_path(cord_path, 0.08, 4))), plastic("cord", (0.03, 0.03, 0.03), seed)))
    return assembled(
        "floor_lamp",
        params,
        pieces,
        attributes={"style": style, "lit": "yes" if lit else "no"},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "lamp": (x, y, lamp_z - 0.05),
            "shade_top": (x, y, height),
            "shade_front": (x + radius, y, low),
        },
    )


FLOOR_LAMP = ProceduralAsset(
    name="floor_lamp",
    kind="model",
    category="floor_lamp",
    tags=("lamp", "light", "furniture", "room", "indoor"),
    size_m=1.6,
    description="A floor lamp with a cloth shade on a straight pole, an arc or a wooden tripod, lit or not.",
    parameters={
        "style": Choice(("pole", "arc", "tripod"), "pole"),
        "height_m": Number(1.25, 1.85, 1.6, "m"),
        "shade_m": Number(0.15, 0.27, 0.2, "m"),
        "shade_ratio": Number(1.0, 1.7, 1.3),
        "taper": Number(0.6, 1.0, 0.8),
        "metal": Choice(("black", "brushed", "brass", "chrome"), "black"),
        "wood": Choice(("oak", "beech", "walnut", "stained"), "oak"),
        "shade_colour": Colour(
            ((0.72, 0.69, 0.62), (0.6, 0.52, 0.4), (0.06, 0.06, 0.062), (0.12, 0.2, 0.2), (0.4, 0.16, 0.1)), 0.1
        ),
        "lit": Choice(("off", "on"), "off"),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "legs", "shade", "socket", "bulb", "cord"),
    keypoints=("base", "lamp", "shade_top", "shade_front"),
)
