"""Flat things: rectangles, and thin sheets with round corners such as cards."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles

__all__ = ["rectangle", "rounded_sheet"]


def rectangle(size_x_m: float, size_y_m: float, cells_xy: tuple[int, int] = (1, 1)) -> Mesh:
    """Return a rectangle about the origin at z = 0 that faces up, with texture coordinates x and -y in metres."""
    x = np.linspace(-size_x_m / 2, size_x_m / 2, cells_xy[0] + 1)
    y = np.linspace(-size_y_m / 2, size_y_m / 2, cells_xy[1] + 1)
    flat = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    positions = np.concatenate([flat, np.zeros((len(flat), 1))], axis=1)
    normals = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    return Mesh(positions, normals, flat * [1.0, -1.0], grid_triangles(len(y), len(x)))


@lru_cache(maxsize=8)
def rounded_sheet(
    size_x_m: float, size_y_m: float, radius_m: float, thickness_m: float, cells_xy: tuple[int, int], corner_steps: int
) -> tuple[Mesh, Mesh, Mesh]:
    """Return a closed sheet about the origin, between z = 0 and its thickness: top, bottom, and the edge around.

    Texture coordinates of top and bottom cover 0..1 over the whole rectangle, each upright seen from its own side
    with its top towards +y (the bottom's right is -x). Those of the edge are length in metres and 0..1 across.

    Args:
        size_x_m: Width.
        size_y_m: Height.
        radius_m: Corner radius, above 0.
        thickness_m: Distance of top and bottom.
        cells_xy: Divisions of the straight part of each side, for later bending.
        corner_steps: Divisions of each corner.
    """
    half_x, half_y = size_x_m / 2, size_y_m / 2
    corner = half_x - radius_m + radius_m * np.sin(np.linspace(0.0, np.pi / 2, corner_steps + 1))
    straight = np.linspace(-(half_x - radius_m), half_x - radius_m, cells_xy[0] + 1)
    x = np.concatenate([-corner[:0:-1], straight, corner[1:]])
    into_corner = np.clip(np.abs(x) - (half_x - radius_m), 0.0, radius_m)
    reach = half_y - radius_m + np.sqrt(np.maximum(radius_m**2 - into_corner**2, 0.0))
    share = np.linspace(-1.0, 1.0, cells_xy[1] + 1)
    grid_x = np.broadcast_to(x, (len(share), len(x)))
    grid_y = share[:, None] * reach[None, :]
    flat = np.stack([grid_x, grid_y], axis=-1).reshape(-1, 2)
    triangles = grid_triangles(len(share), len(x))
    up = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    place_u, place_v = flat[:, 0] / size_x_m + 0.5, 0.5 - flat[:, 1] / size_y_m

    def lifted(z: float) -> Floats:
        return np.concatenate([flat, np.full((len(flat), 1), z)], axis=1)

    top = Mesh(lifted(thickness_m), up, np.stack([place_u, place_v], axis=1), triangles)
    bottom = Mesh(lifted(0.0), -up, np.stack([1 - place_u, place_v], axis=1), triangles[:, ::-1])
    columns, rows = len(x), len(share)
    index = np.arange(rows * columns).reshape(rows, columns)
    ring = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    ring = np.append(ring, ring[0])
    outline = flat[ring]
    inner = np.clip(outline, [-(half_x - radius_m), -(half_y - radius_m)], [half_x - radius_m, half_y - radius_m])
    outward = outline - inner
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(outline, axis=0), axis=1))])
    edge_positions = np.concatenate([bottom.positions_n3[ring], top.positions_n3[ring]])
    edge_normals = np.tile(np.concatenate([outward, np.zeros((len(ring), 1))], axis=1), (2, 1))
    edge_uvs = np.stack([np.tile(along, 2), np.repeat([1.0, 0.0], len(ring))], axis=1)
    edge = Mesh(edge_positions, edge_normals, edge_uvs, grid_triangles(2, len(ring)))
    return top.without_slivers(), bottom.without_slivers(), edge.without_slivers()
