"""The poses in which a convex body comes to rest on a plane, and how likely each one is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RestingPoses", "resting_poses", "rotation_between"]

Float = NDArray[np.float64]

# Facets whose normals differ by less than about half a degree are one face: a bevelled cube has six, not hundreds.
_SAME_NORMAL = 4e-5
# The centre of mass must project this share of the body's size inside the face's edge, or a breath tips it over.
_EDGE = 1e-3
_MAX_POSES = 256
# A face is left if the centre of mass need rise by less than this share of its height, and falls by more than that.
_BARRIER = 0.004
_DROP = 0.005
# Edges whose distances differ by less than this share are tipped over equally often.
_ALIKE = 0.01
# What comes this seldom, against the likeliest pose, is a card balanced on its edge.
_RARE = 0.01


@dataclass(frozen=True, slots=True)
class RestingPoses:
    """Stable poses of a body, by the direction in the body's frame that points down.

    Args:
        down_n3: Unit vectors in the body's frame, float64 (n, 3).
        weight_n: Share of random drops that end in each pose, float64 (n,), sum 1.
        height_n: Height of the centre of mass above the plane in each pose, float64 (n,), in the body's unit.
    """

    down_n3: Float
    weight_n: Float
    height_n: Float


def resting_poses(points_n3: Float, triangles_m3: NDArray[np.int64], centre: Float) -> RestingPoses:
    """Return the stable poses of a convex hull.

    A face is stable if the centre of mass lies above its inside. Its probability is the solid angle of the face as
    seen from the centre of mass, plus that of the unstable faces that tip over onto it (each passes its share to the
    neighbour across the edge that it tips over).

    Args:
        points_n3: Points of the hull.
        triangles_m3: Triangles of the hull, counter-clockwise seen from outside.
        centre: Centre of mass, inside the hull.
    """
    corners = points_n3[triangles_m3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    solid = length > 0
    corners, normals = corners[solid], normals[solid] / length[solid, None]
    angle = _solid_angles(corners - centre)
    face, count = _merge_coplanar(normals, length[solid])
    direction = np.zeros((count, 3))
    np.add.at(direction, face, normals * length[solid, None])
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    share: Float = np.bincount(face, weights=angle, minlength=count).astype(np.float64)
    height = np.array([np.max(points_n3 @ direction[i]) for i in range(count)]) - direction @ centre
    size = float(np.linalg.norm(np.ptp(points_n3, axis=0)))
    source, target, part = _tips_onto(corners, face, direction, centre, size * _EDGE, count)
    leaves = np.isin(np.arange(count), source)
    # Each step leads to a lower centre of mass, so a path ends; the bound guards against rounding.
    for _ in range(64):
        if not (share[leaves] > 0).any():
            break
        moved = np.zeros(count)
        np.add.at(moved, target, share[source] * part)
        share = np.where(leaves, 0.0, share) + moved
    share[leaves | (share < _RARE * share.max())] = 0.0
    order = np.argsort(-share, kind="stable")[:_MAX_POSES]
    order = order[share[order] > 0]
    if not len(order):
        order = np.array([int(np.argmin(height))])
        share[order] = 1.0
    return RestingPoses(direction[order], share[order] / share[order].sum(), height[order])


def rotation_between(first: Float, second: Float) -> Float:
    """Return the smallest rotation, 3x3, that takes one unit vector to another."""
    cross = np.cross(first, second)
    cosine = float(first @ second)
    if cosine < -1 + 1e-12:
        axis = np.cross(first, [1.0, 0.0, 0.0] if abs(first[0]) < 0.9 else [0.0, 1.0, 0.0])
        axis /= np.linalg.norm(axis)
        return 2.0 * np.outer(axis, axis) - np.eye(3)
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    rotation: Float = np.eye(3) + skew + skew @ skew / (1.0 + cosine)
    return rotation


def _solid_angles(corners_n33: Float) -> Float:
    """Return the solid angle of each triangle seen from the origin (Van Oosterom and Strackee 1983)."""
    a, b, c = corners_n33[:, 0], corners_n33[:, 1], corners_n33[:, 2]
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    top = np.abs(np.einsum("ij,ij->i", a, np.cross(b, c)))
    bottom = la * lb * lc
    for u, v, lw in ((a, b, lc), (b, c, la), (c, a, lb)):
        bottom = bottom + np.einsum("ij,ij->i", u, v) * lw
    angle: Float = 2.0 * np.arctan2(top, bottom)
    return np.abs(angle)


def _merge_coplanar(normals: Float, area: Float) -> tuple[NDArray[np.int64], int]:
    """Return the face number of each triangle and the number of faces: triangles of one normal share a face."""
    face = np.full(len(normals), -1)
    count = 0
    for index in np.argsort(-area, kind="stable"):
        if face[index] >= 0:
            continue
        same = (normals @ normals[index] > 1.0 - _SAME_NORMAL) & (face < 0)
        face[same] = count
        count += 1
    return face, count


def _tips_onto(
    corners: Float, face: NDArray[np.int64], direction: Float, centre: Float, edge_m: float, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
    """Return which unstable face tips onto which, and with what share; stable faces are no source."""
    heights = np.full(count, -np.inf)
    np.maximum.at(heights, face, np.einsum("ijk,ik->ij", corners, direction[face]).max(axis=1))
    heights -= direction @ centre
    rows: list[tuple[int, int, float]] = []
    for index in range(count):
        own = corners[face == index].reshape(-1, 3) - centre
        normal = direction[index]
        # The foot of the centre of mass, against the outline of the face: outside where all corners lie on one side.
        margin, ways = _ways_out(own - np.outer(own @ normal, normal), normal)
        # Over an edge it tips onto the face whose normal leans most that way, of those on which it lies lower.
        lean = direction @ (normal[:, None] + 0.35 * ways.T)
        lean[index] = -np.inf
        if margin > edge_m:
            # A narrow face between lower ones, such as the bevel of a die, is as good as unstable; the strip of a
            # cylinder is as narrow, but its neighbours are no lower.
            onto = np.argmax(lean, axis=0)
            barrier = np.hypot(heights[index], margin) - heights[index]
            falls = heights[onto] < (1 - _DROP) * heights[index]
            if barrier >= _BARRIER * heights[index] or not falls.all():
                continue
        else:
            lower = heights < heights[index] - 1e-9
            if not lower.any():
                continue
            onto = np.argmax(np.where(lower[:, None], lean, -np.inf), axis=0)
        rows += [(index, int(one), 1 / len(onto)) for one in onto]
    source, target, part = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(source, np.int64), np.array(target, np.int64), np.array(part, np.float64)


def _ways_out(flat: Float, normal: Float) -> tuple[float, Float]:
    """Return how far the origin lies inside the outline of coplanar points, and the directions to its nearest edges."""
    u = np.cross(normal, [1.0, 0.0, 0.0] if abs(normal[0]) < 0.9 else [0.0, 1.0, 0.0])
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    # Starting from a corner of the outline, so that mirrored faces are seen alike.
    first = flat[int(np.argmax((flat * flat).sum(axis=1)))]
    start = float(np.arctan2(first @ v, first @ u))
    angles = start + np.arange(72) * (2 * np.pi / 72)
    ways = np.outer(np.cos(angles), u) + np.outer(np.sin(angles), v)
    reach = (flat @ ways.T).max(axis=0)
    least = float(reach.min())
    return least, ways[reach <= least + _ALIKE * float(np.ptp(reach))]
