"""Motion in a scene file: how the objects of a group, and cameras, move while the steps of a scene go by.

The drawn place is that of the first step; every later one is a function of time alone.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import ChoiceValue, NumberValue, bounds_of
from synthvision.sampling.values import NonNegative, Positive, Share, Vector3Value

__all__ = [
    "CameraMotion",
    "LinearMotion",
    "ObjectMotion",
    "OrbitMotion",
    "PathMotion",
    "Profile",
    "ShakeSpec",
    "SpeedChange",
    "StillMotion",
    "StopAndGo",
    "TurnMotion",
    "check_one_motion",
]

SIDES = ("left", "right")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpeedChange(_Model):
    """Braking or speeding up: another speed from some time on."""

    kind: Literal["change"] = Field(description="Another speed from some time on: braking, or speeding up.")
    after_s: NonNegative = Field(0.0, description="When the change begins, in seconds from the first step.")
    to_m_s: NumberValue = Field(0.0, description="Speed after the change in metres a second; 0 stops.")
    rate_m_s2: Positive = Field(
        2.0, description="How fast the speed changes, in metres per square second: 2 is gentle, 7 an emergency stop."
    )


class StopAndGo(_Model):
    """Going and standing in turn."""

    kind: Literal["stop_and_go"] = Field(description="Going and standing in turn, as in a queue.")
    go_s: Positive = Field(4.0, description="How long it goes each time, speeding up and braking included, in seconds.")
    stop_s: NonNegative = Field(3.0, description="How long it stands each time, in seconds.")
    ramp_s: NonNegative = Field(1.0, description="How long speeding up takes, and braking, in seconds: at most go_s/2.")
    start: Share = Field(
        Uniform(uniform=(0.0, 1.0)), description="Where in its turn of going and standing it begins, 0..1."
    )


Profile = Annotated[SpeedChange | StopAndGo, Field(discriminator="kind")]


class _Driven(_Model):
    profile: Profile | None = Field(None, description="How the speed changes; steady where left out.")


class _OnGround(_Driven):
    speed_m_s: NumberValue = Field(description="Speed in metres a second; below 0 it goes backwards.")
    heading_deg: NumberValue | None = Field(
        None,
        description="Direction of the way at the first step, from +X towards +Y, in degrees; where left out, the "
        "way that an object's front or a camera faces.",
    )


class LinearMotion(_OnGround):
    """Straight on."""

    kind: Literal["linear"] = Field(description="Straight on.")
    climb_deg: NumberValue = Field(0.0, description="Angle of the way above the horizon in degrees.")


def _check_sides(value: Any) -> Any:
    words = (value,) if isinstance(value, str) else value.choice
    wrong = [word for word in words if word not in SIDES]
    if wrong:
        raise ValueError(f"must be {' or '.join(SIDES)}, got {wrong[0]!r}")
    return value


class TurnMotion(_OnGround):
    """On a circle, turning with it."""

    kind: Literal["turn"] = Field(description="On a circle, turning with it.")
    radius_m: Positive = Field(description="Radius of the circle in metres.")
    side: Annotated[ChoiceValue, AfterValidator(_check_sides)] = Field(
        "left", description="To which side: left or right."
    )


class PathMotion(_Driven):
    """Along a strip of the site, at the distance from its middle that it starts with."""

    kind: Literal["path"] = Field(description="Along a strip of the site, as far off its middle as at the first step.")
    strip: str | None = Field(
        None,
        description="Name of the strip, such as lane/0, a pattern such as pavement/*, or a kind such as lane: that on "
        "which the thing was placed if it fits, else the nearest that does.",
    )
    speed_m_s: NumberValue | None = Field(
        None, description="Speed in metres a second; that of the strip where left out."
    )


class _Object(_Model):
    rolls: bool = Field(
        False,
        description="Rolls on the ground like a ball or a wheel, with half its height as radius, without slipping.",
    )
    stride_m: Positive | None = Field(
        None,
        description="Length of a stride (two steps) in metres, for models with a stride_phase: it goes on with the "
        "way. 0.75 times the model's height where left out.",
    )
    stride_poses: int = Field(
        16, ge=2, le=64, description="Different poses in a stride: fewer keep more of them in memory."
    )


class LinearObject(LinearMotion, _Object):
    """An object that goes straight on."""


class TurningObject(TurnMotion, _Object):
    """An object that goes on a circle."""


class PathObject(PathMotion, _Object):
    """An object that follows a strip of the site."""


ObjectMotion = Annotated[LinearObject | TurningObject | PathObject, Field(discriminator="kind")]


class ShakeSpec(_Model):
    """How unsteadily a camera is held: smooth noise."""

    position_m: NonNegative = Field(
        0.004, description="How far it wanders in each direction, as a standard deviation in metres."
    )
    angle_deg: NonNegative = Field(
        0.4, description="How far it turns about each axis, as a standard deviation in degrees."
    )
    frequency_hz: Positive = Field(
        1.5, description="How often it goes to and fro in a second: 1.5 a hand, 12 an engine."
    )


class _Camera(_Model):
    shake: ShakeSpec | None = Field(None, description="How unsteadily the camera is held; steady where left out.")


class LinearCamera(LinearMotion, _Camera):
    """A camera that goes straight on, such as in a car."""


class TurningCamera(TurnMotion, _Camera):
    """A camera that goes on a circle, such as in a car that turns off."""


class PathCamera(PathMotion, _Camera):
    """A camera that follows a strip of the site."""


class OrbitMotion(_Camera):
    """A camera that goes round what it looks at, about the vertical."""

    kind: Literal["orbit"] = Field(description="Round a point, about the vertical.")
    speed_deg_s: NumberValue = Field(
        description="How fast it goes round, counter-clockwise seen from above, in degrees a second."
    )
    centre_m: Vector3Value | None = Field(
        None, description="The point, in metres; what the camera looks at where left out."
    )


class StillMotion(_Camera):
    """A camera that stays where it is, but for its shake."""

    kind: Literal["still"] = Field(description="Where it is, but for its shake.")


CameraMotion = Annotated[
    LinearCamera | TurningCamera | PathCamera | OrbitMotion | StillMotion, Field(discriminator="kind")
]


def check_one_motion(motion: object | None, **velocities: Vector3Value) -> None:
    """Refuse a motion beside steady velocities: they follow from it.

    Args:
        motion: The block `motion`, or None.
        velocities: The velocities beside it by key.

    Raises:
        ValueError: There are both.
    """
    if motion is None:
        return
    for name, vector in velocities.items():
        if any(bounds_of(value) != (0.0, 0.0) for value in vector):
            raise ValueError(f"must have either motion or {name}, not both: velocities follow from the motion")
