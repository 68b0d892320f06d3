"""Rigid poses: quaternions, rotations, 4x4 matrices.

Quaternions are (w, x, y, z) with unit length. A matrix `b_from_a` takes column vectors from frame a to frame b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.core.errors import UsageError

__all__ = [
    "look_at",
    "matrix_from_pose",
    "quaternion_from_axis_angle",
    "quaternion_from_rotation",
    "quaternion_multiply",
    "random_quaternion",
    "rotation_from_quaternion",
    "transform_points",
]

Float = NDArray[np.float64]


def rotation_from_quaternion(quaternion_wxyz: ArrayLike) -> Float:
    """Return the 3x3 rotation matrix of a quaternion, which is normalised first.

    Raises:
        UsageError: The quaternion has no length.

    Example:
        >>> rotation_from_quaternion([1, 0, 0, 0]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    w, x, y, z = _unit(quaternion_wxyz, "a quaternion")
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_from_rotation(rotation: ArrayLike) -> Float:
    """Return the unit quaternion (w, x, y, z), w >= 0, of a 3x3 rotation matrix (Shepperd's method)."""
    m = np.asarray(rotation, np.float64)
    trace = np.trace(m)
    # The largest of the four squared components is the divisor, so nothing is divided by a small number.
    squares = np.array([trace, m[0, 0], m[1, 1], m[2, 2]])
    largest = int(np.argmax(squares))
    if largest == 0:
        q = np.array([1 + trace, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    else:
        i = largest - 1
        j, k = (i + 1) % 3, (i + 2) % 3
        q = np.zeros(4)
        q[0] = m[k, j] - m[j, k]
        q[1 + i] = 1 + m[i, i] - m[j, j] - m[k, k]
        q[1 + j] = m[j, i] + m[i, j]
        q[1 + k] = m[k, i] + m[i, k]
    q /= np.linalg.norm(q)
    return -q if q[0] < 0 else q


def quaternion_from_axis_angle(axis_xyz: ArrayLike, angle_rad: float) -> Float:
    """Return the quaternion that turns by `angle_rad` about `axis_xyz` (any length but zero), right-handed.

    Raises:
        UsageError: The axis has no length.
    """
    axis = _unit(axis_xyz, "an axis")
    return np.concatenate([[np.cos(angle_rad / 2)], np.sin(angle_rad / 2) * axis])


def quaternion_multiply(first_wxyz: ArrayLike, second_wxyz: ArrayLike) -> Float:
    """Return the product `first * second`: the rotation that applies `second`, then `first`."""
    aw, ax, ay, az = np.asarray(first_wxyz, np.float64)
    bw, bx, by, bz = np.asarray(second_wxyz, np.float64)
    return np.array(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ]
    )


def random_quaternion(rng: np.random.Generator) -> Float:
    """Return a rotation drawn uniformly from all rotations (Shoemake 1992, "Uniform random rotations")."""
    u1, u2, u3 = rng.random(3)
    a, b = np.sqrt(1 - u1), np.sqrt(u1)
    q = np.array(
        [
            b * np.cos(2 * np.pi * u3),
            a * np.sin(2 * np.pi * u2),
            a * np.cos(2 * np.pi * u2),
            b * np.sin(2 * np.pi * u3),
        ]
    )
    return -q if q[0] < 0 else q


def matrix_from_pose(
    position_xyz: ArrayLike, quaternion_wxyz: ArrayLike, scale_xyz: ArrayLike = (1.0, 1.0, 1.0)
) -> Float:
    """Return the 4x4 matrix that scales, then rotates, then translates."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_from_quaternion(quaternion_wxyz) * np.asarray(scale_xyz, np.float64)
    matrix[:3, 3] = position_xyz
    return matrix


def transform_points(b_from_a: ArrayLike, points_n3: ArrayLike) -> Float:
    """Return points of shape (n, 3) taken through a 4x4 matrix."""
    matrix = np.asarray(b_from_a, np.float64)
    return np.asarray(points_n3, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def look_at(position_xyz: ArrayLike, target_xyz: ArrayLike, roll_rad: float = 0.0) -> Float:
    """Return the quaternion (w, x, y, z) of a camera with OpenCV axes that looks at a point, Z up.

    Args:
        position_xyz: Camera position in the world, metres.
        target_xyz: Point that falls on the optical axis, different from the position.
        roll_rad: Turn about the optical axis; positive turns the picture's content counter-clockwise.

    Returns:
        world_from_camera rotation. Straight up or down, the picture's top points to world +Y.

    Raises:
        UsageError: The target is the position.
    """
    way = np.asarray(target_xyz, np.float64) - np.asarray(position_xyz, np.float64)
    forward = _unit(way, "the way from a camera to its target")
    up = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 1 - 1e-9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = np.cos(roll_rad), np.sin(roll_rad)
    rotation = np.stack([c * right + s * down, -s * right + c * down, forward], axis=1)
    return quaternion_from_rotation(rotation)


def _unit(vector: ArrayLike, what: str) -> Float:
    values = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(values))
    if length == 0:
        raise UsageError(f"{what} must have a length, got {values.tolist()}")
    unit: Float = values / length
    return unit
