"""Surfaces of revolution about the z axis, and extrusions of outlines along it."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile

__all__ = ["extrude", "revolve"]


def revolve(
    profile: Profile,
    segments: int,
    *,
    arc_rad: tuple[float, float] = (0.0, 2 * np.pi),
    v_per_metre: float | None = None,
) -> Mesh:
    """Return the surface that a profile sweeps about the z axis.

    Texture coordinate u runs 0..1 over the arc, to the right seen from outside. v falls from 1 at the start of the
    profile to 0 at its end by length, or is minus the length times `v_per_metre` where that is given.

    Args:
        profile: Radius and height, outside on the right: bottom to top over the outside.
        segments: Around the whole arc, 3 or more.
        arc_rad: First and last angle, counter-clockwise from +x seen from above.
        v_per_metre: See above.
    """
    angle = np.linspace(*arc_rad, segments + 1)
    if np.isclose(arc_rad[1] - arc_rad[0], 2 * np.pi):
        angle[-1] = angle[0]  # the two sides of the seam meet exactly
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)

    def swept(curve_k2: Floats) -> Floats:
        radial = curve_k2[:, None, :1] * around[None]
        height = np.broadcast_to(curve_k2[:, None, 1:], (len(curve_k2), len(angle), 1))
        return np.concatenate([radial, height], axis=2).reshape(-1, 3)

    along = profile.distance_k
    v = -along * v_per_metre if v_per_metre is not None else 1.0 - along / along[-1]
    u = np.linspace(0.0, 1.0, segments + 1)
    uvs = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    triangles = grid_triangles(len(v), segments + 1)
    return Mesh(swept(profile.points_k2), swept(profile.normals_k2), uvs, triangles).without_slivers()


def extrude(outline: Profile, low_m: float, high_m: float, *, bevel_m: float = 0.0, inset_top_m: float = 0.0) -> Mesh:
    """Return a solid with a convex outline between two heights, its top edge bevelled.

    Texture coordinates of the caps are x and -y in metres, those of the wall length and -z in metres.

    Args:
        outline: Closed, convex, counter-clockwise about the origin; the first point is given again at the end.
        low_m: Height of the bottom.
        high_m: Height of the top.
        bevel_m: Width and height of the rounded edge between wall and top.
        inset_top_m: How far the wall leans in from bottom to top.
    """
    angle = np.linspace(0.0, np.pi / 2, 4) if bevel_m > 0 else np.zeros(1)
    inset = np.concatenate([[0.0], inset_top_m + bevel_m * (1 - np.cos(angle))])
    height = np.concatenate([[low_m], high_m - bevel_m + bevel_m * np.sin(angle)])
    lean = np.concatenate([[0.0], angle])
    count = len(outline.points_k2)
    flat = outline.points_k2[None] - inset[:, None, None] * outline.normals_k2[None]
    walls = np.concatenate([flat, np.broadcast_to(height[:, None, None], (len(height), count, 1))], axis=2)
    normals = np.concatenate(
        [
            np.cos(lean)[:, None, None] * outline.normals_k2[None],
            np.broadcast_to(np.sin(lean)[:, None, None], (len(height), count, 1)),
        ],
        axis=2,
    )
    uvs = np.stack(np.broadcast_arrays(outline.distance_k[None], -height[:, None]), axis=-1)
    wall = Mesh(walls.reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2), grid_triangles(len(height), count))
    caps = [_cap(walls[-1], 1.0), _cap(walls[0], -1.0)]
    return join([wall, *caps]).without_slivers()


def _cap(ring_k3: Floats, side: float) -> Mesh:
    """A flat fan over a convex ring; `side` is 1 for a top and -1 for a bottom."""
    count = len(ring_k3) - 1
    centre = ring_k3[:-1].mean(axis=0, keepdims=True)
    positions = np.concatenate([centre, ring_k3[:-1]])
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    normals = np.tile([0.0, 0.0, side], (len(positions), 1))
    return Mesh(positions, normals, positions[:, :2] * [1.0, -1.0], triangles if side > 0 else triangles[:, ::-1])
