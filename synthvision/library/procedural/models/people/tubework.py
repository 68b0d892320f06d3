"""Bent tubes, spoked wheels and padded boxes: what bicycles, pushchairs and wheelchairs are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import smooth_normals, with_sharp_folds
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["Wheel", "bent_tube", "reshaded", "rod", "spoked_wheel", "tyre_ring"]


def bent_tube(points: Sequence[Any] | Floats, radius: float, sections: int = 8, steps: int = 3) -> Mesh:
    """Return a round tube through points, its corners rounded by a smooth curve.

    Args:
        points: Corners of the path, metres.
        radius: Of the tube.
        sections: Around.
        steps: Pieces of each rounded corner.
    """
    corners = np.asarray(points, np.float64)
    path = [corners[0]]
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
        back, ahead = before - corner, after - corner
        room = 0.42 * min(float(np.linalg.norm(back)), float(np.linalg.norm(ahead)), 12 * radius)
        start = corner + back / np.linalg.norm(back) * room
        end = corner + ahead / np.linalg.norm(ahead) * room
        bend = np.linspace(0.0, 1.0, steps + 1)[:, None]
        path += list((1 - bend) ** 2 * start + 2 * bend * (1 - bend) * corner + bend**2 * end)
    path.append(corners[-1])
    line = np.array(path)
    return sweep_tube(line, np.full((len(line), 2), radius), sections, binormal_xyz=_across(line))


def rod(a: Sequence[float] | Floats, b: Sequence[float] | Floats, radius: float, sections: int = 8) -> Mesh:
    """Return a straight round bar between two points."""
    line = np.array([a, b], np.float64)
    return sweep_tube(line, np.full((2, 2), radius), sections, binormal_xyz=_across(line))


def reshaded(mesh: Mesh) -> Mesh:
    """Return a mesh with normals averaged over its triangles, where those of a sweep do not follow its taper."""
    grid = np.round(mesh.positions_n3 * 1e6).astype(np.int64)
    _, first, inverse = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    normals = smooth_normals(mesh.positions_n3[first], inverse[mesh.triangles_m3])
    return with_sharp_folds(replace(mesh, normals_n3=normals[inverse]))


def _across(line: Floats) -> tuple[float, float, float]:
    """A direction well across a path: of its plane where it bends, of any where it does not."""
    spread = line - line.mean(axis=0)
    _, sizes, axes = np.linalg.svd(spread, full_matrices=True)
    flat = len(line) < 3 or sizes[1] < 1e-6 * sizes[0]
    axis = axes[2]
    if flat:
        along = line[-1] - line[0]
        axis = np.cross(along, [0.0, 0.0, 1.0] if abs(along[2]) < 0.9 * np.linalg.norm(along) else [1.0, 0.0, 0.0])
        axis = axis / np.linalg.norm(axis)
    k = int(np.argmax(np.abs(axis)))
    axis = axis * np.sign(axis[k])  # the same way round on any machine
    return float(axis[0]), float(axis[1]), float(axis[2])


@dataclass(frozen=True, slots=True, eq=False)
class Wheel:
    """Meshes of one wheel about the origin, its axle along y."""

    tyre: Mesh
    rim: Mesh
    spokes: Mesh


def tyre_ring(radius: float, half_deep: float, half_wide: float, segments: int, sections: int = 8) -> Mesh:
    """Return a ring about the y axis: the outer radius, and half the size of its section along the radius and y."""
    angle = np.arange(segments) * 2 * np.pi / segments
    middle = radius - half_deep
    path = np.stack([middle * np.cos(angle), np.zeros(segments), middle * np.sin(angle)], axis=1)
    radii = np.tile([half_deep, half_wide], (segments, 1))
    return sweep_tube(path, radii, sections, binormal_xyz=(0.0, 1.0, 0.0), closed=True)


def spoked_wheel(radius: float, tyre: float, spokes: int, segments: int, hub_half: float = 0.03) -> Wheel:
    """Return a wheel with wire spokes.

    Args:
        radius: Outside of the tyre.
        tyre: Its thickness.
        spokes: How many.
        segments: Around the tyre.
        hub_half: Half the width of the hub.
    """
    ring = tyre_ring(radius, tyre / 2, tyre / 2, segments, 6)
    inner = radius - tyre * 0.92
    rim = tyre_ring(inner, 0.009, 0.4 * tyre, segments, 3)
    angle = np.arange(spokes) * 2 * np.pi / spokes
    wires = []
    for number, a in enumerate(angle):
        side = hub_half * (0.8 if number % 2 else -0.8)
        twist = 0.35 if number % 4 < 2 else -0.35
        eyelet = (0.018 * np.cos(a + twist), side, 0.018 * np.sin(a + twist))
        wires.append(rod(eyelet, ((inner - 0.012) * np.cos(a), 0.0, (inner - 0.012) * np.sin(a)), 0.0013, 3))
    hub = rod((0.0, -hub_half, 0.0), (0.0, hub_half, 0.0), 0.02, 8)
    return Wheel(ring, rim, join([*wires, hub]))
