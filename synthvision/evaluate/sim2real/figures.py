"""From what the trainings found to the rows of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from synthvision.evaluate.accuracy.accuracy import SliceAccuracy, accuracy_of
from synthvision.evaluate.accuracy.bootstrap import draw_pictures, draw_seeds
from synthvision.evaluate.accuracy.matches import match_detections
from synthvision.evaluate.accuracy.padding import pad_detections
from synthvision.evaluate.accuracy.slices import Levels
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.sim2real.comparison import RowSamples, gap_closed, interval_of, photos_worth, samples_of
from synthvision.evaluate.sim2real.config import Sim2RealSpec
from synthvision.evaluate.sim2real.report import COMPARED, RowReport
from synthvision.evaluate.sim2real.rows import Row

__all__ = ["FoundRow", "report_rows"]

FoundRow = tuple[Row, int, int, Sequence[tuple[Detections, ...]], Sequence[float]]
"""A row, its numbers of real photos and renders, and for each training its detections and padding."""


def report_rows(
    pictures: LabelledSet, found: Sequence[FoundRow], classes: Sequence[str], spec: Sim2RealSpec, levels: Levels
) -> tuple[tuple[RowReport, ...], tuple[str, ...]]:
    """Return the rows of the report, and what the figures cannot tell.

    Args:
        pictures: What was tested on.
        found: Of each row.
        classes: What the class numbers of the detections mean.
        spec: The settings.
        levels: Level of each picture by factor, for slices.
    """
    weights = draw_pictures(len(pictures), spec.replicates, spec.bootstrap_seed)
    samples: dict[str, RowSamples] = {}
    per_class: dict[str, Mapping[str, RowSamples]] = {}
    slices: dict[str, tuple[SliceAccuracy, ...]] = {}
    notes: dict[str, None] = {}
    for row, _, _, trainings, paddings in found:
        plain = [match_detections(pictures, one, classes) for one in trainings]
        padded = []
        if spec.box_padding == "fit":
            for one, padding in zip(trainings, paddings, strict=True):
                grown = pad_detections(one, pictures.sizes_wh, padding)
                padded.append(match_detections(pictures, grown, classes, sizes=("all",)))
        drawn = draw_seeds(len(trainings), spec.replicates, spec.bootstrap_seed)
        samples[row.name], per_class[row.name] = samples_of(plain, padded, weights, drawn)
        accuracies = [accuracy_of(matches, levels) for matches in plain]
        slices[row.name] = _mean_slices([one.slices for one in accuracies])
        notes.update(dict.fromkeys(note for one in accuracies for note in one.notes))
    real = next((samples[row.name] for row, *_ in found if row.kind == "real"), None)
    synthetic = next((samples[row.name] for row, *_ in found if row.kind == "synthetic"), None)
    curve = [(count, samples[row.name]) for row, count, *_ in found if row.kind in ("real", "curve")]
    reports = []
    for row, photos, renders, _, paddings in found:
        mine = samples[row.name]
        measures = [name for name in COMPARED if name in mine.by_seed]
        level = spec.confidence
        compared = real is not None and row.kind != "real"
        inner = compared and synthetic is not None and row.kind not in ("synthetic", "curve")
        with_curve = len({count for count, _ in curve}) > 1 and not photos
        reports.append(
            RowReport(
                row,
                photos,
                renders,
                {name: interval_of(mine, name, level) for name in mine.by_seed},
                {name: tuple(map(_known, values)) for name, values in mine.by_seed.items()},
                {name: interval_of(mine, name, level, minus=real) for name in measures} if compared else {},
                {name: interval_of(mine, name, level, over=real) for name in measures} if compared else {},
                {name: gap_closed(mine, real, synthetic, name, level) for name in measures}
                if inner and real is not None and synthetic is not None
                else {},
                {name: photos_worth(mine, curve, name, level) for name in measures} if with_curve else {},
                {
                    name: {measure: interval_of(of_class, measure, level) for measure in ("ap", "ap50")}
                    for name, of_class in per_class[row.name].items()
                },
                slices[row.name],
                tuple(paddings),
            )
        )
    return tuple(reports), tuple(notes)


def _mean_slices(of_trainings: Sequence[tuple[SliceAccuracy, ...]]) -> tuple[SliceAccuracy, ...]:
    def mean(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    return tuple(
        replace(same[0], ap=mean([one.ap for one in same]), ap50=mean([one.ap50 for one in same]))
        for same in zip(*of_trainings, strict=True)
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
