"""Wooden chairs: four legs, rails, a seat of wood or cloth, a back of slats, rungs or a panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.procedural.finishes import fabric, in_tiles, rubber, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import rgb
from synthvision.library.procedural.models.furniture.upholstery import cloth_uvs
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.cushions import Cushion, cushion
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.rods import bar_along, rods
from synthvision.library.procedural.shapes.section_bodies import thick_sheet

__all__ = ["wooden_chair"]

Keys = dict[str, tuple[float, float, float]]


def wooden_chair(params: Mapping[str, Any]) -> tuple[list[tuple[Mesh, Material]], Keys]:
    """Return the pieces and keypoints of a wooden chair."""
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "chair.wood")
    height, wide, back = float(params["seat_m"]), float(params["width_m"]), float(params["back_m"])
    lean = np.radians(float(params["back_deg"]))
    deep = 0.42
    front, rear = deep / 2 - 0.03, -deep / 2 + 0.02
    half_f, half_b = wide / 2 - 0.025, wide / 2 - 0.05
    top = height + back
    leg = rounded_rectangle(0.036, 0.032, 0.009, steps=2)
    parts = []

    def back_x(z: float) -> float:
        return rear - float(np.tan(lean)) * max(z - height, 0.0) - 0.1 * max((height - z) / height, 0.0) ** 2 * 0.8

    for side in (-1, 1):
        path = np.array(
            [
                (front + 0.015, side * (half_f + 0.012), 0.0),
                (front, side * half_f, 0.5 * height),
                (front, side * half_f, height - 0.012),
            ]
        )
        parts.append(bar_along(path, leg, up_xyz=(0.0, 1.0, 0.0), scale_k=np.array([0.72, 1.0, 1.1])))
        levels = np.array([0.0, 0.2 * height, 0.6 * height, height, height + 0.4 * back, height + 0.75 * back, top])
        path = np.array([(back_x(float(z)), side * (half_b + 0.01 * (z - height)), z) for z in levels])
        parts.append(
            bar_along(path, leg, up_xyz=(0.0, 1.0, 0.0), scale_k=np.array([0.75, 0.9, 1.0, 1.1, 1.0, 0.95, 0.8]))
        )
    boxes = BoxSet(rng)
    rail = height - 0.038
    boxes.add((0.022, 2 * half_f, 0.06), (front, 0.0, rail), "y")
    boxes.add((0.022, 2 * half_b, 0.06), (rear, 0.0, rail), "y")
    for side in (-1, 1):
        long = front - rear
        angle = float(np.arctan2(half_f - half_b, long)) * side
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        boxes.add((long, 0.02, 0.06), ((front + rear) / 2, side * (half_f + half_b) / 2, rail), "x", turn)
        boxes.add(
            (long + 0.02, 0.018, 0.022),
            ((front + rear) / 2 - 0.01, side * (half_f + half_b) / 2, 0.42 * height),
            "x",
            turn,
        )
    boxes.add((0.018, half_f + half_b, 0.022), ((front + rear) / 2, 0.0, 0.42 * height), "y")
    parts.append(boxes.mesh(0.003, 0.06))
    parts.append(_back(params, height, top, half_b, back_x))
    if str(params["arms"]) == "yes":
        for side in (-1, 1):
            z = height + 0.2
            path = np.array(
                [
                    (back_x(z) + 0.005, side * half_b, z),
                    (0.0, side * (half_f + 0.012), z + 0.006),
                    (front + 0.02, side * (half_f + 0.012), z - 0.004),
                ]
            )
            parts.append(bar_along(path, rounded_rectangle(0.024, 0.045, 0.009, steps=2), up_xyz=(0.0, 1.0, 0.0)))
            post = np.array(
                [(front - 0.03, side * half_f, height - 0.03), (front - 0.025, side * (half_f + 0.01), z - 0.005)]
            )
            parts.append(bar_along(post, leg, up_xyz=(0.0, 1.0, 0.0), scale_k=np.array([0.9, 0.75])))
    wood = timber("wood", str(params["wood"]), seed, roughness=0.5, varnish=0.3)
    pieces: list[tuple[Mesh, Material]] = [(wooden_uvs(join(parts)), wood)]
    if str(params["seat_style"]) == "cushion":
        shape = Cushion((deep, wide, 0.05), 0.022, 0.02, 0.004, 0.012, 0.002, flat_bottom=True, cells=6)
        seat = cloth_uvs(cushion(shape, seed)).moved((0.0, 0.0, height))
        pieces.append((seat, fabric("seat", str(params["fabric"]), rgb(params["fabric_colour"]), seed)))
        seat_z = height + 0.03
    else:
        u, v = np.linspace(-1, 1, 15), np.linspace(-1, 1, 13)
        grid_x, grid_y = np.meshgrid(u, v, indexing="ij")
        hollow = -0.016 * np.exp(-(grid_x**2 + (np.abs(grid_y) - 0.35) ** 2) / 0.25)
        narrow = 1 - 0.05 * (1 - grid_x)
        corner = 1 - 0.05 * (np.abs(grid_x) ** 6)
        grid = np.stack(
            [
                grid_x * (deep / 2 + 0.012) * (1 - 0.06 * np.abs(grid_y) ** 4),
                grid_y * (wide / 2 + 0.005) * narrow * corner,
                height + 0.012 + hollow,
            ],
            axis=-1,
        )
        seat = thick_sheet(grid, 0.022)
        pieces.append((wooden_uvs(seat), wood))
        seat_z = height
    feet = [
        (x, side * y)
        for x, y in ((front + 0.015, half_f + 0.012), (back_x(0.0), half_b - 0.01 * height))
        for side in (-1, 1)
    ]
    glides = rods([(x, y, -0.004) for x, y in feet], [(x, y, 0.002) for x, y in feet], 0.011, 10)
    pieces.append((in_tiles(glides), rubber("glides", seed)))
    return pieces, {
        "seat_centre": (0.0, 0.0, seat_z),
        "seat_front_left": (front, half_f, height),
        "seat_front_right": (front, -half_f, height),
        "seat_back_left": (rear, half_b, height),
        "seat_back_right": (rear, -half_b, height),
        "back_top_left": (back_x(top), half_b, top),
        "back_top_right": (back_x(top), -half_b, top),
        "foot_front_left": (front, half_f, 0.0),
        "foot_front_right": (front, -half_f, 0.0),
        "foot_back_left": (back_x(0.0), half_b, 0.0),
        "foot_back_right": (back_x(0.0), -half_b, 0.0),
    }


def _back(params: Mapping[str, Any], height: float, top: float, half: float, back_x: Any) -> Mesh:
    """What the sitter leans on, bent around the back."""
    style, count = str(params["back_style"]), int(params["slats"])
    y = np.linspace(-half, half, 7)
    hollow = -0.028 * (1 - (y / half) ** 2)

    def board(z: float, tall: float, thick: float) -> Mesh:
        path = np.stack([back_x(z) + hollow, y, np.full(7, z)], axis=1)
        return bar_along(path, rounded_rectangle(thick, tall, 0.45 * thick, steps=2), up_xyz=(0.0, 0.0, 1.0))

    if style == "ladder":
        return join(
            [board(height + 0.12 + (top - height - 0.16) * k / (count - 1), 0.045, 0.016) for k in range(count)]
        )
    parts = [board(top - 0.035, 0.075, 0.02), board(height + 0.1, 0.035, 0.018)]
    if style == "panel":
        parts.append(board((top + height) / 2 + 0.06, 0.13, 0.014))
        return join(parts)
    for k in range(count):
        at = (k - (count - 1) / 2) * 1.6 * half / count
        bow = -0.028 * (1 - (at / half) ** 2)
        path = np.array([(back_x(z) + bow, at, z) for z in (height + 0.09, (height + top) / 2, top - 0.04)])
        parts.append(bar_along(path, rounded_rectangle(0.012, 0.028, 0.0055, steps=2), up_xyz=(0.0, 1.0, 0.0)))
    return join(parts)
