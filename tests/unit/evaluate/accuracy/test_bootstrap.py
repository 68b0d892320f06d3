"""Intervals: how often they hold the truth, that they are paired, and what seeds add."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.accuracy.bootstrap import (
    Interval,
    combine_seeds,
    draw_pictures,
    draw_seeds,
    percentile_interval,
)
from synthvision.evaluate.accuracy.matches import match_detections
from synthvision.evaluate.accuracy.precision import average_precision
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet


def test_draws_are_those_of_whole_sets_and_repeat() -> None:
    weights = draw_pictures(7, 50, 3)
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    np.testing.assert_array_equal(weights, draw_pictures(7, 50, 3))
    assert not np.array_equal(weights, draw_pictures(7, 50, 4))
    with pytest.raises(UsageError, match="must have pictures and resamples, got 0 and 5"):
        draw_pictures(0, 5, 0)


def test_an_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    """Means of 60 numbers from a known distribution, 300 times: 95 % within the binomial's own spread."""
    held = 0
    for run in range(300):
        values = rng_for(run, 0, "test.coverage").exponential(1.0, 60)
        means = draw_pictures(60, 400, run) @ values / 60
        found = percentile_interval(float(values.mean()), means)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 1.0 <= found.high
    # Percentile intervals of a skewed mean fall a little short of their level; 0.95 - 3 * sqrt(0.05 * 0.95 / 300).
    assert held / 300 > 0.91


def test_a_paired_difference_is_surer_than_one_of_separate_resamples(
    random_set: Callable[..., LabelledSet], find_with: Callable[..., list[Detections]]
) -> None:
    """One detector is the other with a few of its detections lost: pictures vary more than they differ."""
    pictures = random_set(0, 60, crowds=False)
    good = find_with(pictures, 0)
    rng = rng_for(0, 0, "test.loss")
    worse = []
    for one in good:
        kept = rng.random(len(one)) > 0.1
        worse.append(Detections(one.box_xyxy_n4[kept], one.score_n[kept], one.class_n[kept]))
    weights = draw_pictures(60, 300, 0)
    of_good, of_worse = (
        average_precision(match_detections(pictures, found, pictures.classes, sizes=("all",)), weights)
        for found in (good, worse)
    )
    apart = of_good - rng.permutation(of_worse)
    assert (of_good - of_worse).std() < 0.6 * apart.std()


def test_seeds_are_drawn_with_their_pictures() -> None:
    values = np.array([[0.0] * 2000, [1.0] * 2000])
    drawn = draw_seeds(2, 2000, 0)
    combined = combine_seeds(values, drawn)
    assert set(np.unique(combined)) == {0.0, 0.5, 1.0}
    assert combined.mean() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_array_equal(combine_seeds(values[:1], draw_seeds(1, 2000, 0)), values[0])


def test_what_is_not_known_has_no_interval() -> None:
    assert percentile_interval(float("nan"), np.zeros(9)) == Interval(None, None, None)
    mostly = np.array([0.5] * 90 + [np.nan] * 10)
    assert percentile_interval(0.5, mostly) == Interval(0.5, None, None)
    found = percentile_interval(0.5, np.linspace(0, 1, 101))
    assert (found.low, found.high) == pytest.approx((0.025, 0.975))
    assert str(found) == "0.500 [0.025, 0.975]"
    assert str(Interval(None, None, None)) == "-"
    assert Interval(0.12345678, None, None).to_json() == {"value": 0.123457, "low": None, "high": None}
