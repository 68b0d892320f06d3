"""Environment map of a street at night: lamps, lit windows and shops, cars, dark sky."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, ProceduralAsset
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
from synthvision.library.procedural.skies.directions import add_disc, environment_map, lamp_rgb

__all__ = ["NIGHT_STREET"]

_TEXELS = 384
_SKY_TOP_M = 32.0


def _build(params: Mapping[str, Any]) -> EnvironmentMap:
    rng = rng_for(params["design"], 0, f"sky.street.{params['lamps']}")
    wide, long = float(rng.uniform(15.0, 22.0)), 84.0
    eye = (wide * float(rng.uniform(0.35, 0.65)), long * float(rng.uniform(0.4, 0.6)), 1.4)
    world = BoxWorld((wide, long, _SKY_TOP_M), eye, texels=_TEXELS)
    lamp = lamp_rgb({"sodium": 2050.0, "led": 4000.0}[params["lamps"]], 4200.0)
    glow = np.array([0.0028, 0.0026, 0.0030]) * (0.7 + 0.6 * lamp)
    world.paint(CEILING, (0.0, 0.0, 0.0))
    world.rectangle(CEILING, (0.0, 0.0, wide, long), (0.0, 0.0, 0.0), as_rgb(0.5 * glow))
    for face in WALLS:
        _facades(rng, world, face, glow)
    _road(rng, world)

    discs = []
    spacing, high = float(rng.uniform(18.0, 26.0)), float(rng.uniform(6.0, 8.0))
    for number, y in enumerate(np.arange(4.0 + float(rng.uniform(0, 8)), long, spacing / 2)):
        x = 2.2 if number % 2 == 0 else wide - 2.2
        head = (x + (1.2 if number % 2 == 0 else -1.2), float(y), high)
        # Each lamp lights its surroundings through a small panel that faces down.
        world.panels.append(Panel(head, (0.45, 0.0, 0.0), (0.0, -0.45, 0.0), as_rgb(26.0 * lamp)))
        world.boxes.append(Box((x - 0.07, float(y) - 0.07, 0.0), (x + 0.07, float(y) + 0.07, high), (0.12, 0.12, 0.12)))
        discs.append((np.array(head), 0.24, 30.0 * lamp, 0.02))
    discs += _cars(rng, world)
    radiance = world.render(as_rgb(0.012 * (0.4 + 0.6 * lamp)))
    for place, radius_m, rgb, halo in discs:
        away = place - np.array(eye)
        distance = float(np.linalg.norm(away))
        if distance > 1.5:
            add_disc(radiance, as_rgb(away / distance), radius_m / distance, rgb, halo)
    return environment_map(radiance)


def _facades(rng: np.random.Generator, world: BoxWorld, face: int, glow: Any) -> None:
    """A row of houses of different height; above their roofs the face shines as the night sky does."""
    length, high = world.face_size_m(face)
    up = np.linspace(1.0, 0.35, 16)[None, :, None] * np.ones((1, 16, 1))
    sky = (np.swapaxes(up, 0, 1) * glow * 1.4).astype(np.float32)
    world.rectangle(face, (0.0, 0.0, length, high), (0.0, 0.0, 0.0), sky)
    u = 0.0
    while u < length:
        width = float(rng.uniform(9.0, 17.0))
        top = float(rng.uniform(8.0, 24.0))
        if face in (NORTH, SOUTH):
            top *= 0.7
        wall = np.array([0.34, 0.30, 0.26]) * float(rng.uniform(0.4, 1.5)) * (1 + 0.06 * rng.standard_normal(3))
        world.rectangle(face, (u, 0.0, u + width, top), as_rgb(np.clip(wall, 0.04, 0.7)), (0.0, 0.0, 0.0))
        storey, bay = float(rng.uniform(2.9, 3.4)), float(rng.uniform(2.0, 3.2))
        _ground_floor(rng, world, face, u, min(width, length - u), storey)
        v = storey + 0.9
        while v + 1.6 < top:
            for at in np.arange(u + 0.6, min(u + width, length) - 1.4, bay):
                box = (float(at), v, float(at) + 1.15, v + 1.5)
                if rng.random() < 0.26:
                    colour = lamp_rgb(float(rng.uniform(2500.0, 4500.0)), 4200.0) * float(rng.uniform(0.06, 0.45))
                    world.rectangle(face, box, (0.1, 0.1, 0.1), as_rgb(colour))
                    middle = float(at) + 0.55
                    world.rectangle(face, (middle, v, middle + 0.08, v + 1.5), (0.2, 0.2, 0.2), (0.0, 0.0, 0.0))
                else:
                    world.rectangle(face, box, (0.03, 0.03, 0.035), as_rgb(np.asarray(glow) * 0.6))
            v += storey
        u += width


def _ground_floor(rng: np.random.Generator, world: BoxWorld, face: int, u: float, width: float, storey: float) -> None:
    """A shop with a bright window and a sign, or doors and shutters."""
    if width < 4.0:
        return
    if rng.random() < 0.45:
        light = lamp_rgb(float(rng.uniform(2700.0, 5500.0)), 4200.0) * float(rng.uniform(0.4, 1.6))
        goods = np.clip(0.75 + 0.35 * fbm(rng, (32, 48), (6, 10), 4, 0.7), 0.1, 1.6)[..., None] * light
        world.shining(
            face, (u + 0.8, 0.6, u + width - 0.8, storey - 0.7), goods.astype(np.float32), as_rgb(light * 0.75)
        )
        neon = np.array([(0.9, 0.08, 0.05), (0.05, 0.55, 0.85), (0.9, 0.75, 0.3), (0.2, 0.8, 0.25)])[rng.integers(0, 4)]
        sign = (u + 0.25 * width, storey - 0.55, u + 0.75 * width, storey - 0.15)
        world.rectangle(face, sign, (0.1, 0.1, 0.1), as_rgb(neon * float(rng.uniform(0.4, 1.5))))
    else:
        for at in np.arange(u + 0.8, u + width - 2.0, 3.4):
            world.rectangle(
                face,
                (float(at), 0.0, float(at) + 1.1, 2.2),
                as_rgb(float(rng.uniform(0.04, 0.2)) * rng.uniform(0.75, 1.3, 3)),
            )


def _road(rng: np.random.Generator, world: BoxWorld) -> None:
    wide, long, _ = world.size_xyz
    shape = (_TEXELS, _TEXELS)
    asphalt = 0.075 * (1.0 + 0.12 * fbm(rng, shape, (12, 6), 6, 0.7))
    world.paint(FLOOR, np.repeat(asphalt[..., None], 3, axis=2).astype(np.float32))
    for side in ((0.0, 3.0), (wide - 3.0, wide)):
        world.rectangle(FLOOR, (side[0], 0.0, side[1], long), (0.22, 0.21, 0.20))
    for kerb in (3.0, wide - 3.15):
        world.rectangle(FLOOR, (kerb, 0.0, kerb + 0.15, long), (0.34, 0.33, 0.31))
    for y in np.arange(1.0, long, 6.0):
        world.rectangle(FLOOR, (wide / 2 - 0.08, float(y), wide / 2 + 0.08, float(y) + 3.0), (0.55, 0.55, 0.52))


def _cars(rng: np.random.Generator, world: BoxWorld) -> list[tuple[Any, float, Any, float]]:
    """Parked and driving cars; returns their lights as (place, radius in metres, radiance, halo)."""
    wide, long, _ = world.size_xyz
    lights: list[tuple[Any, float, Any, float]] = []
    for _ in range(6):
        parked = rng.random() < 0.6
        left = rng.random() < 0.5
        x = (4.1 if left else wide - 4.1) if parked else wide / 2 + (-1.9 if left else 1.9)
        y = float(rng.uniform(3.0, long - 6.0))
        if abs(y + 2.1 - world.eye_xyz[1]) < 5.0 and abs(x - world.eye_xyz[0]) < 3.5:
            continue
        paint = np.array([0.3, 0.3, 0.3]) * float(rng.choice([0.1, 0.5, 1.6])) * rng.uniform(0.7, 1.3, 3)
        world.boxes.append(Box((x - 0.9, y, 0.25), (x + 0.9, y + 4.2, 0.85), as_rgb(paint)))
        world.boxes.append(Box((x - 0.75, y + 0.9, 0.85), (x + 0.75, y + 3.3, 1.42), (0.03, 0.03, 0.035)))
        if not parked:
            # On the left side cars come towards the south, on the right they drive north.
            front, back = (y, y + 4.2) if left else (y + 4.2, y)
            for offset in (-0.65, 0.65):
                white, red = lamp_rgb(5000.0, 4200.0) * 24.0, np.array([4.0, 0.12, 0.08])
                facing = (front - world.eye_xyz[1]) * (front - back) < 0
                place, colour = (front, white) if facing else (back, red)
                lights.append((np.array([x + offset, place, 0.65]), 0.10, colour, 0.02 if facing else 0.01))
    return lights


NIGHT_STREET = ProceduralAsset(
    name="night_street",
    kind="environment",
    category="environment",
    parameters={
        "lamps": Choice(("sodium", "led"), "led"),
        "design": Integer(0, 15, 0),
    },
    build=_build,
    tags=("outdoor", "night", "street", "city"),
    description="Street at night with lamps, lit windows, shops and cars.",
)
