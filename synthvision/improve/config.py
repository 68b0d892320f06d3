"""Settings of the loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.core.streams import MAX_SEED
from synthvision.evaluate.detectors.config import TrainingSpec

__all__ = ["ImproveSpec", "RangeSpec", "WeakSliceSpec"]


class WeakSliceSpec(BaseModel):
    """What counts as a weak slice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: int = Field(default=2, ge=1, le=3, description="Largest number of factors in a slice.")
    least_objects: int = Field(default=20, ge=1, description="Slices with fewer objects are not tried.")
    least_effect: float = Field(
        default=0.05, ge=0, le=1, description="Smallest difference in recall to the rest that is named."
    )
    false_discovery_rate: float = Field(
        default=0.05, gt=0, lt=1, description="Share of the named slices that may be chance."
    )


class RangeSpec(BaseModel):
    """A range of the job that is searched: its two ends, each between two bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(description="Key path of the range, e.g. exposure.compensation_ev.uniform.")
    low: tuple[float, float] = Field(description="Bounds of the lower end.")
    high: tuple[float, float] = Field(description="Bounds of the upper end.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low[0] <= self.low[1] <= self.high[0] <= self.high[1]:
            raise ValueError(f"bounds must rise, low before high, got low {list(self.low)} and high {list(self.high)}")
        return self


class ImproveSpec(BaseModel):
    """How the loop looks for better data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str = Field(description="Job from which asked-for pictures are made; its scene's factors are what is steered.")
    base: str | None = Field(
        default=None, description="Job of the first pictures, and of the share that is always kept; `job` if left out."
    )
    base_changes: Mapping[str, Any] = Field(
        default_factory=dict, description="Values of the base job by key path, as --set takes them."
    )
    validation: str = Field(description="Photos (COCO) or a data set that the loop looks at; never trained on.")
    test: str | None = Field(
        default=None, description="Photos or a data set that no round reads; `improve --test` reads it, and counts it."
    )
    real: tuple[str, ...] = Field(
        default=(), description="Real photos (COCO) that stay in the training of every round."
    )
    real_share: float = Field(
        default=0.5, gt=0, lt=1, description="Share of them in what is trained on, where there are some."
    )
    renamed: Mapping[str, str] = Field(default_factory=dict, description="New class name by old one, in every set.")

    first_frames: int = Field(default=400, ge=1, description="Pictures before the first round.")
    round_frames: int = Field(default=200, ge=1, description="Pictures that a round adds.")
    rounds: int = Field(default=3, ge=1, le=1000, description="Rounds at most.")
    most_frames: int | None = Field(default=None, ge=1, description="Stop before more pictures than this are made.")
    stop_after: int = Field(default=2, ge=1, description="Stop after so many rounds in a row that were not kept.")

    driver: Literal["slices", "ranges"] = Field(
        default="slices",
        description="slices: ask for levels that are missed. ranges: search `ranges` by Bayesian optimisation.",
    )
    floor: float = Field(default=0.3, ge=0, le=1, description="Share of a round's pictures that the base job makes.")
    sharpness: float = Field(
        default=1.0, ge=0, le=10, description="Power of the chance of a miss: higher asks more for what fails most."
    )
    weak_slices: WeakSliceSpec = Field(default=WeakSliceSpec(), description="What counts as weak.")
    watch: tuple[Mapping[str, str], ...] = Field(
        default=(), description="Slices, level by factor, whose AP50 every round reports, weak or not."
    )
    ranges: tuple[RangeSpec, ...] = Field(default=(), description="What the driver `ranges` searches.")

    detector: str = Field(
        default="builtin", description="Detector: builtin, a model of transformers, ultralytics:NAME."
    )
    training: TrainingSpec = Field(default=TrainingSpec(), description="The same for every training of the loop.")
    seeds: int = Field(default=1, ge=1, le=20, description="Trainings of each round; figures are their means.")
    most_loss: float = Field(
        default=0.01, ge=0, le=1, description="A round is kept only if total AP falls by no more than this."
    )
    least_gain: float = Field(
        default=0.0, ge=0, le=1, description="A round is kept only if AP50 of the weak slices rises by more than this."
    )
    control: bool = Field(
        default=False,
        description="Also train, in every round, on as many pictures of the base job alone: what the loop is worth.",
    )
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Of scenes, orders and trainings.")
    workers: int | None = Field(default=None, ge=1, description="Processes that render; one per core if left out.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.driver == "ranges" and not self.ranges:
            raise ValueError("the driver ranges needs ranges to search")
        if self.driver == "slices" and self.ranges:
            raise ValueError("ranges are searched by the driver ranges only; leave them out, or set driver: ranges")
        if self.test is not None and self.test == self.validation:
            raise ValueError("test must not be the validation set: it would no longer be untouched")
        return self
