"""Settings of the guard: what it checks, from where on a label counts as untrue, and what is done then."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["GuardLimits", "GuardSpec"]


class GuardLimits(BaseModel):
    """From where on an instance or a picture fails. The defaults are those that docs/guard.md says how to find."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    edge_lost: float = Field(
        default=0.292,
        ge=0,
        le=1,
        description="Largest share of an instance's contour edges, by strength, that may not be where they were.",
    )
    edge_lost_worst: float = Field(
        default=0.586, ge=0, le=1, description="The same on the worst tenth of the contour (at least 24 px of it)."
    )
    edge_moved_px: float = Field(
        default=2.32,
        ge=0,
        description="Largest distance, in pixels, by which the edges of the worst tenth of a contour may be found off "
        "their place.",
    )
    structure_lost: float = Field(
        default=0.209,
        ge=0,
        le=1,
        description="Largest share of the render's structure on and around an instance that the refined picture may "
        "leave unexplained, whatever became of its colours.",
    )
    appearance_drift: float = Field(
        default=0.481,
        ge=0,
        le=1,
        description="Largest share of the difference between inside and outside of a contour that may be gone.",
    )
    legibility_lost: float = Field(
        default=0.145,
        ge=0,
        le=1,
        description="Largest share of fine structure that may be gone inside an instance of a legible class.",
    )
    new_structure_px: float = Field(
        default=11.682,
        ge=0,
        description="Largest patch of structure without a counterpart in the render, as the side in pixels of a square "
        "of its area. Inside an instance it fails the instance, elsewhere the picture.",
    )
    overall_shift_px: float = Field(
        default=2.046, ge=0, description="Largest distance, in pixels, by which the picture as a whole may be moved."
    )
    picture_structure_lost: float = Field(
        default=0.462,
        ge=0,
        le=1,
        description="Largest share of the whole render's structure that the refined picture may leave unexplained.",
    )
    failing_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Largest share of judged instances that may fail; beyond it the picture does (of 4 or more).",
    )
    feature_distance: float | None = Field(
        default=None,
        ge=0,
        description="Largest structure distance in the features of the given weights, of an instance or the picture; "
        "must be set where `features` is: it depends on the weights.",
    )


class GuardSpec(BaseModel):
    """The guard's part of a config."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=True, description="Judge refined pictures. Without, all of them are accepted.")
    edges: bool = Field(default=True, description="Check that contour edges stay where they are.")
    structure: bool = Field(default=True, description="Check that the structure of each instance is kept.")
    appearance: bool = Field(default=True, description="Check that objects still look unlike what surrounds them.")
    new_structure: bool = Field(default=True, description="Check for objects that the render does not show.")
    legible_classes: tuple[str, ...] = Field(
        default=(), description="Classes with text or signs that must stay legible, such as playing cards."
    )
    limits: GuardLimits = Field(default_factory=GuardLimits, description="From where on something fails.")
    on_failed_instance: Literal["restore", "ignore"] = Field(
        default="restore",
        description="What becomes of an instance that fails: restore (the render's pixels come back) or ignore (its "
        "annotation becomes one that training and evaluation skip).",
    )
    feather_px: int = Field(
        default=3,
        ge=0,
        le=32,
        description="Width in pixels of the seam around pixels of the render, outside the object.",
    )
    band_px: int = Field(
        default=2,
        ge=0,
        le=16,
        description="Width in pixels of the band around a restored object that is the render's as well, before the "
        "seam: what a moved object left beside its place.",
    )
    smallest_px: int | None = Field(
        default=None,
        ge=0,
        description="Instances whose shorter box side is below this get the render's pixels without being judged; none "
        "means: what the refiners say they can keep.",
    )
    detector: str | None = Field(
        default=None,
        description="Local folder of an object detector of transformers, to find lost and made-up objects; relative "
        "paths start at the config's folder.",
    )
    detector_score: float = Field(
        default=0.5, gt=0, le=1, description="Least score from which a detection counts; half of it still confirms one."
    )
    features: str | None = Field(
        default=None,
        description="Local folder of a vision transformer of transformers, whose features measure structure; relative "
        "paths start at the config's folder.",
    )
