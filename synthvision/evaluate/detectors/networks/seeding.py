"""The seed of what torch draws by itself: first weights and dropout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from synthvision.core.streams import rng_for

__all__ = ["seeded"]


@contextmanager
def seeded(seed: int, stream: str) -> Iterator[None]:
    """Seed torch's generator for a block, and put it back where it was afterwards.

    Args:
        seed: 0 to 2**63 - 1.
        stream: Name of the stream.
    """
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(int(rng_for(seed, 0, stream).integers(2**63)))
        yield
