"""The one place where random generators are made.

Frame k of a job depends on (job, seed, k) alone, so every draw comes from a counter-based stream: the key is hashed
from (seed, index, stream name) and nothing is shared between streams. Adding a key to a config therefore does not
move the values of any other key.
"""

from __future__ import annotations

import hashlib

import numpy as np

from synthvision.core.errors import UsageError

__all__ = ["MAX_SEED", "rng_for"]

MAX_SEED = 2**63 - 1


def rng_for(seed: int, index: int, stream: str) -> np.random.Generator:
    """Return the generator of one named stream of one frame or scene.

    Args:
        seed: The job's seed, 0 to 2**63 - 1. Zero is a seed like any other.
        index: Frame or scene index, 0 or more.
        stream: Name of the stream: the config key path that is drawn from it, e.g. ``objects.0.count``.

    Returns:
        A Philox generator (counter-based, the same on every platform) keyed by BLAKE2b of the three arguments.

    Raises:
        UsageError: `seed` or `index` is out of range.

    Example:
        >>> a = rng_for(0, 17, "camera.elevation_deg").random()
        >>> b = rng_for(0, 17, "camera.elevation_deg").random()
        >>> a == b
        True
    """
    if not 0 <= seed <= MAX_SEED:
        raise UsageError(f"seed must be 0 to {MAX_SEED}, got {seed}")
    if index < 0:
        raise UsageError(f"index must be 0 or more, got {index}")
    digest = hashlib.blake2b(f"{seed}\0{index}\0{stream}".encode(), digest_size=16, person=b"synthvision")
    # The stream name is hashed rather than spawned: SeedSequence.spawn would depend on the order of the calls.
    key = int.from_bytes(digest.digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))
