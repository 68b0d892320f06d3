"""Shares of a job for several machines: ``--shard 2/8`` makes the second of eight."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["Shard", "parse_shard"]


@dataclass(frozen=True, slots=True)
class Shard:
    """One share of a job: scenes in a row, so that no scene is sampled twice.

    Args:
        number: Which one, from 1.
        count: Of how many.

    Raises:
        UsageError: The number is not within 1 to the count.

    Example:
        >>> Shard(2, 3).of(np.arange(10), frames_of_one_scene=2).tolist()
        [2, 3, 4, 5]
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise UsageError(f"a shard must be I/N with I from 1 to N, got {self.number}/{self.count}")

    def of(self, frames: NDArray[np.int64], *, frames_of_one_scene: int) -> NDArray[np.int64]:
        """Return the frames of this share.

        Args:
            frames: Frames of the whole job, ascending.
            frames_of_one_scene: Views times steps times cameras.
        """
        scenes = np.unique(frames // frames_of_one_scene)
        first, stop = (len(scenes) * number // self.count for number in (self.number - 1, self.number))
        if first == stop:
            return frames[:0]
        low, high = scenes[first] * frames_of_one_scene, (scenes[stop - 1] + 1) * frames_of_one_scene
        return frames[np.searchsorted(frames, low) : np.searchsorted(frames, high)]


def parse_shard(text: str) -> Shard:
    """Return the shard of a text such as ``2/8``.

    Raises:
        UsageError: The text has another form.
    """
    match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip())
    if match is None:
        raise UsageError(f"a shard must be I/N, such as 2/8 for the second of eight, got {text!r}")
    return Shard(int(match[1]), int(match[2]))
