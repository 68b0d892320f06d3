"""Settings of the refiner that applies a trained generator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthvision.realism.refiner import RefinerSpec

__all__ = ["GeneratorSpec"]


class GeneratorSpec(RefinerSpec):
    """A generator that `synthvision realism train` or `distil` made."""

    kind: Literal["generator"] = Field(description="A generator that was trained or distilled here.")
    weights: str = Field(
        min_length=1, description="Folder with model.safetensors and model.json, relative to the file that names it."
    )
    strength: float = Field(
        default=1.0, ge=0, le=1, description="Share of the refined picture in the blend with the render, 0..1."
    )
    half: Literal["auto", True, False] = Field(
        default="auto", description="Half precision: auto on a GPU and not on the CPU; true needs a GPU."
    )
    compile: bool = Field(
        default=False, description="Compile the network for pictures of one size: slow to start, faster to run."
    )
    batch: int = Field(default=8, ge=1, le=256, description="Pictures at a time on a GPU; on the CPU one at a time.")
