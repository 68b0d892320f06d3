"""The losses of a training as lines of JSON, and for TensorBoard where it is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthvision.core.errors import DatasetError, MissingExtraError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text

__all__ = ["LossLog"]


class LossLog:
    """Writes ``losses.jsonl``: one line each time, with step, losses, and the distance where it was measured.

    Args:
        folder: Where the file lies.
        resumed_at: Step from which a training goes on; lines of later steps are taken out, since they come again. 0
            for a new one.
        tensorboard: Also write for TensorBoard, below ``tensorboard/``.

    Raises:
        MissingExtraError: TensorBoard is asked for and not installed.
        DatasetError: The file cannot be read or written.
    """

    def __init__(self, folder: Path, resumed_at: int, *, tensorboard: bool) -> None:
        self._path = folder / "losses.jsonl"
        self._board: Any = None
        if tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise MissingExtraError("losses for TensorBoard", "realism") from error
            self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=resumed_at or None)
        write_text(self._path, "".join(line for line in self._lines() if _step(line) <= resumed_at))

    def add(self, step: int, losses: Mapping[str, float], measures: Mapping[str, float]) -> None:
        """Add a line.

        Args:
            step: Steps that are done.
            losses: Mean of each term since the last line.
            measures: What was measured at this step; empty for nothing.

        Raises:
            DatasetError: The file cannot be written.
        """
        entry = {"step": step, "losses": _rounded(losses), **_rounded(measures)}
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(canonical_json(entry) + "\n")
        except OSError as error:
            raise DatasetError(f"{self._path} must be writable: {error.strerror or error}") from error
        if self._board is not None:
            for name, value in {**losses, **measures}.items():
                self._board.add_scalar(name, value, step)

    def close(self) -> None:
        """Close what is open."""
        if self._board is not None:
            self._board.close()

    def _lines(self) -> list[str]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DatasetError(f"{self._path} must be readable: {error.strerror or error}") from error
        # A killed process may have left half a line.
        return [line for line in text.splitlines(keepends=True) if line.endswith("}\n")]


def _step(line: str) -> int:
    return int(json.loads(line)["step"])


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in values.items()}
