"""Plates with any outline and with holes: tools, brackets, blades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.shading import auto_smooth
from synthvision.library.procedural.shapes.triangulation import triangulated

__all__ = ["plate"]


def plate(
    outline_n2: Floats,
    low_m: float,
    high_m: float,
    *,
    bevel_m: float = 0.0,
    holes: Sequence[Floats] = (),
    crease_rad: float = 0.65,
) -> Mesh:
    """Return a closed plate between two heights whose edges are bevelled above and below.

    Texture coordinates are x and -y in metres on the faces, length along the edge and -z on the edge.

    Args:
        outline_n2: Simple polygon, counter-clockwise, convex or not, the first point not given again.
        low_m: Height of the underside.
        high_m: Height of the top.
        bevel_m: Width and height of the chamfers, under half the thickness and the narrowest corner.
        holes: Simple polygons inside, clockwise.
        crease_rad: Faces that meet at a larger angle keep a hard edge.
    """
    levels = [(low_m, 0.0), (high_m, 0.0)]
    if bevel_m > 0:
        levels = [(low_m, bevel_m), (low_m + bevel_m, 0.0), (high_m - bevel_m, 0.0), (high_m, bevel_m)]
    outlines = [np.asarray(outline_n2, np.float64), *(np.asarray(hole, np.float64) for hole in holes)]
    walls = [_wall(outline, levels) for outline in outlines]
    drawn_in = [_inset(outline, bevel_m) for outline in outlines]
    flat = np.concatenate(drawn_in)
    triangles = triangulated(drawn_in[0], drawn_in[1:])
    caps = []
    for z, order in ((high_m, triangles), (low_m, triangles[:, ::-1])):
        positions = np.concatenate([flat, np.full((len(flat), 1), z)], axis=1)
        caps.append(Mesh(positions, np.zeros_like(positions), flat * [1.0, -1.0], order))
    return auto_smooth(join([*walls, *caps]), crease_rad)


def _inset(outline: Floats, distance_m: float) -> Floats:
    """A polygon drawn in by mitred corners."""
    side = np.roll(outline, -1, axis=0) - outline
    side = side / np.linalg.norm(side, axis=1, keepdims=True)
    normal = np.stack([side[:, 1], -side[:, 0]], axis=1)
    before = np.roll(normal, 1, axis=0)
    both = normal + before
    mitre = both / np.maximum(1.0 + np.einsum("ij,ij->i", normal, before), 0.35)[:, None]
    return np.asarray(outline - distance_m * mitre, np.float64)


def _wall(outline: Floats, levels: list[tuple[float, float]]) -> Mesh:
    rings = np.stack(
        [np.concatenate([_inset(outline, inset), np.full((len(outline), 1), z)], axis=1) for z, inset in levels]
    )
    closed = np.concatenate([rings, rings[:, :1]], axis=1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed[0], axis=0), axis=1))])
    uvs = np.stack(np.broadcast_arrays(along[None], -closed[:, :, 2]), axis=-1).reshape(-1, 2)
    flat = closed.reshape(-1, 3)
    return Mesh(flat, np.zeros_like(flat), uvs, grid_triangles(*closed.shape[:2]))
