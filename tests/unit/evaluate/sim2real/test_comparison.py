"""Differences, gaps and real photos saved, from figures that are planted."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.accuracy.bootstrap import Interval
from synthvision.evaluate.sim2real.comparison import Equivalence, RowSamples, gap_closed, interval_of, photos_worth


def row(value: float, noise: np.ndarray) -> RowSamples:
    return RowSamples({"ap50": np.array([value - 0.01, value + 0.01])}, {"ap50": value + noise})


COMMON = rng_for(0, 0, "test.common").normal(0, 0.05, 4000)


def own(number: int, scale: float = 0.01) -> np.ndarray:
    return rng_for(0, number, "test.own").normal(0, scale, 4000)


def test_what_two_rows_share_cancels_in_their_difference() -> None:
    real, mixed = row(0.6, COMMON + own(1)), row(0.65, COMMON + own(2))
    difference = interval_of(mixed, "ap50", 0.95, minus=real)
    assert difference.value == pytest.approx(0.05)
    assert difference.low == pytest.approx(0.05 - 1.96 * 0.01 * 2**0.5, abs=0.003)
    assert difference.high == pytest.approx(0.05 + 1.96 * 0.01 * 2**0.5, abs=0.003)
    alone = interval_of(mixed, "ap50", 0.95)
    assert alone.low == pytest.approx(0.65 - 1.96 * 0.051, abs=0.006)
    ratio = interval_of(mixed, "ap50", 0.95, over=real)
    assert ratio.value == pytest.approx(0.65 / 0.6)


def test_the_gap_that_is_closed() -> None:
    synthetic, real = row(0.4, COMMON), row(0.6, COMMON)
    half = gap_closed(row(0.5, COMMON), real, synthetic, "ap50", 0.95)
    assert (half.value, half.low, half.high) == pytest.approx((0.5, 0.5, 0.5))
    beyond = gap_closed(row(0.7, COMMON), real, synthetic, "ap50", 0.95)
    assert beyond.value == pytest.approx(1.5)


def test_without_a_gap_there_is_no_share_of_it() -> None:
    better = gap_closed(row(0.5, COMMON), row(0.4, COMMON), row(0.6, COMMON), "ap50", 0.95)
    assert better == Interval(None, None, None)
    unsure = gap_closed(row(0.5, COMMON), row(0.51, own(3, 0.2)), row(0.5, own(4, 0.2)), "ap50", 0.95)
    assert unsure.value == pytest.approx(0.0)
    assert (unsure.low, unsure.high) == (None, None)


def test_photos_are_read_off_the_curve() -> None:
    nothing = np.zeros(100)
    curve = [(40, row(0.2, nothing)), (160, row(0.6, nothing)), (80, row(0.5, nothing))]

    def worth(value: float) -> Equivalence:
        return photos_worth(row(value, nothing), curve, "ap50", 0.95)

    assert worth(0.5).photos.value == pytest.approx(80)
    assert worth(0.35).photos.value == pytest.approx(40 * 2**0.5)
    assert str(worth(0.1)) == "40 or fewer [40 or fewer, 40 or fewer]"
    assert str(worth(0.9)) == "160 or more [160 or more, 160 or more]"
    # A curve that falls counts as flat there: more photos are not worth less.
    falling = [(10, row(0.5, nothing)), (20, row(0.4, nothing)), (40, row(0.6, nothing))]
    assert photos_worth(row(0.55, nothing), falling, "ap50", 0.95).photos.value == pytest.approx(20 * 2**0.5)
    with pytest.raises(UsageError, match="two points or more, got 1"):
        photos_worth(row(0.5, nothing), curve[:1], "ap50", 0.95)


def test_a_curve_that_is_not_sure_gives_a_wide_interval() -> None:
    curve = [(40, row(0.2, own(1, 0.03))), (160, row(0.6, own(2, 0.03)))]
    found = photos_worth(row(0.4, own(3, 0.03)), curve, "ap50", 0.95).photos
    assert found.value == pytest.approx(80)
    assert found.low is not None
    assert found.high is not None
    # The share of the way has the deviation 0.03 * sqrt(1 + 0.25 + 0.25) / 0.4; two doublings lie between both ends.
    deviation = 0.03 * 1.5**0.5 / 0.4
    assert np.log2(found.high / 80) == pytest.approx(2 * 1.96 * deviation, rel=0.15)
    assert np.log2(80 / found.low) == pytest.approx(2 * 1.96 * deviation, rel=0.15)
