"""The bodies of books: a cover folded around a block of pages, drawn as sections that run along the spine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import Profile, filleted

__all__ = ["BookShape", "cover_parts", "page_block"]

PAGE_REPEAT_M = 0.2


@dataclass(frozen=True, slots=True)
class BookShape:
    """Measures of a closed book that lies with its front up, its spine at x = 0 and its fore-edge at x = width.

    Args:
        width_m: From the spine to the fore-edge of the cover.
        height_m: Along the spine.
        thickness_m: Over all.
        board_m: Thickness of the cover.
        square_m: How far the cover stands out over the pages.
        bulge_m: How far a rounded spine stands out, 0 for a flat one.
        groove_m: Depth of the joint beside the spine.
        lift_m: How far the front cover is raised at its fore-edge.
        stiff: A raised cover stays flat instead of curling.
    """

    width_m: float
    height_m: float
    thickness_m: float
    board_m: float
    square_m: float
    bulge_m: float
    groove_m: float
    lift_m: float
    stiff: bool


def cover_parts(book: BookShape) -> tuple[Mesh, Floats]:
    """Return the folded cover as one solid, and the length of the section over front, spine and back, float64 (3,).

    Texture coordinates are metres: u runs along the section, from minus its whole length at the back's fore-edge to 0
    at the front's, v down from the head of the book. The inside has u of 1 and the cut edges have u of 2.
    """
    outer, spine_starts = _cover_section(book)
    along = outer.distance_k
    inner = outer.offset(-book.board_m)
    bevel = min(0.3 * book.board_m, 0.0007)
    # From the head of the book to its foot; both ends are rounded over the bevel.
    ramp = np.linspace(np.pi / 2, 0.0, 3)
    half = book.height_m / 2
    head = half - bevel + bevel * np.sin(ramp)
    drawn_in = bevel * (1 - np.cos(ramp))
    rise = np.concatenate([head, -head[::-1]])
    inset = np.concatenate([drawn_in, drawn_in[::-1]])
    lean = np.concatenate([ramp, -ramp[::-1]])
    outside = _swept(outer, rise, inset, lean)
    outside = outside.with_uvs(_grid(-along, half - rise))
    inside = _swept(inner.reversed(), rise, inset, lean)
    inside = inside.with_uvs(_grid(np.ones(len(along)), half - rise))
    # The skins run head to foot, so that the strips between them close the ends and the cut fore-edges.
    rows, columns = len(rise), len(along)
    out_grid = outside.positions_n3.reshape(rows, columns, 3)
    in_grid = inside.positions_n3.reshape(rows, columns, 3)[:, ::-1]
    ends = [
        _strip(in_grid[0], out_grid[0], (0.0, 1.0, 0.0)),
        _strip(in_grid[-1], out_grid[-1], (0.0, -1.0, 0.0)),
    ]
    for column in (0, -1):
        facing = np.cross(out_grid[1, column] - in_grid[1, column], [0.0, 1.0, 0.0])
        if facing[0] < 0:
            facing = -facing
        ends.append(_strip(in_grid[:, column], out_grid[:, column], tuple(facing / np.linalg.norm(facing))))
    lengths = np.diff(np.concatenate([[0.0], np.interp(spine_starts, np.arange(columns), along), [along[-1]]]))
    return join([outside, inside, *ends]), lengths


def page_block(book: BookShape, levels: int = 10) -> Mesh:
    """Return the pages as one solid; u is metres over `PAGE_REPEAT_M` along the leaves, v runs 0..1 through them."""
    low, high = book.board_m, book.thickness_m - book.board_m
    z = np.linspace(low, high, levels)
    bow = 1.0 - (2 * (z - low) / (high - low) - 1.0) ** 2
    left = np.full(levels, 1.05 * book.board_m) - 0.9 * book.bulge_m * bow
    right = book.width_m - book.square_m - 0.75 * book.bulge_m * bow
    half = book.height_m / 2 - book.square_m
    y = np.array([half, -half])
    v = 1.0 - (z - low) / (high - low)

    def wall(x: Floats, side: float) -> Mesh:
        grid = np.stack(np.broadcast_arrays(x[:, None], y[None], z[:, None]), axis=-1)
        slope = np.gradient(x, z)
        normals = np.stack([np.ones(levels), np.zeros(levels), -slope], axis=1) * side
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        uvs = np.stack(np.broadcast_arrays(y[None] / PAGE_REPEAT_M, v[:, None]), axis=-1)
        return _facing(grid, np.repeat(normals, 2, axis=0), uvs)

    def end(sign: float) -> Mesh:
        x = np.stack([left, right], axis=1)
        grid = np.stack(np.broadcast_arrays(x, np.array(sign * half), z[:, None]), axis=-1)
        uvs = np.stack(np.broadcast_arrays(x / PAGE_REPEAT_M, v[:, None]), axis=-1)
        return _facing(grid, np.tile([0.0, sign, 0.0], (2 * levels, 1)), uvs)

    def leaf(level: int, sign: float) -> Mesh:
        x = np.array([left[level], right[level]])
        grid = np.stack(np.broadcast_arrays(x[:, None], y[None], np.array(z[level])), axis=-1)
        uvs = np.broadcast_to([0.5, 0.5], (2, 2, 2))
        return _facing(grid, np.tile([0.0, 0.0, sign], (4, 1)), uvs)

    return join([wall(right, 1.0), wall(left, -1.0), end(1.0), end(-1.0), leaf(0, -1.0), leaf(-1, 1.0)])


def _cover_section(book: BookShape) -> tuple[Profile, Floats]:
    """Outside of the cover from the front's fore-edge over the spine to the back's; ends of the spine as indices."""
    w, t, groove = book.width_m, book.thickness_m, book.groove_m
    shoulder = max(1.3 * book.board_m, 0.0006)
    near, far = 0.006 + book.board_m, 0.013 + book.board_m
    flat = np.linspace(w, far, 9)
    top = [(x, t) for x in flat]
    radii = [0.0] * len(top)
    if groove > 0:
        top += [((near + far) / 2, t - groove)]
        radii = [*radii[:-1], 0.004, 0.003]
        top += [(near, t)]
        radii += [0.004]
    if book.bulge_m > 0:
        # An arc of a circle through both shoulders. It has few corners, so that each has room for its fillet.
        reach = 2 * np.arctan(2 * book.bulge_m / t)
        radius = t / 2 / np.sin(reach)
        angle = np.linspace(reach, -reach, 6)
        spine = np.stack([radius * (np.cos(reach) - np.cos(angle)), t / 2 + radius * np.sin(angle)], axis=1)
        spine_radii = [shoulder, *[radius] * 4, shoulder]
    else:
        spine = np.array([(0.0, t), (0.0, 0.0)])
        spine_radii = [shoulder, shoulder]
    bottom = [(x, t - z) for x, z in top[::-1]]
    points = np.concatenate([np.array(top), spine, np.array(bottom)])
    smooth = filleted(points, [*radii, *spine_radii, *radii[::-1]], step_rad=0.4, tolerance_m=3e-5)
    points, normals = smooth.points_k2, smooth.normals_k2
    # Points that meet end to start of neighbouring arcs are one point: cut edges must not have cracks or slivers.
    apart = np.append(True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6)
    points, normals = points[apart], normals[apart]
    spine_index = np.flatnonzero(points[:, 0] < 0.5 * shoulder)
    borders = np.array([spine_index[0], spine_index[-1]], np.float64)
    if book.lift_m > 0:
        points, normals = _lifted(points, normals, book, far)
    return Profile(points, normals), borders


def _lifted(points: Floats, normals: Floats, book: BookShape, hinge: float) -> tuple[Floats, Floats]:
    """The front cover turned up about its joint, or curled."""
    share = np.clip((points[:, 0] - 0.6 * hinge) / (book.width_m - 0.6 * hinge), 0.0, 1.0)
    upper = points[:, 1] > 0.5 * book.thickness_m
    power = 1.15 if book.stiff else 2.2
    rise = np.where(upper, book.lift_m * share**power, 0.0)
    slope = np.where(
        upper & (share > 0), book.lift_m * power * share ** (power - 1) / (book.width_m - 0.6 * hinge), 0.0
    )
    turned = np.stack([normals[:, 0] - slope * normals[:, 1], normals[:, 1] + slope * normals[:, 0]], axis=1)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    return points + np.stack([np.zeros_like(rise), rise], axis=1), turned


def _swept(section: Profile, rise_r: Floats, inset_r: Floats, lean_r: Floats) -> Mesh:
    """A section in x and z along y: row by row from the head of the book to its foot."""
    flat = section.points_k2[None] - inset_r[:, None, None] * section.normals_k2[None]
    count = len(section.points_k2)
    y = np.broadcast_to(rise_r[:, None], (len(rise_r), count))
    positions = np.stack([flat[..., 0], y, flat[..., 1]], axis=-1)
    c = np.cos(lean_r)[:, None]
    normals = np.stack(
        [
            c * section.normals_k2[None, :, 0],
            np.broadcast_to(np.sin(lean_r)[:, None], y.shape),
            c * section.normals_k2[None, :, 1],
        ],
        axis=-1,
    )
    return _facing(positions, normals.reshape(-1, 3), np.zeros((*y.shape, 2)))


def _facing(grid: Floats, normals_n3: Floats, uvs: Floats) -> Mesh:
    """A grid of points as a mesh whose triangles face along its normals."""
    rows, columns = grid.shape[:2]
    triangles = grid_triangles(rows, columns)
    positions = np.ascontiguousarray(grid, np.float64).reshape(-1, 3)
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    if np.einsum("ij,ij->", np.cross(b - a, c - a), normals_n3[triangles[:, 0]]) < 0:
        triangles = triangles[:, ::-1]
    return Mesh(positions, np.ascontiguousarray(normals_n3), np.ascontiguousarray(uvs).reshape(-1, 2), triangles)


def _strip(first_k3: Floats, second_k3: Floats, facing_xyz: tuple[float, ...]) -> Mesh:
    """The band between two curves of equally many points, as a cut edge."""
    grid = np.stack([first_k3, second_k3])
    normals = np.tile(np.asarray(facing_xyz, np.float64), (2 * len(first_k3), 1))
    return _facing(grid, normals, np.full((*grid.shape[:2], 2), 2.0)).without_slivers()


def _grid(u_k: Floats, v_r: Floats) -> Floats:
    return np.stack(np.meshgrid(u_k, v_r), axis=-1).reshape(-1, 2)
