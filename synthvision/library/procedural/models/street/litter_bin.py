"""Litter bins: a ring of slats around a liner, a hooded box, and a wire basket with a bag on a post."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    cast_concrete,
    foot_plate,
    galvanised,
    lathe,
    moulded_plastic,
    over_height,
    painted_steel,
)
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods, tube_along
from synthvision.library.procedural.timber import board_maps

__all__ = ["LITTER_BIN"]

Pieces = list[tuple[Mesh, Material]]


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    makers = {"slats": _slatted, "hooded": _hooded, "basket": _basket}
    pieces, opening = makers[style](params, float(params["height_m"]), float(params["radius_m"]))
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "litter_bin",
        params,
        pieces,
        attributes={"style": style, "litter": str(params["litter"])},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, top), "opening": opening},
    )


def _vessel(radius: float, low: float, high: float, wall: float, segments: int = 28, draw_in: float = 0.94) -> Mesh:
    """An open vessel with a thick wall."""
    outline = [(0.0, low), (draw_in * radius, low), (radius, high), (radius - wall, high)]
    outline += [(draw_in * radius - wall, low + 0.02), (0.0, low + 0.02)]
    return revolve(filleted(outline, [0, 0.01, 0.002, 0.002, 0.01, 0]), segments)


def _circle(radius: float, z: float, count: int) -> Floats:
    angle = np.arange(count) * 2 * np.pi / count
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(count, z)], axis=1)


def _slatted(params: Mapping[str, Any], height: float, radius: float) -> tuple[Pieces, tuple[float, float, float]]:
    """Upright slats of wood or steel on two hoops around a zinc liner, with a ring on top."""
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    rng = rng_for(seed, 0, "litter_bin.slats")
    count = int(params["slat_count"])
    pitch = 2 * np.pi * radius / count
    angle = np.arange(count) * 2 * np.pi / count
    c, s, o = np.cos(angle), np.sin(angle), np.zeros(count)
    # Local x of a slat (its grain) points up, y around, z outwards.
    frames = np.stack(
        [np.stack([o, s, c], axis=1), np.stack([o, -c, s], axis=1), np.stack([o + 1, o, o], axis=1)], axis=1
    )
    tall = height - 0.1
    centres = np.stack([radius * c, radius * s, np.full(count, 0.05 + tall / 2)], axis=1)
    sizes = np.tile([tall, 0.78 * pitch, 0.024], (count, 1))
    slats = bevelled_boxes(sizes, centres, 0.005, frames, rng.uniform(0, 1, (count, 2)))
    hoops = [tube_along(_circle(radius - 0.022, z, 24), 0.008, 6, closed=True) for z in (0.2 * height, 0.82 * height)]
    floor = lathe([(0, 0.0), (0.8 * radius, 0), (0.8 * radius, 0.04), (radius, 0.06), (0, 0.08)], 0.004, 28)
    ring_outline = [(0.66 * radius, height - 0.045), (1.1 * radius, height - 0.045), (1.1 * radius, height - 0.012)]
    ring_outline += [(0.95 * radius, height), (0.66 * radius, height), (0.66 * radius, height - 0.045)]
    ring = revolve(filleted(ring_outline, [0, 0.01, 0.01, 0.01, 0.01, 0]), 32)
    metal = painted_steel("frame", (rgb(params["colour"]), seed, dirt, 0.45))
    pieces: Pieces = [(over_height(join([*hoops, floor, ring]), height), metal)]
    if str(params["slat_material"]) == "wood":
        maps = board_maps("oak" if seed % 2 else "stained", seed % 2, round(2 * dirt) / 2)
        wood = Material(
            name="slats",
            base_colour_map=maps.colour,
            normal_map=maps.normal,
            metallic_roughness_map=maps.rough,
            roughness=0.9,
        )
        pieces.append((slats.placed_uvs((1 / maps.tile_m, 1 / maps.tile_m)), wood))
    else:
        pieces.append((over_height(slats, height), painted_steel("slats", (rgb(params["colour"]), seed, dirt, 0.6))))
    pieces.append((over_height(_vessel(0.86 * radius, 0.07, height - 0.06, 0.006), height), galvanised("liner", seed)))
    pieces += _litter(params, 0.78 * radius, height - 0.2)
    return pieces, (0.0, 0.0, height)


def _hooded(params: Mapping[str, Any], height: float, radius: float) -> tuple[Pieces, tuple[float, float, float]]:
    """A moulded box with a hood over it: four posts leave openings to the sides."""
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    height = height * 1.22
    wide, deep = 2 * radius, 2 * radius * float(params["depth_ratio"])
    gap = 0.17
    hood_low = height - 0.24
    body_high = hood_low - gap

    def tapered(points: Floats) -> Floats:
        share = 0.9 + 0.1 * np.clip(points[:, 2] / body_high, 0, 1)
        return np.asarray(points * np.stack([share, share, np.ones_like(share)], axis=1), np.float64)

    body = rounded_box((deep, wide, body_high - 0.03), 0.05, 3, 2).moved((0, 0, body_high / 2 + 0.015))
    body = deformed(body, tapered)
    lip = rounded_box((deep + 0.03, wide + 0.03, 0.05), 0.018, 2).moved((0, 0, body_high - 0.02))
    hood = rounded_box((deep + 0.02, wide + 0.02, 0.24), 0.08, 4, 2).moved((0, 0, hood_low + 0.12))
    posts = [
        rounded_box((0.07, 0.07, gap + 0.1), 0.02, 2).moved(
            (a * (deep / 2 - 0.05), b * (wide / 2 - 0.05), hood_low - gap / 2)
        )
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    door = rounded_box((0.02, 0.8 * wide, 0.72 * body_high), 0.006, 2, 1).moved((0.475 * deep, 0, 0.48 * body_high))
    foot = rounded_box((0.86 * deep, 0.86 * wide, 0.06), 0.015, 2).moved((0, 0, 0.03))
    inside = rounded_box((deep - 0.12, wide - 0.12, gap + 0.06), 0.01, 1).moved((0, 0, hood_low - gap / 2))
    tray = rounded_box((0.07, 0.16, 0.008), 0.003, 1).moved((0.0, 0.0, height + 0.0))
    lock = lathe([(0, 0), (0.018, 0), (0.016, 0.01), (0, 0.012)], 0.002, 14)
    lock = lock.turned(np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])).moved(
        (0.475 * deep + 0.009, 0.3 * wide, 0.6 * body_high)
    )
    colour = rgb(params["colour"])
    shell = moulded_plastic("shell", (colour, seed, dirt, 0.5), fade=0.2)
    pieces: Pieces = [
        (over_height(join([body, lip, hood, *posts, door]), height), shell),
        (inside.placed_uvs((1.0, 1.0)), Material(name="inside", base_colour=(0.022, 0.021, 0.02, 1.0), roughness=0.9)),
        (over_height(foot, 0.4).placed_uvs((1.0, 1.0)), cast_concrete("foot", seed)),
        (over_height(join([tray, lock]), height), galvanised("fittings", seed)),
    ]
    return pieces, (deep / 2, 0.0, hood_low - gap / 2)


def _basket(params: Mapping[str, Any], height: float, radius: float) -> tuple[Pieces, tuple[float, float, float]]:
    """A basket of wire on a short post with a bag hung into it."""
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    low, count = 0.24 * height, int(params["slat_count"]) + 8
    foot, rim = 0.78 * radius, radius
    wires = rods(_circle(foot, low, count), _circle(rim, height, count), 0.0035, 5)
    rings = []
    for share in (0.0, 0.34, 0.67, 1.0):
        wide = foot + (rim - foot) * share
        rings.append(
            tube_along(
                _circle(wide, low + (height - low) * share, 24), 0.009 if share == 1.0 else 0.005, 6, closed=True
            )
        )
    across = _circle(foot, low, 6)
    rings.append(rods(across[:3], across[3:], 0.005, 5))
    post = lathe([(0, 0.01), (0.03, 0.01), (0.03, low + 0.02), (0, low + 0.02)], 0.003, 14)
    metal = painted_steel("frame", (rgb(params["colour"]), seed, dirt, 0.6))
    bag = _vessel(0.94 * rim, low + 0.02, height - 0.012, 0.004, 30, draw_in=0.78)
    rng = rng_for(seed, 0, "litter_bin.bag")
    waves = rng.uniform(0, 6.28, 4)

    def crumpled(points: Floats) -> Floats:
        turn = np.arctan2(points[:, 1], points[:, 0])
        fold = np.sin(7 * turn + waves[0]) + 0.7 * np.sin(11 * turn + waves[1] + 9 * points[:, 2])
        shrink = 1.0 - 0.02 * (1.7 + fold) * np.clip((height - points[:, 2]) / 0.1, 0, 1)
        return np.asarray(points * np.stack([shrink, shrink, np.ones_like(shrink)], axis=1), np.float64)

    collar = [
        (rim - 0.012, height - 0.02),
        (rim + 0.012, height + 0.006),
        (rim + 0.018, height - 0.1),
        (rim + 0.014, height - 0.1),
    ]
    cuff = revolve(filleted([*collar, (rim + 0.008, height), collar[0]], [0, 0.006, 0, 0, 0.004, 0]), 30)
    tone = (0.03, 0.03, 0.032) if str(params["slat_material"]) == "wood" else (0.55, 0.58, 0.6)
    sack = Material(name="bag", base_colour=(*tone, 1.0), roughness=0.35, clearcoat=0.3, clearcoat_roughness=0.3)
    pieces: Pieces = [
        (over_height(join([wires, *rings, post]), height), metal),
        (join([deformed(bag, crumpled), cuff]), sack),
        (over_height(foot_plate(0.26, rounded=True), 0.5), galvanised("foot", seed)),
    ]
    pieces += _litter(params, 0.7 * radius, height - 0.16)
    return pieces, (0.0, 0.0, height)


def _litter(params: Mapping[str, Any], radius: float, level: float) -> Pieces:
    """Cups, balls of paper and boxes heaped in the opening."""
    if str(params["litter"]) == "empty":
        return []
    rng = rng_for(int(params["wear_seed"]), 0, "litter_bin.litter")
    pieces = []
    cup = lathe([(0, 0), (0.028, 0), (0.04, 0.1), (0.043, 0.1), (0.043, 0.106), (0, 0.106)], 0.002, 14)
    for k in range(11):
        angle, reach = rng.uniform(0, 2 * np.pi), radius * float(np.sqrt(rng.random())) * 0.75
        turn = _any_turn(rng)
        if k % 3 == 0:
            item = cup
        elif k % 3 == 1:
            size = float(rng.uniform(0.03, 0.05))
            item = deformed(rounded_box((2 * size, 1.8 * size, 1.6 * size), 0.75 * size, 2), _crushed(rng, size))
        else:
            item = rounded_box((0.13, 0.1, 0.035), 0.006, 1)
        tone = rng.uniform(0.35, 0.95) * np.array([1.0, rng.uniform(0.55, 1.0), rng.uniform(0.35, 1.0)])
        spot = (reach * np.cos(angle), reach * np.sin(angle), level + 0.1 * (1 - reach / radius) + 0.02 * rng.normal())
        pieces.append(item.turned(turn).moved(spot).tinted(tone))
    return [(join(pieces), Material(name="litter", base_colour=(0.75, 0.74, 0.7, 1.0), roughness=0.7))]


def _any_turn(rng: np.random.Generator) -> Floats:
    """A random rotation."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q if np.linalg.det(q) > 0 else q[:, [1, 0, 2]], np.float64)


