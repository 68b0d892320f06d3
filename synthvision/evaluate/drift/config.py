"""How drift is measured, and from where on it counts."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from synthvision.core.streams import MAX_SEED

__all__ = ["DriftSpec"]


class DriftSpec(BaseModel):
    """Settings of ``synthvision evaluate drift``.

    A measure has drifted where both holds: chance alone would hardly make such a difference, and the difference is
    large. With 50,000 pictures everything differs significantly; with 50 large differences come by chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Chance of one false finding or more among all measures, where both sets are of one kind.",
    )
    psi: float = Field(
        default=0.25,
        ge=0,
        description="Limit of the population stability index, less what chance gives: 0.1 to 0.25 is worth a look, "
        "above is a shift.",
    )
    correlation: float = Field(
        default=0.2, ge=0, le=2, description="Limit of the change of the correlation of two classes in one picture."
    )
    accuracy: float = Field(
        default=0.65,
        ge=0.5,
        le=1,
        description="Limit of the share of pictures that a classifier tells apart; 0.5 is chance.",
    )
    spreads: float = Field(
        default=0.4,
        ge=0,
        description="Limit of the kernel distance, as the shift of all features of the look, in their standard "
        "deviations, that would give it.",
    )
    side: int = Field(
        default=640, ge=16, le=8192, description="Longer side in pixels that larger pictures are brought to."
    )
    look: bool = Field(default=True, description="Also read the pictures; without, boxes and sizes alone are compared.")
    permutations: int = Field(
        default=999, ge=99, le=100_000, description="Random divisions of the pictures that p is counted from."
    )
    most: int = Field(
        default=5000, ge=100, le=50_000, description="Pictures of each set that the classifier learns from, at most."
    )
    examples: int = Field(default=4, ge=0, le=12, description="Pictures of each set shown for each drifted measure.")
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Seed of all draws.")
