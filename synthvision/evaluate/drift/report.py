"""What a measurement of drift says, as JSON and as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["DriftReport", "DriftRow"]


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One measure in two sets.

    Args:
        name: What is measured.
        test: Name of the test.
        statistic: Its statistic.
        p: Chance of one as large between sets of one kind.
        p_adjusted: The same, adjusted for the number of measures.
        effect: How large the difference is, less what chance gives.
        effect_name: ``psi``, ``correlation``, ``accuracy`` or ``spreads``.
        limit: From which effect on it counts.
        drifted: Whether chance would hardly make it, and it is above the limit.
        detail: What it is that differs, in words.
        examples_first: Places of the pictures of the first set that are least like the second in this.
        examples_second: Places of the pictures of the second set that are least like the first.
    """

    name: str
    test: str
    statistic: float
    p: float
    p_adjusted: float
    effect: float
    effect_name: str
    limit: float
    drifted: bool
    detail: str
    examples_first: tuple[int, ...]
    examples_second: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DriftReport:
    """In what, and by how much, a set differs from another.

    Args:
        first: Name of the set that is compared with.
        second: Name of the other.
        counts: Pictures of both.
        level: Chance of one false finding or more among all measures.
        rows: One a measure.
        notes: What has to be known to read them.
    """

    first: str
    second: str
    counts: tuple[int, int]
    level: float
    rows: tuple[DriftRow, ...]
    notes: tuple[str, ...]

    @property
    def drifted(self) -> tuple[str, ...]:
        """Names of the measures that drifted."""
        return tuple(row.name for row in self.rows if row.drifted)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "counts": list(self.counts),
            "level": self.level,
            "drifted": list(self.drifted),
            "measures": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Return a table with a line for each measure, and the notes below it."""
        head = ["", "p", "adjusted", "effect", "limit", "", "what"]
        lines = [head]
        for row in self.rows:
            mark = "DRIFT" if row.drifted else ""
            effect = f"{row.effect_name} {row.effect:.3f}"
            lines.append(
                [row.name, f"{row.p:.2g}", f"{row.p_adjusted:.2g}", effect, f"{row.limit:g}", mark, row.detail]
            )
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        title = f"{self.second} ({self.counts[1]}) against {self.first} ({self.counts[0]})"
        verdict = f"drifted: {', '.join(self.drifted)}" if self.drifted else "nothing drifted"
        return "\n".join([title, "", *table, "", verdict, *(f"- {note}" for note in self.notes)])