def _crushed(rng: np.random.Generator, size: float) -> Callable[[Floats], Floats]:
    phase = rng.uniform(0, 6.28, 3)

    def move(points: Floats) -> Floats:
        dent = 1 + 0.12 * np.sin(3 * points[:, 0] / size + phase[0]) * np.sin(3 * points[:, 1] / size + phase[1])
        return np.asarray(points * dent[:, None], np.float64)

    return move


LITTER_BIN = ProceduralAsset(
    name="litter_bin",
    kind="model",
    category="litter_bin",
    tags=("street", "bin", "trash", "waste", "park", "outdoor"),
    size_m=0.95,
    description="A public litter bin: slats around a liner, a hooded plastic box, or a wire basket with a bag.",
    parameters={
        "style": Choice(("slats", "hooded", "basket"), "slats"),
        "height_m": Number(0.72, 1.0, 0.85, "m"),
        "radius_m": Number(0.19, 0.28, 0.23, "m"),
        "depth_ratio": Number(0.8, 1.1, 1.0),
        "slat_count": Integer(14, 24, 18),
        "slat_material": Choice(("wood", "steel"), "wood"),
        "litter": Choice(("empty", "full"), "full"),
        "colour": Colour(
            ((0.02, 0.021, 0.022), (0.02, 0.06, 0.035), (0.1, 0.105, 0.11), (0.03, 0.05, 0.12), (0.12, 0.03, 0.02)), 0.1
        ),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "slats", "liner", "litter", "shell", "inside", "foot", "fittings", "bag"),
    keypoints=("base", "top", "opening"),
)
