"""The comparison of training sets as figures: for a program, and for people in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthvision.evaluate.accuracy.accuracy import SliceAccuracy
from synthvision.evaluate.accuracy.bootstrap import Interval
from synthvision.evaluate.sim2real.comparison import MEASURES, Equivalence
from synthvision.evaluate.sim2real.rows import Row

__all__ = ["COMPARED", "RowReport", "Sim2RealReport", "measures_of"]

#: Measures for which rows are compared.
COMPARED = ("ap50", "ap", "ap50_padded", "ap_padded")


@dataclass(frozen=True, slots=True)
class RowReport:
    """What one row came to.

    Args:
        row: Which.
        real_photos: How many real photos it was trained on.
        synthetic_pictures: How many renders.
        figures: Interval by measure.
        by_seed: Value of each training by measure; None where it is not known.
        minus_real: Difference to the row trained on real photos alone, by measure.
        over_real: Ratio to it.
        gap_closed: Share of the gap from synthetic to real that is closed, by measure.
        photos_worth: How many real photos alone give as much, by measure; empty without a learning curve, and for rows
            that are trained on real photos themselves.
        classes: Intervals of AP and AP50 by class.
        slices: Means over the trainings of each slice of the pictures.
        paddings: By which share boxes were grown, by training.
    """

    row: Row
    real_photos: int
    synthetic_pictures: int
    figures: Mapping[str, Interval]
    by_seed: Mapping[str, tuple[float | None, ...]]
    minus_real: Mapping[str, Interval]
    over_real: Mapping[str, Interval]
    gap_closed: Mapping[str, Interval]
    photos_worth: Mapping[str, Equivalence]
    classes: Mapping[str, Mapping[str, Interval]]
    slices: tuple[SliceAccuracy, ...]
    paddings: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "row": self.row.name,
            "kind": self.row.kind,
            "share": self.row.share,
            "real_photos": self.real_photos,
            "synthetic_pictures": self.synthetic_pictures,
            "figures": _intervals(self.figures),
            "by_seed": {
                name: [None if value is None else round(value, 6) for value in values]
                for name, values in self.by_seed.items()
            },
            "minus_real": _intervals(self.minus_real),
            "over_real": _intervals(self.over_real),
            "gap_closed": _intervals(self.gap_closed),
            "photos_worth": {
                name: {**one.photos.to_json(), "least": one.least, "most": one.most}
                for name, one in self.photos_worth.items()
            },
            "classes": {name: _intervals(of_class) for name, of_class in self.classes.items()},
            "slices": [
                {
                    "factor": one.factor, "level": one.level, "truths": one.truths, "pictures": one.pictures,
                    "ap": None if one.ap is None else round(one.ap, 6),
                    "ap50": None if one.ap50 is None else round(one.ap50, 6),
                }
                for one in self.slices
            ],
            "paddings": list(self.paddings),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sim2RealReport:
    """The whole comparison.

    Args:
        part: ``validation`` or ``test``: what the figures are of.
        test_reads: How often the test part has been read, this report included.
        rows: In the order of the table.
        about: Sets, settings and what else tells how the figures came about, as JSON values.
        notes: What one should know, one sentence each.
    """

    part: str
    test_reads: int
    rows: tuple[RowReport, ...]
    about: Mapping[str, Any]
    notes: tuple[str, ...]

    def row(self, kind: str) -> RowReport | None:
        """Return the first row of a kind, or None."""
        return next((one for one in self.rows if one.row.kind == kind), None)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "part": self.part,
            "test_reads": self.test_reads,
            "about": dict(self.about),
            "rows": [one.to_json() for one in self.rows],
            "notes": list(self.notes),
        }

    def sentences(self) -> tuple[str, ...]:
        """Return what the table says, one sentence each."""
        found = []
        best = max(
            (one for one in self.rows if one.figures["ap50"].value is not None),
            key=lambda one: one.figures["ap50"].value or 0.0, default=None,
        )  # fmt: skip
        if best is not None:
            found.append(f"Highest AP50: {best.row.name} with {best.figures['ap50']}.")
        for kind, words in (("synthetic", "Renders alone reach"), ("refined", "Refined renders alone reach")):
            one = self.row(kind)
            ratio = one.over_real.get("ap50") if one is not None else None
            if ratio is not None and ratio.value is not None:
                bounds = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.0%}, {ratio.high:.0%}]"
                found.append(f"{words} {ratio.value:.0%}{bounds} of the AP50 of the real photos alone.")
        for one in self.rows:
            more = one.minus_real.get("ap50")
            if one.row.kind in ("mixed", "synthetic_then_real") and more is not None and more.low is not None:
                if more.low > 0:
                    found.append(f"{one.row.name} beats the real photos alone by {more} AP50, beyond the interval.")
                elif more.high is not None and more.high < 0:
                    found.append(f"{one.row.name} falls behind the real photos alone by {more} AP50.")
        synthetic = self.row("synthetic")
        if synthetic is not None and "ap50" in synthetic.photos_worth:
            worth = synthetic.photos_worth["ap50"]
            found.append(f"By AP50 the renders are worth {worth} real photos.")
        return tuple(found)

    def table(self) -> str:
        """Return the table as text."""
        padded = any("ap50_padded" in one.figures for one in self.rows)
        worth = any(one.photos_worth for one in self.rows)
        heads = ["row", "real", "synthetic", "AP50", "AP", *(["AP50 padded"] if padded else []), "AP50 - real"]
        heads += ["gap closed", *(["worth photos"] if worth else [])]
        lines = [heads]
        for one in self.rows:
            cells = [one.row.name, str(one.real_photos), str(one.synthetic_pictures)]
            cells += [str(one.figures[name]) for name in ("ap50", "ap", *(["ap50_padded"] if padded else []))]
            cells += [str(one.minus_real.get("ap50", "-")), str(one.gap_closed.get("ap50", "-"))]
            lines.append([*cells, *([str(one.photos_worth.get("ap50", "-"))] if worth else [])])
        widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )


def measures_of(rows: Sequence[RowReport]) -> tuple[str, ...]:
    """Return the measures that some row has, in the order of `MEASURES`."""
    return tuple(name for name in MEASURES if any(name in one.figures for one in rows))


def _intervals(values: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: interval.to_json() for name, interval in values.items()}
