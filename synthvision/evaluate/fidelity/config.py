"""How the fidelity of pictures is measured."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.core.streams import MAX_SEED

__all__ = ["FidelitySpec"]


class FidelitySpec(BaseModel):
    """Settings of ``synthvision evaluate fidelity``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    extractors: tuple[str, ...] = Field(
        default=("statistics", "random"),
        min_length=1,
        description="What features are taken with: `statistics` (hand-made, without torch), `random` (a network with "
        "fixed random weights), or a local folder with a vision model of transformers, such as DINOv2 or CLIP.",
    )
    side: int = Field(
        default=256,
        ge=16,
        le=2048,
        description="Side in pixels that the shorter side of every picture is brought to, or the median shorter side "
        "of the set of smaller pictures where that is less.",
    )
    form: Literal["centre", "squash"] = Field(
        default="centre",
        description="What becomes of pictures that are not square: the square about the centre, or each side scaled "
        "by itself.",
    )
    parity: Literal["reencode", "refuse"] = Field(
        default="reencode",
        description="What becomes of sets whose files are compressed in different ways, which alone makes a distance: "
        "all pictures of both go through one JPEG after they were resized, or the measurement is refused.",
    )
    jpeg_quality: int = Field(default=90, ge=1, le=95, description="Quality of that JPEG.")
    crops: bool = Field(default=True, description="Also compare objects of the same classes in the same numbers.")
    crop_side: int = Field(default=64, ge=16, le=1024, description="Side of the squares about objects, in pixels.")
    crop_padding: float = Field(
        default=0.15, ge=0, le=2, description="Around boxes of objects, as a share of the longer side."
    )
    smallest_px: float = Field(
        default=24.0, ge=1, description="Objects whose longer side is below this are left out: enlarged, they show it."
    )
    most_per_class: int = Field(default=200, ge=1, description="Objects of each class of each set, at most.")
    scale: Literal["auto", "real", "none"] = Field(
        default="auto",
        description="Whether features are brought to the mean and spread of the first set (`real`), or taken as they "
        "are, as published distances do (`none`); `auto`: `none` for local models, `real` for the others.",
    )
    neighbours: int = Field(default=5, ge=1, le=100, description="k of the nearest neighbours of precision and recall.")
    permutations: int = Field(default=500, ge=0, le=100_000, description="Random divisions that p is counted from.")
    most_pairs: int = Field(
        default=5000,
        ge=100,
        le=50_000,
        description="Of larger sets the kernel distance is the mean over parts of this many pictures, and CMMD, "
        "precision, recall, density and coverage are of a random draw of so many: their work grows with the square.",
    )
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Seed of all draws.")
