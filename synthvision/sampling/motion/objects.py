"""Objects in motion: where each is at a time, how fast, and in which pose of its stride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.library.reference import AssetRef
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.constraints.config import STRIP
from synthvision.sampling.defects.maker import host_name
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.motion.config import ObjectMotion
from synthvision.sampling.motion.ground import draw_track, level_heading
from synthvision.sampling.motion.tracks import Drift, Strip, Track, turn_by
from synthvision.sampling.objects import PlacedObject
from synthvision.sampling.selection import Library

__all__ = ["Course", "MotionMaker", "ObjectState"]

Float = NDArray[np.float64]

_PHASE = "stride_phase"
_STRIDING = ("walking", "running", "trotting")
_STRIDE_OF_HEIGHT = 0.75
# Points of a body that move evenly while its limbs swing.
_STEADY = ("left_hip", "right_hip", "withers")


@dataclass(frozen=True, slots=True, eq=False)
class ObjectState:
    """One object at one instant.

    Args:
        position_m: Where the model's origin is.
        rotation: World from model, float64 (3, 3).
        velocity_m_s: Of the model's origin.
        turn_rad_s: Angular velocity in world axes.
        ref: Its model then.
    """

    position_m: Float
    rotation: Float
    velocity_m_s: Float
    turn_rad_s: Float
    ref: AssetRef


@dataclass(frozen=True, slots=True, eq=False)
class _Gait:
    """A stride that goes on with the way."""

    library: Library
    stride_m: float
    poses: int

    def ref(self, first: AssetRef, way_m: float) -> AssetRef:
        # Few poses, so that their models are built once and kept.
        done = round(way_m / self.stride_m * self.poses) % self.poses / self.poses
        phase = (float(first.params[_PHASE]) + done) % 1.0
        return AssetRef(first.pack, first.name, {**first.params, _PHASE: phase})

    def steady_point(self, ref: AssetRef) -> Float:
        """Return the point of the model that goes evenly, in the model's frame; its height does not matter."""
        points = self.library.load_model(ref).keypoints
        found = [points[name] for name in _STEADY if name in points]
        middle = np.mean(found, axis=0) if found else np.zeros(3)
        return np.array([middle[0], middle[1], 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class _Roll:
    """Rolling without slipping."""

    forward: Float
    radius_m: float

    def turn(self, way_m: float) -> Float:
        return turn_by(self._axis() * (way_m / self.radius_m))

    def rate(self, turn_33: Float, velocity: Float) -> Float:
        speed = float(velocity @ (turn_33 @ self.forward))
        return np.asarray(turn_33 @ self._axis() * (speed / self.radius_m))

    def _axis(self) -> Float:
        axis = np.cross([0.0, 0.0, 1.0], self.forward)
        return np.asarray(axis / np.linalg.norm(axis))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How one object moves.

    Args:
        item: The object as it was placed.
        track: The way of its anchor.
        anchor: A point of the model, scaled, in the model's axes.
        roll: Rolling on top of the track's turns, or None.
        gait: A stride, or None.
    """

    item: PlacedObject
    track: Track
    anchor: Float
    roll: _Roll | None = None
    gait: _Gait | None = None

    def at(self, time_s: float) -> ObjectState:
        """Return the object at a time in seconds from the first step, where it is as it was placed."""
        now = self.track.at(time_s)
        first, ref, anchor = self.item.drawn.ref, self.item.drawn.ref, self.anchor
        rotation, rate = now.turn_33 @ self.item.rotation, now.turn_rad_s
        if self.gait is not None:
            ref = self.gait.ref(first, now.way_m)
            anchor = self.gait.steady_point(ref) * np.array(self.item.drawn.scale)
        if self.roll is not None:
            rotation = now.turn_33 @ self.roll.turn(now.way_m) @ self.item.rotation
            rate = rate + self.roll.rate(now.turn_33, now.velocity_m_s)
        arm = rotation @ anchor
        velocity = now.velocity_m_s - np.cross(rate, arm)
        if time_s == 0:
            return ObjectState(self.item.position_m, self.item.rotation, velocity, rate, first)
        return ObjectState(now.anchor_m - arm, rotation, velocity, rate, ref)


class MotionMaker:
    """Gives the objects of a scene their courses.

    Args:
        spec: The scene file.
        library: Where models come from, for the steady point of a walker.
    """

    def __init__(self, spec: SceneSpec, library: Library) -> None:
        self._spec = spec
        self._library = library

    def make(
        self, drawer: Drawer, objects: Sequence[PlacedObject], strips: Sequence[Strip] = ()
    ) -> tuple[Course | None, ...]:
        """Return the course of each object, None for what stands still.

        Args:
            drawer: Draws the scene's values.
            objects: The objects at their places.
            strips: Of the site.

        Raises:
            UsageError: An object is to follow a strip that the site has not.
        """
        courses: dict[str, Course | None] = {}
        for item in objects:
            host = host_name(item.drawn.name)
            carried = courses.get(host) if host != item.drawn.name else None
            # A mark goes where its host goes.
            courses[item.drawn.name] = (
                self._course(drawer, item, strips) if host not in courses else carried and replace(carried, item=item)
            )
        return tuple(courses[item.drawn.name] for item in objects)

    def _course(self, drawer: Drawer, item: PlacedObject, strips: Sequence[Strip]) -> Course | None:
        drawn = item.drawn
        group = self._spec.objects.get(drawn.group)
        motion = None if group is None else group.motion
        if motion is None:
            velocity, turn = np.array(drawn.velocity_m_s), np.array(drawn.angular_velocity_rad_s)
            if not velocity.any() and not turn.any():
                return None
            return Course(item, Drift(item.position_m, velocity, turn), np.zeros(3))
        path = f"objects.{drawn.name.replace('/', '.')}.motion"
        gait = self._gait(drawer, path, motion, item)
        scale = np.array(drawn.scale)
        anchor = np.zeros(3)
        if gait is not None:
            anchor = gait.steady_point(drawn.ref) * scale
        elif motion.rolls:
            anchor = (drawn.shape.low + drawn.shape.high) / 2 * scale
        start = item.position_m + item.rotation @ anchor
        heading = level_heading(item.rotation[:, 0], np.array([1.0, 0.0, 0.0]))
        extent = (drawn.shape.high - drawn.shape.low) * scale
        track = draw_track(
            drawer, path, motion, start, heading, float(extent[:2].max()), strips, drawn.attributes.get(STRIP)
        )
        roll = _Roll(track.forward, float(extent[2]) / 2) if motion.rolls else None
        return Course(item, track, anchor, roll, gait)

    def _gait(self, drawer: Drawer, path: str, motion: ObjectMotion, item: PlacedObject) -> _Gait | None:
        params = item.drawn.ref.params
        if _PHASE not in params or params.get("pose", _STRIDING[0]) not in _STRIDING or motion.rolls:
            return None
        shape = item.drawn.shape
        stride = _STRIDE_OF_HEIGHT * float(shape.high[2] - shape.low[2]) * item.drawn.scale[2]
        if motion.stride_m is not None:
            stride = drawer.number(f"{path}.stride_m", motion.stride_m)
        return _Gait(self._library, stride, motion.stride_poses)
