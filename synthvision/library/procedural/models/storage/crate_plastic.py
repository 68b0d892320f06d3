"""Moulded plastic crates: walls with rows of holes, ribs and rims that follow a rounded outline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Material
from synthvision.library.procedural.models.assembly import lighter, rgb
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile, rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.walls import perforated_wall
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["plastic_pieces"]

WALL_M = 0.0032
CORNER_STEPS = 4


def plastic_pieces(params: Mapping[str, Any], size: tuple[float, float, float]) -> list[tuple[Mesh, Material]]:
    """Return wall, rims, ribs and floor of a plastic crate."""
    length, width, height = size
    lean = float(params["lean"])
    rim = 0.007
    corner = 0.11 * min(length, width)
    # The wall leans out, so that crates nest: the outline at the foot is the smaller one.
    grow = 1.0 + lean * height
    foot_l, foot_w = (length - 2 * rim) / grow, (width - 2 * rim) / grow
    outline = rounded_rectangle(foot_l, foot_w, corner, steps=CORNER_STEPS)
    columns = _columns(outline, int(params["hole_columns"]), float(params["hole_share"]), foot_w / foot_l)
    path, is_hole = columns
    heights, filled = _rows(params, height, is_hole, path)
    wall = perforated_wall(path.points_k2, path.offset(-WALL_M).points_k2, heights, filled, lean)
    colour = rgb(params["plastic_colour"])
    dirt = float(params["dirt"])
    seed = int(params["wear_seed"])
    plastic = Material(
        name="body",
        base_colour_map=worn_paint(
            colour,
            seed,
            dirt=0.55 * dirt,
            scuff=0.3 + 0.6 * dirt,
            fade=0.35 * dirt,
            smears=0.15,
            scuff_colour=lighter(colour, 1.6),
        ),
        roughness=0.52,
        metallic_roughness_map=roughness_map(seed, 0.3),
    )
    bands = [(height - 0.016, height, rim), (0.0, 0.012, 0.0025)]
    middle = heights[1:-1]
    bands += [(float(z) - 0.0025, float(z) + 0.0025, 0.004) for z in middle[:: max(len(middle) // 2, 1)][:2]]
    rings = [_rim(outline, low, high, out, lean) for low, high, out in bands]
    floor = extrude(
        rounded_rectangle(foot_l - 2 * WALL_M, foot_w - 2 * WALL_M, corner - WALL_M, steps=CORNER_STEPS), 0.002, 0.0055
    )
    ribs = _ribs(outline, height, lean, corner)
    # Walls, rims and floor share one chart in metres; half a metre is one repeat of the dirt.
    body = join([wall, *rings, floor, *ribs]).placed_uvs((1.6, 1.0 / max(height, 0.1)), (0.0, 1.0))
    body = body.with_uvs(
        np.stack([body.uvs_n2[:, 0], np.clip(1.0 - body.positions_n3[:, 2] / height, 0.0, 1.0)], axis=1)
    )
    return [(body, plastic)]


def _columns(outline: Profile, holes: int, share: float, aspect: float) -> tuple[Profile, NDArray[np.bool_]]:
    """The outline with points at the borders of holes, and for each stretch whether a hole may be there."""
    points = outline.points_k2[:-1]
    normals = outline.normals_k2[:-1]
    per_corner = CORNER_STEPS + 1
    out_points, out_normals, flags = [], [], []
    # Corners come in the order +x+y, -x+y, -x-y, +x-y; the side after the first corner is the long one at +y.
    for side in range(4):
        block = np.s_[side * per_corner : (side + 1) * per_corner]
        out_points.append(points[block])
        out_normals.append(normals[block])
        flags += [False] * CORNER_STEPS
        start, stop = points[block][-1], points[(side + 1) * per_corner % len(points)]
        count = holes if side % 2 == 0 else max(round(holes * aspect), 2)
        pitch = 1.0 / count
        gap = 0.5 * pitch * (1 - share)
        at = np.concatenate([[k * pitch + gap, (k + 1) * pitch - gap] for k in range(count)])
        out_points.append(start + (stop - start) * at[:, None])
        out_normals.append(np.broadcast_to(normals[block][-1], (len(at), 2)))
        flags += [False, *([True, False] * count)]
    path = np.concatenate(out_points)
    facing = np.concatenate(out_normals)
    return Profile(np.concatenate([path, path[:1]]), np.concatenate([facing, facing[:1]])), np.array(flags)


def _rows(
    params: Mapping[str, Any], height: float, is_hole: NDArray[np.bool_], path: Profile
) -> tuple[Floats, NDArray[np.bool_]]:
    """Borders of the rows of cells, and which cells are there."""
    style = str(params["wall_style"])
    rows = int(params["hole_rows"]) if style != "slits" else 1
    low, high = 0.16 * height, 0.62 * height if style != "slits" else 0.6 * height
    pitch = (high - low) / rows
    gap = 0.2 * pitch
    borders = [0.0]
    for k in range(rows):
        borders += [low + k * pitch + gap / 2, low + (k + 1) * pitch - gap / 2]
    # The grip: a wide opening near the top of the short sides.
    grip_low, grip_high = 0.72 * height, 0.72 * height + min(0.035, 0.13 * height)
    borders += [grip_low, grip_high, height]
    heights = np.array(borders)
    filled = np.ones((len(heights) - 1, len(is_hole)), bool)
    if style != "solid":
        for k in range(rows):
            filled[1 + 2 * k] = ~is_hole
    centre = (path.points_k2[1:] + path.points_k2[:-1]) / 2
    half_x, half_y = np.abs(path.points_k2).max(axis=0)
    on_end = (np.abs(centre[:, 0]) > 0.98 * half_x) & (np.abs(centre[:, 1]) < 0.42 * half_y)
    filled[2 * rows + 1, on_end] = False
    return heights, filled


def _rim(outline: Profile, low: float, high: float, out: float, lean: float) -> Mesh:
    """A band around the wall, its edges bevelled."""
    bevel = min(0.0018, 0.3 * (high - low))
    steps = [
        (-WALL_M, low, -1),
        (out - bevel, low, -1),
        (out, low + bevel, 0),
        (out, high - bevel, 0),
        (out - bevel, high, 1),
        (-WALL_M - 0.0006, high, 1),
        (-WALL_M - 0.0006, low, 2),
    ]
    rows, normals = [], []
    for offset, z, facing in steps:
        grow = 1.0 + lean * z
        ring = outline.points_k2 * grow + offset * outline.normals_k2
        rows.append(np.concatenate([ring, np.full((len(ring), 1), z)], axis=1))
        flat = np.zeros((len(ring), 3))
        if facing == 0:
            flat[:, :2] = outline.normals_k2
        elif facing == 2:
            flat[:, :2] = -outline.normals_k2
        else:
            flat[:, 2] = facing
        normals.append(flat)
    # The inside wall needs rows of its own, hard against top and bottom.
    order = [0, 1, 2, 3, 4, 5]
    shell_rows, shell_normals = [rows[k] for k in order], [normals[k] for k in order]
    inner_rows, inner_normals = [rows[5], rows[0] * [1, 1, 1]], [normals[6], normals[6]]
    inner_rows[1] = rows[6].copy()
    shell_rows[0] = rows[6]
    pieces = []
    for some_rows, some_normals in ((shell_rows, shell_normals), (inner_rows, inner_normals)):
        grid = np.array(some_rows)
        along = np.broadcast_to(outline.distance_k, grid.shape[:2])
        uvs = np.stack([along, -grid[..., 2]], axis=-1)
        pieces.append(
            Mesh(
                grid.reshape(-1, 3),
                np.array(some_normals).reshape(-1, 3),
                uvs.reshape(-1, 2),
                grid_triangles(len(grid), grid.shape[1]),
            )
        )
    return join(pieces)


def _ribs(outline: Profile, height: float, lean: float, corner: float) -> list[Mesh]:
    """Upright ribs beside the corners."""
    half_x, half_y = outline.points_k2.max(axis=0)
    ribs = []
    for x, y, across in ((half_x - corner * 1.1, half_y, 0), (half_x, half_y - corner * 1.1, 1)):
        for sign_x in (-1, 1):
            for sign_y in (-1, 1):
                size = (0.004, 0.006) if across == 0 else (0.006, 0.004)
                post = extrude(rounded_rectangle(*size, 0.0012, steps=1), 0.006, height - 0.008)
                grow = 1.0 + lean * post.positions_n3[:, 2]
                middle = np.array([sign_x * x, sign_y * y])
                moved = post.positions_n3.copy()
                moved[:, :2] += grow[:, None] * middle
                ribs.append(Mesh(moved, post.normals_n3, post.uvs_n2, post.triangles_m3))
    return ribs
