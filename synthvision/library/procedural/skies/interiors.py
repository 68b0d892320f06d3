"""Environment maps of interiors: a photo studio, furnished rooms, a warehouse."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import fbm, smoothstep
from synthvision.library.procedural.skies.box_world import (
    CEILING,
    EAST,
    FLOOR,
    NORTH,
    SOUTH,
    WEST,
    Box,
    BoxWorld,
    Panel,
)
from synthvision.library.procedural.skies.directions import add_disc, lamp_rgb, environment_map

__all__ = ["ROOM", "STUDIO", "WAREHOUSE"]

Rgb = tuple[float, float, float]
_WALLS = (EAST, WEST, NORTH, SOUTH)
_BOOKS: tuple[Rgb, ...] = (
    (0.30, 0.07, 0.06),
    (0.08, 0.12, 0.22),
    (0.45, 0.40, 0.30),
    (0.06, 0.06, 0.06),
    (0.10, 0.20, 0.12),
    (0.50, 0.32, 0.10),
    (0.28, 0.26, 0.25),
)


def _rgb(values: Any) -> Rgb:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


# --------------------------------------------------------------------------------------------------------- studio


def _build_studio(params: Mapping[str, Any]) -> EnvironmentMap:
    rng = rng_for(params["design"], 0, f"sky.studio.{params['layout']}")
    wall = {"black": 0.035, "grey": 0.20, "white": 0.72}[params["walls"]]
    side = float(rng.uniform(5.5, 8.0))
    high = float(rng.uniform(3.0, 4.2))
    eye = (side / 2, side / 2, 1.0)
    world = BoxWorld((side, side, high), eye, texels=128)
    for face in _WALLS:
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
    # (azimuth in degrees, elevation in degrees, distance, width, height, strength)
    turn = float(rng.uniform(-180.0, 180.0))
    lights: list[tuple[float, float, float, float, float, float]] = {
        "three_point": [(-50, 38, 2.2, 0.9, 0.9, 1.0), (62, 22, 2.6, 0.6, 1.2, 0.45), (165, 40, 2.4, 0.3, 1.0, 0.9)],
        "two_strips": [(-75, 15, 1.9, 0.28, 1.5, 1.1), (75, 15, 1.9, 0.28, 1.5, 1.1)],
        "overhead": [(20, 78, 1.9, 1.3, 1.0, 1.0), (-110, 20, 2.4, 0.5, 0.8, 0.3)],
        "large_side": [(-85, 18, 2.3, 1.5, 1.5, 0.8)],
        "many_small": [(72.0 * i + float(rng.uniform(-20, 20)), 48.0, 2.3, 0.35, 0.35, 1.2) for i in range(5)],
    }[params["layout"]]
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
    return environment_map(world.render(_rgb(fill * warm)))


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
    right_xyz, up_xyz = _rgb(0.5 * width * right), _rgb(0.5 * height * up)
    world.panels.append(Panel(_rgb(centre), right_xyz, up_xyz, _rgb(rgb), floating=True))
    if elevation < 1.0:
        behind = centre + 0.06 * towards
        foot = (float(behind[0]) - 0.02, float(behind[1]) - 0.02, 0.0)
        world.boxes.append(Box(foot, (foot[0] + 0.04, foot[1] + 0.04, float(behind[2])), (0.03, 0.03, 0.03)))


# ----------------------------------------------------------------------------------------------------------- room

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
_TEXTILES: tuple[Rgb, ...] = ((0.20, 0.20, 0.21), (0.10, 0.13, 0.20), (0.35, 0.30, 0.24), (0.25, 0.10, 0.08), (0.14, 0.18, 0.12))


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
    accent_wall = int(rng.choice(_WALLS))
    for face in _WALLS:
        colour = accent if face == accent_wall else paint
        world.paint(face, np.asarray(colour) * (1.0 + 0.015 * fbm(rng, (256, 256), (4, 4), 5))[..., None])
        world.rectangle(face, (0.0, 0.0, 99.0, 0.09), (0.60, 0.59, 0.56))
    world.paint(CEILING, (0.74, 0.73, 0.71))
    _floor(rng, world, style)

    bright = 1.0 if time == "day" else 0.0
    window_walls = [EAST, NORTH] if style == "office" else [EAST, *([NORTH] if rng.random() < 0.45 else [])]
    for face in window_walls:
        _windows(rng, world, face, bright, wide=style == "office")
    free = [face for face in _WALLS if face not in window_walls]
    _door(rng, world, free[0])
    _furnish(rng, world, style, free)
    lamps_on = time == "evening" or style == "office" or rng.random() < 0.3
    discs = _lamps(rng, world, style, lamps_on)
    # Light that has bounced: about a third of the mean of a bright room.
    ambient = np.array([0.055, 0.050, 0.044]) * (0.8 + 1.4 * bright + (0.8 if lamps_on else 0.0))
    radiance = world.render(_rgb(ambient))
    for direction, radius, colour in discs:
        add_disc(radiance, direction, radius, colour, 0.015)
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
        view, mean = _view(rng, bright)
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
            world.rectangle(face, (u0, top - 0.5, u0 + width, top), cloth, _rgb(cloth * 0.9 * bright + 0.02))


def _view(rng: np.random.Generator, bright: float) -> tuple[NDArray[np.float32], Rgb]:
    """What is seen through a window (first row at the bottom), and its mean radiance."""
    rows = np.linspace(0.0, 1.0, 48, dtype=np.float32)[:, None]
    skyline = 0.42 + 0.12 * fbm(rng, (4, 48), (2, 5), 4, 0.6)[:1]
    is_sky = smoothstep(-0.03, 0.03, rows - skyline)[..., None]
    sky = np.array([3.4, 3.7, 4.2], np.float32) * (0.85 + 0.25 * rows[..., None])
    leaves = 1.0 + 0.35 * fbm(rng, (48, 48), (8, 8), 4, 0.7)[..., None]
    land = np.array([0.42, 0.52, 0.24], np.float32) * leaves
    day = (land + (sky - land) * is_sky) * np.float32(bright)
    night = np.array([0.006, 0.008, 0.014], np.float32) * (0.5 + is_sky)
    sparks = (rng.random((48, 48, 1)) < 0.012) * (1.0 - is_sky) * np.array([0.9, 0.55, 0.22], np.float32)
    view = np.asarray(day + (1.0 - bright) * (night + sparks), np.float32)
    return view, _rgb(view.mean(axis=(0, 1)))


def _door(rng: np.random.Generator, world: BoxWorld, face: int) -> None:
    length, _ = world.face_size_m(face)
    u = float(rng.uniform(0.3, length - 1.3))
    wood = _WOODS[int(rng.integers(0, len(_WOODS)))] if rng.random() < 0.5 else (0.62, 0.60, 0.57)
    world.rectangle(face, (u - 0.08, 0.0, u + 0.98, 2.13), (0.58, 0.56, 0.53))
    world.rectangle(face, (u, 0.0, u + 0.9, 2.05), wood)
    for v0, v1 in ((0.2, 0.9), (1.1, 1.85)):
        world.rectangle(face, (u + 0.16, v0, u + 0.74, v1), _rgb(np.asarray(wood) * 0.86))


def _furnish(rng: np.random.Generator, world: BoxWorld, style: str, free: list[int]) -> None:
    """Boxes that stand for furniture, along the walls without windows, and pictures above them."""
    x, y, high = world.size_xyz
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
            doors = (front, _rgb(np.asarray(front) * 0.93))
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
    world.rectangle(face, (at + inset, low, at + width - inset, top), np.clip(ground + blots, 0.03, 0.8).astype(np.float32))


def _lamps(
    rng: np.random.Generator, world: BoxWorld, style: str, lamps_on: bool
) -> list[tuple[tuple[float, float, float], float, NDArray[np.float32]]]:
    """Ceiling lamps into the world; standing lamps as (direction, radius, radiance) to be drawn on the map."""
    x, y, high = world.size_xyz
    colour = lamp_rgb(4000.0 if style == "office" else float(rng.uniform(2600.0, 3200.0)))
    on = 1.0 if lamps_on else 0.0
    if style == "office":
        for i in range(2):
            for j in range(3):
                cx, cy = x * (i + 0.5) / 2, y * (j + 0.5) / 3
                world.shining(CEILING, (cx - 0.6, cy - 0.15, cx + 0.6, cy + 0.15), _rgb(2.6 * colour), _rgb(2.6 * colour))
        return []
    cx, cy = x * float(rng.uniform(0.4, 0.6)), y * float(rng.uniform(0.4, 0.6))
    half = float(rng.uniform(0.16, 0.30))
    shine = _rgb(3.2 * on * colour)
    disc = (cx - half, cy - half, cx + half, cy + half)
    world.shining(CEILING, disc, shine, shine)
    world.rectangle(CEILING, disc, (0.65, 0.64, 0.62))
    if not lamps_on or rng.random() < 0.25:
        return []
    place = np.array([x * float(rng.choice([0.1, 0.9])), y * float(rng.choice([0.1, 0.9])), float(rng.uniform(1.1, 1.6))])
    world.boxes.append(Box(_rgb(place - (0.015, 0.015, place[2])), _rgb(place + (0.015, 0.015, -0.1)), (0.05, 0.05, 0.05)))
    for facing in ((0.12, 0.0, 0.0), (0.0, 0.12, 0.0)):
        world.panels.append(Panel(_rgb(place), facing, (0.0, 0.0, 0.12), _rgb(2.0 * colour)))
    away = place - np.array(world.eye_xyz)
    distance = float(np.linalg.norm(away))
    return [(_rgb(away / distance), 0.15 / distance, np.asarray(3.0 * colour, np.float32))]


# ------------------------------------------------------------------------------------------------------ warehouse


def _build_warehouse(params: Mapping[str, Any]) -> EnvironmentMap:
    lamps = params["lamps"]
    rng = rng_for(params["design"], 0, f"sky.warehouse.{lamps}")
    size = (float(rng.uniform(24.0, 36.0)), float(rng.uniform(36.0, 56.0)), float(rng.uniform(6.5, 9.5)))
    eye = (size[0] * float(rng.uniform(0.40, 0.60)), size[1] * float(rng.uniform(0.35, 0.65)), 1.4)
    world = BoxWorld(size, eye, texels=384)
    shape = (384, 384)
    for face in _WALLS:
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
            world.rectangle(CEILING, box, (0.05, 0.05, 0.05), _rgb(strong * light * float(rng.uniform(0.85, 1.1))))
    # The room is lit by a few panels that send what all lamps send together.
    share = across * down * 4 * half[0] * half[1] / (size[0] * size[1]) * 0.95
    for i in range(2):
        for j in range(3):
            centre = (size[0] * (2 * i + 1) / 4, size[1] * (2 * j + 1) / 6, size[2])
            rgb = _rgb(strong * light * share)
            world.panels.append(Panel(centre, (-size[0] / 4, 0.0, 0.0), (0.0, size[1] / 6, 0.0), rgb))
    _dock_doors(rng, world, params["daylight"] == "open_doors")
    _racks(rng, world)
    return environment_map(world.render(_rgb(0.045 * light)))


def _dock_doors(rng: np.random.Generator, world: BoxWorld, opened: bool) -> None:
    length, _ = world.face_size_m(NORTH)
    for number, u in enumerate(np.arange(3.0, length - 4.0, 6.0)):
        box = (float(u), 0.0, float(u) + 3.2, 3.6)
        world.rectangle(NORTH, (box[0] - 0.2, 0.0, box[2] + 0.2, 3.8), (0.45, 0.32, 0.04))
        if opened and (number == 1 or rng.random() < 0.25):
            view, mean = _view(rng, 0.9)
            world.shining(NORTH, box, view, mean)
        else:
            world.rectangle(NORTH, box, (0.50, 0.50, 0.49))


def _racks(rng: np.random.Generator, world: BoxWorld) -> None:
    """Rows of pallet racks along north, none where the eye stands."""
    x, y, high = world.size_xyz
    cartons = tuple(_rgb(np.array([0.36, 0.24, 0.13]) * rng.uniform(0.6, 1.5) + rng.uniform(0, 0.06)) for _ in range(5))
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


_TEMPERATURE = Number(3200.0, 6200.0, 5000.0, "K")

STUDIO = ProceduralAsset(
    name="studio",
    kind="environment",
    category="environment",
    parameters={
        "layout": Choice(("three_point", "two_strips", "overhead", "large_side", "many_small"), "three_point"),
        "walls": Choice(("black", "grey", "white"), "grey"),
        "colour_temperature_k": _TEMPERATURE,
        "design": Integer(0, 11, 0),
    },
    build=_build_studio,
    tags=("indoor", "studio", "soft"),
    description="Photo studio with softboxes on stands before black, grey or white walls.",
)

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

WAREHOUSE = ProceduralAsset(
    name="warehouse",
    kind="environment",
    category="environment",
    parameters={
        "lamps": Choice(("strip", "high_bay"), "strip"),
        "daylight": Choice(("closed", "open_doors"), "closed", (2.0, 1.0)),
        "colour_temperature_k": _TEMPERATURE,
        "design": Integer(0, 11, 0),
    },
    build=_build_warehouse,
    tags=("indoor", "industrial", "hall"),
    description="Warehouse with rows of ceiling lamps, pallet racks and dock doors.",
)
