"""Settings of the comparison of training sets."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.core.streams import MAX_SEED
from synthvision.evaluate.detectors.config import TrainingSpec

__all__ = ["RowKind", "Sim2RealSpec"]

RowKind = Literal["real", "synthetic", "refined", "mixed", "synthetic_then_real"]


class Sim2RealSpec(BaseModel):
    """What is trained and how it is compared. All rows share first weights, steps, batch and augmentation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[RowKind, ...] = Field(
        default=("real", "synthetic", "refined", "mixed", "synthetic_then_real"),
        min_length=1,
        description="What is trained on. `refined` and its mixtures need a refined set and are left out without one.",
    )
    ratios: tuple[float, ...] = Field(
        default=(0.1, 0.25, 0.5, 0.75, 0.9),
        description="Shares of real photos among the drawn pictures of the mixed rows; each above 0 and below 1.",
    )
    mix_with: Literal["synthetic", "refined"] = Field(
        default="synthetic", description="What real photos are mixed with in the mixed rows."
    )
    first_share: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Share of the steps that `synthetic_then_real` takes on synthetic pictures, before it goes on on "
        "real ones.",
    )
    curve: tuple[float, ...] = Field(
        default=(),
        description="Shares of the real training photos that are trained on alone, e.g. 0.25 and 0.5, beside all of "
        "them: says how many real photos a synthetic set is worth. Each above 0 and below 1.",
    )
    seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=1, description="Each row is trained once a seed.")
    detector: str = Field(
        default="builtin",
        description="builtin, ultralytics:MODEL, or name or local folder of a detection model of transformers.",
    )
    training: TrainingSpec = Field(
        default=TrainingSpec(),
        description="How each row is trained. Its seed is replaced by each of `seeds`; without a picture_side the one "
        "that fits the real training photos is used for all rows.",
    )
    shares: tuple[float, float, float] = Field(
        default=(0.6, 0.2, 0.2), description="Training, validation and test part of the real photos."
    )
    split_seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Seed of that split.")
    box_padding: Literal["fit", "none"] = Field(
        default="fit",
        description="fit: figures are also given with detected boxes grown by a share that is fitted for each training "
        "on the real training photos, for real boxes that are drawn looser than rendered ones are.",
    )
    replicates: int = Field(default=1000, ge=10, le=100_000, description="Resamples of the bootstrap.")
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="Share of resamples inside an interval.")
    bootstrap_seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Seed of the resamples.")
    most_detections: int = Field(
        default=100, ge=1, le=100, description="Detections kept for each picture, the surest first."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, shares in (("ratios", self.ratios), ("curve", self.curve)):
            wrong = [share for share in shares if not 0 < share < 1]
            if wrong:
                raise ValueError(f"{name} must be above 0 and below 1, got {wrong[0]:g}")
            if len({round(100 * share) for share in shares}) != len(shares):
                raise ValueError(f"{name} must differ by a hundredth or more")
        if "mixed" in self.rows and not self.ratios:
            raise ValueError("ratios must name at least one share of real photos where mixed is a row")
        for name, values in (("rows", self.rows), ("seeds", self.seeds)):
            if len(set(values)) != len(values):
                raise ValueError(f"{name} must be named once each")
        if min(self.seeds) < 0 or max(self.seeds) > MAX_SEED:
            raise ValueError(f"seeds must be 0 to {MAX_SEED}")
        return self
