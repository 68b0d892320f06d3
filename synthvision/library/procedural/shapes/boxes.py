"""Bevelled boxes, many at a time: boards, blocks, legs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.atlas import CUBE_FACES
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles

__all__ = ["bevelled_boxes", "rounded_box"]


def bevelled_boxes(
    sizes_n3: Floats,
    centres_n3: Floats,
    bevel_m: float,
    rotations_n33: Floats | None = None,
    seeds_n2: Floats | None = None,
) -> Mesh:
    """Return boxes of 44 triangles whose narrow bevels are shaded round.

    Texture coordinates are metres: u along the local x axis (the grain of a board), v across; the ends show only a
    sixth of their width along u, as end grain has no long streaks.

    Args:
        sizes_n3: float64 (n, 3), whole lengths along the local axes, each more than twice the bevel.
        centres_n3: float64 (n, 3).
        bevel_m: Width of the bevel.
        rotations_n33: World from local, float64 (n, 3, 3); None leaves the boxes along the axes.
        seeds_n2: Added to the texture coordinates of each box, float64 (n, 2), so that boards differ.
    """
    sign, facing, chart, triangles = _box_template()
    sizes = np.asarray(sizes_n3, np.float64)
    half = sizes[:, None, :] / 2
    # A vertex lies on the face it faces, and is drawn in by the bevel along the two other axes.
    on_face = np.abs(facing)[None]
    local = sign[None] * (half - bevel_m * (1.0 - on_face))
    normals = np.broadcast_to(facing[None], local.shape)
    length, width, depth = local[..., 0], local[..., 1], local[..., 2]
    uvs = np.empty((*local.shape[:2], 2))
    uvs[..., 0] = np.where(chart == 0, width / 6, length)
    uvs[..., 1] = np.where(chart == 2, width, depth)
    uvs[..., 1] *= -1.0
    if seeds_n2 is not None:
        uvs += seeds_n2[:, None, :]
    if rotations_n33 is not None:
        local = np.einsum("nij,nkj->nki", rotations_n33, local)
        normals = np.einsum("nij,nkj->nki", rotations_n33, normals)
    positions = local + np.asarray(centres_n3, np.float64)[:, None, :]
    starts = np.arange(len(sizes))[:, None, None] * len(sign)
    return Mesh(
        positions.reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2), (triangles[None] + starts).reshape(-1, 3)
    )


@lru_cache(maxsize=1)
def _box_template() -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Corner signs, face normals and texture axis of every vertex of a bevelled box, and its triangles."""
    signs: list[tuple[int, ...]] = []
    facings: list[tuple[float, ...]] = []
    charts: list[int] = []
    polygons: list[list[int]] = []

    def vertex(corner: tuple[int, int, int], axis: int, chart: int) -> int:
        signs.append(corner)
        facings.append(tuple(float(corner[axis]) if i == axis else 0.0 for i in range(3)))
        charts.append(chart)
        return len(signs) - 1

    def corner_of(values: dict[int, int]) -> tuple[int, int, int]:
        return values[0], values[1], values[2]

    around = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    for axis in range(3):
        b, c = (axis + 1) % 3, (axis + 2) % 3
        polygons += [[vertex(corner_of({axis: side, b: i, c: j}), axis, axis) for i, j in around] for side in (-1, 1)]
        # The four edges along this axis, between the faces of the two other axes.
        for i, j in around:
            ends = [(corner_of({axis: end, b: i, c: j})) for end in (-1, 1)]
            chart = max(b, c)
            polygons.append(
                [
                    vertex(ends[0], b, chart),
                    vertex(ends[1], b, chart),
                    vertex(ends[1], c, chart),
                    vertex(ends[0], c, chart),
                ]
            )
    corners = [(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]
    polygons += [[vertex(corner, axis, 2) for axis in range(3)] for corner in corners]
    sign, facing = np.array(signs, np.float64), np.array(facings)
    places = sign * (1.0 - 0.2 * (1.0 - np.abs(facing)))
    triangles: list[list[int]] = []
    for polygon in polygons:
        a, b_place, c_place = places[polygon[:3]]
        outward = np.dot(np.cross(b_place - a, c_place - a), places[polygon].mean(axis=0)) > 0
        ordered = polygon if outward else polygon[::-1]
        triangles += [[ordered[0], ordered[k], ordered[k + 1]] for k in range(1, len(ordered) - 1)]
    return sign, facing, np.array(charts, np.int64), np.array(triangles, np.int64)


def rounded_box(size_xyz: tuple[float, float, float], radius_m: float, steps: int = 3, flat_cells: int = 1) -> Mesh:
    """Return one box about the origin with round edges and corners.

    Texture coordinates are metres in the plane of each face: the image is upright on the side faces, and its top
    points to +y on the top and the bottom. Faces come in the order of `CUBE_FACES`, all with the same vertex count.

    Args:
        size_xyz: Whole lengths.
        radius_m: Radius of edges and corners, above 0 and at most half the smallest length.
        steps: Segments from the flat to the middle of an edge.
        flat_cells: Divisions of the flat part of each side, for later deformation.
    """
    direction, corners, frames, triangles = _sphere_template(steps, flat_cells)
    positions = corners * (np.asarray(size_xyz) / 2 - radius_m) + radius_m * direction
    right, up = frames[:, 0], frames[:, 1]
    uvs = np.stack([np.einsum("ni,ni->n", positions, right), -np.einsum("ni,ni->n", positions, up)], axis=1)
    return Mesh(positions, direction, uvs, triangles)


@lru_cache(maxsize=8)
def _sphere_template(steps: int, flat_cells: int) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Normals of a cube grid, its places on the inner box (-1..1), right and up axes of the faces, and triangles."""
    ramp = np.linspace(0.0, np.pi / 4, steps + 1)
    angle = np.concatenate([-ramp[::-1], np.zeros(flat_cells - 1), ramp])
    place = np.concatenate([-np.ones(steps + 1), np.linspace(-1, 1, flat_cells + 1)[1:-1], np.ones(steps + 1)])
    count = len(angle)
    grid_a, grid_b = np.meshgrid(np.tan(angle), np.tan(angle))
    place_a, place_b = np.meshgrid(place, place)
    normals, corners, frames = [], [], []
    triangles: list[NDArray[np.int64]] = []
    for outward, right, up in CUBE_FACES:
        out_v, right_v, up_v = (np.array(v, np.float64) for v in (outward, right, up))
        raw = out_v + grid_a[..., None] * right_v + grid_b[..., None] * up_v
        normals.append((raw / np.linalg.norm(raw, axis=2, keepdims=True)).reshape(-1, 3))
        corners.append((out_v + place_a[..., None] * right_v + place_b[..., None] * up_v).reshape(-1, 3))
        frames.append(np.broadcast_to(np.stack([right_v, up_v]), (count * count, 2, 3)))
        triangles.append(grid_triangles(count, count) + len(triangles) * count * count)
    return np.concatenate(normals), np.concatenate(corners), np.concatenate(frames), np.concatenate(triangles)
