"""The objects of a scene at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_rotation
from synthvision.sampling.motion.objects import Course
from synthvision.sampling.objects import PlacedObject

__all__ = ["boxes_of", "objects_at"]

Float = NDArray[np.float64]
Quaternion = tuple[float, float, float, float]


def objects_at(
    objects: Sequence[PlacedObject],
    rotations_wxyz: Sequence[Quaternion],
    courses: Sequence[Course | None],
    time_s: float,
) -> list[tuple[PlacedObject, Quaternion]]:
    """Return every object with its rotation as it is at a time; what stands still stays the object that was placed.

    Args:
        objects: As they were placed.
        rotations_wxyz: Theirs.
        courses: Theirs, None for what stands still.
        time_s: Seconds from the first step.
    """
    found = []
    for item, rotation, course in zip(objects, rotations_wxyz, courses, strict=True):
        if course is None:
            found.append((item, rotation))
            continue
        now = course.at(time_s)
        drawn = replace(
            item.drawn,
            ref=now.ref,
            velocity_m_s=_triple(now.velocity_m_s),
            angular_velocity_rad_s=_triple(now.turn_rad_s),
        )
        moved = replace(item, drawn=drawn, rotation=now.rotation, position_m=now.position_m)
        if time_s:
            w, x, y, z = (float(value) for value in quaternion_from_rotation(now.rotation))
            rotation = (w, x, y, z)
        found.append((moved, rotation))
    return found


def boxes_of(objects: Iterable[PlacedObject]) -> Float:
    """Return the smallest and largest corner of each object where it is, float64 (n, 2, 3)."""
    boxes = []
    for item in objects:
        corners = item.drawn.shape.hull_n3 * np.array(item.drawn.scale) @ item.rotation.T + item.position_m
        boxes.append(np.stack([corners.min(axis=0), corners.max(axis=0)]))
    return np.array(boxes).reshape(-1, 2, 3)


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
