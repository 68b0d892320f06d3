"""Settings of an audit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["AuditSpec", "Dimension", "SuspicionSpec"]

Dimension = Literal["class", "size", "occlusion", "light", "weather"]


class SuspicionSpec(BaseModel):
    """When a box is suspicious."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiny_px: float = Field(4.0, ge=0, description="A box with a side under so many pixels is suspicious.")
    whole_share: float = Field(
        0.98, gt=0, le=1, description="A box that covers at least this share of its picture is suspicious."
    )
    robust_z: float = Field(
        5.0,
        gt=0,
        description="Size and aspect ratio of a box, as logarithms, may lie so many robust standard deviations (from "
        "the median absolute deviation) away from the median of its class.",
    )
    least_boxes: int = Field(
        20, ge=5, description="A class needs so many boxes for its sizes and aspect ratios to be judged."
    )
    duplicate_iou: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Two boxes with at least this intersection over union are one object labelled twice.",
    )
    beyond_px: float = Field(
        1.5, ge=0, description="A box that reaches farther than this beyond its picture is told of."
    )
    flat_difference: float = Field(
        0.06,
        ge=0,
        le=1,
        description="A box is suspicious where colours and edges inside differ from those in a ring around it by less "
        "than this: the distance of the two histograms, 0 (equal) to 1.",
    )
    shown: int = Field(
        48, ge=0, le=1000, description="Most thumbnails of suspicious boxes on the page, the worst first."
    )


class AuditSpec(BaseModel):
    """What an audit counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    over: tuple[Dimension, ...] = Field(
        ("class", "size", "occlusion", "light", "weather"), description="What objects are counted by."
    )
    strength: int = Field(
        2, ge=1, le=5, description="Cells are the combinations of levels of any so many of these quantities."
    )
    fewest: int = Field(20, ge=0, description="A cell with fewer objects is thin.")
    least_share: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="A cell is thin, too, where the upper end of the 95 % interval of its share lies below this; 0 for "
        "none.",
    )
    without: tuple[dict[str, str], ...] = Field(
        (), description="Combinations of levels that cannot be, or do not matter: {class: bus, size: small}."
    )
    suspicious: SuspicionSpec = Field(default_factory=SuspicionSpec, description="When a box is suspicious.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.over:
            raise ValueError("over must name at least one quantity")
        if len(set(self.over)) != len(self.over):
            raise ValueError(f"over must name each quantity once, got {', '.join(self.over)}")
        return self
