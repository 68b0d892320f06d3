"""Factors of a scene file: what varies, cut into named levels that plans, quotas and coverage count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from synthvision.sampling.constraints.config import WhichValue

__all__ = ["FactorSpec", "Level", "Measure"]

#: Quantities of an object that its label image tells.
Measure = Literal[
    "occlusion",
    "visible_fraction",
    "truncation",
    "pixel_height",
    "pixel_width",
    "distance",
    "transmittance",
]
Scalar = str | int | float | bool


class Level(BaseModel):
    """The values that make one level: a range, or a few values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    between: tuple[float, float] | None = Field(None, description="Smallest and largest number, both included.")
    one_of: tuple[Scalar, ...] = Field((), description="Values.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.between is None) == (not self.one_of):
            raise ValueError("must have either between or one_of")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError(f"between must be [smallest, largest], got {list(self.between)}")
        return self

    def takes(self, value: Any) -> bool:
        """Return whether a value belongs to the level."""
        if self.between is not None:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return is_number and self.between[0] <= value <= self.between[1]
        return any(type(value) is type(each) and value == each for each in self.one_of) or (
            isinstance(value, (int, float)) and not isinstance(value, bool) and value in self._numbers
        )

    @property
    def _numbers(self) -> tuple[float, ...]:
        return tuple(each for each in self.one_of if isinstance(each, (int, float)) and not isinstance(each, bool))

    def __str__(self) -> str:
        if self.between is not None:
            return f"{self.between[0]:g}..{self.between[1]:g}"
        return ", ".join(map(str, self.one_of))


def _as_level(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool)):
        return {"one_of": (value,)}
    if isinstance(value, (list, tuple)):
        numbers = len(value) == 2 and all(
            isinstance(each, (int, float)) and not isinstance(each, bool) for each in value
        )
        return {"between": tuple(value)} if numbers else {"one_of": tuple(value)}
    return value


#: A level; two numbers in a list are a range, any other list or single value stands for itself.
LevelValue = Annotated[Level, BeforeValidator(_as_level, json_schema_input_type=Scalar | list[Scalar] | Level)]


class FactorSpec(BaseModel):
    """One quantity that varies, with its levels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str | None = Field(
        None,
        description="Key path of a sampled quantity, as the record's factors name it, e.g. weather or "
        "objects.cars.count.",
    )
    measure: Measure | None = Field(None, description="Instead: a quantity of objects that the label image tells.")
    objects: WhichValue | None = Field(None, description="The objects that are measured; needed with measure.")
    levels: Mapping[str, LevelValue] = Field(
        description="Levels by name: {near: [2, 10], far: [10, 60]} or {wet: [rain, drizzle], dry: clear}; the first "
        "that takes a value counts."
    )
    boost: Mapping[str, float] = Field(
        default_factory=dict,
        description="How many times likelier than by nature a level of a sampled factor shall be, by level; others 1. "
        "Pictures carry the weight that undoes it.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.of is None) == (self.measure is None):
            raise ValueError("must have either of (a sampled quantity) or measure (of objects)")
        if (self.measure is None) != (self.objects is None):
            raise ValueError("must have objects with measure, and only then")
        self._check_boost()
        if len(self.levels) < 2:
            raise ValueError(f"a factor must have at least two levels, got {len(self.levels)}")
        return self

    def _check_boost(self) -> None:
        if self.boost and self.of is None:
            raise ValueError("boost is for sampled quantities; ask for measured ones by a plan or a constraint")
        for name, factor in self.boost.items():
            if name not in self.levels:
                raise ValueError(f"boost must name levels of the factor ({', '.join(self.levels)}), got {name!r}")
            if not 0 < factor < float("inf"):
                raise ValueError(f"boost of {name} must be above 0, got {factor:g}")

    def boost_of(self, value: Any) -> float:
        """Return how many times likelier than by nature a value shall be."""
        level = self.level_of(value)
        return 1.0 if level is None else self.boost.get(level, 1.0)

    def level_of(self, value: Any) -> str | None:
        """Return the name of the first level that takes a value, None where none does."""
        return next((name for name, level in self.levels.items() if level.takes(value)), None)
