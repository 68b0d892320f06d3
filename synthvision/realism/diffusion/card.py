"""What stands beside the weights of a small diffusion model: its shape, how it was trained, on whose photos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.atomic import write_text

__all__ = ["CARD_NAME", "WEIGHTS_NAME", "DiffusionCard", "PrivacyEntry", "load_card", "save_card"]

CARD_NAME = "model.json"
WEIGHTS_NAME = "model.safetensors"


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


def save_card(folder: Path, card: DiffusionCard) -> None:
    """Write the card of a model, readable by a person.

    Raises:
        DatasetError: The file cannot be written.
    """
    text = json.dumps(card.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(folder / CARD_NAME, text + "\n")


def load_card(folder: Path) -> DiffusionCard:
    """Read the card of a model and check that the weights beside it are the ones it speaks of.

    Args:
        folder: Folder of the model.

    Raises:
        UsageError: A file is missing or broken, or they do not belong together.
    """
    path, weights = folder / CARD_NAME, folder / WEIGHTS_NAME
    for needed in (path, weights):
        if not needed.is_file():
            raise UsageError(
                f"{folder}: must hold the {CARD_NAME} and {WEIGHTS_NAME} of a trained diffusion model, but has no "
                f"{needed.name}: give the folder 'model' that synthvision realism train --method diffusion wrote"
            )
    try:
        card = DiffusionCard.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{path}: must be the card of a trained diffusion model: {error}") from error
    found = hash_file(weights)
    if found != card.sha256:
        raise UsageError(
            f"{weights}: must have the SHA-256 {card.sha256[:12]}... that {CARD_NAME} states, got {found[:12]}...: "
            "copy both files again"
        )
    return card
