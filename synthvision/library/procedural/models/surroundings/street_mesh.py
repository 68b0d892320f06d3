"""Meshes of a street from its plan: carriageway, kerbs, pavements, verges, paint and what is let into the road."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.models.surroundings.street_layout import StreetPlan
from synthvision.library.procedural.models.surroundings.street_lines import KERB_M, Corner, Side
from synthvision.library.procedural.models.surroundings.street_surfaces import COVER_ATLAS
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.quads import box_quads, quad_mesh

__all__ = [
    "band",
    "carriageway",
    "covers_mesh",
    "end_plot",
    "far_ground",
    "flat_pieces",
    "kerb_mesh",
    "mouth",
    "patch_mesh",
    "seams",
]

_SEGMENT_M, _FAR_SEGMENT_M = 2.0, 13.0
_COLUMN_M = 0.7


def carriageway(plan: StreetPlan, t_range: tuple[float, float], design: int, *, worn: bool = True) -> Mesh:
    """Return a lengthwise part of the carriageway, from t to t, with the traces of traffic as vertex colours."""
    low, high = t_range
    half = plan.length_m / 2
    tail = np.arange(half + _FAR_SEGMENT_M, plan.ends_m[1], _FAR_SEGMENT_M)
    inner = np.linspace(-half, half, 1 + round(plan.length_m / _SEGMENT_M))
    bend = plan.centre.bend_to_m
    if plan.centre.curvature_per_m and bend > half:
        tail = np.concatenate([np.arange(half + 3.0, bend, 3.0), np.arange(bend, plan.ends_m[1], _FAR_SEGMENT_M)])
    s = np.concatenate([[plan.ends_m[0]], -tail[::-1][:-1], inner, tail, [plan.ends_m[1]]])
    s = np.unique(np.round(s, 6))
    t = np.linspace(low, high, 2 + int((high - low) / _COLUMN_M))
    grid_s, grid_t = np.meshgrid(s, t)
    mesh = _flat(plan, grid_s, grid_t, 0.0)
    if not worn:
        return mesh
    return mesh.tinted(np.repeat(_traffic(plan, grid_s, grid_t, design).ravel()[:, None], 3, axis=1))


def mouth(plan: StreetPlan, side: Side) -> Mesh:
    """Return the carriageway of a side street from the kerb line of the main street on."""
    one, other = (corner.line(0.0)[-25:] for corner in side.corners)
    share = np.linspace(0.0, 1.0, 9)
    along = one[:, :1] + (other[:, :1] - one[:, :1]) * share
    depth = one[:, 1:] + (other[:, 1:] - one[:, 1:]) * share
    mesh = _flat(plan, along, side.sign * (side.half_m + depth), 0.0)
    return mesh.tinted(np.full(3, 0.93))


def end_plot(plan: StreetPlan, side: Side, depth_m: float) -> Mesh:
    """Return the raised ground on which a house closes a side street, as a block with a kerb's face to the road."""
    junction = side.junction
    if junction is None:
        raise ValueError("a side without a junction has no end")
    # A junction lies before the bend, where plan and ground are the same.
    low, high = sorted((side.across(junction.length_m), side.across(junction.length_m + depth_m)))
    wide = 26.0
    return quad_mesh(box_quads((junction.at_m - wide, low, -0.05), (junction.at_m + wide, high, plan.kerb_m)))


def band(plan: StreetPlan, side: Side, corner: Corner, depths_m: Sequence[float], design: int) -> Mesh:
    """Return a strip of level ground behind the kerb, between the first and the last depth."""
    lines = np.stack([corner.line(depth) for depth in depths_m])
    along, depth = lines[..., 0], lines[..., 1]
    mesh = _flat(plan, along, side.sign * (side.half_m + depth), plan.kerb_m)
    noise = _field(design, "street.band", along, depth, 3.0)
    return mesh.tinted(np.repeat((1.0 + 0.07 * noise).clip(0.7, 1.15).ravel()[:, None], 3, axis=1)).without_slivers()


def kerb_mesh(plan: StreetPlan, side: Side, corner: Corner) -> Mesh:
    """Return a closed row of kerb stones with a rounded upper edge, from the road's level to the pavement's."""
    top, bevel = plan.kerb_m, 0.022
    profile = [(0.0, 0.0), (0.004, top - bevel), (0.006 + 0.3 * bevel, top - 0.3 * bevel), (0.006 + bevel, top),
               (KERB_M, top), (KERB_M, 0.0), (0.0, 0.0)]  # fmt: skip
    lines = [corner.line(depth) for depth, _ in profile]
    ground = [plan.centre.ground(line[:, 0], side.across(0.0) + side.sign * line[:, 1]) for line in lines]
    rows = np.stack([np.column_stack([xy, np.full(len(xy), z)]) for xy, (_, z) in zip(ground, profile, strict=True)])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rows[3], axis=0), axis=1))])
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(np.array(profile), axis=0).T))])
    # Each face of the profile is flat but for the rounded edge, which is small: normals by face.
    faces = []
    towards = -1.0 if corner.start_m > corner.end_m else 1.0
    flip = towards * side.sign > 0
    for index in range(len(profile) - 1):
        pair = rows[index : index + 2]
        uvs = np.stack([np.broadcast_to(length / 4.0, pair.shape[:2]),
                        np.broadcast_to(run[index : index + 2, None] / 0.5, pair.shape[:2])], axis=-1)  # fmt: skip
        faces.append(_sheet(pair, uvs, flip))
    ends = [_cap(rows[:-1, 0], not flip), _cap(rows[:-1, -1], flip)]
    return join([*faces, *ends])


