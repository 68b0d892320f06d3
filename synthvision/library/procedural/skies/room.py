"""Environment maps of furnished rooms with windows: living room, kitchen, office."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, ProceduralAsset
from synthvision.library.procedural.noise import fbm
from synthvision.library.procedural.skies.box_world import (
    CEILING,
    EAST,
    FLOOR,
    NORTH,
    WALLS,
    WEST,
    Box,
    BoxWorld,
    Panel,
    Rgb,
    as_rgb,
)
from synthvision.library.procedural.skies.directions import add_disc, environment_map, lamp_rgb
from synthvision.library.procedural.skies.views import window_view

__all__ = ["ROOM"]

_BOOKS: tuple[Rgb, ...] = (
    (0.30, 0.07, 0.06),
    (0.08, 0.12, 0.22),
    (0.45, 0.40, 0.30),
    (0.06, 0.06, 0.06),
    (0.10, 0.20, 0.12),
    (0.50, 0.32, 0.10),
    (0.28, 0.26, 0.25),
)
_WALL_PAINTS: tuple[Rgb, ...] = (
    (0.70, 0.68, 0.63),
    (0.62, 0.57, 0.47),
    (0.50, 0.54, 0.52),
    (0.45, 0.50, 0.56),
    (0.66, 0.62, 0.60),
    (0.56, 0.42, 0.34),
    (0.40, 0.46, 0.37),
)
_WOODS: tuple[Rgb, ...] = ((0.30, 0.19, 0.10), (0.42, 0.29, 0.17), (0.14, 0.08, 0.05), (0.52, 0.42, 0.30))
_TEXTILES: tuple[Rgb, ...] = (
    (0.20, 0.20, 0.21),
    (0.10, 0.13, 0.20),
    (0.35, 0.30, 0.24),
    (0.25, 0.10, 0.08),
    (0.14, 0.18, 0.12),
)


def _build_room(params: Mapping[str, Any]) -> EnvironmentMap:
    style, time = params["style"], params["time"]
    rng = rng_for(params["design"], 0, f"sky.room.{style}")
    size = (float(rng.uniform(3.8, 6.2)), float(rng.uniform(4.0, 6.8)), float(rng.uniform(2.45, 2.9)))
    if style == "office":
        size = (size[0] * 1.7, size[1] * 1.5, 2.8)
    eye = (size[0] * float(rng.uniform(0.38, 0.62)), size[1] * float(rng.uniform(0.35, 0.6)), 0.95)
    world = BoxWorld(size, eye, texels=256)
    paint = _WALL_PAINTS[int(rng.integers(0, len(_WALL_PAINTS)))]
    accent = _WALL_PAINTS[int(rng.integers(0, len(_WALL_PAINTS)))]
    accent_wall = int(rng.choice(WALLS))
    for face in WALLS:
        colour = accent if face == accent_wall else paint
        world.paint(face, np.asarray(colour) * (1.0 + 0.015 * fbm(rng, (256, 256), (4, 4), 5))[..., None])
        world.rectangle(face, (0.0, 0.0, 99.0, 0.09), (0.60, 0.59, 0.56))
    world.paint(CEILING, (0.74, 0.73, 0.71))
    _floor(rng, world, style)

    bright = 1.0 if time == "day" else 0.0
    window_walls = [EAST, NORTH] if style == "office" else [EAST, *([NORTH] if rng.random() < 0.45 else [])]
    for face in window_walls:
        _windows(rng, world, face, bright, wide=style == "office")
    free = [face for face in WALLS if face not in window_walls]
    _door(rng, world, free[0])
    _furnish(rng, world, style, free)
    lamps_on = time == "evening" or style == "office" or rng.random() < 0.3
    discs = _lamps(rng, world, style, lamps_on)
    # Light that has bounced: about a third of the mean of a bright room.
    ambient = np.array([0.055, 0.050, 0.044]) * (0.8 + 1.4 * bright + (0.8 if lamps_on else 0.0))
    radiance = world.render(as_rgb(ambient))
    for direction, radius, lamp in discs:
        add_disc(radiance, direction, radius, lamp, 0.015)
    return environment_map(radiance)


def _floor(rng: np.random.Generator, world: BoxWorld, style: str) -> None:
    grain = fbm(rng, (256, 256), (40, 3), 5, 0.7)
    if style == "office":
        colour = np.array([0.13, 0.135, 0.15]) * (1.0 + 0.06 * fbm(rng, (256, 256), (60, 60), 3)[..., None])
    elif style == "kitchen":
        line = (np.arange(256) * world.size_xyz[0] / 256 % 0.45 < 0.02)[None, :] | (
            np.arange(256) * world.size_xyz[1] / 256 % 0.45 < 0.02
        )[:, None]
        colour = np.array([0.42, 0.40, 0.37]) * (1.0 - 0.4 * line[..., None]) * (1.0 + 0.03 * grain[..., None])
    else:
        wood = np.asarray(_WOODS[int(rng.integers(0, len(_WOODS)))])
        board = rng.normal(1.0, 0.10, 40)[(np.arange(256) * world.size_xyz[1] / 256 / 0.16).astype(int) % 40]
        colour = wood * (board[:, None, None] + 0.10 * grain[..., None])
    world.paint(FLOOR, np.clip(colour, 0.02, 0.8).astype(np.float32))
    if style == "living":
        x, y = world.size_xyz[0] * 0.5, world.size_xyz[1] * 0.5
        rug = np.asarray(_TEXTILES[int(rng.integers(0, len(_TEXTILES)))]) * 1.3
        world.rectangle(FLOOR, (x - 1.2, y - 0.8, x + 1.1, y + 0.9), rug)
        world.rectangle(FLOOR, (x - 1.05, y - 0.66, x + 0.95, y + 0.76), rug * 0.7)


def _windows(rng: np.random.Generator, world: BoxWorld, face: int, bright: float, *, wide: bool) -> None:
    """One to three windows with a view, frames, and curtains or blinds."""
    length, high = world.face_size_m(face)
    count = max(int(length / 1.7), 1) if wide else int(rng.integers(1, 3))
    pitch = length / count
    width = min(pitch * 0.86, 2.2) if wide else min(float(rng.uniform(0.9, 1.7)), pitch * 0.7)
    low, top = (0.85, high - 0.25) if rng.random() < 0.75 or wide else (0.05, high - 0.3)
    frame = (0.66, 0.65, 0.62) if rng.random() < 0.7 else (0.20, 0.13, 0.08)
    cloth = np.array([0.60, 0.56, 0.50]) * float(rng.uniform(0.5, 1.1))
    for number in range(count):
        u0 = pitch * (number + 0.5) - width / 2
        box = (u0, low, u0 + width, top)
        view, mean = window_view(rng, bright)
        world.rectangle(face, (u0 - 0.07, low - 0.07, u0 + width + 0.07, top + 0.07), frame)
        world.shining(face, box, view, mean)
        for bar in (0.5,) if width < 1.3 else (0.333, 0.667):
            middle = u0 + width * bar
            world.rectangle(face, (middle - 0.03, low, middle + 0.03, top), frame, (0.0, 0.0, 0.0))
        if not wide:
            for edge in (u0 - 0.30, u0 + width - 0.10):
                fold = 1.0 + 0.22 * np.cos(np.arange(24) * 1.9)[None, :, None]
                lit = cloth * fold * (0.10 + 0.45 * bright)
                world.rectangle(face, (edge, 0.12, edge + 0.40, top + 0.1), cloth * fold, lit.astype(np.float32))
        elif rng.random() < 0.5:
            world.rectangle(face, (u0, top - 0.5, u0 + width, top), cloth, as_rgb(cloth * 0.9 * bright + 0.02))


def _door(rng: np.random.Generator, world: BoxWorld, face: int) -> None:
    length, _ = world.face_size_m(face)
    u = float(rng.uniform(0.3, length - 1.3))
    wood = _WOODS[int(rng.integers(0, len(_WOODS)))] if rng.random() < 0.5 else (0.62, 0.60, 0.57)
    world.rectangle(face, (u - 0.08, 0.0, u + 0.98, 2.13), (0.58, 0.56, 0.53))
    world.rectangle(face, (u, 0.0, u + 0.9, 2.05), wood)
    for v0, v1 in ((0.2, 0.9), (1.1, 1.85)):
        world.rectangle(face, (u + 0.16, v0, u + 0.74, v1), as_rgb(np.asarray(wood) * 0.86))


def _furnish(rng: np.random.Generator, world: BoxWorld, style: str, free: list[int]) -> None:
    """Boxes that stand for furniture, along the walls without windows, and pictures above them."""
    x, y, _ = world.size_xyz
    wood = _WOODS[int(rng.integers(0, len(_WOODS)))]
    textile = _TEXTILES[int(rng.integers(0, len(_TEXTILES)))]
    for face in free:
        length, _ = world.face_size_m(face)
        at = float(rng.uniform(0.15, 0.6))
        while at < length - 0.8:
            width = float(rng.uniform(0.8, 1.9))
            kind = str(rng.choice(["shelf", "cabinet", "picture", "sofa" if style == "living" else "cabinet", "gap"]))
            if style == "kitchen" and kind != "gap":
                kind = "counter"
            width = min(width, length - at - 0.1)
            _place(rng, world, face, kind, at, width, wood, textile)
            at += width + float(rng.uniform(0.05, 0.6))
    # Something in the middle: chairs or desks.
    for _ in range(3 if style == "office" else 2):
        cx, cy = float(rng.uniform(0.2, 0.8)) * x, float(rng.uniform(0.2, 0.8)) * y
        if math.hypot(cx - world.eye_xyz[0], cy - world.eye_xyz[1]) < 1.1:
            continue
        if style == "office":
            world.boxes.append(Box((cx - 0.7, cy - 0.4, 0.70), (cx + 0.7, cy + 0.4, 0.74), (0.55, 0.52, 0.48)))
            world.boxes.append(Box((cx - 0.3, cy - 0.03, 0.85), (cx + 0.3, cy + 0.01, 1.2), (0.02, 0.02, 0.022)))
        else:
            world.boxes.append(Box((cx - 0.22, cy - 0.22, 0.40), (cx + 0.22, cy + 0.22, 0.46), wood))
            world.boxes.append(Box((cx - 0.22, cy + 0.18, 0.46), (cx + 0.22, cy + 0.22, 0.92), wood))


def _place(
    rng: np.random.Generator, world: BoxWorld, face: int, kind: str, at: float, width: float, wood: Rgb, textile: Rgb
) -> None:
    """Put one piece of furniture against a wall, or a picture on it."""
    high = world.size_xyz[2]

    def against(depth: float, low: float, top: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        x, y, _ = world.size_xyz
        if face in (EAST, WEST):
            near, far = (x - depth, x) if face == EAST else (0.0, depth)
            return (near, at, low), (far, at + width, top)
        near, far = (y - depth, y) if face == NORTH else (0.0, depth)
        return (at, near, low), (at + width, far, top)

    along = 1 if face in (EAST, WEST) else 0
    match kind:
        case "shelf":
            top = float(rng.uniform(1.3, 2.1))
            world.boxes.append(Box(*against(0.32, 0.0, top), wood))
            books = tuple(_BOOKS[i] for i in rng.permutation(len(_BOOKS)))
            low = 0.12
            while low < top - 0.25:  # rows of books, a little before the boards
                world.boxes.append(Box(*against(0.33, low, low + 0.26), wood, books, along, 0.055))
                low += 0.36
        case "cabinet":
            world.boxes.append(Box(*against(0.45, 0.1, float(rng.uniform(0.7, 1.0))), wood, (), along))
            _picture(rng, world, face, at, width, 1.35, min(high - 0.35, 2.0))
        case "counter":
            front = (0.62, 0.61, 0.58) if rng.random() < 0.5 else wood
            doors = (front, as_rgb(np.asarray(front) * 0.93))
            world.boxes.append(Box(*against(0.60, 0.1, 0.86), front, doors, along, 0.6))
            world.boxes.append(Box(*against(0.63, 0.86, 0.90), (0.12, 0.12, 0.12)))
            world.boxes.append(Box(*against(0.35, 1.45, 2.15), front, doors, along, 0.6))
        case "sofa":
            world.boxes.append(Box(*against(0.9, 0.1, 0.43), textile))
            world.boxes.append(Box(*against(0.28, 0.43, 0.82), textile))
            _picture(rng, world, face, at, width, 1.2, min(high - 0.4, 1.9))
        case "picture":
            _picture(rng, world, face, at, width, 1.1, min(high - 0.4, 1.9))
        case _:
            pass


def _picture(
    rng: np.random.Generator, world: BoxWorld, face: int, at: float, width: float, low: float, top: float
) -> None:
    inset = 0.2 * width
    world.rectangle(face, (at + inset - 0.04, low - 0.04, at + width - inset + 0.04, top + 0.04), (0.05, 0.045, 0.04))
    ground = float(rng.uniform(0.1, 0.6)) + rng.uniform(-0.08, 0.08, 3)
    blots = fbm(rng, (32, 32), (3, 3), 3)[..., None] * (float(rng.uniform(0.05, 0.2)) + rng.uniform(-0.07, 0.07, 3))
    world.rectangle(
        face, (at + inset, low, at + width - inset, top), np.clip(ground + blots, 0.03, 0.8).astype(np.float32)
    )


def _lamps(
    rng: np.random.Generator, world: BoxWorld, style: str, lamps_on: bool
) -> list[tuple[tuple[float, float, float], float, NDArray[np.float32]]]:
    """Ceiling lamps into the world; standing lamps as (direction, radius, radiance) to be drawn on the map."""
    x, y, _ = world.size_xyz
    colour = lamp_rgb(4000.0 if style == "office" else float(rng.uniform(2600.0, 3200.0)))
    on = 1.0 if lamps_on else 0.0
    if style == "office":
        for i in range(2):
            for j in range(3):
                cx, cy = x * (i + 0.5) / 2, y * (j + 0.5) / 3
                world.shining(
                    CEILING, (cx - 0.6, cy - 0.15, cx + 0.6, cy + 0.15), as_rgb(2.6 * colour), as_rgb(2.6 * colour)
                )
        return []
    cx, cy = x * float(rng.uniform(0.4, 0.6)), y * float(rng.uniform(0.4, 0.6))
    half = float(rng.uniform(0.16, 0.30))
    shine = as_rgb(3.2 * on * colour)
    disc = (cx - half, cy - half, cx + half, cy + half)
    world.shining(CEILING, disc, shine, shine)
    world.rectangle(CEILING, disc, (0.65, 0.64, 0.62))
    if not lamps_on or rng.random() < 0.25:
        return []
    place = np.array(
        [x * float(rng.choice([0.1, 0.9])), y * float(rng.choice([0.1, 0.9])), float(rng.uniform(1.1, 1.6))]
    )
    world.boxes.append(
        Box(
            as_rgb(place - (0.015, 0.015, place[2])), as_rgb(place + np.array([0.015, 0.015, -0.1])), (0.05, 0.05, 0.05)
        )
    )
    for facing in ((0.12, 0.0, 0.0), (0.0, 0.12, 0.0)):
        world.panels.append(Panel(as_rgb(place), facing, (0.0, 0.0, 0.12), as_rgb(2.0 * colour)))
    away = place - np.array(world.eye_xyz)
    distance = float(np.linalg.norm(away))
    return [(as_rgb(away / distance), 0.15 / distance, np.asarray(3.0 * colour, np.float32))]


ROOM = ProceduralAsset(
    name="room",
    kind="environment",
    category="environment",
    parameters={
        "style": Choice(("living", "kitchen", "office"), "living"),
        "time": Choice(("day", "evening"), "day", (3.0, 2.0)),
        "design": Integer(0, 15, 0),
    },
    build=_build_room,
    tags=("indoor", "room", "home"),
    description="Furnished living room, kitchen or office with windows, lamps, shelves and pictures.",
)
