"""Where the objects of a group stand: one model for each kind of placement."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import NumberValue
from synthvision.sampling.values import NonNegative, Positive, Share, Vector2Value, kind_if_left_out

__all__ = [
    "Fixed",
    "Grid",
    "InVolume",
    "Inside",
    "Layered",
    "OnSurface",
    "Placement",
    "Pose",
    "Region",
    "Row",
    "Scatter",
    "Stack",
]

Pose = Literal["upright", "stable", "lying", "flat", "random"]

_POSE = (
    "How objects lie: upright as modelled; stable in any pose in which they come to rest, the likelier the more often; "
    "lying in one of these that is not upright; flat on the broadest side; random in any direction."
)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Region(_Model):
    """A part of the surface: a rectangle or a disc."""

    size_m: tuple[float, float] | None = Field(None, description="Width and depth of a rectangle in metres.")
    radius_m: float | None = Field(None, gt=0, description="Radius of a disc in metres.")
    centre_m: tuple[float, float] = Field((0.0, 0.0), description="Middle of the region in metres.")

    @classmethod
    def rectangle(cls, size_m: tuple[float, float], centre_m: tuple[float, float] = (0.0, 0.0)) -> Region:
        """Return a rectangle."""
        return cls.model_construct(size_m=size_m, radius_m=None, centre_m=centre_m)

    @classmethod
    def disc(cls, radius_m: float, centre_m: tuple[float, float] = (0.0, 0.0)) -> Region:
        """Return a disc."""
        return cls.model_construct(size_m=None, radius_m=radius_m, centre_m=centre_m)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.size_m is None) == (self.radius_m is None):
            raise ValueError("must have either size_m (a rectangle) or radius_m (a disc)")
        if self.size_m is not None and min(self.size_m) <= 0:
            raise ValueError(f"size_m must be above 0, got {list(self.size_m)}")
        return self


class _Posed(_Model):
    pose: Pose = Field("upright", description=_POSE)
    yaw_deg: NumberValue = Field(Uniform(uniform=(0.0, 360.0)), description="Turn about the vertical in degrees.")
    flip_probability: Share = Field(
        0.0, description="Chance that an upright or flat object lies upside down, 0..1: a card that shows its back."
    )
    clearance_m: float = Field(0.001, ge=0, le=10, description="Least gap to other objects in metres.")
    max_tries: int = Field(
        200, ge=1, le=100_000, description="Places tried for one object before the scene starts anew."
    )


class _OnRegion(_Posed):
    on: str = Field(
        "surface", description="What the objects stand on: surface, or the name of an object group with a flat top."
    )
    region: Region | None = Field(
        None, description="Part of the surface where the objects' middles may lie; the whole surface where left out."
    )
    margin_m: float = Field(0.0, ge=0, description="How far objects stay from the edge of the surface, in metres.")


class OnSurface(_OnRegion):
    """Anywhere on a surface, without overlap."""

    kind: Literal["on_surface"] = Field("on_surface", description="Anywhere on a surface, without overlap.")


class Scatter(_OnRegion):
    """Spread over a surface with a least distance between the middles of the group's objects."""

    kind: Literal["scatter"] = Field(description="Spread over a surface with a least distance from each other.")
    min_distance_m: float = Field(
        gt=0, description="Least distance between the group's objects, middle to middle, metres."
    )


class Grid(_OnRegion):
    """In rows and columns about the middle of the region."""

    kind: Literal["grid"] = Field(description="In rows and columns.")
    columns: int = Field(ge=1, description="Objects in a row before the next row begins.")
    spacing_m: Vector2Value = Field(description="Distance between columns and between rows in metres.")
    direction_deg: NumberValue = Field(0.0, description="Turn of the whole grid about the vertical in degrees.")
    jitter_m: NonNegative = Field(0.0, description="How far each object is off its place, at most, in metres.")


class Row(_OnRegion):
    """One after the other along a line about the middle of the region."""

    kind: Literal["row"] = Field(description="One after the other along a line.")
    spacing_m: Positive = Field(description="Distance between neighbours, middle to middle, in metres.")
    direction_deg: NumberValue = Field(0.0, description="Direction of the line, from +X towards +Y, in degrees.")
    jitter_m: NonNegative = Field(0.0, description="How far each object is off its place, at most, in metres.")


class Fixed(_OnRegion):
    """At a stated place on a surface."""

    kind: Literal["fixed"] = Field(description="At a stated place on a surface.")
    position_m: Vector2Value = Field((0.0, 0.0), description="Where the object's middle stands, in metres.")
    yaw_deg: NumberValue = Field(0.0, description="Turn about the vertical in degrees.")


class InVolume(_Posed):
    """Anywhere in a box in the air, without overlap."""

    kind: Literal["in_volume"] = Field(description="Anywhere in a box in the air, without overlap.")
    pose: Pose = Field("random", description=_POSE)
    centre_m: tuple[float, float, float] = Field((0.0, 0.0, 0.5), description="Middle of the box in metres.")
    size_m: tuple[float, float, float] = Field(
        (0.5, 0.5, 0.5), description="Width, depth and height of the box in metres."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if min(self.size_m) < 0:
            raise ValueError(f"size_m must be 0 or more, got {list(self.size_m)}")
        return self


class Layered(_OnRegion):
    """Flat things dropped one after the other, which may overlap: each comes to rest on what lies below it."""

    kind: Literal["layered"] = Field(description="Flat things that may lie on each other, such as cards.")
    pose: Pose = Field("flat", description=_POSE)
    neighbour_probability: Share = Field(
        0.0, description="Chance that an object is dropped near one of the group's earlier ones, 0..1."
    )
    neighbour_distance_m: NonNegative = Field(
        0.05, description="How far from that neighbour, middle to middle, in metres."
    )
    climb_m: float = Field(
        0.004,
        ge=0,
        description="Other groups' objects up to this height may lie below; higher ones are in the way. Metres.",
    )
    max_tilt_deg: float = Field(8.0, gt=0, le=30, description="Steeper resting places are tried anew, in degrees.")


class Stack(_OnRegion):
    """One on top of the other."""

    kind: Literal["stack"] = Field(description="One on top of the other, such as books.")
    position_m: Vector2Value = Field((0.0, 0.0), description="Where the lowest object's middle stands, in metres.")
    jitter_m: NonNegative = Field(
        0.0, description="How far each object is off the middle of the one below, at most, metres."
    )
    max_tilt_deg: float = Field(8.0, gt=0, le=30, description="Steeper resting places are tried anew, in degrees.")


class Inside(_Posed):
    """In an open container: dropped in, on its floor and on each other."""

    kind: Literal["inside"] = Field(description="In an open container such as a bowl.")
    container: str = Field(description="Name of the object group that is the container, placed before this one.")
    pose: Pose = Field("random", description=_POSE)
    clearance_m: float = Field(0.0, ge=0, le=10, description="Least gap to other objects in metres.")
    max_tries: int = Field(
        12, ge=1, le=1_000, description="Orientations tried for one object before the scene starts anew."
    )
    max_above_m: float = Field(
        0.05, ge=0, description="How far the middle of an object may lie above the container's rim, in metres."
    )


Placement = Annotated[
    OnSurface | Scatter | Grid | Row | Fixed | InVolume | Layered | Stack | Inside,
    Field(discriminator="kind"),
    kind_if_left_out("on_surface"),
]
