"""What stands beside a generator's weights: its shape, how it was trained, on whose photos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.atomic import write_text
from synthvision.realism.training.config import ConditionName

__all__ = ["CARD_NAME", "WEIGHTS_NAME", "GeneratorCard", "load_card", "save_card"]

CARD_NAME = "model.json"
WEIGHTS_NAME = "model.safetensors"


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
    conditions: tuple[ConditionName, ...] = Field(default=(), description="What guides it, in the order of channels.")
    crop: int = Field(ge=1, description="Side of the crops that it was trained on, px.")
    sha256: str = Field(description="Hash of model.safetensors.")
    synthetic: str = Field(description="Name of the renders that it was trained on.")
    real_photos: int = Field(ge=0, description="How many real photos it was trained on.")
    real_sha256: str | None = Field(default=None, description="Hash of these photos and their boxes.")
    real_licence: str | None = Field(default=None, description="Licence of these photos, as the user gave it.")
    steps: int = Field(ge=0, description="Step whose weights these are.")
    distance: float | None = Field(default=None, description="Kernel distance to held-out photos at that step.")
    render_distance: float | None = Field(default=None, description="The same of renders that nothing was done to.")
    training: dict[str, Any] = Field(default_factory=dict, description="Settings of the training.")


def save_card(folder: Path, card: GeneratorCard) -> None:
    """Write the card of a model, readable by a person.

    Raises:
        DatasetError: The file cannot be written.
    """
    text = json.dumps(card.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(folder / CARD_NAME, text + "\n")


def load_card(folder: Path) -> GeneratorCard:
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
                f"{folder}: must hold the {CARD_NAME} and {WEIGHTS_NAME} of a trained generator, but has no "
                f"{needed.name}: give the folder 'model' that synthvision realism train wrote"
            )
    try:
        card = GeneratorCard.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{path}: must be the card of a trained generator: {error}") from error
    found = hash_file(weights)
    if found != card.sha256:
        raise UsageError(
            f"{weights}: must have the SHA-256 {card.sha256[:12]}... that {CARD_NAME} states, got {found[:12]}...: "
            "copy both files again"
        )
    return card
