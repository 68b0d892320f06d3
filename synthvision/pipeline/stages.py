"""How long each stage of a frame took: seconds by stage name, summed over frames."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["STAGES", "StageClock"]

#: The stages of a frame in the order in which they run; `write` overlaps the next frame's other stages.
STAGES = ("sample", "labels", "radiance", "air", "develop", "annotate", "write")


class StageClock:
    """Adds up seconds by stage.

    Example:
        >>> clock = StageClock()
        >>> with clock.stage("sample"):
        ...     pass
        >>> sorted(clock.seconds)
        ['sample']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what runs inside the ``with`` block and add it to the stage `name`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add another clock's seconds."""
        for name, value in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + value
