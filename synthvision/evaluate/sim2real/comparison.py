"""What the rows are worth beside each other: differences, the gap that is closed, and real photos saved.

All rows are judged on the same resamples of the test pictures, so that a difference is surer than its parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.evaluate.accuracy.bootstrap import Interval, combine_seeds, percentile_interval
from synthvision.evaluate.accuracy.matches import SIZES, Matches
from synthvision.evaluate.accuracy.precision import mean_known, precision_table, recall

__all__ = [
    "MEASURES",
    "Equivalence",
    "RowSamples",
    "gap_closed",
    "interval_of",
    "photos_worth",
    "samples_of",
]

Float64 = NDArray[np.float64]

#: Figures of a row, by their key, with their names for people.
MEASURES: Mapping[str, str] = {
    "ap50": "AP50",
    "ap": "AP",
    "ap75": "AP75",
    "ap_small": "AP small",
    "ap_medium": "AP medium",
    "ap_large": "AP large",
    "recall50": "recall at 0.5",
    "ap50_padded": "AP50, boxes padded",
    "ap_padded": "AP, boxes padded",
}


@dataclass(frozen=True, slots=True, eq=False)
class RowSamples:
    """The figures of a row: of the pictures as they are, and of each resample.

    Args:
        by_seed: By measure float64 (seeds,); of each training.
        resampled: By measure float64 (replicates,); mean over the trainings drawn.
    """

    by_seed: Mapping[str, Float64]
    resampled: Mapping[str, Float64]

    def value(self, measure: str) -> float:
        """Return the mean over the trainings; NaN where it is not known."""
        return float(self.by_seed[measure].mean())


@dataclass(frozen=True, slots=True)
class Equivalence:
    """How many real photos give what a row gives.

    Args:
        photos: The interval, between `least` and `most`; a bound at one of them means so many or fewer, or more.
        least: Photos at the start of the learning curve.
        most: Photos at its end.
    """

    photos: Interval
    least: int
    most: int

    def __str__(self) -> str:
        value, low, high = self.photos.value, self.photos.low, self.photos.high
        if value is None:
            return "-"
        bounds = "" if low is None or high is None else f" [{self._words(low)}, {self._words(high)}]"
        return f"{self._words(value)}{bounds}"

    def _words(self, photos: float) -> str:
        if round(photos) >= self.most:
            return f"{self.most} or more"
        return f"{self.least} or fewer" if round(photos) <= self.least else f"{photos:.0f}"


def samples_of(
    plain: Sequence[Matches], padded: Sequence[Matches], weights_bp: NDArray[np.uint16], drawn_bs: NDArray[np.int64]
) -> tuple[RowSamples, dict[str, RowSamples]]:
    """Return the figures of a row, and those of each class.

    Args:
        plain: Matches of each training, of all sizes.
        padded: The same with padded boxes, of size ``all``; empty for none.
        weights_bp: Resamples of the pictures.
        drawn_bs: Trainings that each resample takes.
    """
    weights = np.concatenate([np.ones((1, weights_bp.shape[1]), weights_bp.dtype), weights_bp])
    found: dict[str, list[Float64]] = {}
    of_class: dict[str, dict[str, list[Float64]]] = {name: {} for name in plain[0].classes}

    def add(measure: str, values: Float64) -> None:
        found.setdefault(measure, []).append(values)

    for matches in plain:
        for size in SIZES:
            table = precision_table(matches, weights, size=size)
            overall = mean_known(table.mean(axis=1))
            if size != "all":
                add(f"ap_{size}", overall)
                continue
            add("ap", overall)
            add("ap50", mean_known(table[:, 0]))
            add("ap75", mean_known(table[:, 5]))
            for name, rows in zip(matches.classes, table, strict=True):
                of_class[name].setdefault("ap", []).append(rows.mean(axis=0))
                of_class[name].setdefault("ap50", []).append(rows[0])
        add("recall50", recall(matches, weights, threshold=0))
    for matches in padded:
        table = precision_table(matches, weights)
        add("ap_padded", mean_known(table.mean(axis=1)))
        add("ap50_padded", mean_known(table[:, 0]))
    return _combined(found, drawn_bs), {name: _combined(values, drawn_bs) for name, values in of_class.items()}


def interval_of(
    row: RowSamples, measure: str, level: float, *, minus: RowSamples | None = None, over: RowSamples | None = None
) -> Interval:
    """Return a figure of a row with its interval, or its difference or ratio to another row's.

    Args:
        row: The row.
        measure: One of `MEASURES`.
        level: Share of resamples inside.
        minus: The row that is taken away; None for none.
        over: The row that it is divided by; None for none.
    """
    value, samples = row.value(measure), row.resampled[measure]
    if minus is not None:
        value, samples = value - minus.value(measure), samples - minus.resampled[measure]
    if over is not None:
        value, samples = _ratio(value, over.value(measure)), _ratios(samples, over.resampled[measure])
    return percentile_interval(value, samples, level)


def gap_closed(row: RowSamples, real: RowSamples, synthetic: RowSamples, measure: str, level: float) -> Interval:
    """Return which share of the gap from synthetic to real pictures a row closes: 0 as synthetic ones, 1 as real ones.

    Args:
        row: The row.
        real: Trained on real photos alone.
        synthetic: Trained on renders alone.
        measure: One of `MEASURES`.
        level: Share of resamples inside.

    Returns:
        (row - synthetic) / (real - synthetic); without a value where there is no gap, without bounds where more than a
        twentieth of the resamples has none.
    """
    value = _ratio(row.value(measure) - synthetic.value(measure), real.value(measure) - synthetic.value(measure))
    samples = _ratios(
        row.resampled[measure] - synthetic.resampled[measure], real.resampled[measure] - synthetic.resampled[measure]
    )
    return percentile_interval(value, samples, level)


def photos_worth(row: RowSamples, curve: Sequence[tuple[int, RowSamples]], measure: str, level: float) -> Equivalence:
    """Return how many real photos alone give the figure of a row, read off the learning curve.

    The curve is the running maximum of its points, straight between them over the logarithm of the number of photos.

    Args:
        row: The row.
        curve: Number of real photos and the row trained on them; at least two points that differ.
        measure: One of `MEASURES`.
        level: Share of resamples inside.

    Raises:
        UsageError: The curve has fewer than two points.
    """
    ordered = sorted(curve, key=lambda point: point[0])
    counts = np.array([count for count, _ in ordered], np.float64)
    if len(set(counts.tolist())) < 2:
        raise UsageError(f"a learning curve must have two points or more, got {len(set(counts.tolist()))}")
    values = np.array([point.value(measure) for _, point in ordered])
    samples = np.stack([point.resampled[measure] for _, point in ordered], axis=1)
    value = _read_off(counts, values, row.value(measure))
    drawn = np.array(
        [_read_off(counts, one, target) for one, target in zip(samples, row.resampled[measure], strict=True)]
    )
    return Equivalence(percentile_interval(value, drawn, level), int(counts[0]), int(counts[-1]))


def _read_off(counts: Float64, values: Float64, target: float) -> float:
    if np.isnan(target) or np.isnan(values).any():
        return float("nan")
    rising = np.maximum.accumulate(values)
    if target <= rising[0]:
        return float(counts[0])
    above = int(np.searchsorted(rising, target))
    if above >= len(rising):
        return float(counts[-1])
    share = (target - rising[above - 1]) / (rising[above] - rising[above - 1])
    low, high = np.log(counts[above - 1]), np.log(counts[above])
    return float(np.exp(low + share * (high - low)))


def _combined(found: Mapping[str, Sequence[Float64]], drawn_bs: NDArray[np.int64]) -> RowSamples:
    tables = {measure: np.stack(list(values)) for measure, values in found.items()}
    return RowSamples(
        {measure: table[:, 0] for measure, table in tables.items()},
        {measure: combine_seeds(table[:, 1:], drawn_bs) for measure, table in tables.items()},
    )


def _ratio(over: float, under: float) -> float:
    return over / under if under > 0 else float("nan")


def _ratios(over: Float64, under: Float64) -> Float64:
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)