def flat_pieces(plan: StreetPlan, pieces: Sequence[Floats], z: float) -> Mesh:
    """Return flat convex pieces given by their corners in (s, t)."""
    made = []
    for corners in pieces:
        xy = plan.centre.ground(corners[:, 0], corners[:, 1])
        count = len(corners)
        fan = np.array([[0, k, k + 1] for k in range(1, count - 1)], np.int64)
        made.append((np.column_stack([xy, np.full(count, z)]), corners, fan))
    starts = np.cumsum([0, *(len(points) for points, _, _ in made)])
    positions = np.concatenate([points for points, _, _ in made])
    uvs = np.concatenate([corners for _, corners, _ in made]) * [1.0, -1.0]
    triangles = np.concatenate([fan + start for (_, _, fan), start in zip(made, starts, strict=False)])
    return Mesh(positions, np.tile([0.0, 0.0, 1.0], (len(positions), 1)), uvs, triangles)


def patch_mesh(plan: StreetPlan, design: int, z: float) -> Mesh | None:
    """Return rectangles where the road was opened and closed again, or None for a street without."""
    rng = rng_for(design, 0, "street.patches")
    right, left = plan.sides
    pieces = []
    for _ in range(int(rng.integers(0, 5))):
        length, width = rng.uniform(1.2, 6.0), rng.uniform(0.8, 2.2)
        s = rng.uniform(-plan.length_m / 2, plan.length_m / 2 - length)
        t = rng.uniform(-right.parking_from_m + 0.4, left.parking_from_m - 0.4 - width)
        pieces += [_rectangle(a, min(a + 2.0, s + length), t, t + width) for a in np.arange(s, s + length - 0.01, 2.0)]
    return flat_pieces(plan, pieces, z) if pieces else None


def seams(plan: StreetPlan, design: int, z: float) -> Mesh | None:
    """Return bands of tar over cracks, which wander along or across the road, or None."""
    rng = rng_for(design, 0, "street.seams")
    right, left = plan.sides
    pieces = []
    for _ in range(int(rng.integers(2, 9))):
        across = rng.random() < 0.5
        width = rng.uniform(0.025, 0.06)
        if across:
            span = rng.uniform(2.0, right.cycle_from_m + left.cycle_from_m)
            t = np.arange(0.0, span, 0.4) - right.cycle_from_m + rng.uniform(0, right.cycle_from_m)
            t = t[t < left.cycle_from_m - 0.1]
            s = rng.uniform(-0.5, 0.5) * plan.length_m + np.cumsum(rng.normal(0.0, 0.08, len(t)))
        else:
            s = np.arange(0.0, rng.uniform(4.0, 20.0), 0.5) + rng.uniform(-0.5, 0.4) * plan.length_m
            t = rng.uniform(-right.cycle_from_m + 0.5, left.cycle_from_m - 0.5) + np.cumsum(
                rng.normal(0.0, 0.035, len(s))
            )
        if len(s) < 3:
            continue
        points = np.stack([s, t], axis=1)
        way = np.gradient(points, axis=0)
        beside = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.linalg.norm(way, axis=1, keepdims=True)
        half = width * rng.uniform(0.6, 1.3, len(s))[:, None] / 2
        one, other = points - half * beside, points + half * beside
        pieces += [np.stack([one[i], one[i + 1], other[i + 1], other[i]]) for i in range(len(s) - 1)]
    return flat_pieces(plan, pieces, z) if pieces else None


def covers_mesh(plan: StreetPlan, design: int, z: float) -> Mesh:
    """Return manhole covers in the lanes and drain gratings at the kerbs."""
    rng = rng_for(design, 0, "street.covers")
    made = []
    half = plan.length_m / 2
    angle = np.linspace(0.0, 2 * np.pi, 25)[:-1]
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for place in np.arange(-half + rng.uniform(4, 14), half, rng.uniform(22.0, 36.0)):
        side = plan.sides[int(rng.integers(2))]
        t = side.sign * (rng.uniform(0.9, side.cycle_from_m - 0.9))
        made.append(_cover(plan, np.array([place, t]) + 0.31 * ring, ring, "manhole", z))
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    for side in plan.sides:
        for place in np.arange(-half + rng.uniform(2, 9), half, 24.0):
            junction = side.junction
            if junction is not None and abs(place - junction.at_m) < junction.reach_m + 1.0:
                continue
            t = side.sign * (side.half_m - 0.2)
            made.append(_cover(plan, np.array([place, t]) + square * [0.25, 0.17], square, "drain", z))
    return join(made)


