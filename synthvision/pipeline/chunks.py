"""Which frames a run makes, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["frame_chunks"]


def frame_chunks(frames: Iterable[int], frames_of_one_scene: int) -> list[list[int]]:
    """Return frame indices grouped by scene, in ascending order: one worker samples and uploads a scene once.

    Args:
        frames: Frame indices, any order, no repeats.
        frames_of_one_scene: Views times steps times cameras of one scene, 1 or more.

    Example:
        >>> frame_chunks([0, 1, 2, 5], 2)
        [[0, 1], [2], [5]]
    """
    chunks: dict[int, list[int]] = {}
    for index in sorted(frames):
        chunks.setdefault(index // frames_of_one_scene, []).append(index)
    return list(chunks.values())
