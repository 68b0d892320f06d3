"""Environment map of a photo studio: softboxes, backdrop paper, plain walls."""

from __future__ import annotations

import math
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
    SOUTH,
    WALLS,
    Box,
    BoxWorld,
    Panel,
    as_rgb,
)
from synthvision.library.procedural.skies.directions import environment_map, lamp_rgb

__all__ = ["STUDIO"]


def _build_studio(params: Mapping[str, Any]) -> EnvironmentMap:
    rng = rng_for(params["design"], 0, f"sky.studio.{params['layout']}")
    wall = {"black": 0.035, "grey": 0.20, "white": 0.72}[params["walls"]]
    side = float(rng.uniform(5.5, 8.0))
    high = float(rng.uniform(3.0, 4.2))
    eye = (side / 2, side / 2, 1.0)
    world = BoxWorld((side, side, high), eye, texels=128)
    for face in WALLS:
        world.paint(face, wall * (1.0 + 0.04 * fbm(rng, (128, 128), (4, 4), 4))[..., None])
    world.paint(CEILING, (0.5 * wall, 0.5 * wall, 0.5 * wall))
    world.paint(FLOOR, 0.16 * (1.0 + 0.10 * fbm(rng, (128, 128), (5, 5), 5))[..., None])
    # A roll of backdrop paper on one wall, and a doorway on another.
    paper = float(rng.choice([0.08, 0.35, 0.78]))
    world.rectangle(NORTH, (side * 0.2, 0.0, side * 0.8, 2.7), (paper, paper, paper * 0.98))
    world.rectangle(SOUTH, (side * 0.62, 0.0, side * 0.62 + 0.9, 2.05), (0.22, 0.17, 0.12))

    warm = lamp_rgb(params["colour_temperature_k"])
    other = lamp_rgb(params["colour_temperature_k"] * float(rng.uniform(0.85, 1.2)))
    power = 10.0
    # Each light: azimuth and elevation in degrees, distance, width and height in metres, strength.
    turn = float(rng.uniform(-180.0, 180.0))
    layouts: dict[str, list[tuple[float, float, float, float, float, float]]] = {
        "three_point": [(-50, 38, 2.2, 0.9, 0.9, 1.0), (62, 22, 2.6, 0.6, 1.2, 0.45), (165, 40, 2.4, 0.3, 1.0, 0.9)],
        "two_strips": [(-75, 15, 1.9, 0.28, 1.5, 1.1), (75, 15, 1.9, 0.28, 1.5, 1.1)],
        "overhead": [(20, 78, 1.9, 1.3, 1.0, 1.0), (-110, 20, 2.4, 0.5, 0.8, 0.3)],
        "large_side": [(-85, 18, 2.3, 1.5, 1.5, 0.8)],
        "many_small": [(72.0 * i + float(rng.uniform(-20, 20)), 48.0, 2.3, 0.35, 0.35, 1.2) for i in range(5)],
    }
    lights = layouts[params["layout"]]
    for number, (azimuth, elevation, distance, width, height, strength) in enumerate(lights):
        azimuth_rad = math.radians(azimuth + turn + float(rng.uniform(-12, 12)))
        elevation_rad = math.radians(elevation + float(rng.uniform(-6, 6)))
        size = float(rng.uniform(0.75, 1.2))
        colour = (warm if number == 0 else other) * power * strength * float(rng.uniform(0.7, 1.2))
        _add_softbox(world, azimuth_rad, elevation_rad, distance, width * size, height * size, colour)
    if rng.random() < 0.6:  # a white card that fills shadows
        x = side / 2 + float(rng.choice([-1.3, 1.3]))
        world.boxes.append(Box((x, side / 2 - 0.5, 0.4), (x + 0.02, side / 2 + 0.5, 1.6), (0.80, 0.80, 0.80)))
    fill = 0.02 + 0.45 * wall
    return environment_map(world.render(as_rgb(fill * warm)))


def _add_softbox(
    world: BoxWorld, azimuth: float, elevation: float, distance: float, width: float, height: float, rgb: Any
) -> None:
    """Hang a softbox that faces the eye, on a stand."""
    level = math.cos(elevation)
    towards = np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(elevation)])
    centre = np.array(world.eye_xyz) + towards * distance
    # Keep it in the room, whatever the room's size.
    centre = np.clip(centre, 0.1, np.array(world.size_xyz) - 0.1)
    right = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
    up = np.cross(right, towards)
    # right x up has to look back at the eye.
    right_xyz, up_xyz = as_rgb(0.5 * width * right), as_rgb(0.5 * height * up)
    world.panels.append(Panel(as_rgb(centre), right_xyz, up_xyz, as_rgb(rgb), floating=True))
    if elevation < 1.0:
        behind = centre + 0.06 * towards
        foot = (float(behind[0]) - 0.02, float(behind[1]) - 0.02, 0.0)
        world.boxes.append(Box(foot, (foot[0] + 0.04, foot[1] + 0.04, float(behind[2])), (0.03, 0.03, 0.03)))


STUDIO = ProceduralAsset(
    name="studio",
    kind="environment",
    category="environment",
    parameters={
        "layout": Choice(("three_point", "two_strips", "overhead", "large_side", "many_small"), "three_point"),
        "walls": Choice(("black", "grey", "white"), "grey"),
        "colour_temperature_k": Number(3200.0, 6200.0, 5000.0, "K"),
        "design": Integer(0, 11, 0),
    },
    build=_build_studio,
    tags=("indoor", "studio", "soft"),
    description="Photo studio with softboxes on stands before black, grey or white walls.",
)
