"""Where the objects of a group stand: one model for each kind of placement."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import ChoiceValue, NumberValue, within
from synthvision.sampling.values import NonNegative, Positive, Share, Vector2Value, kind_if_left_out

__all__ = [
    "Along",
    "Dropped",
    "Fixed",
    "Grid",
    "InVolume",
    "Inside",
    "Layered",
    "OnSurface",
    "Placement",
    "Pose",
    "Region",
    "Relative",
    "Row",
    "Scatter",
    "Stack",
]

Pose = Literal["upright", "stable", "lying", "on_side", "flat", "random"]

_POSE = (
    "How objects lie: upright as modelled; stable in any pose in which they come to rest, the likelier the more often; "
    "lying in one of these that is not upright; on_side in one of these on its left or right side; flat on the "
    "broadest side; random in any direction."
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


class _OnLevels(_OnRegion):
    level: Literal["top", "any", "lowest", "highest"] | None = Field(
        None,
        description="With on: a group of shelves, racks, desks or tables. Which of their flat areas with space above "
        "carries the object: any of them, lowest or highest; region, position_m and yaw_deg are then as the object "
        "below faces (+X of its model is its front). Left out or top: its flat top, in the scene's frame.",
    )

    @model_validator(mode="after")
    def _carried(self) -> Self:
        if self.level is not None and self.on == "surface":
            raise ValueError("level must come with on: an object group that carries the objects")
        return self


class OnSurface(_OnLevels):
    """Anywhere on a surface, without overlap."""

    kind: Literal["on_surface"] = Field("on_surface", description="Anywhere on a surface, without overlap.")


class Scatter(_OnLevels):
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


class Fixed(_OnLevels):
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


class Dropped(_Model):
    """Let fall with all other dropped groups together, after everything else stands, until at rest."""

    kind: Literal["dropped"] = Field(description="Let fall, with physics, until at rest: heaps and clutter.")
    into: str | None = Field(
        None, description="Name of the object group that is the open container: a bin, tray, crate or bowl."
    )
    on: str = Field(
        "surface", description="What the objects fall onto where `into` is left out: surface, or an object group."
    )
    region: Region | None = Field(
        None,
        description="Where they are let go: a part of the surface, or an area about the middle of the object that they "
        "fall onto, turned with it. The inner part of either where left out; a container's mouth always.",
    )
    pose: Pose = Field("random", description=_POSE + " As they are let go.")
    yaw_deg: NumberValue = Field(Uniform(uniform=(0.0, 360.0)), description="Turn about the vertical in degrees.")
    flip_probability: Share = Field(
        0.0, description="Chance that an upright or flat object is let go upside down, 0..1."
    )
    height_m: float = Field(
        0.03, gt=0, le=2, description="How far the objects fall at least, onto the heap or the empty floor, in metres."
    )
    max_time_s: float = Field(
        10.0, gt=0, le=60, description="Simulated seconds within which all must be at rest; else they fall anew."
    )
    spilled: Literal["left_out", "refused"] = Field(
        "left_out", description="What becomes of objects that fell off or out: left out, or all fall anew."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.into is not None and self.on != "surface":
            raise ValueError("must have either into (a container) or on (a surface or object), not both")
        if self.into is not None and self.region is not None:
            raise ValueError("region goes with on; what falls into a container falls through all of its mouth")
        return self


Side = Literal["front", "behind", "left", "right", "beside", "around", "on_top"]


class Relative(_Posed):
    """Beside, before, behind or on an object of a group that is placed already, or between two of them."""

    kind: Literal["relative"] = Field(description="Relative to an object of a group that is placed already.")
    to: str | None = Field(None, description="Name of that group; each object takes one of it at random.")
    between: str | None = Field(
        None, description="Instead of to: in the gap between two neighbours of that group, such as parked cars."
    )
    widest_m: float = Field(4.0, gt=0, description="With between: gaps wider than this are none, in metres.")
    on: str = Field(
        "surface", description="What the objects stand on: surface, or the name of an object group with a flat top."
    )
    side: Side | None = Field(
        None,
        description="Where, as the other object faces (+X of its model is its front): front, behind, left, right, "
        "beside (left or right), around (any direction), or on_top; or give bearing_deg. around where left out.",
    )
    bearing_deg: NumberValue | None = Field(
        None, description="Direction from the other object in degrees: 0 its front, 90 its left, 180 behind it."
    )
    gap_m: NumberValue | None = Field(
        None,
        description="Free way between the two along that direction in metres; or give distance_m. 0.1 to 0.5 at "
        "random where both are left out.",
    )
    distance_m: Positive | None = Field(None, description="Distance from middle to middle in metres.")
    sideways_m: NumberValue = Field(
        0.0,
        description="Shift across the direction, to the left of it, in metres; between two objects: across the line "
        "that joins them, to the left as the first of them faces.",
    )
    overhang: Annotated[NumberValue, AfterValidator(within(0.0, 0.95))] | None = Field(
        None,
        description="With on_top: share of the object's length that sticks out over the edge, 0..0.95, towards "
        "bearing_deg; somewhere on the top where left out.",
    )
    facing: Literal["alike", "towards", "away", "across"] = Field(
        "alike", description="Where the object's front points: alike (as the other one's), towards it, away, across."
    )
    yaw_deg: NumberValue = Field(0.0, description="Turn about the vertical on top of that, in degrees.")

    @property
    def group(self) -> str:
        """Name of the group that the objects are placed relative to."""
        return self.to or self.between or ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.to is None) == (self.between is None):
            raise ValueError("must have either to or between")
        if self.side is not None and self.bearing_deg is not None and self.side != "on_top":
            raise ValueError("must have either side or bearing_deg, not both")
        if self.gap_m is not None and self.distance_m is not None:
            raise ValueError("must have either gap_m or distance_m, not both")
        if self.between is not None and (self.side, self.bearing_deg, self.gap_m, self.distance_m) != (None,) * 4:
            raise ValueError("between takes the middle of a gap: side, bearing_deg, gap_m and distance_m have no sense")
        if self.overhang is not None and self.side != "on_top":
            raise ValueError("overhang must come with side: on_top")
        return self


#: Where an object on a strip faces.
HEADINGS = ("forward", "backward", "either", "inward", "outward", "across", "random")


def _check_headings(value: Any) -> Any:
    words = (value,) if isinstance(value, str) else value.choice
    wrong = [word for word in words if word not in HEADINGS]
    if wrong:
        raise ValueError(f"must be one of {', '.join(HEADINGS)}, got {wrong[0]!r}")
    return value


def _as_patterns(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Along(_Posed):
    """On the strips of a site, such as lanes, kerbs and pavements."""

    kind: Literal["along"] = Field(description="On the strips of a site, such as lanes, kerbs and pavements.")
    strips: Annotated[tuple[str, ...], BeforeValidator(_as_patterns, json_schema_input_type=str | list[str])] = Field(
        min_length=1,
        description="On which strips: kinds (lane, parking, cycle_lane, kerb, pavement, crossing, verge, "
        "building_line, wall, floor, belt) or names with * (pavement/left*).",
    )
    arrange: Literal["scattered", "row"] = Field(
        "scattered", description="scattered anywhere on the strips, or a row: one behind the other with gap_m between."
    )
    spacing_m: Positive | None = Field(
        None, description="Regular places that far apart, those near the middle of the site taken first; in metres."
    )
    range: tuple[float, float] = Field(
        (0.0, 1.0), description="Which part of each strip: shares of its length, 0 its start and 1 its end."
    )
    gap_m: NonNegative = Field(
        0.0,
        description="Least free way along the strip to whatever else was placed along it, such as the headway between "
        "cars, in metres; 0 lets things stand side by side.",
    )
    align: Literal["centre", "inner", "outer"] = Field(
        "centre",
        description="What lies on the strip's middle line: the object's middle; or the object touches the strip's "
        "inner or outer edge, as a house on the building line and a parked car at the kerb.",
    )
    offset_m: NumberValue = Field(
        0.0, description="Shift across the strip, away from the middle of the street, in metres."
    )
    jitter_m: NonNegative = Field(
        0.0, description="With spacing_m: how far along the strip each is off, at most, metres."
    )
    heading: Annotated[ChoiceValue, AfterValidator(_check_headings)] = Field(
        "forward",
        description="Where the front points: forward or backward along the strip, either of these, inward (to the "
        "middle of the street), outward, across (either of these), or random.",
    )
    yaw_deg: NumberValue = Field(0.0, description="Turn about the vertical on top of the heading, in degrees.")
    overhang: bool = Field(
        False,
        description="Other things may stand under it, as under a tree or a lamp's arm: their gap is to its surface, "
        "not to the convex hull around it.",
    )
    max_tries: int = Field(60, ge=1, le=100_000, description="Places tried for one object.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        low, high = self.range
        if not 0 <= low < high <= 1:
            raise ValueError(f"range must be two growing shares of 0..1, got {list(self.range)}")
        if self.spacing_m is not None and self.arrange == "row":
            raise ValueError("must have either spacing_m or arrange: row, not both")
        return self


Placement = Annotated[
    OnSurface | Scatter | Grid | Row | Fixed | InVolume | Layered | Stack | Inside | Relative | Dropped | Along,
    Field(discriminator="kind"),
    kind_if_left_out("on_surface"),
]
