"""The rows of the table: what each training sees, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.detectors.pictures import TrainingPictures
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.sim2real.config import Sim2RealSpec

__all__ = ["Row", "TrainingSets", "plan_rows", "stages_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Args:
        name: Its name, also of its folder.
        kind: What kind of row it is; ``curve`` for a part of the real photos alone.
        share: Of a mixed row the share of real photos among those drawn; of a ``curve`` row the share of the real
            training photos; else 1.
    """

    name: str
    kind: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingSets:
    """What can be trained on.

    Args:
        real: Training part of the real photos.
        synthetic: Renders.
        refined: Renders that were moved towards real photos; empty for none.
    """

    real: LabelledSet
    synthetic: tuple[LabelledSet, ...]
    refined: tuple[LabelledSet, ...]

    @property
    def all(self) -> tuple[LabelledSet, ...]:
        """Every set."""
        return (self.real, *self.synthetic, *self.refined)


def plan_rows(spec: Sim2RealSpec, *, synthetic: bool = True, refined: bool) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return the rows in the order of the table, and what is left out and why.

    Args:
        spec: The settings.
        synthetic: Whether there is a synthetic set.
        refined: Whether there is a refined set.

    Raises:
        UsageError: No row is left.
    """
    rows: list[Row] = []
    notes: list[str] = []
    for kind in spec.rows:
        needed = {"synthetic": "synthetic", "refined": "refined", "mixed": spec.mix_with,
                  "synthetic_then_real": "synthetic"}.get(kind)  # fmt: skip
        if (needed == "refined" and not refined) or (needed == "synthetic" and not synthetic):
            notes.append(f"row {kind!r} is left out: there is no {needed} set")
        elif kind == "mixed":
            rows += [Row(f"mixed-{round(100 * share):02d}", "mixed", share) for share in sorted(spec.ratios)]
        elif kind == "synthetic_then_real":
            rows.append(Row("synthetic-then-real", kind))
        else:
            rows.append(Row(kind, kind))
    if not rows:
        raise UsageError("there must be at least one row to train: " + "; ".join(notes))
    rows += [Row(f"real-{round(100 * share):02d}", "curve", share) for share in sorted(spec.curve)]
    return tuple(rows), tuple(notes)


def stages_of(
    row: Row, sets: TrainingSets, classes: tuple[str, ...], spec: Sim2RealSpec, seed: int
) -> tuple[tuple[str, TrainingPictures, int], ...]:
    """Return the trainings of a row one after the other: name, pictures and steps; steps sum to those of every row.

    Args:
        row: The row.
        sets: What can be trained on.
        classes: Classes of the detector.
        spec: The settings.
        seed: Of this training; the photos of a ``curve`` row are drawn by it, those of a smaller share among those of a
            larger one.
    """
    steps = spec.training.steps

    def pictures(parts: Sequence[LabelledSet], shares: Sequence[float] | None = None) -> TrainingPictures:
        return TrainingPictures(tuple(parts), shares, classes)

    if row.kind == "synthetic":
        return (("all", pictures(sets.synthetic), steps),)
    if row.kind == "refined":
        return (("all", pictures(sets.refined), steps),)
    if row.kind == "mixed":
        others = sets.synthetic if spec.mix_with == "synthetic" else sets.refined
        total = sum(len(one) for one in others)
        shares = [row.share, *((1 - row.share) * len(one) / total for one in others)]
        return (("all", pictures((sets.real, *others), shares), steps),)
    if row.kind == "synthetic_then_real":
        first = min(max(round(spec.first_share * steps), 1), steps - 1)
        return (("first", pictures(sets.synthetic), first), ("second", pictures((sets.real,)), steps - first))
    if row.kind == "curve":
        order = rng_for(seed, 0, "sim2real.curve").permutation(len(sets.real))
        count = max(1, round(row.share * len(sets.real)))
        return (("all", pictures((sets.real.select(sorted(order[:count].tolist())),)), steps),)
    return (("all", pictures((sets.real,)), steps),)
