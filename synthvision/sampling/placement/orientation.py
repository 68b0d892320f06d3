"""Which way up an object lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import PlacementError
from synthvision.geometry.poses import random_quaternion, rotation_from_quaternion
from synthvision.sampling.placement.config import Pose
from synthvision.sampling.shapes import Shape
from synthvision.sampling.stable_poses import rotation_between

__all__ = ["about_vertical", "lay"]

Float = NDArray[np.float64]

_DOWN = np.array([0.0, 0.0, -1.0])
# Cosine of the angle up to which a resting pose counts as lying on the broad side.
_NEAR = float(np.cos(np.radians(15.0)))
_OVER = np.diag([1.0, -1.0, -1.0])


def lay(shape: Shape, pose: Pose, flipped: bool, rng: np.random.Generator) -> Float:
    """Return the rotation, 3x3, that lays a model as asked, before it is turned about the vertical.

    Args:
        shape: The model.
        pose: See the scene file's `pose`.
        flipped: An upright or flat object lies upside down.
        rng: Chooses among several poses.

    Raises:
        PlacementError: The model has no pose of that kind.
    """
    if pose == "random":
        return rotation_from_quaternion(random_quaternion(rng))
    if pose == "upright":
        return _OVER.copy() if flipped else np.eye(3)
    if pose == "flat":
        rotation = rotation_between(_broad_side(shape), _DOWN)
        return _OVER @ rotation if flipped else rotation
    resting = shape.resting
    weights = resting.weight_n
    if pose in ("lying", "on_side"):
        lies = np.abs(resting.down_n3[:, 2]) < 0.7
        if pose == "on_side":
            # Not on its front or its back, +X and -X of the model.
            lies &= np.abs(resting.down_n3[:, 0]) < 0.5
        weights = np.where(lies, weights, 0.0)
        if weights.sum() <= 0:
            raise PlacementError(f"pose {pose} needs an object that can lie on its side, and {shape.key} cannot")
    cumulative = np.cumsum(weights)
    index = min(int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right")), len(weights) - 1)
    return rotation_between(resting.down_n3[index], _DOWN)


def _broad_side(shape: Shape) -> Float:
    """Return the direction in the model's frame that points down when it lies on its broadest side."""
    axis = int(np.argmin(shape.high - shape.low))
    # Of the two broad sides the one that the model was made to lie on.
    wanted = np.eye(3)[axis] * (-1.0 if axis == 2 else 1.0)
    resting = shape.resting
    best = int(np.argmax(resting.down_n3 @ wanted))
    # A curled card does not truly rest on its belly; it is laid there all the same.
    nearest: Float = resting.down_n3[best]
    return nearest if float(nearest @ wanted) > _NEAR else wanted


def about_vertical(yaw_rad: float) -> Float:
    """Return the rotation, 3x3, by an angle about +Z."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
