"""Which frames of a run go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

__all__ = ["frame_chunks"]


def frame_chunks(frames: Iterable[int], frames_of_one_scene: int) -> Iterator[list[int]]:
    """Yield frame indices grouped by scene: one worker samples and uploads a scene once.

    Args:
        frames: Frame indices, ascending, no repeats.
        frames_of_one_scene: Views times steps times cameras of one scene, 1 or more.

    Example:
        >>> list(frame_chunks([0, 1, 2, 5], 2))
        [[0, 1], [2], [5]]
    """
    for _, chunk in groupby(frames, key=lambda index: index // frames_of_one_scene):
        yield [int(index) for index in chunk]
