"""Measures in what, and by how much, a set of labelled pictures differs from another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.evaluate.drift.config import DriftSpec
from synthvision.evaluate.drift.looks import classifier_shift, kernel_shift
from synthvision.evaluate.drift.report import DriftReport, DriftRow
from synthvision.evaluate.drift.shifts import Shift, adjust_holm, box_shift, class_shift, number_shift, pair_shift
from synthvision.evaluate.drift.tables import BOX_MEASURES, SetTable, label_table
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.set_features import picture_features
from synthvision.features.extractor import StatisticsExtractor
from synthvision.features.measures import MEASURES, MeasuresExtractor, picture_measures
from synthvision.features.preparation import Preparation, file_compressions
from synthvision.features.statistics import picture_statistics

__all__ = ["compare_tables", "measure_drift"]

_FEWEST = 8


def measure_drift(
    spec: DriftSpec,
    first: LabelledSet,
    second: LabelledSet,
    *,
    cache: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> DriftReport:
    """Return in what, and by how much, a set differs from another.

    Pictures are read one at a time; what stays in memory is 1 KiB a picture and 100 bytes a box.

    Args:
        spec: The settings.
        first: The set that is compared with.
        second: The other.
        cache: Folder of the feature cache; None for none.
        progress: Called with the number of pictures done.

    Raises:
        UsageError: A set has fewer than 8 pictures, or a picture cannot be read.
        DatasetError: The cache cannot be written.
    """
    if min(len(first), len(second)) < _FEWEST:
        raise UsageError(
            f"both sets must have {_FEWEST} pictures or more, got {len(first)} of {first.name} and {len(second)} of "
            f"{second.name}"
        )
    classes = tuple(dict.fromkeys((*first.classes, *second.classes)))
    notes: list[str] = []
    tables = [label_table(part, classes) for part in (first, second)]
    if spec.look:
        tables = _with_looks(spec, (first, second), tables, cache, progress)
        ways = [file_compressions(part.photos.paths) for part in (first, second)]
        if len(set(ways[0]) | set(ways[1])) > 1:
            told = "; ".join(
                f"{part.name}: " + ", ".join(f"{count} {way}" for way, count in sorted(counts.items()))
                for part, counts in zip((first, second), ways, strict=True)
            )
            notes.append(f"files are compressed in different ways ({told}), which shows in noise and sharpness")
    return compare_tables(spec, tables[0], tables[1], names=(first.name, second.name), notes=notes)


def compare_tables(
    spec: DriftSpec, first: SetTable, second: SetTable, *, names: tuple[str, str], notes: list[str] | None = None
) -> DriftReport:
    """Return in what, and by how much, one table differs from another.

    Args:
        spec: The settings.
        first: The set that is compared with.
        second: The other, with the same classes and measures.
        names: Of both sets, for the report.
        notes: Of which some are known already.
    """
    told = list(notes or [])
    shifts = [
        number_shift(name, first.pictures_nm[:, column], second.pictures_nm[:, column])
        for column, name in enumerate(first.picture_names)
    ]
    if len(first.boxes_km) and len(second.boxes_km):
        shifts += [
            box_shift(name, column, first, second, spec.permutations, spec.seed)
            for column, name in enumerate(BOX_MEASURES)
        ]
        shifts.append(class_shift(first, second, spec.permutations, spec.seed))
        pairs = pair_shift(first, second, spec.permutations, spec.seed)
        if pairs is not None:
            shifts.append(pairs)
    else:
        bare = [name for name, part in zip(names, (first, second), strict=True) if not len(part.boxes_km)]
        told.append(f"boxes and classes are not compared: {' and '.join(bare)} has no boxes")
    if first.look_nd is not None and second.look_nd is not None:
        shifts.append(kernel_shift(first.look_nd, second.look_nd, spec.permutations, spec.most, spec.seed))
        shifts.append(classifier_shift(first.look_nd, second.look_nd, spec.most, spec.seed))
    limits = {
        "psi": spec.psi, "correlation": spec.correlation, "accuracy": spec.accuracy, "spreads": spec.spreads,
    }  # fmt: skip
    adjusted = adjust_holm([shift.p for shift in shifts])
    rows = tuple(_row(shift, p, limits[shift.effect_name], spec) for shift, p in zip(shifts, adjusted, strict=True))
    least = 1 / (spec.permutations + 1)
    if least * len(shifts) > spec.level:
        told.append(
            f"{spec.permutations} permutations are too few to find anything at level {spec.level:g} among "
            f"{len(shifts)} measures: set more"
        )
    return DriftReport(names[0], names[1], (len(first), len(second)), spec.level, rows, tuple(told))


def _with_looks(
    spec: DriftSpec,
    sets: tuple[LabelledSet, LabelledSet],
    tables: list[SetTable],
    cache: Path | None,
    progress: Callable[[int], None] | None,
) -> list[SetTable]:
    form = Preparation(spec.side, "whole")
    found, done = [], 0

    def count(number: int) -> None:
        if progress is not None:
            progress(done + number)

    for part, table in zip(sets, tables, strict=True):
        measures = picture_features(part, _Both(), form, cache=cache, progress=count)
        done += len(part)
        plain = measures[:, : len(MEASURES)].astype(np.float64)
        found.append(
            replace(
                table,
                pictures_nm=np.column_stack([plain, table.pictures_nm]),
                picture_names=(*MEASURES, *table.picture_names),
                look_nd=np.ascontiguousarray(measures[:, len(MEASURES) :]),
            )
        )
    return found


class _Both:
    """Measures and statistics of a picture, one after the other, so that it is read once."""

    name = "measures and statistics"
    comparable = False
    identity = f"{MeasuresExtractor.identity}; {StatisticsExtractor.identity}"

    def features(self, pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        found = [np.concatenate([picture_measures(picture), picture_statistics(picture)]) for picture in pictures]
        return np.stack(found)


def _row(shift: Shift, adjusted: float, limit: float, spec: DriftSpec) -> DriftRow:
    drifted = adjusted <= spec.level and shift.effect >= limit
    count = spec.examples if drifted else 0
    first = np.argsort(shift.scores_first, kind="stable")
    first = first[np.isfinite(shift.scores_first[first])]
    second = np.argsort(-shift.scores_second, kind="stable")
    second = second[np.isfinite(shift.scores_second[second])]
    return DriftRow(
        shift.name, shift.test, shift.statistic, shift.p, adjusted, shift.effect, shift.effect_name, limit, drifted,
        shift.detail, tuple(int(place) for place in first[:count]), tuple(int(place) for place in second[:count]),
    )  # fmt: skip
