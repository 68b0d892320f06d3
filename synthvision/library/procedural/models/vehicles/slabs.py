"""Plates that stand upright along or across a vehicle: cabs, panels, windows, boards; and their dirt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.profiles import filleted, rounded_rectangle
from synthvision.library.procedural.shapes.quads import plain_boxes
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import bar_along
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = [
    "blocks",
    "coach_paint",
    "drum",
    "front_plate",
    "lain",
    "mudguards",
    "rounded_outline",
    "side_plate",
    "side_plates",
]

Outline = Sequence[tuple[float, float]]

_ALONG = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
_ACROSS = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)


def rounded_outline(corners: Outline, radii_m: Sequence[float] | float) -> Floats:
    """Return a closed counter-clockwise polygon with round corners, the first point not given again."""
    points = np.asarray(corners, np.float64)
    radii = [float(radii_m)] * len(points) if isinstance(radii_m, (int, float)) else list(radii_m)
    start = (points[0] + points[-1]) / 2
    curve = filleted(np.concatenate([[start], points, [start]]), [0.0, *radii, 0.0], step_rad=0.5, tolerance_m=0.002)
    keep = np.concatenate([[True], np.linalg.norm(np.diff(curve.points_k2, axis=0), axis=1) > 1e-6])
    return np.asarray(curve.points_k2[keep][:-1], np.float64)


def side_plate(outline_xz: Outline | Floats, low_y: float, high_y: float, bevel_m: float = 0.0) -> Mesh:
    """Return a solid with an outline in (x, z), counter-clockwise with z up and x to the right, between two y."""
    solid = plate(np.asarray(outline_xz, np.float64), -high_y, -low_y, bevel_m=bevel_m)
    return solid.turned(_ALONG)


def side_plates(outline_xz: Outline | Floats, y: float, thickness_m: float) -> Mesh:
    """Return a pair of thin plates on the outer sides at y and -y, standing out by their thickness."""
    return join([side_plate(outline_xz, y - 0.01, y + thickness_m), side_plate(outline_xz, -y - thickness_m, 0.01 - y)])


def front_plate(outline_yz: Outline | Floats, low_x: float, high_x: float, bevel_m: float = 0.0) -> Mesh:
    """Return a solid with an outline in (y, z), counter-clockwise with z up and y to the right, between two x."""
    return plate(np.asarray(outline_yz, np.float64), low_x, high_x, bevel_m=bevel_m).turned(_ACROSS)


def blocks(items: Sequence[tuple[tuple[float, float, float], tuple[float, float, float]]], bevel_m: float) -> Mesh:
    """Return boxes, each given by its size and its middle; without a bevel they have 12 triangles, with one 44."""
    sizes, centres = np.array([item[0] for item in items]), np.array([item[1] for item in items])
    if bevel_m <= 0:
        return plain_boxes(centres - sizes / 2, centres + sizes / 2)
    return bevelled_boxes(sizes, centres, min(bevel_m, 0.3 * float(sizes.min())))


def drum(radius_m: float, length_m: float, rim_m: float, segments: int = 20) -> Mesh:
    """Return a lying cylinder along x about the origin, its ends domed."""
    half = length_m / 2
    profile = filleted(
        [(0.0, -half - 0.35 * rim_m), (0.6 * radius_m, -half - 0.2 * rim_m), (radius_m, -half + rim_m),
         (radius_m, half - rim_m), (0.6 * radius_m, half + 0.2 * rim_m), (0.0, half + 0.35 * rim_m)],
        [0.0, 0.5 * radius_m, rim_m, rim_m, 0.5 * radius_m, 0.0], step_rad=0.7,
    )  # fmt: skip
    return revolve(profile, segments).turned(np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64))


def mudguards(
    axles_x: Sequence[float],
    radius_m: float,
    y: float,
    width_m: float,
    hub_z: float,
    arc: tuple[float, float] = (0.1, 3.0),
) -> Mesh:
    """Return bent sheets over wheels on both sides."""
    angle = np.linspace(arc[0], arc[1], 7)
    section = rounded_rectangle(width_m, 0.02, 0.008, steps=1)
    out = []
    for x in axles_x:
        for side in (-1.0, 1.0):
            path = np.stack(
                [x + radius_m * np.cos(angle), np.full(7, side * y), hub_z + radius_m * np.sin(angle)], axis=1
            )
            out.append(bar_along(path, section, up_xyz=(0.01, 0.0, 1.0)))
    return join(out)


def lain(mesh: Mesh, length_m: float, height_m: float) -> Mesh:
    """Return a mesh with texture coordinates as `worn_paint` wants them: u along, v from the top (0) to the ground."""
    x, y, z = mesh.positions_n3.T
    facing = np.abs(mesh.normals_n3)
    u = np.where(facing[:, 0] > 0.7, y, x) / length_m
    return mesh.with_uvs(np.stack([u, np.clip(1.0 - z / height_m, 0.01, 0.99)], axis=1))


def coach_paint(
    name: str,
    colour: tuple[float, float, float],
    seed: int,
    dirt: float,
    *,
    gloss: float = 1.0,
    roughness: float = 0.45,
) -> Material:
    """Return sprayed sheet metal of a working vehicle, with dirt towards the ground; lay it with `lain`."""
    grade = round(4 * dirt) / 4
    return Material(
        name=name,
        base_colour_map=worn_paint(
            colour, seed, dirt=0.4 * grade, scuff=0.25 * grade, foot_dirt=0.9 * grade, smears=0.3
        ),
        roughness=roughness,
        metallic_roughness_map=roughness_map(seed, 0.25),
        clearcoat=gloss * (1.0 - 0.5 * dirt),
        clearcoat_roughness=0.06 + 0.15 * dirt,
    )
