"""The folder of a trained model: weights, and beside them a card that says what they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.atomic import write_text

__all__ = ["CARD_NAME", "WEIGHTS_NAME", "read_card", "save_card"]

CARD_NAME = "model.json"
WEIGHTS_NAME = "model.safetensors"


AnyCard = TypeVar("AnyCard", bound=BaseModel)


def save_card(folder: Path, card: BaseModel) -> None:
    """Write the card of a model, readable by a person.

    Raises:
        DatasetError: The file cannot be written.
    """
    text = json.dumps(card.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(folder / CARD_NAME, text + "\n")


def read_card(kind: type[AnyCard], folder: Path, what: str, command: str) -> AnyCard:
    """Read the card of a model and check that the weights beside it are the ones it speaks of.

    Args:
        kind: Form of the card, with a field ``sha256``.
        folder: Folder of the model.
        what: What messages call the model.
        command: What makes such a folder.

    Raises:
        UsageError: A file is missing or broken, or they do not belong together.
    """
    path, weights = folder / CARD_NAME, folder / WEIGHTS_NAME
    for needed in (path, weights):
        if not needed.is_file():
            raise UsageError(
                f"{folder}: must hold the {CARD_NAME} and {WEIGHTS_NAME} of a trained {what}, but has no "
                f"{needed.name}: give the folder 'model' that {command} wrote"
            )
    try:
        card = kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{path}: must be the card of a trained {what}: {error}") from error
    found, stated = hash_file(weights), str(getattr(card, "sha256", ""))
    if found != stated:
        raise UsageError(
            f"{weights}: must have the SHA-256 {stated[:12]}... that {CARD_NAME} states, got {found[:12]}...: "
            "copy both files again"
        )
    return card
