"""Frames that could not be made, in ``failures.jsonl``, one line each."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
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
    """Keeps ``failures.jsonl``: a line is added for each failure, and many processes may do so at once.

    Args:
        layout: The data set. Failures that are already listed stay, until their frame is listed again.
    """

    def __init__(self, layout: DatasetLayout) -> None:
        self._layout = layout

    def add(self, frame: int, error: str, reason: str, tries: int = 1) -> None:
        """List a frame.

        Raises:
            DatasetError: The file cannot be written.
        """
        line = canonical_json(asdict(Failure(frame, error, reason, tries))) + "\n"
        path = self._layout.failures
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                # One call: lines of several processes do not run into each other. A line that a crash or a full disk
                # cut short is ended first, and passed over by the reader.
                length = os.fstat(descriptor).st_size
                torn = length > 0 and os.pread(descriptor, 1, length - 1) != b"\n"
                os.write(descriptor, (b"\n" if torn else b"") + line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise DatasetError(f"{path} could not be written: {error.strerror or error}") from error

    def settle(self, made: Collection[int] = ()) -> None:
        """Put the list in frame order, one line a frame, without frames that were made after all.

        Args:
            made: Frames that are in the data set; asked for each listed frame.

        Raises:
            DatasetError: The file cannot be written; it then holds what it held before.
        """
        if not self._layout.failures.is_file():
            return
        left = [failure for failure in load_failures(self._layout) if failure.frame not in made]
        if left:
            write_text(self._layout.failures, "".join(f"{canonical_json(asdict(failure))}\n" for failure in left))
        else:
            self._layout.failures.unlink(missing_ok=True)


def load_failures(layout: DatasetLayout) -> tuple[Failure, ...]:
    """Return the frames that were given up, in frame order; empty where the file is missing.

    Raises:
        DatasetError: The file is broken.
    """
    if not layout.failures.is_file():
        return ()
    try:
        *lines, _ = layout.failures.read_text(encoding="utf-8").split("\n")
        found = [Failure(**json.loads(line)) for line in lines if line and not _torn(line)]
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{layout.failures} must hold one failure a line: {error}") from error
    # Of a frame that failed in several runs the last counts.
    return tuple(sorted({failure.frame: failure for failure in found}.values(), key=lambda failure: failure.frame))


def _torn(line: str) -> bool:
    """Whether a line was cut short while it was written."""
    return line.startswith("{") and not line.endswith("}")
