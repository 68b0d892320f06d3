"""Parts of a data set under a name each, such as ``train``, ``val`` and ``test``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.dataset.reader import Dataset, DatasetFrame

__all__ = ["Parts"]


@dataclass(frozen=True)
class Parts:
    """Which frames go into which part; each frame is in one part or in none.

    Args:
        frames: Frame indices of each part, int64, ascending; None for a single part with every frame.
        names: Names of the parts, in the order in which they are written.
    """

    names: tuple[str, ...]
    frames: Mapping[str, NDArray[np.int64]] | None = None

    @classmethod
    def whole(cls, name: str = "train") -> Parts:
        """Return one part that holds every frame."""
        return cls((name,))

    @classmethod
    def of_frames(cls, frames: Mapping[str, Iterable[int]]) -> Parts:
        """Return parts with the given frames.

        Raises:
            UsageError: A frame is in two parts.

        Example:
            >>> Parts.of_frames({"train": [0, 2], "val": [1]}).of(1)
            'val'
        """
        held = {name: np.unique(np.fromiter(indices, np.int64)) for name, indices in frames.items()}
        every = np.concatenate([*held.values(), np.zeros(0, np.int64)])
        found, counts = np.unique(every, return_counts=True)
        twice = found[counts > 1]
        if len(twice):
            named = " and ".join(name for name, indices in held.items() if twice[0] in indices)
            raise UsageError(f"a frame must be in one part, but frame {twice[0]} is in {named}")
        return cls(tuple(held), MappingProxyType(held))

    def of(self, frame: int) -> str | None:
        """Return the part of a frame; None for a frame that is left out."""
        if self.frames is None:
            return self.names[0]
        for name, indices in self.frames.items():
            place = int(np.searchsorted(indices, frame))
            if place < len(indices) and indices[place] == frame:
                return name
        return None

    def frames_of(self, dataset: Dataset) -> Iterator[tuple[str, DatasetFrame]]:
        """Yield part and frame of every frame of a data set that is in a part, in frame order.

        Raises:
            DatasetError: A record is broken.
        """
        for frame in dataset:
            part = self.of(frame.index)
            if part is not None:
                yield part, frame
