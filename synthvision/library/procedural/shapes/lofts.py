"""Solids through rings of points: bodies whose section changes along them, and vessels of rectangular plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.shading import auto_smooth

__all__ = ["circle_ring", "loft", "open_vessel", "rectangle_ring", "stacked", "swept_rings"]


def loft(
    rings_rs3: Sequence[Floats] | Floats,
    *,
    crease_rad: float = 0.65,
    cap_first: bool = True,
    cap_last: bool = True,
    wrapped: bool = False,
) -> Mesh:
    """Return the surface through rings of points, one after the other.

    Texture coordinate u is 0..1 around by the length of the longest ring, v falls from 1 at the first ring to 0 at
    the last by mean length. The caps take their place on the longest ring's rim.

    Args:
        rings_rs3: Rings of equally many points, the first point not given again, metres, float64 (r, s, 3).
        crease_rad: Faces that meet at a larger angle keep a hard edge.
        cap_first: Close the first ring with a flat fan.
        cap_last: Close the last one. Closed at both ends the surface is turned inside out where that is needed; else
            its outside is where (direction around) x (direction along) points.
        wrapped: The last ring joins the first: a body without ends.
    """
    rings = np.asarray(rings_rs3, np.float64)
    if wrapped:
        rings = np.concatenate([rings, rings[:1]])
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    around = np.linalg.norm(np.diff(closed, axis=1), axis=2)
    longest = around[int(np.argmax(around.sum(axis=1)))]
    u = np.concatenate([[0.0], np.cumsum(longest)]) / longest.sum()
    steps = np.linalg.norm(np.diff(rings, axis=0), axis=2).mean(axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    uvs = np.stack(np.meshgrid(u, 1.0 - along / along[-1]), axis=-1).reshape(-1, 2)
    flat = closed.reshape(-1, 3)
    wall = Mesh(flat, np.zeros_like(flat), uvs, grid_triangles(*closed.shape[:2]))
    pieces = [wall]
    if cap_first and not wrapped:
        pieces.append(_fan(rings[0], u[:-1], 1.0, last=False))
    if cap_last and not wrapped:
        pieces.append(_fan(rings[-1], u[:-1], 0.0, last=True))
    solid = join(pieces)
    if (wrapped or (cap_first and cap_last)) and _volume(solid) < 0:
        solid = Mesh(solid.positions_n3, solid.normals_n3, solid.uvs_n2, solid.triangles_m3[:, ::-1])
    return auto_smooth(solid, crease_rad)


def open_vessel(
    outside: Sequence[tuple[Floats, float]], inside: Sequence[tuple[Floats, float]], crease_rad: float = 0.65
) -> tuple[Mesh, Mesh]:
    """Return outside and inside of a vessel, which meet at the rim and are closed together.

    Args:
        outside: Counter-clockwise rings and their heights from the base up to the rim.
        inside: The same from the rim down to the floor, without the rim's own ring.
        crease_rad: Faces that meet at a larger angle keep a hard edge.
    """
    outer = loft(stacked(outside), crease_rad=crease_rad, cap_last=False)
    inner = loft(stacked([outside[-1], *inside]), crease_rad=crease_rad, cap_first=False)
    return outer, inner


def circle_ring(radius_m: float, sections: int, *, squash: float = 1.0, exponent: float = 2.0) -> Floats:
    """Return a circle (or superellipse, y multiplied by `squash`) about the origin, float64 (sections, 2)."""
    angle = np.arange(sections) * 2 * np.pi / sections
    c, s = np.cos(angle), np.sin(angle)
    power = 2.0 / exponent
    ring = np.stack([np.sign(c) * np.abs(c) ** power, squash * np.sign(s) * np.abs(s) ** power], axis=1)
    return np.asarray(radius_m * ring, np.float64)


def rectangle_ring(
    size_x_m: float, size_y_m: float, radius_m: float, *, steps: int = 2, cells_xy: tuple[int, int] = (1, 1)
) -> Floats:
    """Return a rectangle with round corners about the origin, counter-clockwise, float64 (s, 2).

    It starts with the face towards +x, at its -y end. Equal steps and cells give rings of equally many points.

    Args:
        size_x_m: Whole width.
        size_y_m: Whole depth.
        radius_m: Corner radius, above 0 and at most half the smaller side.
        steps: Segments of each corner.
        cells_xy: Divisions of the straight part of the sides along x and along y.
    """
    half = np.array([size_x_m, size_y_m]) / 2 - radius_m
    ramp = np.linspace(0.0, np.pi / 2, steps + 1)
    parts = []
    for k, (sx, sy) in enumerate(((1, -1), (1, 1), (-1, 1), (-1, -1))):
        angle = ramp + (k - 1) * np.pi / 2
        corner = half * (sx, sy) + radius_m * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        next_sign = ((1, 1), (-1, 1), (-1, -1), (1, -1))[k]
        end_angle = k * np.pi / 2
        start = half * next_sign + radius_m * np.array([np.cos(end_angle), np.sin(end_angle)])
        cells = cells_xy[1] if k % 2 == 0 else cells_xy[0]
        share = np.arange(1, cells)[:, None] / cells
        parts += [corner, corner[-1] + (start - corner[-1]) * share]
    ring = np.concatenate(parts)
    # The first points are those of the corner before the face towards +x: turn it so that the face comes first.
    return np.roll(ring, -steps, axis=0)


def stacked(rings_and_heights: Sequence[tuple[Floats, float]]) -> Floats:
    """Return plane rings, float64 (s, 2) each, at their heights as rings for `loft`."""
    return np.stack([np.concatenate([ring, np.full((len(ring), 1), z)], axis=1) for ring, z in rings_and_heights])


def swept_rings(path_k3: Floats, sections_ks2: Floats, up_xyz: tuple[float, float, float]) -> Floats:
    """Return plane rings set across a curve as rings for `loft`.

    Args:
        path_k3: Points of the centre line, metres.
        sections_ks2: Section at each point: first coordinate sideways (to the left along the path, seen with `up_xyz`
            up), second upwards.
        up_xyz: Unit vector that is never along the path.
    """
    tangent = np.gradient(np.asarray(path_k3, np.float64), axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    left = np.cross(np.asarray(up_xyz, np.float64), tangent)
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    up = np.cross(tangent, left)
    sections = np.asarray(sections_ks2, np.float64)
    return np.asarray(
        path_k3[:, None] + sections[..., :1] * left[:, None] + sections[..., 1:] * up[:, None], np.float64
    )


def _fan(ring_s3: Floats, u_s: Floats, v: float, *, last: bool) -> Mesh:
    """A fan over a ring; of the last one the outside is where the rings go."""
    count = len(ring_s3)
    positions = np.concatenate([ring_s3.mean(axis=0, keepdims=True), ring_s3])
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    uvs = np.concatenate([[[0.5, v]], np.stack([u_s, np.full(count, v)], axis=1)])
    return Mesh(positions, np.zeros_like(positions), uvs, triangles if last else triangles[:, ::-1])


def _volume(mesh: Mesh) -> float:
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)))
