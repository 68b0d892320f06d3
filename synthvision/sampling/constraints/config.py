"""Constraints of a scene file: data, one model for each kind.

A constraint speaks of objects (`of`, sometimes `by`, `to` or `than`), of a quantity, and of the range it must lie in.
Those on the scene alone are judged before anything is drawn; those on pixels on the label images, before any colour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from synthvision.sampling.distributions import FiniteFloat
from synthvision.scene import SceneObject

__all__ = [
    "AsFactor",
    "Attribute",
    "Between",
    "Constraint",
    "Count",
    "Distance",
    "InFrontOf",
    "Occlusion",
    "PixelSize",
    "SameLane",
    "Transmittance",
    "Truncation",
    "VisibleFraction",
    "Which",
]

#: Object attribute that names the strip of the site that an object stands on.
STRIP = "strip"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Which(_Model):
    """Which objects of a scene are meant; everything given must hold."""

    group: str | None = Field(None, description="Name of an object group of the scene.")
    category: str | None = Field(None, alias="class", description="Class of the job.")
    asset: str | None = Field(None, description="Name of the objects' asset.")
    attributes: Mapping[str, str] = Field(default_factory=dict, description="Attributes that must have these values.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not any((self.group, self.category, self.asset, self.attributes)):
            raise ValueError("must name a group, a class, an asset or attributes")
        return self

    def takes(self, item: SceneObject) -> bool:
        """Return whether an object is meant."""
        return (
            (self.group is None or item.name.partition("/")[0] == self.group)
            and (self.category is None or item.category == self.category)
            and (self.asset is None or item.asset.name == self.asset)
            and all(item.attributes.get(key) == value for key, value in self.attributes.items())
        )

    def __str__(self) -> str:
        named = {"group": self.group, "class": self.category, "asset": self.asset, **self.attributes}
        given = {key: value for key, value in named.items() if value is not None}
        if list(given) == ["group"]:
            return str(self.group)
        return "{" + ", ".join(f"{key}: {value}" for key, value in given.items()) + "}"


def _as_which(value: Any) -> Any:
    return {"group": value} if isinstance(value, str) else value


#: Objects; a plain word is the name of a group.
WhichValue = Annotated[Which, BeforeValidator(_as_which, json_schema_input_type=str | Which)]


def _ordered(value: tuple[float | None, float | None]) -> tuple[float, float]:
    low = float("-inf") if value[0] is None else value[0]
    high = float("inf") if value[1] is None else value[1]
    if low > high:
        raise ValueError(f"must be [smallest, largest], got [{low:g}, {high:g}]")
    return low, high


#: Smallest and largest value, both included; null for no limit.
Between = Annotated[
    tuple[float, float],
    BeforeValidator(
        lambda value: _ordered(tuple(value)) if isinstance(value, (list, tuple)) and len(value) == 2 else value,
        json_schema_input_type=tuple[FiniteFloat | None, FiniteFloat | None],
    ),
    # JSON has no infinity: manifests keep what the file says.
    PlainSerializer(
        lambda value: [None if math.isinf(bound) else bound for bound in value],
        return_type=list[float | None],
        when_used="json",
    ),
]


class _OfObjects(_Model):
    of: WhichValue = Field(
        description="The objects that are judged: a group, or {class: ..}, {asset: ..}, {attributes: ..}."
    )
    at_least: int | Literal["all"] = Field(
        1, description="How many of them must hold the condition; all means every one, and at least one."
    )

    @model_validator(mode="after")
    def _check_number(self) -> Self:
        if isinstance(self.at_least, int) and self.at_least < 1:
            raise ValueError(f"at_least must be 1 or more, or all, got {self.at_least}")
        return self


class Occlusion(_OfObjects):
    """How much of an object other objects hide: share of its pixels alone inside the picture."""

    kind: Literal["occlusion"] = Field(description="How much of an object other objects hide.")
    by: WhichValue | None = Field(None, description="Only what these objects hide counts; everything where left out.")
    between: Between = Field(description="Share of the object's own pixels, 0 to 1.")


class VisibleFraction(_OfObjects):
    """Visible pixels over the pixels of the object alone inside the picture."""

    kind: Literal["visible_fraction"] = Field(description="Visible share of an object.")
    between: Between = Field(description="Share, 0 to 1.")


class Truncation(_OfObjects):
    """How much of an object lies outside the picture."""

    kind: Literal["truncation"] = Field(description="Share of an object outside the picture.")
    between: Between = Field(description="Share, 0 to 1.")


class PixelSize(_OfObjects):
    """Size of an object's visible box."""

    kind: Literal["pixel_height", "pixel_width"] = Field(description="Height or width of an object's visible box.")
    between: Between = Field(description="Pixels.")


class Transmittance(_OfObjects):
    """How much of an object's contrast the air leaves."""

    kind: Literal["transmittance"] = Field(description="Share of an object's light that the air lets through.")
    between: Between = Field(description="Share, 0 to 1.")


class InFrontOf(_OfObjects):
    """An object that is nearer to the camera than another and whose box, as if nothing hid it, overlaps the other's."""

    kind: Literal["in_front_of"] = Field(description="Nearer than another object, and before it in the picture.")
    than: WhichValue = Field(description="The objects behind.")


class Distance(_OfObjects):
    """How far an object stands from the camera, or from the nearest of some other objects."""

    kind: Literal["distance"] = Field(description="Distance to the camera or to other objects.")
    to: WhichValue | None = Field(None, description="The other objects; the camera where left out.")
    between: Between = Field(description="Metres between the objects' origins, or to the camera.")


class SameLane(_OfObjects):
    """An object that stands on the same strip of the site (lane, pavement, ...) as another."""

    kind: Literal["same_lane"] = Field(description="On the same lane or other strip of the site.")
    to: WhichValue = Field(description="The other objects.")


class Count(_Model):
    """How many objects there are, or show."""

    kind: Literal["count"] = Field(description="Number of objects.")
    of: WhichValue = Field(description="The objects that are counted.")
    between: Between = Field(description="Smallest and largest number.")
    least_pixels: int = Field(
        0, ge=0, description="Only objects with so many visible pixels count; 0 counts all of the scene."
    )


class Attribute(_OfObjects):
    """A state or other attribute of an object."""

    kind: Literal["attribute"] = Field(description="An attribute or state of an object.")
    name: str = Field(description="Name of the attribute, e.g. top_face.")
    one_of: tuple[str, ...] = Field(min_length=1, description="Values that it may have.")


class AsFactor(_Model):
    """A sampled quantity of the scene."""

    kind: Literal["factor"] = Field(description="A sampled quantity of the scene.")
    path: str = Field(description="Its key path, as the record's factors name it, e.g. objects.cars.count.")
    between: Between | None = Field(None, description="Range of a number.")
    one_of: tuple[str | int | float | bool, ...] = Field((), description="Allowed words or values.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.between is None) == (not self.one_of):
            raise ValueError("must have either between or one_of")
        return self


Constraint = Annotated[
    Occlusion
    | VisibleFraction
    | Truncation
    | PixelSize
    | Transmittance
    | InFrontOf
    | Distance
    | SameLane
    | Count
    | Attribute
    | AsFactor,
    Field(discriminator="kind"),
]
