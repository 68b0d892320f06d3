"""What stands beside a generator's weights: its shape, how it was trained, on whose photos."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.realism.before import BeforeEntry
from synthvision.realism.model_card import read_card
from synthvision.realism.training.config import ConditionName

__all__ = ["GeneratorCard", "load_card"]


class GeneratorCard(BaseModel):
    """The side file of a trained generator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = Field(default=1, description="Form of this file.")
    name: str = Field(description="Name of the model: its method and the data it was trained on.")
    method: Literal["cyclegan", "cut", "fastcut", "distilled"] = Field(description="How it was trained.")
    width: int = Field(ge=1, description="Channels at full resolution.")
    blocks: int = Field(ge=1, description="Residual blocks.")
    downs: int = Field(ge=0, description="Halvings of the resolution.")
    norm: Literal["place", "instance"] = Field(default="place", description="How it normalises.")
    most_change: float = Field(default=1.0, gt=0, le=1, description="Largest change, share of the whole range.")
    before: tuple[BeforeEntry, ...] = Field(
        default=(), description="What must stand before it in a chain: the refiners that it was trained behind."
    )
    conditions: tuple[ConditionName, ...] = Field(default=(), description="What guides it, in the order of channels.")
    crop: int = Field(ge=1, description="Side of the crops that it was trained on, px.")
    sha256: str = Field(description="Hash of model.safetensors.")
    synthetic: str = Field(description="Name of the renders that it was trained on.")
    real_photos: int = Field(ge=0, description="How many real photos it was trained on.")
    real_sha256: str | None = Field(default=None, description="Hash of these photos and their boxes.")
    real_licence: str | None = Field(default=None, description="Licence of these photos, as the user gave it.")
    steps: int = Field(ge=0, description="Step whose weights these are.")
    distance: float | None = Field(
        default=None, description="Kernel distance to held-out photos at that step, mean of the extractors'."
    )
    render_distance: float | None = Field(default=None, description="The same of renders that nothing was done to.")
    distances: dict[str, float] = Field(default_factory=dict, description="The former by extractor.")
    given_distances: dict[str, float] = Field(
        default_factory=dict, description="Those of what the generator was given: after what stands before it."
    )
    render_distances: dict[str, float] = Field(default_factory=dict, description="Those of the renders.")
    training: dict[str, Any] = Field(default_factory=dict, description="Settings of the training.")


def load_card(folder: Path) -> GeneratorCard:
    """Read the card of a model and check that the weights beside it are the ones it speaks of.

    Args:
        folder: Folder of the model.

    Raises:
        UsageError: A file is missing or broken, or they do not belong together.
    """
    return read_card(GeneratorCard, folder, "generator", "synthvision realism train")
