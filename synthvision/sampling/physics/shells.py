"""A standing hollow model as convex slabs behind the surfaces that things can reach from above.

What falls into a bin or onto a belt meets its inner surfaces only. Each flat patch of them becomes a slab that is
exact on its front; behind, where nothing can get, it is thick, so that fast things do not pass through thin walls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull, QhullError

from synthvision.sampling.physics.hulls import Hull, convex_hull
from synthvision.sampling.physics.rays import MeshRays

__all__ = ["shell_parts"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]

MOST_SLABS = 1_400

# Slabs are this thick where there is only the outside behind them, metres.
_THICK_M = 0.012
_LEAST_THICK_M = 1e-3
# A patch is flat if its corners lie within this of a plane, and convex if its outline holds this much besides it.
_FLAT_M = 2.5e-4
_BESIDES = 0.02
_BESIDES_M2 = 4e-6
# Angles between neighbours of one patch, tried in turn while there are too many patches.
_ANGLES_DEG = (1.0, 4.0, 9.0)
_LOOSER = (1.0, 1.5, 3.0)
_NEAR_M = 2e-4


def shell_parts(points_n3: NDArray[np.float32], faces_m3: Int) -> tuple[Hull, ...]:
    """Return slabs whose fronts are what can be reached from above of a model.

    Args:
        points_n3: Points of the mesh, metres, standing as it will stand: +Z is up.
        faces_m3: Its triangles.
    """
    points = points_n3.astype(np.float64)
    corners = points[faces_m3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    solid = length > 1e-12
    faces, corners = faces_m3[solid], corners[solid]
    normals = normals[solid] / length[solid, None]
    views = _Views(points, faces)
    reached = views.see(corners.mean(axis=1), normals)
    thickness = _thickness(views, corners[reached], normals[reached])
    faces, normals = faces[reached], normals[reached]
    patches: list[Int] = []
    for index, angle in enumerate(_ANGLES_DEG):
        flat = _FLAT_M * _LOOSER[index]
        patches = _patches(points, faces, normals, angle, flat)
        if len(patches) <= MOST_SLABS:
            break
    return tuple(_slab(points, faces[patch], normals[patch], thickness[patch]) for patch in patches)


class _Views:
    """Places above and inside a model from which its inner surfaces are seen."""

    def __init__(self, points: Float, faces: Int) -> None:
        self.rays = MeshRays(points, faces)
        low, high = points.min(axis=0), points.max(axis=0)
        size = high - low
        reach = float(max(size[0], size[1]))
        self._places = [
            np.array([low[0] + x * size[0], low[1] + y * size[1], high[2] + rise * reach])
            for rise in (0.25, 1.5)
            for x in (0.1, 0.5, 0.9)
            for y in (0.1, 0.5, 0.9)
        ]

    def see(self, points_n3: Float, normals_n3: Float | None = None) -> NDArray[np.bool_]:
        """Return which points are seen from any place; those of surfaces only from their front."""
        seen = np.zeros(len(points_n3), bool)
        for place in self._places:
            todo = np.flatnonzero(~seen)
            towards = points_n3[todo] - place
            distance = np.linalg.norm(towards, axis=1)
            if normals_n3 is not None:
                facing = np.einsum("ij,ij->i", towards, normals_n3[todo]) < -1e-6 * distance
                todo, towards, distance = todo[facing], towards[facing], distance[facing]
            if len(todo):
                hit = self.rays.from_point(place, towards / distance[:, None])
                seen[todo[hit >= distance - _NEAR_M]] = True
        return seen


def _thickness(views: _Views, corners: Float, normals: Float) -> Float:
    """Return how thick the slab behind each triangle may be: the wall's own thickness if its other side is reached."""
    starts = corners.mean(axis=1) - 2e-5 * normals
    distance = views.rays.along(starts, -normals)
    open_behind = np.zeros(len(distance), bool)
    found = np.flatnonzero(distance < _THICK_M)
    if len(found):
        beyond = starts[found] - (distance[found, None] + _NEAR_M) * normals[found]
        open_behind[found] = views.see(beyond)
    return np.clip(np.where(open_behind, distance, _THICK_M), _LEAST_THICK_M, _THICK_M)


def _patches(points: Float, faces: Int, normals: Float, angle_deg: float, flat_m: float) -> list[Int]:
    """Return flat convex groups of triangles."""
    label = _connected(points, faces, normals, np.cos(np.radians(angle_deg)))
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    done: list[Int] = []
    while groups:
        group = groups.pop()
        if len(group) == 1 or _is_flat_and_convex(points[faces[group]], normals[group], flat_m):
            done.append(group)
            continue
        middles = points[faces[group]].mean(axis=1)
        spread = middles - middles.mean(axis=0)
        axis = np.linalg.svd(spread, full_matrices=False)[2][0]
        along = spread @ axis
        half = along <= np.median(along)
        if half.all() or not half.any():
            half = np.arange(len(group)) < len(group) // 2
        groups += [group[half], group[~half]]
    return done


def _connected(points: Float, faces: Int, normals: Float, cosine: float) -> Int:
    # Corners are often doubled along seams: those at one place are one.
    _, corner = np.unique(np.round(points / 1e-6).astype(np.int64), axis=0, return_inverse=True)
    joined = corner.reshape(-1)[faces]
    edges = np.sort(joined[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(faces)), 3)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    same = (edges[order][1:] == edges[order][:-1]).all(axis=1)
    one, two = owner[order][:-1][same], owner[order][1:][same]
    alike = np.einsum("ij,ij->i", normals[one], normals[two]) >= cosine
    one, two = one[alike], two[alike]
    graph = coo_matrix((np.ones(len(one)), (one, two)), shape=(len(faces), len(faces)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _is_flat_and_convex(triangles: Float, normals: Float, flat_m: float) -> bool:
    area = 0.5 * np.linalg.norm(np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1)
    normal = (normals * area[:, None]).sum(axis=0)
    normal /= max(float(np.linalg.norm(normal)), 1e-300)
    heights = triangles.reshape(-1, 3) @ normal
    if float(np.ptp(heights)) > 2 * flat_m:
        return False
    side = np.cross(normal, [1.0, 0.0, 0.0] if abs(normal[0]) < 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    flat = triangles.reshape(-1, 3) @ np.column_stack([side, np.cross(normal, side)])
    try:
        outline = float(ConvexHull(flat).volume)
    except QhullError:
        return True
    covered = float(area.sum())
    return outline <= covered * (1 + _BESIDES) + _BESIDES_M2


def _slab(points: Float, faces: Int, normals: Float, thickness: Float) -> Hull:
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    normal = (normals * area[:, None]).sum(axis=0)
    normal /= max(float(np.linalg.norm(normal)), 1e-300)
    front = np.unique(corners.reshape(-1, 3), axis=0)
    depth = float(thickness.min())
    return convex_hull(np.concatenate([front, front - depth * normal]), error_m=5e-5)