def far_ground(plan: StreetPlan, z: float) -> Mesh:
    """Return level ground far around, below everything else."""
    reach = plan.length_m / 2 + 260.0
    x = np.linspace(-reach, reach, 17)
    grid_x, grid_y = np.meshgrid(x, x)
    positions = np.stack([grid_x, grid_y, np.full(grid_x.shape, z)], axis=-1).reshape(-1, 3)
    uvs = positions[:, :2] * [1.0, -1.0]
    return Mesh(positions, np.tile([0.0, 0.0, 1.0], (len(positions), 1)), uvs, grid_triangles(17, 17))


def _cover(plan: StreetPlan, corners: Floats, unit: Floats, name: str, z: float) -> Mesh:
    u0, v0, u1, v1 = COVER_ATLAS[name]
    mesh = flat_pieces(plan, [corners], z)
    inset = 0.49
    uvs = np.stack([(u0 + u1) / 2 + (u1 - u0) * inset * unit[:, 0], (v0 + v1) / 2 + (v1 - v0) * inset * unit[:, 1]], 1)
    return mesh.with_uvs(uvs)


def _rectangle(s0: float, s1: float, t0: float, t1: float) -> Floats:
    return np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]], np.float64)


def _flat(plan: StreetPlan, grid_s: Floats, grid_t: Floats, z: float) -> Mesh:
    """Return a level grid, rows and columns of (s, t), that faces up, with texture coordinates in metres."""
    xy = plan.centre.ground(grid_s.ravel(), grid_t.ravel())
    positions = np.column_stack([xy, np.full(len(xy), z)])
    uvs = np.stack([grid_s.ravel(), -grid_t.ravel()], axis=1)
    triangles = grid_triangles(*grid_s.shape)
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    down = np.cross(b - a, c - a)[:, 2] < 0
    triangles[down] = triangles[down][:, ::-1]
    return Mesh(positions, np.tile([0.0, 0.0, 1.0], (len(positions), 1)), uvs, triangles)


def _sheet(rows_2k3: Floats, uvs_2k2: Floats, flip: bool) -> Mesh:
    """Return the strip between two lines with flat shading across and smooth shading along."""
    low, high = rows_2k3
    along = np.gradient(low, axis=0)
    normal = np.cross(along, high - low)
    normal *= (-1.0 if flip else 1.0) / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    triangles = grid_triangles(2, len(low))
    # grid_triangles faces (growing column) x (growing row).
    if flip:
        triangles = triangles[:, ::-1]
    return Mesh(rows_2k3.reshape(-1, 3), np.tile(normal, (2, 1)), uvs_2k2.reshape(-1, 2), triangles)


def _cap(ring_k3: Floats, flip: bool) -> Mesh:
    fan = np.array([[0, k, k + 1] for k in range(1, len(ring_k3) - 1)], np.int64)
    fan = fan[:, ::-1] if flip else fan
    a, b, c = ring_k3[fan[1]]
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal)
    return Mesh(ring_k3, np.tile(normal, (len(ring_k3), 1)), np.zeros((len(ring_k3), 2)), fan)


def _traffic(plan: StreetPlan, s: Floats, t: Floats, design: int) -> Floats:
    """Return how light the road is: polished wheel tracks, drips of oil between them, dirt at the kerb, old patches."""
    right, left = plan.sides
    lane = right.lane_m
    beside = (t / lane) % 1.0
    driving = (t > -right.cycle_from_m) & (t < left.cycle_from_m)
    tracks = np.exp(-(((np.abs(beside - 0.5) - 0.26) / 0.09) ** 2))
    oil = np.exp(-(((beside - 0.5) / 0.11) ** 2))
    light = 1.0 + driving * (0.13 * tracks - 0.12 * oil)
    gap = np.minimum(t + right.half_m, left.half_m - t)
    light -= 0.28 * np.exp(-((gap / 0.5) ** 2))
    light *= 1.0 + 0.10 * _field(design, "street.near", s, t, 2.6) + 0.12 * _field(design, "street.far", s, t, 13.0)
    return np.asarray(light.clip(0.5, 1.45), np.float64)


def _field(design: int, stream: str, x: Floats, y: Floats, cell_m: float) -> Floats:
    """Return smooth noise of about unit deviation at places of the plan."""
    grid = rng_for(design, 0, stream).standard_normal((128, 128))
    u, v = x / cell_m, y / cell_m
    i, j = np.floor(u).astype(int), np.floor(v).astype(int)
    fu, fv = (u - i) ** 2 * (3 - 2 * (u - i)), (v - j) ** 2 * (3 - 2 * (v - j))
    corner = [grid[(j + dj) % 128, (i + di) % 128] for dj in (0, 1) for di in (0, 1)]
    value = (corner[0] * (1 - fu) + corner[1] * fu) * (1 - fv) + (corner[2] * (1 - fu) + corner[3] * fu) * fv
    return np.asarray(value * 1.4, np.float64)
