"""Whether levels can be drawn at all, found by sampling a few scenes before a job starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from synthvision.core.errors import PlacementError, UsageError
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.levels import row_misses
from synthvision.sampling.factors.plan import PlanRow
from synthvision.sampling.sampler import SceneSampler

__all__ = ["undrawable_factors", "undrawable_rows", "why_never"]

#: Some quantities are drawn in some scenes only, such as the height of a lamp that is not always there.
_SCENES = 4
_ATTEMPTS = 3
#: Rows that are looked at; those of a longer plan repeat each other.
_MOST_ROWS = 200


def why_never(sampler: SceneSampler, factors: Mapping[str, FactorSpec], levels: Mapping[str, str]) -> str:
    """Return why levels of sampled factors can never be drawn together, empty where they can.

    Args:
        sampler: Of the job.
        factors: From the scene file.
        levels: Level by factor, sampled ones only.
    """
    reason = ""
    for scene, attempt in product(range(_SCENES), range(_ATTEMPTS)):
        try:
            drawn = sampler.sample(0, attempt, row=PlanRow(levels=levels, scene=scene))
        except UsageError as error:
            reason = str(error)
            continue
        except PlacementError:
            return ""  # objects that find no place say nothing of the levels
        missed = row_misses(factors, levels, drawn, None)
        if not missed:
            return ""
        reason = "; ".join(missed)
    return reason


def undrawable_factors(sampler: SceneSampler, factors: Mapping[str, FactorSpec]) -> list[tuple[str, str]]:
    """Return the sampled factors of which some level can never be drawn: name and why."""
    faults = []
    for name, spec in factors.items():
        if spec.measure is not None:
            continue
        for level in spec.levels:
            reason = why_never(sampler, factors, {name: level})
            if reason:
                faults.append((name, f"level {level} can never come: {reason}"))
                break
    return faults


def undrawable_rows(
    sampler: SceneSampler, factors: Mapping[str, FactorSpec], rows: Iterable[PlanRow]
) -> list[tuple[int, str]]:
    """Return the rows of a plan whose sampled levels can never be drawn together: index and why."""
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for number, row in enumerate(rows):
        asked = tuple(sorted((name, level) for name, level in row.levels.items() if factors[name].measure is None))
        if asked and len(seen) < _MOST_ROWS:
            seen.setdefault(asked, number)
    found = ((number, why_never(sampler, factors, dict(asked))) for asked, number in seen.items())
    return [(number, f"its levels can never come together: {reason}") for number, reason in found if reason]
