"""More of what is rare: rows between rare neighbours, and the weights that undo it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from synthvision.core.errors import UsageError

__all__ = ["Oversampled", "oversample"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Oversampled:
    """Rows with more of the rare ones.

    Args:
        rows: The given rows, then those between rare neighbours, (m, p).
        weights: How often each row shall be drawn, (m,), sum 1.
        importance: Natural over drawn frequency of each row, (m,).
        rare: Which rows are rare, (m,).
    """

    rows: Float
    weights: Float
    importance: Float
    rare: NDArray[np.bool_]


def oversample(
    rows: Float, share: float, rng: np.random.Generator, *, corners: float = 0.1, neighbours: int = 5
) -> Oversampled:
    """Return rows in which rare ones come as often as wanted.

    A row is rare where its neighbours are far: among the `corners` share of rows with the largest distance to their
    nearest `neighbours`. New rows lie on the line from a rare row to one of its nearest rare neighbours (SMOTE, Chawla
    et al. 2002), each column measured by its own spread.

    Args:
        rows: (n, p), n at least 10.
        share: How often a rare row shall be drawn, above `corners` and below 1.
        rng: Draws the new rows.
        corners: Share of the rows that are called rare.
        neighbours: How many neighbours count.

    Raises:
        UsageError: The share is out of range, or there are too few rows.
    """
    count = len(rows)
    if count < 10:
        raise UsageError(f"oversampling must have at least 10 rows, got {count}")
    rare_count = max(2, round(corners * count))
    natural = rare_count / count
    if not natural < share < 1:
        raise UsageError(
            f"the share of rare rows must be above {natural:.3g} (what they have) and below 1, got {share:g}"
        )
    spread = rows.std(axis=0)
    scaled = rows / np.where(spread > 0, spread, 1.0)
    near = min(neighbours, count - 1)
    reach = cKDTree(scaled).query(scaled, k=near + 1)[0][:, -1]
    rare = np.zeros(count, np.bool_)
    rare[np.argsort(-reach, kind="stable")[:rare_count]] = True
    places = np.flatnonzero(rare)
    near = min(neighbours, rare_count - 1)
    beside = cKDTree(scaled[places]).query(scaled[places], k=near + 1)[1][:, 1:]
    # As many new rows as let a drawn rare row be as fresh as a drawn common one.
    wanted = max(0, round((count - rare_count) * share / (1 - share)) - rare_count)
    first = rng.integers(rare_count, size=wanted)
    second = beside[first, rng.integers(near, size=wanted)]
    along = rng.random((wanted, 1))
    new = rows[places[first]] + along * (rows[places[second]] - rows[places[first]])
    whole = np.concatenate([rare, np.ones(wanted, np.bool_)])
    weights = np.where(whole, share / (rare_count + wanted), (1 - share) / (count - rare_count))
    importance = np.where(whole, natural / share, (1 - natural) / (1 - share))
    return Oversampled(np.concatenate([rows, new]), weights, importance, whole)
