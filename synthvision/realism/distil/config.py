"""Settings of distillation."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.realism.training.config import CONDITIONS, ConditionName

__all__ = ["DistilSpec"]


class DistilSpec(BaseModel):
    """How a small generator learns what a slow refiner does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=20_000, ge=1, description="Steps of the optimiser.")
    crop: int = Field(default=256, ge=16, le=2048, description="Side of the square crops that are trained on, px.")
    batch: int = Field(default=4, ge=1, le=256, description="Crops a step.")
    learning_rate: float = Field(default=4e-4, gt=0, le=0.1, description="Of Adam; falls to zero over the second half.")
    width: int = Field(default=32, ge=2, le=512, description="Channels of the generator at full resolution.")
    blocks: int = Field(default=4, ge=1, le=32, description="Residual blocks of the generator.")
    downs: int = Field(default=2, ge=0, le=4, description="How often the generator halves the resolution.")
    conditions: tuple[ConditionName, ...] = Field(
        default=(), description="What of the render guides it beside its picture: edges, depth, normals, classes."
    )
    l1_weight: float = Field(default=1.0, ge=0, description="Weight of the difference of pixels to the teacher's.")
    pyramid_weight: float = Field(default=1.0, ge=0, description="Weight of the difference of detail of each size.")
    structure_weight: float = Field(
        default=0.1, ge=0, description="Weight of keeping the direction of the render's edges."
    )
    flip: bool = Field(default=True, description="Mirror crops at random; off where text or signs matter.")
    ema: float = Field(default=0.999, ge=0, lt=1, description="Decay of the generator's running mean, which is kept.")
    held_out: float = Field(
        default=0.15, gt=0, le=0.5, description="Share of the frames, the last ones, that the report is made on."
    )
    log_every: int = Field(default=50, ge=1, description="Steps between two lines of losses.jsonl; each is a mean.")
    save_every: int = Field(default=1_000, ge=1, description="Steps between two checkpoints.")
    teacher_batch: int = Field(default=8, ge=1, le=256, description="Renders that a teacher is given at a time.")
    cache_mib: int = Field(default=256, ge=1, description="Memory for decoded pictures, MiB.")
    seed: int = Field(default=0, ge=0, description="Of weights, crops, and the teacher's noise.")
    device: str = Field(default="auto", description="auto, cpu, cuda or cuda:N.")
    mixed_precision: bool = Field(default=True, description="bfloat16 where a GPU has it; the CPU uses float32.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        factor = 2 ** (self.downs + 1)
        if self.crop % factor:
            raise ValueError(f"crop must be a multiple of {factor} with downs {self.downs}, got {self.crop}")
        if not self.l1_weight and not self.pyramid_weight:
            raise ValueError("l1_weight or pyramid_weight must be above 0, or nothing is learned from the teacher")
        if len(set(self.conditions)) != len(self.conditions):
            raise ValueError(f"conditions must name each at most once, got {', '.join(self.conditions)}")
        return self

    @property
    def ordered_conditions(self) -> tuple[ConditionName, ...]:
        """The conditions in the order of their channels."""
        return tuple(name for name in CONDITIONS if name in self.conditions)
