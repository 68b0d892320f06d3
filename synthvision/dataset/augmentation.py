"""What a frame and a data set say of an augmentation: from what, by what, and what it did to the geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AugmentationEntry", "FrameAugmentation", "Geometry"]

#: What became of the geometry of a picture. ``pixels``: every pixel is where it was. ``window``: cropped or padded at
#: its own scale, so that the scene holds with another size and principal point. ``warped``: anything else; the scene
#: is that of the picture before.
Geometry = Literal["pixels", "window", "warped"]


@dataclass(frozen=True, slots=True)
class FrameAugmentation:
    """How a frame came from a frame of another data set.

    Args:
        source_frame: Frame index there.
        variant: Which of several variants of that frame, from 0.
        geometry: What became of the picture's geometry.
        applied: Transforms that were applied, in order.
    """

    source_frame: int
    variant: int
    geometry: Geometry
    applied: tuple[str, ...]


class AugmentationEntry(BaseModel):
    """How a data set came from another one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(description="Name of the data set that it was made from.")
    source_manifest_sha256: str = Field(description="Hash of that data set's manifest.json.")
    pipeline: dict[str, Any] = Field(description="The pipeline, as its file writes it.")
    library: str = Field(description="Package and version whose transforms were used.")
    seed: int = Field(description="Seed of the augmentation; that of the job is another.")
    variants: int = Field(description="Frames made of each source frame.")
    geometry: Geometry = Field(description="What the pipeline can do to the geometry of a picture.")
