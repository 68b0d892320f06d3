"""A plan: which levels each scene of a job shall have. It is part of the job, fixed before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.core.hashing import hash_json
from synthvision.sampling.constraints.config import (
    Constraint,
    Distance,
    Occlusion,
    PixelSize,
    Transmittance,
    Truncation,
    VisibleFraction,
)
from synthvision.sampling.factors.config import FactorSpec

__all__ = ["Plan", "PlanRow", "constraints_of", "plan_faults"]


class PlanRow(BaseModel):
    """What one scene shall be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: Mapping[str, str] = Field(default_factory=dict, description="Level by factor; factors left out are free.")
    scene: int | None = Field(
        None, ge=0, description="Index of the scene whose random streams are used; the row's own where left out."
    )
    attempt: int = Field(0, ge=0, description="Attempt of that scene from which on constraints are judged.")
    weight: float = Field(
        1.0, gt=0, description="Multiplies the importance weight of the pictures: natural over planned frequency."
    )


class Plan(BaseModel):
    """Rows that the scenes of a job follow in turn, from the first again after the last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = Field("", description="What the plan is for, for people.")
    strength: int | None = Field(None, ge=1, description="Levels of any so many factors come up in every combination.")
    forbidden: tuple[Mapping[str, str], ...] = Field((), description="Combinations of levels that must not come up.")
    rows: tuple[PlanRow, ...] = Field(min_length=1, description="One for each scene.")
    made_for: str | None = Field(
        None,
        description="Hash of what decides the scenes of the job that the rows were counted for; others are refused.",
    )
    generation: int = Field(
        1,
        ge=1,
        description="The manifest's: one more for every trained model by whose failures the rows were chosen.",
    )
    hash: str | None = Field(
        None,
        description="Hash of all the rest of the plan, by which a change is found; without it the plan may be edited.",
    )

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything in the plan but its `hash`."""
        # Left out where it is 1, so that plans of before it was kept hold.
        left_out = {"hash"} | ({"generation"} if self.generation == 1 else set())
        return hash_json(self.model_dump(mode="json", exclude=left_out))

    def frozen(self) -> Plan:
        """Return the plan with its hash."""
        return self.model_copy(update={"hash": self.content_hash})

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.hash is not None and self.hash != self.content_hash:
            raise ValueError(
                f"the plan must be as it was frozen, with the hash {self.hash[:12]}..., but was changed to "
                f"{self.content_hash[:12]}...; make a new one, or take the key hash away to use it as it is"
            )
        for number, row in enumerate(self.rows):
            for each in self.forbidden:
                if each and all(row.levels.get(name) == level for name, level in each.items()):
                    raise ValueError(f"row {number} holds the forbidden combination {dict(each)}")
        return self

    def row_of(self, scene_index: int) -> PlanRow:
        """Return the row of a scene."""
        return self.rows[scene_index % len(self.rows)]


def plan_faults(plan: Plan, factors: Mapping[str, FactorSpec]) -> list[tuple[int, str]]:
    """Return the rows that name a factor or level which the scene does not have: their index and why."""
    faults = []
    for number, row in enumerate(plan.rows):
        for name, level in row.levels.items():
            if name not in factors:
                faults.append((number, f"there is no factor {name!r} (there are: {', '.join(factors) or 'none'})"))
            elif level not in factors[name].levels:
                known = ", ".join(factors[name].levels)
                faults.append((number, f"factor {name} has no level {level!r} (there are: {known})"))
            elif factors[name].measure is not None and factors[name].levels[level].between is None:
                faults.append((number, f"level {level!r} of the measured factor {name} must be a range"))
    return faults


def constraints_of(factors: Mapping[str, FactorSpec], row: Mapping[str, str]) -> tuple[Constraint, ...]:
    """Return what a row asks of measured factors, as constraints on at least one object each."""
    found: list[Constraint] = []
    for name, level in row.items():
        spec = factors[name]
        between = spec.levels[level].between
        if spec.measure is None or between is None:
            continue
        data = {"of": spec.objects, "between": between}
        match spec.measure:
            case "occlusion":
                found.append(Occlusion.model_validate({"kind": "occlusion", **data}))
            case "visible_fraction":
                found.append(VisibleFraction.model_validate({"kind": "visible_fraction", **data}))
            case "truncation":
                found.append(Truncation.model_validate({"kind": "truncation", **data}))
            case "distance":
                found.append(Distance.model_validate({"kind": "distance", **data}))
            case "transmittance":
                found.append(Transmittance.model_validate({"kind": "transmittance", **data}))
            case "pixel_height" | "pixel_width":
                found.append(PixelSize.model_validate({"kind": spec.measure, **data}))
    return tuple(found)
