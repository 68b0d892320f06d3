"""Frames that could not be made: ``failures.jsonl``, one line each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text
from synthvision.dataset.layout import DatasetLayout

__all__ = ["Failure", "FailureLog", "load_failures"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A frame that was given up.

    Args:
        frame: Frame index.
        error: Class name of the last error.
        reason: What it said.
        tries: How often the frame was tried.
    """

    frame: int
    error: str
    reason: str
    tries: int


class FailureLog:
    """Keeps ``failures.jsonl``: whole after every entry, in frame order, one line a frame.

    Args:
        layout: The data set. Failures that are already listed stay, until their frame is listed again.
    """

    def __init__(self, layout: DatasetLayout) -> None:
        self._layout = layout
        self._failures = {failure.frame: failure for failure in load_failures(layout)}

    def add(self, frame: int, error: str, reason: str, tries: int = 1) -> None:
        """List a frame.

        Raises:
            DatasetError: The file cannot be written; it then holds what it held before.
        """
        self._failures[frame] = Failure(frame, error, reason, tries)
        self._save()

    def discard(self, frame: int) -> None:
        """Take a frame off the list, because it was made after all.

        Raises:
            DatasetError: The file cannot be written; it then holds what it held before.
        """
        if self._failures.pop(frame, None) is not None:
            self._save()

    def _save(self) -> None:
        lines = [canonical_json(asdict(self._failures[frame])) for frame in sorted(self._failures)]
        write_text(self._layout.failures, "".join(f"{line}\n" for line in lines))


def load_failures(layout: DatasetLayout) -> tuple[Failure, ...]:
    """Return the frames that were given up, in frame order; empty where the file is missing.

    Raises:
        DatasetError: The file is broken.
    """
    if not layout.failures.is_file():
        return ()
    try:
        lines = layout.failures.read_text(encoding="utf-8").splitlines()
        return tuple(Failure(**json.loads(line)) for line in lines)
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{layout.failures} must hold one failure a line: {error}") from error
