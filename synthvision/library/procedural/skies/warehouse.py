"""Environment map of a warehouse: rows of lamps under a steel roof, pallet racks, dock doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import fbm
from synthvision.library.procedural.skies.box_world import (
    CEILING,
    FLOOR,
    NORTH,
    WALLS,
    Box,
    BoxWorld,
    Panel,
    as_rgb,
)
from synthvision.library.procedural.skies.directions import environment_map, lamp_rgb
from synthvision.library.procedural.skies.views import window_view

__all__ = ["WAREHOUSE"]


def _build_warehouse(params: Mapping[str, Any]) -> EnvironmentMap:
    lamps = params["lamps"]
    rng = rng_for(params["design"], 0, f"sky.warehouse.{lamps}")
    size = (float(rng.uniform(24.0, 36.0)), float(rng.uniform(36.0, 56.0)), float(rng.uniform(6.5, 9.5)))
    eye = (size[0] * float(rng.uniform(0.40, 0.60)), size[1] * float(rng.uniform(0.35, 0.65)), 1.4)
    world = BoxWorld(size, eye, texels=384)
    shape = (384, 384)
    for face in WALLS:
        sheet = 0.42 * (1.0 + 0.05 * np.cos(np.arange(384) * 1.3))[None, :, None] * np.array([0.95, 1.0, 1.03])
        world.paint(face, np.broadcast_to(sheet, (*shape, 3)).astype(np.float32))
        world.rectangle(face, (0.0, 0.0, 99.0, 2.2), (0.20, 0.21, 0.22))
    # Corrugated roof with trusses across it.
    trusses = (np.arange(384) * size[1] / 384 % 5.0 < 0.35)[:, None, None]
    world.paint(CEILING, (0.30 * (1 - trusses) + 0.12 * trusses) * np.ones((*shape, 3)))
    floor = 0.26 * (1.0 + 0.10 * fbm(rng, shape, (5, 5), 6, 0.6))[..., None] * np.array([1.0, 0.985, 0.95])
    world.paint(FLOOR, floor.astype(np.float32))
    for u in np.arange(4.0, size[0], 7.0):
        world.rectangle(FLOOR, (float(u), 0.0, float(u) + 0.16, size[1]), (0.50, 0.36, 0.05))

    light = lamp_rgb(params["colour_temperature_k"])
    strong = 9.0 if lamps == "high_bay" else 4.0
    across, down = (4, 7) if lamps == "high_bay" else (5, 6)
    half = (0.35, 0.35) if lamps == "high_bay" else (0.14, 1.6)
    for i in range(across):
        for j in range(down):
            if rng.random() < 0.05:  # a lamp is out
                continue
            cx, cy = size[0] * (i + 0.5) / across, size[1] * (j + 0.5) / down
            box = (cx - half[0], cy - half[1], cx + half[0], cy + half[1])
            world.rectangle(CEILING, box, (0.05, 0.05, 0.05), as_rgb(strong * light * float(rng.uniform(0.85, 1.1))))
    # The room is lit by a few panels that send what all lamps send together.
    share = across * down * 4 * half[0] * half[1] / (size[0] * size[1]) * 0.95
    for i in range(2):
        for j in range(3):
            centre = (size[0] * (2 * i + 1) / 4, size[1] * (2 * j + 1) / 6, size[2])
            rgb = as_rgb(strong * light * share)
            world.panels.append(Panel(centre, (-size[0] / 4, 0.0, 0.0), (0.0, size[1] / 6, 0.0), rgb))
    _dock_doors(rng, world, params["daylight"] == "open_doors")
    _racks(rng, world)
    return environment_map(world.render(as_rgb(0.045 * light)))


def _dock_doors(rng: np.random.Generator, world: BoxWorld, opened: bool) -> None:
    length, _ = world.face_size_m(NORTH)
    for number, u in enumerate(np.arange(3.0, length - 4.0, 6.0)):
        box = (float(u), 0.0, float(u) + 3.2, 3.6)
        world.rectangle(NORTH, (box[0] - 0.2, 0.0, box[2] + 0.2, 3.8), (0.45, 0.32, 0.04))
        if opened and (number == 1 or rng.random() < 0.25):
            view, mean = window_view(rng, 0.9)
            world.shining(NORTH, box, view, mean)
        else:
            world.rectangle(NORTH, box, (0.50, 0.50, 0.49))


def _racks(rng: np.random.Generator, world: BoxWorld) -> None:
    """Rows of pallet racks along north, none where the eye stands."""
    x, y, high = world.size_xyz
    cartons = tuple(
        as_rgb(np.array([0.36, 0.24, 0.13]) * rng.uniform(0.6, 1.5) + rng.uniform(0, 0.06)) for _ in range(5)
    )
    goods = (*cartons, (0.55, 0.56, 0.57), (0.10, 0.20, 0.36))
    for column in np.arange(2.5, x - 2.0, 5.5):
        if not 2.9 < abs(column - world.eye_xyz[0]) < 11.5:
            continue
        y0, y1 = 3.0 + float(rng.uniform(0, 4)), y - 4.0 - float(rng.uniform(0, 5))
        for level in range(3):
            low = 0.15 + 1.75 * level
            if low + 1.5 > high - 0.8:
                break
            order = tuple(goods[i] for i in rng.permutation(len(goods)))
            top = low + float(rng.uniform(1.0, 1.35))
            world.boxes.append(Box((column - 0.5, y0, low), (column + 0.5, y1, top), goods[0], order, 1, 1.25))
            world.boxes.append(Box((column - 0.55, y0, low + 1.6), (column + 0.55, y1, low + 1.72), (0.52, 0.16, 0.03)))


WAREHOUSE = ProceduralAsset(
    name="warehouse",
    kind="environment",
    category="environment",
    parameters={
        "lamps": Choice(("strip", "high_bay"), "strip"),
        "daylight": Choice(("closed", "open_doors"), "closed", (2.0, 1.0)),
        "colour_temperature_k": Number(3200.0, 6200.0, 5000.0, "K"),
        "design": Integer(0, 11, 0),
    },
    build=_build_warehouse,
    tags=("indoor", "industrial", "hall"),
    description="Warehouse with rows of ceiling lamps, pallet racks and dock doors.",
)
