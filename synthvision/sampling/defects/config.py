"""Defects of a scene file's objects: which kinds, how many, how bad, how large, where on their host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from synthvision.core.errors import nearest_name
from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import IntValue, bounds_of
from synthvision.sampling.values import ParameterValue, Positive, Share

__all__ = ["KINDS", "DefectKind", "DefectSpec", "DefectsSpec", "Where", "asset_of"]

DefectKind = Literal["scratch", "crack", "stain", "dent", "chip", "misprint", "print"]
Where = Literal["any", "seen", "up", "side"]

#: Kinds with the length in metres that they have where a file says nothing, and their width as a share of it.
KINDS: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "scratch": ((0.006, 0.03), (0.1, 0.25)),
    "crack": ((0.008, 0.03), (0.3, 0.5)),
    "stain": ((0.005, 0.02), (0.6, 1.0)),
    "dent": ((0.004, 0.012), (0.7, 1.0)),
    "chip": ((0.002, 0.007), (0.6, 1.0)),
    "misprint": ((0.016, 0.03), (0.33, 0.4)),
    "print": ((0.016, 0.03), (0.33, 0.4)),
}
_MOST = 64


def asset_of(kind: str) -> str:
    """Return the name of the built-in asset of a kind."""
    return "printed_code" if kind == "print" else f"defect_{kind}"


class DefectSpec(BaseModel):
    """Defects of one kind on each object of a group."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DefectKind | None = Field(
        None, description="What it is; where left out, the name of this block. print is a code without a fault."
    )
    probability: Share = Field(1.0, description="Chance that an object has defects of this kind at all, 0..1.")
    count: IntValue = Field(1, description="How many an object has then.")
    severity: Share = Field(
        Uniform(uniform=(0.0, 1.0)),
        description="How bad: 0 is a hairline or a film that is just seen, 1 is deep, wide and dark.",
    )
    length_m: Positive | None = Field(
        None, description="Length in metres; where left out, 4..30 mm as is usual for the kind."
    )
    aspect: Positive | None = Field(
        None, description="Width of the rectangle that holds it as a share of its length; usual values where left out."
    )
    where: Where = Field(
        "seen",
        description="Which faces: any; seen (all but those that face down); up; side. As the object lies in the scene.",
    )
    part: str | None = Field(None, description="Name or pattern of the host's mesh part that it lies on.")
    params: Mapping[str, ParameterValue] = Field(
        default_factory=dict,
        description="Values or distributions of further parameters of the kind, e.g. variant: oil for a stain.",
    )

    @field_validator("count")
    @classmethod
    def _count(cls, value: IntValue) -> IntValue:
        low, high = bounds_of(value)
        if low < 0 or high > _MOST:
            raise ValueError(f"count must be 0..{_MOST}, got {low:g}..{high:g}")
        return value


class DefectsSpec(BaseModel):
    """Defects of a group's objects. What is left without any is an ok part, with the attribute `defects: "0"`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probability: Share = Field(1.0, description="Chance that an object has defects at all, 0..1.")
    kinds: Mapping[str, DefectSpec] = Field(
        min_length=1,
        description="Kinds by name: scratch, crack, stain, dent, chip, misprint, print; or any name with kind inside.",
    )

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, data: Any) -> Any:
        # `kinds: [scratch, dent]` is short for a mapping with nothing said of each.
        if isinstance(data, dict) and isinstance(data.get("kinds"), (list, tuple)):
            data = {**data, "kinds": {str(name): {} for name in data["kinds"]}}
        return data

    @model_validator(mode="after")
    def _named(self) -> Self:
        for name, spec in self.kinds.items():
            if not name or any(letter in name for letter in "./#@ "):
                raise ValueError(f"a name of defects must not be empty or hold . / # @ or a space, got {name!r}")
            if spec.kind is None and name not in KINDS:
                near = nearest_name(name, KINDS)
                hint = f"; did you mean {near!r}?" if near else ""
                raise ValueError(f"kinds.{name} must be one of {', '.join(KINDS)}, or have a kind{hint}")
        return self

    def kind_of(self, name: str) -> str:
        """Return the kind of one of the blocks."""
        return self.kinds[name].kind or name

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets that can come, without repeats."""
        return tuple(dict.fromkeys(asset_of(self.kind_of(name)) for name in self.kinds))
