"""Panels, seams and prints of balls as functions of the direction from the middle: no poles, no joints."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from synthvision.core.streams import rng_for
from synthvision.library.procedural.noise import Image

__all__ = [
    "PENTAGONS",
    "SEAM_REACH",
    "Directions",
    "basketball_seams",
    "football_panels",
    "pebbles",
    "stamp",
    "tennis_seam",
    "wound_seam",
]

PENTAGONS = 12
"""The first panels of `football_panels` are the pentagons."""

SEAM_REACH = 0.25
"""Radians beyond which `tennis_seam` does not look for a seam."""

Directions = NDArray[np.float32]

# Distances of the faces of a truncated icosahedron from its middle, in units of an edge.
_PENTAGON_PLANE, _HEXAGON_PLANE = 2.32744, 2.26728


def football_panels(directions_hwc: Directions) -> tuple[NDArray[np.int32], Image]:
    """Return the panel of a ball of 12 pentagons and 20 hexagons, and how far its seam is.

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.

    Returns:
        Panel 0..31, the pentagons first, int32 (height, width); angle to the nearest seam in radians, float32.
    """
    planes = _football_planes()
    flat = directions_hwc.reshape(-1, 3)
    reach = flat @ planes.T.astype(np.float32)
    panel = np.argmax(reach, axis=1).astype(np.int32)
    best = np.take_along_axis(reach, panel[:, None].astype(np.int64), axis=1)[:, 0]
    apart = np.linalg.norm(planes[:, None] - planes[None], axis=2)
    np.fill_diagonal(apart, 1e-3)  # a panel has no seam with itself: the quotient below becomes large
    seam = np.full(len(flat), np.inf, np.float32)
    for other in range(len(planes)):
        gap = (best - reach[:, other]) / apart[panel, other].astype(np.float32)
        gap[panel == other] = np.inf
        np.minimum(seam, gap, out=seam)
    shape = directions_hwc.shape[:2]
    return panel.reshape(shape), np.arcsin(np.clip(seam, 0.0, 1.0)).reshape(shape)


@lru_cache(maxsize=1)
def _football_planes() -> NDArray[np.float64]:
    """Face normals over face distances, float64 (32, 3): the face that a direction meets has the largest product."""
    golden = (1 + np.sqrt(5)) / 2
    corners = np.array([(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)])
    pentagons = np.concatenate([np.roll(corners, shift, axis=1) for shift in range(3)])
    pentagons /= np.linalg.norm(pentagons[0])
    near = pentagons @ pentagons.T > 0.4
    faces = [face for face in combinations(range(PENTAGONS), 3) if all(near[i, j] for i, j in combinations(face, 2))]
    hexagons = np.array([pentagons[list(face)].sum(axis=0) for face in faces])
    hexagons /= np.linalg.norm(hexagons, axis=1, keepdims=True)
    return np.concatenate([pentagons / _PENTAGON_PLANE, hexagons / _HEXAGON_PLANE])


def basketball_seams(directions_hwc: Directions) -> tuple[Image, NDArray[np.int32]]:
    """Return the angle to the nearest of the four seams of a basketball, radians, and the panel 0..7.

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.
    """
    x, y, z = (directions_hwc[..., axis] for axis in range(3))
    # Two closed curves around the ends of the x axis, drawn out towards the poles.
    curve = np.abs(x) - (0.5 + 0.24 * (y * y - z * z))
    gradient = np.stack([np.sign(x), -0.48 * y, 0.48 * z], axis=-1)
    gradient -= np.einsum("hwc,hwc->hw", gradient, directions_hwc)[..., None] * directions_hwc
    loops = np.abs(curve) / np.maximum(np.linalg.norm(gradient, axis=-1), 0.2)
    seam = np.minimum(np.minimum(np.abs(x), np.abs(y)), loops)
    panel = (x > 0).astype(np.int32) + 2 * (y > 0) + 4 * (curve > 0)
    return np.asarray(seam, np.float32), np.asarray(panel, np.int32)


def tennis_seam(directions_hwc: Directions) -> tuple[Image, Image]:
    """Return the angle to the one seam of a tennis ball or baseball, radians, and where along it that is, 0..1.

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.

    Returns:
        Two float32 (height, width). Angles end at `SEAM_REACH`, where the place along the seam is 0.
    """
    curve, along = _seam_curve(3000)
    shape = directions_hwc.shape[:2]
    # Far from the curve thousands of its points are about equally near, which makes an unbounded search slow.
    distance, index = cKDTree(curve).query(directions_hwc.reshape(-1, 3), distance_upper_bound=SEAM_REACH)
    angle = np.minimum(distance, SEAM_REACH)
    place = np.append(along, 0.0)[index]
    return np.asarray(angle.reshape(shape), np.float32), np.asarray(place.reshape(shape), np.float32)


def wound_seam(directions_hwc: Directions, stitches: int) -> tuple[Image, Image]:
    """Return the seam angle of a baseball and how much of each point is covered by its slanted stitches, 0..1.

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.
        stitches: Pairs of stitches along the whole seam.
    """
    angle, along = tennis_seam(directions_hwc)
    phase = along * stitches - angle * 9.0
    stripe = np.abs(phase - np.floor(phase) - 0.5)
    thread = np.clip((0.27 - stripe) * 9.0, 0.0, 1.0)
    inside = np.clip((0.125 - angle) * 70.0, 0.0, 1.0) * np.clip((angle - 0.012) * 90.0, 0.0, 1.0)
    return angle, np.asarray(thread * inside, np.float32)


@lru_cache(maxsize=1)
def _seam_curve(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of the seam on the unit sphere, float64 (count, 3), and the share of its length up to each."""
    t = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    a, b = 0.75, 0.25
    curve = np.stack(
        [a * np.cos(t) + b * np.cos(3 * t), a * np.sin(t) - b * np.sin(3 * t), 2 * np.sqrt(a * b) * np.sin(2 * t)],
        axis=1,
    )
    curve /= np.linalg.norm(curve, axis=1, keepdims=True)
    steps = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1)
    return curve, np.concatenate([[0.0], np.cumsum(steps)[:-1]]) / steps.sum()


