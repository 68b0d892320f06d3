"""What a measurement of fidelity says, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from synthvision.evaluate.fidelity.cmmd import Cmmd
from synthvision.evaluate.fidelity.frechet import Frechet
from synthvision.evaluate.fidelity.manifolds import Manifolds
from synthvision.features.kernel_distance import KernelDistance

__all__ = ["Comparison", "FidelityReport"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets in the eyes of one extractor.

    Args:
        what: ``pictures``, or ``objects`` of the same classes in the same numbers.
        extractor: Its name.
        comparable: Whether the figures can be compared with published ones.
        scaled: Whether features were brought to the mean and spread of the first set.
        features: How many there are.
        counts: Pictures or objects of both sets.
        kernel: The kernel distance.
        frechet: The Frechet distance.
        cmmd: The distance of CMMD.
        manifolds: Precision, recall, density and coverage.
    """

    what: str
    extractor: str
    comparable: bool
    scaled: bool
    features: int
    counts: tuple[int, int]
    kernel: KernelDistance
    frechet: Frechet
    cmmd: Cmmd
    manifolds: Manifolds


@dataclass(frozen=True, slots=True)
class FidelityReport:
    """How far the pictures of one set are from those of another.

    Args:
        first: Name of the set that is compared with.
        second: Name of the other.
        comparisons: By what is compared, then by extractor.
        preparation: The form that pictures were brought to.
        notes: What has to be known to read the figures.
    """

    first: str
    second: str
    comparisons: tuple[Comparison, ...]
    preparation: str
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        rows = []
        for comparison in self.comparisons:
            row = asdict(comparison)
            row["frechet"]["above_own"] = comparison.frechet.above_own
            if row["kernel"]["std"] == float("inf"):
                row["kernel"]["std"] = None
            rows.append(row)
        return {
            "first": self.first,
            "second": self.second,
            "preparation": self.preparation,
            "comparisons": rows,
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Return a table with a column for each comparison, and the notes below it."""
        heads = [["", *(one.what for one in self.comparisons)], ["", *(one.extractor for one in self.comparisons)]]
        heads.append(["count", *(f"{one.counts[0]} / {one.counts[1]}" for one in self.comparisons)])
        lines = heads + [[name, *(show(one) for one in self.comparisons)] for name, show in _ROWS]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        table = [
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        title = f"{self.second} against {self.first}; {self.preparation}"
        return "\n".join([title, "", *table, "", *(f"- {note}" for note in self.notes)])


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3e}"


def _extrapolated(one: Comparison) -> str:
    mark = " *" if one.frechet.rank_deficient else ""
    return f"{_number(one.frechet.extrapolated)}{mark}"


_ROWS: tuple[tuple[str, Callable[[Comparison], str]], ...] = (
    ("kernel distance (KID)", lambda one: f"{_number(one.kernel.value)} ± {one.kernel.std:.2g}"),
    ("  p, sets of one kind", lambda one: f"{one.kernel.p:.3g}"),
    ("Frechet distance", lambda one: _number(one.frechet.value)),
    ("  at half size", lambda one: f"{_number(one.frechet.at_split_size)}"),
    ("  first set with itself", lambda one: _number(one.frechet.own)),
    ("  above that", lambda one: _number(one.frechet.above_own)),
    ("  at infinite size", _extrapolated),
    ("CMMD", lambda one: _number(one.cmmd.value)),
    ("  unbiased", lambda one: _number(one.cmmd.unbiased)),
    ("precision", lambda one: f"{one.manifolds.precision:.3f}"),
    ("recall", lambda one: f"{one.manifolds.recall:.3f}"),
    ("density", lambda one: f"{one.manifolds.density:.3f}"),
    ("coverage", lambda one: f"{one.manifolds.coverage:.3f}"),
    ("  of sets of one kind", lambda one: f"{one.manifolds.expected_coverage:.3f}"),
)
