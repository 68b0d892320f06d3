"""Settings of the labels: which instances count as targets, and the form in which masks are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LabelPolicy", "PolicyAction", "PolicyRule"]

PolicyAction = Literal["drop", "ignore", "keep"]
PolicyRule = Literal[
    "min_visible_pixels",
    "min_visible_fraction",
    "min_side_px",
    "min_contrast_transmittance",
    "min_lens_transmittance",
    "min_apparent_contrast",
    "max_truncation",
]


class LabelPolicy(BaseModel):
    """Which visible instances become annotations. An instance without a visible pixel never does.

    An instance that misses several rules gets the strictest of their actions (drop, then ignore, then keep). The
    record of the frame lists every instance with its figures and the rules it misses, whatever the action.

    What weather, light and lens hide is the business of three rules. `min_contrast_transmittance` is for haze, fog,
    dust, rain and snow in the air, `min_lens_transmittance` for drops and dirt on the glass; both look at the causes.
    `min_apparent_contrast` looks at the finished picture and so also takes in darkness, glare and blur.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_visible_pixels: int = Field(
        default=16, ge=1, description="Fewest visible pixels of a target, in pixels. 1 accepts every visible object."
    )
    min_visible_fraction: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Smallest visible share of the object's own pixels inside the picture, 0 to 1 (0: no rule).",
    )
    min_side_px: int = Field(
        default=2, ge=1, description="Smallest width and height of the visible box, in pixels (1: no rule)."
    )
    min_contrast_transmittance: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Smallest share of an object's light that haze, fog, dust, rain and snow in the air let through, "
        "0 to 1 (0: no rule). At the meteorological visibility 0.05 is left, the least that an eye makes out: 0.05 "
        "ignores what is farther away than one can see.",
    )
    min_lens_transmittance: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Smallest share of an object's light that drops and dirt on the lens let through, 0 to 1 "
        "(0: no rule). 0.05 ignores what lies behind dirt as good as entirely.",
    )
    min_apparent_contrast: float = Field(
        default=0.0,
        ge=0,
        description="Smallest colour difference to a 5 px ring around the object, in units of the picture's noise "
        "(0: no rule). It falls in the dark, in glare and in blur; 1 ignores objects that in the mean differ from "
        "what is around them by less than the noise of one pixel.",
    )
    max_truncation: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Largest share of the object outside the picture, 0 to 1 (1: no rule).",
    )
    otherwise: PolicyAction = Field(
        default="ignore",
        description="What becomes of an instance that misses a rule: drop (no annotation), ignore (an annotation with "
        "iscrowd 1 that training and evaluation skip), keep (an annotation like any other; the record says why).",
    )
    otherwise_by_rule: Mapping[PolicyRule, PolicyAction] = Field(
        default_factory=dict, description="Another action for single rules, by the rule's name."
    )
    segmentation: Literal["rle", "polygon"] = Field(
        default="rle",
        description="Form of masks in COCO: rle (exact, all readers that use pycocotools) or polygon (along the pixel "
        "borders; a hole is joined to the outline by a cut). Ignored instances are always rle.",
    )
    amodal_segmentation: bool = Field(
        default=False, description="Also write the mask of each object as if nothing stood before it."
    )

    def action_of(self, rule: PolicyRule) -> PolicyAction:
        """Return what becomes of an instance that misses `rule`."""
        return self.otherwise_by_rule.get(rule, self.otherwise)
