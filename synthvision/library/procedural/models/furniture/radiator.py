"""A radiator: pressed steel panel with fins, cast columns, or a towel ladder, with valve and pipes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.rods import bar_along, bent_path, rods, tube_along

__all__ = ["RADIATOR"]


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["wear_seed"])
    wide, tall = float(params["width_m"]), float(params["height_m"])
    lift = 0.11
    if kind == "towel":
        wide, tall = 0.45 + 0.15 * wide, tall * 1.9
    rng = rng_for(seed, 0, "radiator.parts")
    makers = {"panel": _panel, "column": _columns, "towel": _towel}
    body, deep = makers[kind](params, rng, wide, tall, lift)
    side = 1 if str(params["valve_side"]) == "left" else -1
    pipes, head = _fittings(side, wide, tall, lift, kind)
    colour = rgb(params["colour"])
    enamel = painted("body", colour, seed, wear=0.05 if colour[0] > 0.4 else 0.2, dirt=0.15, roughness=0.35, coat=0.5)
    if kind == "towel" and str(params["towel_finish"]) == "chrome":
        enamel = metal("body", "chrome", seed, dirt=0.05)
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(body, seed), enamel),
        (in_tiles(pipes), metal("pipes", str(params["pipes"]), seed, dirt=0.3)),
        (in_tiles(head), plastic("valve", (0.68, 0.68, 0.66), seed, dirt=0.15, roughness=0.4)),
    ]
    top = lift + tall
    return assembled(
        "radiator",
        params,
        pieces,
        attributes={"kind": kind},
        keypoints={
            "top_left": (deep, wide / 2, top),
            "top_right": (deep, -wide / 2, top),
            "bottom_left": (deep, wide / 2, lift),
            "bottom_right": (deep, -wide / 2, lift),
            "valve": (0.0, side * (wide / 2 + 0.045), lift + 0.05 if kind != "panel" else lift + 0.07),
        },
    )


def _panel(
    params: Mapping[str, Any], rng: np.random.Generator, wide: float, tall: float, lift: float
) -> tuple[Mesh, float]:
    """Sheets with upright channels, a grille on top, closed sides."""
    boxes = BoxSet(rng)
    deep = 0.05 if int(params["plates"]) == 1 else 0.1
    z = lift + tall / 2
    xs = (0.0,) if int(params["plates"]) == 1 else (-0.04, 0.04)
    pitch = 0.052
    count = max(int(wide / pitch) - 1, 4)
    pitch = (wide - 0.04) / count
    parts = []
    for x in xs:
        boxes.add((0.012, wide, tall), (x, 0.0, z), "y")
    channel = rounded_rectangle(0.012, 0.72 * pitch, 0.0055, steps=2)
    front = xs[-1] + 0.006
    for k in range(count):
        y = (k - (count - 1) / 2) * pitch
        path = np.array(
            [
                (front - 0.004, y, lift + 0.03),
                (front + 0.002, y, lift + 0.055),
                (front + 0.002, y, lift + tall - 0.055),
                (front - 0.004, y, lift + tall - 0.03),
            ]
        )
        parts.append(bar_along(path, channel, up_xyz=(0.0, 1.0, 0.0)))
    for zz in (lift + 0.016, lift + tall - 0.016):
        boxes.add((0.022, wide - 0.002, 0.03), (xs[-1], 0.0, zz), "y")
    if len(xs) > 1:
        for y in (-1, 1):
            boxes.add((0.1, 0.003, tall - 0.03), (0.0, y * (wide / 2 - 0.002), z + 0.01))
        slots = max(int(wide / 0.03), 8)
        for k in range(min(slots, 40)):
            y = (k - (min(slots, 40) - 1) / 2) * (wide - 0.03) / min(slots, 40)
            boxes.add((0.09, 0.008, 0.003), (0.0, y, lift + tall + 0.001))
        for x in (-0.044, 0.044):
            boxes.add((0.012, wide, 0.006), (x, 0.0, lift + tall + 0.0015), "y")
    for y in (-1, 1):
        boxes.add(
            (0.05 if len(xs) == 1 else 0.03, 0.03, 0.12), (-deep / 2 - 0.012, y * 0.3 * wide, z + 0.2 * tall), "z"
        )
    return join([*parts, boxes.mesh(0.003)]), deep / 2


def _columns(
    params: Mapping[str, Any], rng: np.random.Generator, wide: float, tall: float, lift: float
) -> tuple[Mesh, float]:
    """Cast sections of two or three tubes between headers, on feet."""
    del rng
    depth_tubes = 1 + int(params["plates"])
    pitch = 0.05
    count = min(max(round(wide / pitch), 5), 22 if depth_tubes == 2 else 15)
    pitch = wide / count
    parts = []
    deep = 0.042 * (depth_tubes - 1)
    oval = rounded_rectangle(0.028, 0.7 * pitch, 0.0135, steps=2)
    for k in range(count):
        y = (k - (count - 1) / 2) * pitch
        for d in range(depth_tubes):
            x = (d - (depth_tubes - 1) / 2) * 0.042
            parts.append(
                bar_along(
                    np.array(
                        [
                            (x, y, lift + 0.02),
                            (x, y, lift + 0.05),
                            (x, y, lift + tall - 0.05),
                            (x, y, lift + tall - 0.02),
                        ]
                    ),
                    oval,
                    up_xyz=(0, 1, 0),
                    scale_k=np.array([0.8, 1.0, 1.0, 0.8]),
                )
            )
        for z in (lift + 0.035, lift + tall - 0.035):
            ends = deep / 2 + 0.014
            path = np.array([(-ends, y, z), (-ends + 0.008, y, z), (ends - 0.008, y, z), (ends, y, z)])
            parts.append(
                bar_along(
                    path,
                    rounded_rectangle(0.82 * pitch, 0.05, 0.4 * pitch, steps=1),
                    up_xyz=(0, 0, 1),
                    scale_k=np.array([0.7, 1.0, 1.0, 0.7]),
                )
            )
    parts.append(
        rods(
            [(0, -wide / 2, lift + 0.035), (0, -wide / 2, lift + tall - 0.035)],
            [(0, wide / 2, lift + 0.035), (0, wide / 2, lift + tall - 0.035)],
            0.019,
            10,
        )
    )
    feet = [(x, y) for x in (-deep / 2, deep / 2) for y in (-wide / 2 + pitch / 2, wide / 2 - pitch / 2)]
    parts.append(rods([(x, y, 0.0) for x, y in feet], [(x, y, lift + 0.04) for x, y in feet], 0.012, 8))
    return join(parts), deep / 2 + 0.014


def _towel(
    params: Mapping[str, Any], rng: np.random.Generator, wide: float, tall: float, lift: float
) -> tuple[Mesh, float]:
    """Two uprights and groups of rungs, bowed to the room."""
    del rng
    parts = [
        bar_along(
            np.array([(0, s * wide / 2, lift), (0, s * wide / 2, lift + tall)]),
            rounded_rectangle(0.03, 0.03, 0.01, steps=2),
            up_xyz=(1, 0, 0),
        )
        for s in (-1, 1)
    ]
    groups = 2 + int(params["plates"])
    for group in range(groups):
        for k in range(5):
            z = lift + 0.07 + (tall - 0.12) * (group + 0.14 * k) / groups
            path = np.array(
                [(0.0, -wide / 2, z), (0.024, -wide / 4, z), (0.032, 0.0, z), (0.024, wide / 4, z), (0.0, wide / 2, z)]
            )
            parts.append(tube_along(path, 0.0105, 8))
    return join(parts), 0.03


def _fittings(side: int, wide: float, tall: float, lift: float, kind: str) -> tuple[Mesh, Mesh]:
    """Pipes from the floor into the lower corners, the thermostat head on one side."""
    low = lift + (0.035 if kind != "panel" else 0.03)
    starts, paths = [], []
    for s in (-1, 1):
        y = s * (wide / 2 + 0.045)
        paths.append(
            tube_along(bent_path([(0, s * (wide / 2 - 0.01), low), (0, y, low), (0, y, 0.0)], 0.02, 4), 0.0085, 8)
        )
        starts.append((0.0, y, 0.0))
    collars = rods(starts, [(x, y, 0.006) for x, y, _ in starts], 0.02, 14)
    nuts = rods(
        [(0, s * (wide / 2 + 0.004), low) for s in (-1, 1)],
        [(0, s * (wide / 2 + 0.026), low) for s in (-1, 1)],
        0.014,
        6,
    )
    y = side * (wide / 2 + 0.045)
    head = rods(
        [(0.0, y, low + 0.01), (0.0, y, low + 0.028)],
        [(0.0, y, low + 0.03), (0.0, y, low + 0.095)],
        np.array([0.015, 0.0235]),
        16,
    )
    del tall
    return join([*paths, collars, nuts]), head


RADIATOR = ProceduralAsset(
    name="radiator",
    kind="model",
    category="radiator",
    tags=("heating", "room", "furniture", "interior", "indoor"),
    size_m=1.0,
    description="A radiator of pressed panels, cast columns or as a towel ladder, with valve and pipes.",
    parameters={
        "kind": Choice(("panel", "column", "towel"), "panel", (0.5, 0.35, 0.15)),
        "width_m": Number(0.5, 1.4, 0.95, "m"),
        "height_m": Number(0.4, 0.75, 0.58, "m"),
        "plates": Integer(1, 2, 2),
        "valve_side": Choice(("left", "right"), "right"),
        "pipes": Choice(("copper", "chrome", "steel"), "copper"),
        "towel_finish": Choice(("chrome", "enamel"), "enamel"),
        "colour": Colour(
            ((0.75, 0.745, 0.72), (0.75, 0.745, 0.72), (0.62, 0.58, 0.48), (0.06, 0.062, 0.066), (0.3, 0.31, 0.3)), 0.05
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "pipes", "valve"),
    keypoints=("top_left", "top_right", "bottom_left", "bottom_right", "valve"),
)
