"""What stands beside the weights of a small diffusion model: its shape, how it was trained, on whose photos."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.realism.model_card import read_card

__all__ = ["DiffusionCard", "PrivacyEntry", "load_card"]


class PrivacyEntry(BaseModel):
    """What was spent of the privacy of the photos (Dwork and Roth 2014)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epsilon: float = Field(description="Budget that was spent.")
    delta: float = Field(description="Chance that the budget does not hold.")
    noise_multiplier: float = Field(description="Deviation of the noise over the largest norm of a gradient.")
    clip: float = Field(description="Largest norm of the gradient of one photo.")
    sample_rate: float = Field(description="Chance of a photo to be in a step.")
    accountant: str = Field(description="How the budget was counted.")


class DiffusionCard(BaseModel):
    """The side file of a trained diffusion model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = Field(default=1, description="Form of this file.")
    method: Literal["diffusion"] = Field(default="diffusion", description="How it was trained.")
    name: str = Field(description="Name of the model: its method and the photos it was trained on.")
    crop: int = Field(ge=1, description="Side of the crops that it was trained on, and of its tiles, px.")
    width: int = Field(ge=1, description="Channels of the first level.")
    levels: int = Field(ge=1, description="Levels of the network.")
    sha256: str = Field(description="Hash of model.safetensors.")
    real_photos: int = Field(ge=0, description="How many real photos it was trained on.")
    real_sha256: str = Field(description="Hash of these photos and of those kept back, and their boxes.")
    real_licence: str | None = Field(default=None, description="Licence of these photos, as the user gave it.")
    photo_side: int | None = Field(default=None, description="Shorter side to which photos were scaled, px.")
    held_out: float = Field(description="Share of the photos that were kept back.")
    seed: int = Field(description="Seed of the split and of the training.")
    steps: int = Field(ge=0, description="Steps that were trained.")
    privacy: PrivacyEntry | None = Field(default=None, description="Differential privacy; none without.")
    training: dict[str, Any] = Field(default_factory=dict, description="Settings of the training.")


def load_card(folder: Path) -> DiffusionCard:
    """Read the card of a model and check that the weights beside it are the ones it speaks of.

    Args:
        folder: Folder of the model.

    Raises:
        UsageError: A file is missing or broken, or they do not belong together.
    """
    return read_card(DiffusionCard, folder, "diffusion model", "synthvision realism train --method diffusion")
