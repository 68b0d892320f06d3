"""The coverage of a data set: what of its factors came up, how evenly, and what never did."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from synthvision.authoring.plans.covering import Coverage, Row, count_coverage
from synthvision.authoring.plans.observed import ObservedFrame, rows_of
from synthvision.sampling.factors.config import FactorSpec

__all__ = ["CoverageReport", "FactorCount", "PairCounts", "count_dataset"]

Pair = tuple[str, str]
#: How many pictures show a level, or two levels together: by (factor, level) pairs, the same pair twice for one level.
PairCounts = Mapping[tuple[Pair, Pair], int]


@dataclass(frozen=True, slots=True)
class FactorCount:
    """One factor in a data set.

    Args:
        name: Its name.
        measured: True for a factor of objects, of which `counts` counts objects; else pictures.
        counts: How often each level came up.
        made: Its share.
        natural: Its share weighted by the importance weights: what the scene file's distributions would give.
        without: Pictures, or objects that the factor speaks of, that have no level of it.
    """

    name: str
    measured: bool
    counts: Mapping[str, int]
    made: Mapping[str, float]
    natural: Mapping[str, float]
    without: int

    @property
    def entropy_bits(self) -> float:
        """Entropy of the levels that came up."""
        return _entropy_bits(self.counts.values())

    @property
    def evenness(self) -> float:
        """Entropy over that of levels that come up equally often, 0..1."""
        return self.entropy_bits / math.log2(len(self.counts)) if len(self.counts) > 1 else 1.0


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What a data set shows of its factors.

    Args:
        frames: Pictures.
        factors: One entry a factor.
        coverages: Coverage of combinations of any 1, 2, ... factors.
        pairs: Pictures that show two levels together.
        joint_entropy_bits: Entropy of the combinations of all factors.
        combinations: Different combinations of all factors that came up.
        effective: Effective sample size of the weights: (sum)^2 / sum of squares.
        boosted: Factors whose levels are boosted in the scene file.
        levels: Names of levels by factor.
        forbidden: Combinations that count as impossible.
    """

    frames: int
    factors: tuple[FactorCount, ...]
    coverages: tuple[Coverage, ...]
    pairs: PairCounts
    joint_entropy_bits: float
    combinations: int
    effective: float
    boosted: tuple[str, ...]
    levels: Mapping[str, Sequence[str]]
    forbidden: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        """Return every figure as JSON values."""
        return {
            "frames": self.frames,
            "effective_sample_size": self.effective,
            "joint_entropy_bits": self.joint_entropy_bits,
            "joint_combinations": self.combinations,
            "forbidden": [dict(row) for row in self.forbidden],
            "factors": [
                {
                    "name": factor.name,
                    "counts": "objects" if factor.measured else "pictures",
                    "levels": {
                        level: {"count": count, "made": factor.made[level], "natural": factor.natural[level]}
                        for level, count in factor.counts.items()
                    },
                    "without_level": factor.without,
                    "entropy_bits": factor.entropy_bits,
                    "evenness": factor.evenness,
                    "boosted": factor.name in self.boosted,
                }
                for factor in self.factors
            ],
            "coverage": [
                {
                    "strength": coverage.strength,
                    "possible": coverage.possible,
                    "covered": coverage.covered,
                    "share": coverage.share,
                    "missing": [dict(row) for row in coverage.missing],
                }
                for coverage in self.coverages
            ],
            "pairs": [
                {"levels": {first[0]: first[1], second[0]: second[1]}, "pictures": count}
                for (first, second), count in self.pairs.items()
                if first[0] != second[0]
            ],
        }


def count_dataset(
    frames: Iterable[ObservedFrame],
    factors: Mapping[str, FactorSpec],
    strength: int = 2,
    forbidden: Sequence[Row] = (),
) -> CoverageReport:
    """Return what pictures show of their factors.

    Args:
        frames: What each picture shows.
        factors: The factors that count, at least one.
        strength: Combinations of any 1 to so many factors are counted; more than there are factors means all of them.
        forbidden: Combinations of levels that count as impossible.
    """
    seen = list(frames)
    rows = [rows_of(frame, factors) for frame in seen]
    levels = {name: tuple(spec.levels) for name, spec in factors.items()}
    pairs = _empty_pairs(levels)
    for own in rows:
        for pair in {pair for row in own for pair in _pairs_of(row, levels)}:
            pairs[pair] += 1
    # A picture with several objects shows several combinations, and counts once for each.
    joint = Counter(tuple(row.items()) for own in rows for row in own)
    weights = [frame.weight for frame in seen]
    square = sum(weight * weight for weight in weights)
    flat = [row for own in rows for row in own]
    return CoverageReport(
        frames=len(seen),
        factors=tuple(_count_factor(name, spec, seen) for name, spec in factors.items()),
        coverages=tuple(
            count_coverage(flat, levels, size, forbidden) for size in range(1, min(strength, len(factors)) + 1)
        ),
        pairs=pairs,
        joint_entropy_bits=_entropy_bits(joint.values()),
        combinations=len(joint),
        effective=sum(weights) ** 2 / square if square else 0.0,
        boosted=tuple(name for name, spec in factors.items() if spec.boost),
        levels=levels,
        forbidden=tuple(forbidden),
    )


def _count_factor(name: str, spec: FactorSpec, frames: Sequence[ObservedFrame]) -> FactorCount:
    counts: dict[str, int] = dict.fromkeys(spec.levels, 0)
    sums: dict[str, float] = dict.fromkeys(spec.levels, 0.0)
    without = 0
    for frame in frames:
        if spec.measure is None:
            found = [frame.levels.get(name)]
        else:
            found = [item.levels[name] for item in frame.objects if name in item.levels] or [None]
        for level in found:
            if level is None or level not in counts:
                without += 1
                continue
            counts[level] += 1
            sums[level] += frame.weight
    total, weight = sum(counts.values()), sum(sums.values())
    return FactorCount(
        name=name,
        measured=spec.measure is not None,
        counts=counts,
        made={level: count / total if total else 0.0 for level, count in counts.items()},
        natural={level: value / weight if weight else 0.0 for level, value in sums.items()},
        without=without,
    )


def _empty_pairs(levels: Mapping[str, Sequence[str]]) -> dict[tuple[Pair, Pair], int]:
    single = {((name, level), (name, level)): 0 for name, values in levels.items() for level in values}
    double = {
        ((first, one), (second, other)): 0
        for first, second in combinations(levels, 2)
        for one, other in product(levels[first], levels[second])
    }
    return single | double


def _pairs_of(row: Row, levels: Mapping[str, Sequence[str]]) -> Iterable[tuple[Pair, Pair]]:
    own = [(name, row[name]) for name in levels if row.get(name) in levels[name]]
    yield from ((pair, pair) for pair in own)
    yield from combinations(own, 2)


def _entropy_bits(counts: Iterable[int]) -> float:
    kept = [count for count in counts if count]
    total = sum(kept)
    # Adding 0 turns the minus zero of a single level into zero.
    return -sum(count / total * math.log2(count / total) for count in kept) + 0.0 if total else 0.0
