"""Moulded chairs: one bent shell on wooden legs, wire or tube."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.finishes import in_tiles, metal, plastic, rubber, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import rgb
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.shapes.section_bodies import thick_sheet

__all__ = ["shell_chair"]

Keys = dict[str, tuple[float, float, float]]


def shell_chair(params: Mapping[str, Any]) -> tuple[list[tuple[Mesh, Material]], Keys]:
    """Return the pieces and keypoints of a shell chair."""
    seed = int(params["wear_seed"])
    height, wide, back = float(params["seat_m"]), float(params["width_m"]), float(params["back_m"])
    grid = _shell(height, wide, back, np.radians(float(params["back_deg"])), str(params["arms"]) == "yes")
    shell = thick_sheet(grid, 0.006)
    legs, feet, stretch = _legs(str(params["legs"]), height, wide)
    style = str(params["legs"])
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(shell, seed), plastic("shell", rgb(params["shell_colour"]), seed, dirt=0.15, roughness=0.42))
    ]
    if style == "wood":
        pieces.append((wooden_uvs(legs), timber("wood", str(params["wood"]), seed, roughness=0.5, varnish=0.25)))
        pieces.append((in_tiles(stretch), metal("frame", "black", seed)))
    else:
        pieces.append(
            (in_tiles(join([legs, stretch])), metal("frame", "chrome" if seed % 2 else "black", seed, dirt=0.15))
        )
    glides = rods([(x, y, 0.0) for x, y in feet], [(x, y, 0.012) for x, y in feet], 0.014, 10)
    pieces.append((in_tiles(glides), rubber("glides", seed)))
    half = wide / 2 - 0.03
    top = grid[:, -1].mean(axis=0)
    return pieces, {
        "seat_centre": (0.0, 0.0, height - 0.02),
        "seat_front_left": (0.18, half, height),
        "seat_front_right": (0.18, -half, height),
        "seat_back_left": (-0.16, half, height),
        "seat_back_right": (-0.16, -half, height),
        "back_top_left": (float(top[0]), 0.35 * wide, float(top[2])),
        "back_top_right": (float(top[0]), -0.35 * wide, float(top[2])),
        "foot_front_left": (*feet[0], 0.0),
        "foot_front_right": (*feet[1], 0.0),
        "foot_back_left": (*feet[2], 0.0),
        "foot_back_right": (*feet[3], 0.0),
    }


def _shell(height: float, wide: float, back: float, lean: float, arms: bool) -> Floats:
    """The bent surface: rows across from right to left, columns from the front edge up the back."""
    s = np.linspace(0.0, 1.0, 26)
    corners = bent_path(
        [
            (0.235, 0, height - 0.03),
            (0.18, 0, height),
            (-0.17, 0, height - 0.028),
            (-0.2 - back * float(np.sin(lean)), 0, height + back),
        ],
        0.16,
        9,
    )
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    along = s * length[-1]
    x, z = (np.interp(along, length, corners[:, axis]) for axis in (0, 2))
    across = np.linspace(-1.0, 1.0, 17)
    # Sides: narrow at the front edge and round at the top; arms rise around the hips.
    half = (
        wide
        / 2
        * (1 + 0.07 * np.sin(np.pi * np.clip(s * 1.7, 0, 1)))
        * (1 - 0.16 * np.clip(s - 0.45, 0, 1))
        * np.sqrt(np.clip(1 - np.clip((s - 0.86) / 0.17, 0, 1) ** 3, 0.05, 1))
    )
    front = np.sqrt(np.clip(1 - np.clip((0.1 - s) / 0.12, 0, 1) ** 2, 0.2, 1))
    half = half * (0.75 + 0.25 * front)
    tangent = np.stack([np.gradient(x), np.gradient(z)], axis=1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    depth = 0.028 + (0.1 if arms else 0.03) * np.exp(-(((s - 0.48) / 0.24) ** 2)) + 0.03 * np.clip(s - 0.5, 0, 1)
    rise = np.abs(across[:, None]) ** (2.4 if arms else 2.0) * depth[None]
    grid_y = (
        across[:, None]
        * half[None]
        * (1 - (0.06 if arms else 0.0) * np.exp(-(((s - 0.5) / 0.2) ** 2)))[None] ** (np.abs(across[:, None]) ** 2)
    )
    return np.stack([x[None] + rise * normal[None, :, 0], grid_y, z[None] + rise * normal[None, :, 1]], axis=-1)[
        ::-1
    ] * [1, 1, 1]


def _legs(style: str, height: float, wide: float) -> tuple[Mesh, list[tuple[float, float]], Mesh]:
    """Legs, the places of their feet (front left, front right, back left, back right) and what braces them."""
    under = height - 0.035
    feet = [(0.22, 0.46 * wide), (0.22, -0.46 * wide), (-0.24, 0.46 * wide), (-0.24, -0.46 * wide)]
    heads = [(0.09, 0.13), (0.09, -0.13), (-0.1, 0.13), (-0.1, -0.13)]
    if style == "wood":
        parts = []
        for (fx, fy), (hx, hy) in zip(feet, heads, strict=True):
            path = np.linspace((fx, fy, 0.004), (hx, hy, under), 4)
            parts.append(tube_along(path, 0.017, 12, scale_k=np.array([0.62, 0.85, 1.0, 1.05])))
        brace_z = 0.62
        points = [
            tuple(np.array([fx, fy, 0.0]) * (1 - brace_z) + np.array([hx, hy, under]) * brace_z)
            for (fx, fy), (hx, hy) in zip(feet, heads, strict=True)
        ]
        pairs = ((0, 3), (1, 2), (0, 1), (2, 3))
        plates = [((hx, hy, under - 0.004), (hx, hy, under + 0.02)) for hx, hy in heads]
        brace = rods(
            [points[a] for a, _ in pairs] + [p[0] for p in plates],
            [points[b] for _, b in pairs] + [p[1] for p in plates],
            np.array([0.0045] * 4 + [0.026] * 4),
            8,
        )
        return join(parts), feet, brace
    thick = 0.0065 if style == "wire" else 0.0115
    parts = []
    for side, a, b in ((1, 0, 2), (-1, 1, 3)):
        y = side * 0.14
        points = [(*feet[a], 0.006), (0.13, y, under), (-0.12, y, under), (*feet[b], 0.006)]
        parts.append(tube_along(bent_path(points, 0.05, 4), thick, 8))
    braces = [((0.1, -0.14, under), (0.1, 0.14, under)), ((-0.1, -0.14, under), (-0.1, 0.14, under))]
    if style == "wire":
        for a, b in ((0, 3), (1, 2), (0, 2), (1, 3)):
            braces.append(
                (
                    (feet[a][0] * 0.8, feet[a][1] * 0.85, 0.35 * under),
                    (feet[b][0] * 0.8, feet[b][1] * 0.85, 0.35 * under),
                )
            )
    pads = [((x * 0.8, y, under), (x * 0.8, y, under + 0.022)) for x in (0.12, -0.12) for y in (0.14, -0.14)]
    brace = rods(
        [p[0] for p in braces + pads],
        [p[1] for p in braces + pads],
        np.array([thick * 0.9] * len(braces) + [0.016] * 4),
        8,
    )
    return join(parts), feet, brace