def pebbles(directions_hwc: Directions, count: int, seed: int) -> Image:
    """Return round bumps spread evenly over a ball, 0 between them to 1 on their tops, float32 (height, width).

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.
        count: Number of bumps.
        seed: Which arrangement.
    """
    rng = rng_for(seed, 0, "ball.pebbles")
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle = k * np.pi * (1 + np.sqrt(5))
    flat = np.sqrt(1 - z * z)
    spacing = np.sqrt(4 * np.pi / count)
    points = np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)
    points += rng.normal(0.0, 0.22 * spacing, points.shape)
    reach = 0.62 * spacing
    distance, _ = cKDTree(points).query(directions_hwc.reshape(-1, 3), distance_upper_bound=reach)
    bump = 1.0 - np.minimum(distance / reach, 1.0) ** 2
    return np.asarray(bump.reshape(directions_hwc.shape[:2]), np.float32)


def stamp(
    directions_hwc: Directions,
    mask_hw: NDArray[np.uint8],
    centre_xyz: tuple[float, float, float],
    up_xyz: tuple[float, float, float],
    width_rad: float,
) -> Image:
    """Return how much of each point is covered by a picture printed on the ball, float32 (height, width), 0..1.

    Args:
        directions_hwc: float32 (height, width, 3), unit vectors.
        mask_hw: uint8 coverage 0..255.
        centre_xyz: Where the middle of the picture is.
        up_xyz: Which way its top points.
        width_rad: Its width as an angle, under 1.5.
    """
    outward = np.asarray(centre_xyz, np.float64) / np.linalg.norm(centre_xyz)
    right = np.cross(np.asarray(up_xyz, np.float64), outward)
    right /= np.linalg.norm(right)
    up = np.cross(outward, right)
    facing = directions_hwc @ outward.astype(np.float32)
    ahead = np.maximum(facing, 0.2)
    pixels = mask_hw.shape[1] / width_rad
    column = (directions_hwc @ right.astype(np.float32)) / ahead * np.float32(pixels) + np.float32(mask_hw.shape[1] / 2)
    row = np.float32(mask_hw.shape[0] / 2) - (directions_hwc @ up.astype(np.float32)) / ahead * np.float32(pixels)
    cover = cv2.remap(mask_hw, column - np.float32(0.5), row - np.float32(0.5), cv2.INTER_LINEAR)
    return np.where(facing > 0.3, cover.astype(np.float32) / np.float32(255), np.float32(0.0))
