"""What an audit found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from synthvision.dataset.need import Need, NeedCell
from synthvision.evaluate.audit.cells import Cell
from synthvision.evaluate.audit.conditions import Conditions
from synthvision.evaluate.audit.config import AuditSpec
from synthvision.evaluate.audit.suspicious import KINDS, Suspicion
from synthvision.evaluate.labelled_set import LabelledSet

__all__ = ["AuditReport"]

_LISTED = 25


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a labelled set holds, lacks, and what in it looks wrong.

    Args:
        labelled: The set.
        spec: What was counted.
        objects: Labelled objects.
        levels: Levels of each quantity that was counted.
        unknown: Objects whose level of a quantity cannot be told.
        cells: Every cell of one and of two quantities, empty ones too.
        thin: Thin cells of up to `spec.strength` quantities, the emptiest first.
        suspicious: Boxes that look wrong, the gravest kinds first.
        conditions: Light and weather of each picture; empty where neither was counted.
    """

    labelled: LabelledSet
    spec: AuditSpec
    objects: int
    levels: Mapping[str, Sequence[str]]
    unknown: Mapping[str, int]
    cells: tuple[Cell, ...]
    thin: tuple[Cell, ...]
    suspicious: tuple[Suspicion, ...]
    conditions: tuple[Conditions, ...]

    def need(self) -> Need | None:
        """Return what would fill the thin cells; None where there are none."""
        if not self.thin:
            return None
        return Need(
            description=f"thin cells of {self.labelled.name}",
            cells=tuple(NeedCell(levels=dict(cell.levels), count=cell.missing) for cell in self.thin),
        )

    def suspicions_by_kind(self) -> dict[str, int]:
        """Return how often each kind of suspicion came, the gravest first; kinds that did not come are left out."""
        counts = {kind: sum(found.kind == kind for found in self.suspicious) for kind in KINDS}
        return {kind: count for kind, count in counts.items() if count}

    def to_json(self) -> dict[str, Any]:
        """Return every figure as JSON values; under ``need`` is what `synthvision mix --need` takes."""
        need = self.need()
        return {
            "format": "synthvision audit 1",
            "set": self.labelled.name,
            "pictures": len(self.labelled),
            "objects": self.objects,
            "classes": list(self.labelled.classes),
            "spec": self.spec.model_dump(mode="json"),
            "levels": {name: list(levels) for name, levels in self.levels.items()},
            "unknown": dict(self.unknown),
            "cells": [_cell_json(cell) for cell in self.cells],
            "thin": [_cell_json(cell) for cell in self.thin],
            "suspicious": [
                {key: value for key, value in asdict(found).items() if key != "severity"} for found in self.suspicious
            ],
            "need": None if need is None else need.model_dump(mode="json"),
        }

    def text(self) -> str:
        """Return the main figures as lines for a terminal."""
        lines = [f"{self.labelled.name}: {len(self.labelled)} pictures, {self.objects} objects"]
        for name in self.levels:
            counts = [cell for cell in self.cells if list(cell.levels) == [name]]
            shares = ", ".join(f"{cell.levels[name]} {cell.objects} ({cell.share:.0%})" for cell in counts)
            unknown = self.unknown.get(name, 0)
            lines.append(f"  {name}: {shares}" + (f"; unknown {unknown}" if unknown else ""))
        lines.append(f"thin cells, under {self.spec.fewest} objects: {len(self.thin)}")
        for cell in self.thin[:_LISTED]:
            low, high = cell.interval
            lines.append(f"  {cell}: {cell.objects} objects in {cell.pictures} pictures ({low:.1%} to {high:.1%})")
        if len(self.thin) > _LISTED:
            lines.append(f"  and {len(self.thin) - _LISTED} more")
        suspicions = self.suspicions_by_kind()
        told = ", ".join(f"{kind} {count}" for kind, count in suspicions.items()) or "none"
        lines.append(f"suspicious boxes: {told}")
        return "\n".join(lines)


def _cell_json(cell: Cell) -> dict[str, Any]:
    return {
        "levels": dict(cell.levels),
        "objects": cell.objects,
        "pictures": cell.pictures,
        "share": cell.share,
        "interval_95": list(cell.interval),
        "missing": cell.missing,
    }
