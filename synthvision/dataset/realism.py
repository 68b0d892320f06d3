"""What a frame and a data set say of realism: which model changed the pictures, and what the guard decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FrameRealism", "InstanceDecision", "InstanceRealism", "ModelEntry", "PictureDecision", "RealismEntry"]

#: What became of one instance. ``kept``: its pixels are those of the refiner. ``composited``: it is smaller than the
#: refiner can keep, so its pixels are those of the render, by rule. ``restored``: its label was no longer true, so its
#: pixels are those of the render. ``ignored``: the same, but its annotation became one to ignore instead.
InstanceDecision = Literal["kept", "composited", "restored", "ignored"]

#: What became of one picture. ``refined``: it is the refiner's, but for instances that say otherwise. ``render``: it
#: is the render, since the refiner's broke a limit of the whole picture.
PictureDecision = Literal["refined", "render"]


@dataclass(frozen=True, slots=True)
class InstanceRealism:
    """What the guard found at one instance, and what was done.

    Args:
        instance_id: Its value in the id image.
        decision: What became of its pixels or its annotation.
        scores: What was measured, by name, rounded; empty for instances that are not judged.
        reasons: Which limits it broke, one sentence each.
    """

    instance_id: int
    decision: InstanceDecision
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameRealism:
    """What realism did to one picture.

    Args:
        decision: What became of the picture.
        scores: What was measured on all of it, by name, rounded.
        reasons: Which limits it broke, one sentence each.
        instances: Every instance with visible pixels and a class, by ascending id.
    """

    decision: PictureDecision
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    instances: tuple[InstanceRealism, ...] = ()


class ModelEntry(BaseModel):
    """One model that changed the pictures of a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(description="Which refiner it is.")
    name: str = Field(description="Name of the model or of its method; never a path of this machine.")
    sha256: str | None = Field(default=None, description="Hash of its weights or of what it learned; none without.")
    licence: str | None = Field(default=None, description="SPDX name or words; none where it is not known.")
    strength: float | None = Field(default=None, description="How strongly it was applied, 0..1; none without.")
    real_photos: int = Field(default=0, description="How many real photos it learned from; 0 where not known.")


class RealismEntry(BaseModel):
    """How the pictures of a data set were moved towards real photos."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(description="Name of the data set, or of the job, whose renders were refined.")
    source_manifest_sha256: str | None = Field(
        default=None, description="Hash of that data set's manifest.json; none where the job refined while rendering."
    )
    config: dict[str, Any] = Field(description="The realism section, resolved.")
    models: tuple[ModelEntry, ...] = Field(description="The models, in the order in which they were applied.")
    seed: int = Field(description="Seed of the refiners' noise.")
