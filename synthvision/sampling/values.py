"""Colours, vectors and parameters in scene files: values made of several numbers, each of which may be drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from synthvision.sampling.distributions import ChoiceOfWords, Distribution, FiniteFloat
from synthvision.sampling.number_values import NumberValue, within
from synthvision.sampling.weights import check_weights

__all__ = [
    "ChoiceOfColours",
    "ColourValue",
    "Hsv",
    "NonNegative",
    "ParameterValue",
    "Positive",
    "Share",
    "Vector2Value",
    "Vector3Value",
    "kind_if_left_out",
]

#: A number or distribution whose values lie in 0..1.
Share = Annotated[NumberValue, AfterValidator(within(0.0, 1.0))]
#: A number or distribution whose values are 0 or more.
NonNegative = Annotated[NumberValue, AfterValidator(within(0.0))]
#: A number or distribution whose values are above 0.
Positive = Annotated[NumberValue, AfterValidator(within(0.0, above=True))]

#: Two numbers, each a constant or a distribution.
Vector2Value = tuple[NumberValue, NumberValue]
#: Three numbers, each a constant or a distribution.
Vector3Value = tuple[NumberValue, NumberValue, NumberValue]


def kind_if_left_out(name: str) -> BeforeValidator:
    """Return a check that reads a block without `kind` as one of kind `name`: the default that its model states.

    Args:
        name: One of the kinds of the union that it is an annotation of, beside the discriminator.
    """

    def named(value: Any) -> Any:
        return {"kind": name, **value} if isinstance(value, Mapping) and "kind" not in value else value

    return BeforeValidator(named)


class HsvParts(BaseModel):
    """Hue, saturation and value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    h: NumberValue = Field(description="Hue as a share of the circle: 0 red, 1/3 green, 2/3 blue; wraps around.")
    s: Share = Field(description="Saturation, 0 grey to 1 pure.")
    v: Share = Field(description="Value, 0 black to 1 as bright as the hue can be.")


class Hsv(BaseModel):
    """A colour by hue, saturation and value in sRGB: ``{hsv: {h: {uniform: [0, 1]}, s: 0.8, v: 0.9}}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hsv: HsvParts = Field(description="Hue, saturation and value.")


_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def _check_hex(text: str) -> str:
    if not _HEX.fullmatch(text):
        raise ValueError(f"must be a colour like '#c0392b' (sRGB), got {text!r}")
    return text


_PlainColour = Annotated[
    Annotated[str, AfterValidator(_check_hex), Tag("hex")]
    | Annotated[tuple[Share, Share, Share], Tag("rgb")]
    | Annotated[Hsv, Tag("hsv")],
    Discriminator(lambda value: _colour_kind(value)),
]


class ChoiceOfColours(BaseModel):
    """One of several colours: ``{choice: ["#c0392b", "#2980b9"], weights: [2, 1]}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    choice: tuple[_PlainColour, ...] = Field(min_length=1, description="The colours to choose from.")
    weights: tuple[FiniteFloat, ...] | None = Field(
        None, description="How often each entry comes, relative to the others; equal where left out."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_weights(self.choice, self.weights)
        return self


def _colour_kind(value: Any) -> str:
    if isinstance(value, str):
        return "hex"
    if isinstance(value, (Hsv, ChoiceOfColours)):
        return "hsv" if isinstance(value, Hsv) else "choice"
    if isinstance(value, dict):
        return "choice" if "choice" in value else "hsv"
    return "rgb"


def _check_colour(value: Any) -> Any:
    if isinstance(value, dict) and not {"hsv", "choice"} & set(value):
        shown = ", ".join(map(str, value)) or "nothing"
        raise ValueError(f"must be [r, g, b], '#rrggbb', {{hsv: ..}} or {{choice: [..]}}, got the keys {shown}")
    if value is None or isinstance(value, (int, float, Distribution)):
        raise ValueError(f"must be [r, g, b], '#rrggbb', {{hsv: ..}} or {{choice: [..]}}, got {value!r}")
    return value


#: A colour: linear ``[r, g, b]`` in 0..1, sRGB ``'#rrggbb'``, ``{hsv: {h, s, v}}``, or a choice of these.
ColourValue = Annotated[
    Annotated[str, AfterValidator(_check_hex), Tag("hex")]
    | Annotated[tuple[Share, Share, Share], Tag("rgb")]
    | Annotated[Hsv, Tag("hsv")]
    | Annotated[ChoiceOfColours, Tag("choice")],
    Discriminator(_colour_kind),
    BeforeValidator(_check_colour),
]


def _parameter_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "number"  # refused there, with the message for numbers
    if isinstance(value, (str, ChoiceOfWords)):
        return "choice" if isinstance(value, ChoiceOfWords) else "word"
    if isinstance(value, (list, tuple, Hsv, ChoiceOfColours)):
        return "colour"
    if isinstance(value, dict):
        first = (value.get("choice") or [None])[0] if isinstance(value.get("choice"), (list, tuple)) else None
        if "hsv" in value or isinstance(first, (dict, list)) or (isinstance(first, str) and first.startswith("#")):
            return "colour"
        return "choice" if isinstance(first, str) else "number"
    return "number"


#: A parameter of a procedural asset: a number, a word, a colour, or a distribution of one of these.
ParameterValue = Annotated[
    Annotated[NumberValue, Tag("number")]
    | Annotated[str, Tag("word")]
    | Annotated[ChoiceOfWords, Tag("choice")]
    | Annotated[ColourValue, Tag("colour")],
    Discriminator(_parameter_kind),
]
