"""Bending and denting: positions moved by a smooth map, normals turned with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["Dent", "deformed", "dented", "eased", "shifted", "superelliptic", "widened"]


def deformed(mesh: Mesh, move: Callable[[Floats], Floats], step_m: float = 1e-5) -> Mesh:
    """Return the mesh with `move` applied to its points and the right normals for it.

    Normals turn with the cofactors of the Jacobian, taken by differences, so that seams stay closed and hard edges
    stay hard, which normals averaged from the triangles would not.

    Args:
        mesh: What to deform.
        move: Smooth map of float64 (n, 3) points that keeps the handedness of space.
        step_m: Distance for the differences, well under the smallest feature of `move`.
    """
    places = mesh.positions_n3
    count = len(places)
    probes = np.concatenate([places, *(places + step_m * axis for axis in np.eye(3))])
    moved = move(probes).reshape(4, count, 3)
    along_x, along_y, along_z = (moved[1:] - moved[0]) / step_m
    n = mesh.normals_n3
    turned = (
        n[:, :1] * np.cross(along_y, along_z)
        + n[:, 1:2] * np.cross(along_z, along_x)
        + n[:, 2:] * np.cross(along_x, along_y)
    )
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    return replace(mesh, positions_n3=moved[0], normals_n3=turned)


def eased(low: float, high: float, values: Floats) -> Floats:
    """Return 0 up to `low`, 1 from `high` on and a smooth rise between them (a fall where `low` is above `high`).

    In double precision, so that `deformed` can take differences of it.
    """
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), np.float64)


def widened(points_n3: Floats, factor_n: Floats) -> Floats:
    """Return points with their distance from the z axis multiplied, each by its own factor."""
    wide = np.stack([factor_n, factor_n, np.ones_like(factor_n)], axis=1)
    return np.asarray(points_n3 * wide, np.float64)


def shifted(points_n3: Floats, x: Floats | float = 0.0, y: Floats | float = 0.0, z: Floats | float = 0.0) -> Floats:
    """Return points moved, each by its own distance along the axes."""
    count = len(points_n3)
    move = np.stack([np.broadcast_to(np.asarray(step, np.float64), count) for step in (x, y, z)], axis=1)
    return np.asarray(points_n3 + move, np.float64)


@dataclass(frozen=True, slots=True)
class Dent:
    """A smooth hollow.

    Args:
        centre_xyz: Where it is deepest.
        push_xyz: How far the deepest point moves, metres.
        radius_xyz: A third of its reach along the axes of the model.
    """

    centre_xyz: tuple[float, float, float]
    push_xyz: tuple[float, float, float]
    radius_xyz: tuple[float, float, float]


def dented(mesh: Mesh, dents: Sequence[Dent]) -> Mesh:
    """Return the mesh with all `dents` pressed into it; without any, the mesh itself."""
    if not dents:
        return mesh
    centres = np.array([dent.centre_xyz for dent in dents])
    pushes = np.array([dent.push_xyz for dent in dents])
    radii = np.array([dent.radius_xyz for dent in dents])

    def move(points: Floats) -> Floats:
        away = (points[:, None, :] - centres[None]) / radii[None]
        # Much like a Gaussian, but nothing moves beyond three deviations: the seams to other parts stay closed.
        weight = np.maximum(1.0 - np.einsum("nkd,nkd->nk", away, away) / 9.0, 0.0) ** 4
        return np.asarray(points + weight @ pushes, np.float64)

    return deformed(mesh, move)


def superelliptic(exponent: float, low_m: float, high_m: float, fade_m: float) -> Callable[[Floats], Floats]:
    """Return a map that makes the round section of a bottle or box-like vessel squarer between two heights.

    Args:
        exponent: 2 leaves circles, 4 and more gives squares with round corners of about the same area.
        low_m: Where the square section begins.
        high_m: Where it ends.
        fade_m: Height over which it turns back into a circle above `high_m`.
    """

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        angle = np.arctan2(y, x)
        corner = (np.abs(np.cos(angle)) ** exponent + np.abs(np.sin(angle)) ** exponent) ** (-1 / exponent)
        blend = eased(high_m + fade_m, high_m, z) * eased(low_m - fade_m, low_m, z)
        # A superellipse of unit half-width has more area than the circle: shrink it to hold as much.
        factor = 1.0 + blend * (corner * (1.0 - 0.12 * (1.0 - 2.0 / exponent)) - 1.0)
        return np.stack([x * factor, y * factor, z], axis=1)

    return move
