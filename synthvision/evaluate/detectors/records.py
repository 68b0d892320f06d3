"""What is written of a training: its claim on a folder, its card, its losses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text

__all__ = ["LossLines", "card_text", "claim"]

LOSSES_NAME = "losses.jsonl"
_CLAIM_NAME = "training.json"


def card_text(card: Mapping[str, Any]) -> str:
    """Return JSON for people to read, keys sorted.

    Args:
        card: JSON values.
    """
    return json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def claim(out: Path, entry: Mapping[str, Any]) -> None:
    """Write what a folder is for, or check that it is for this training.

    Args:
        out: The folder; empty, missing, or with this very training.
        entry: Everything that decides the training, as JSON values.

    Raises:
        UsageError: The folder holds something else.
        DatasetError: It cannot be written.
    """
    path = out / _CLAIM_NAME
    if not path.is_file():
        if out.exists() and any(out.iterdir()):
            raise UsageError(f"{out}: must be empty or hold this training, but holds other files: give another folder")
        write_text(path, card_text(entry))
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: must be readable JSON: {error}") from error
    wanted = json.loads(card_text(entry))
    if not isinstance(before, dict) or before.keys() != wanted.keys():
        raise UsageError(f"{path}: must be of a training of this kind of detector: give another folder")
    differing = sorted(_differing(before, wanted))
    if differing:
        raise UsageError(
            f"{out}: a training that goes on must have the settings and pictures it began with, but "
            f"{', '.join(differing)} differ: give the old ones or another folder"
        )


class LossLines:
    """Writes ``losses.jsonl``: one line each time, with the step and the mean of each term.

    Args:
        folder: Where the file lies.
        resumed_at: Step from which a training goes on: later lines are taken out, since they come again.

    Raises:
        DatasetError: The file cannot be read or written.
    """

    def __init__(self, folder: Path, resumed_at: int) -> None:
        self._path = folder / LOSSES_NAME
        write_text(self._path, "".join(line for line in self._lines() if json.loads(line)["step"] <= resumed_at))

    def add(self, step: int, losses: Mapping[str, float]) -> None:
        """Add a line.

        Args:
            step: Steps that are done.
            losses: Mean of each term since the last line.

        Raises:
            DatasetError: The file cannot be written.
        """
        entry = {"step": step, "losses": {name: round(value, 6) for name, value in losses.items()}}
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(canonical_json(entry) + "\n")
        except OSError as error:
            raise DatasetError(f"{self._path} must be writable: {error.strerror or error}") from error

    def _lines(self) -> list[str]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DatasetError(f"{self._path} must be readable: {error.strerror or error}") from error
        # A killed process may have left half a line.
        return [line for line in text.splitlines(keepends=True) if line.endswith("}\n")]


def _differing(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return the keys that differ; of tables, the keys in them."""
    names = []
    for key, value in wanted.items():
        if before[key] == value:
            continue
        if isinstance(value, dict) and isinstance(before[key], dict):
            names += [name for name in {**before[key], **value} if before[key].get(name) != value.get(name)]
        else:
            names.append(key)
    return names
