"""Weak slices: published intervals, few discoveries in noise, planted weaknesses found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control

from synthvision.core.errors import UsageError
from synthvision.evaluate.intervals import wilson_interval
from synthvision.improve.weak_slices import (
    Outcome,
    false_discovery_rates,
    find_weak_slices,
    slice_recall,
)


def drawn(
    rng: np.random.Generator,
    chance: Callable[[dict[str, str]], float],
    *,
    pictures: int = 150,
    objects: int = 4,
    common_spread: float = 0.0,
) -> list[Outcome]:
    """Objects of pictures with three factors; all of a picture share a luck of its own."""
    found = []
    for picture in range(pictures):
        light = str(rng.choice(["dark", "day", "sun"]))
        weather = str(rng.choice(["clear", "rain"]))
        luck = common_spread * rng.standard_normal()
        for _ in range(objects):
            levels = {"light": light, "weather": weather, "size": str(rng.choice(["small", "large"]))}
            odds = np.log(chance(levels) / (1 - chance(levels))) + luck
            found.append(Outcome(picture, levels, bool(rng.random() < 1 / (1 + np.exp(-odds)))))
    return found


@pytest.mark.parametrize(("found", "total"), [(81, 263), (15, 148), (0, 20), (1, 29), (29, 29)])
def test_wilson_interval_is_that_of_scipy(found: int, total: int) -> None:
    low, high = wilson_interval(found, total)
    judge = binomtest(found, total).proportion_ci(method="wilson")
    assert low == pytest.approx(judge.low, abs=1e-9)
    assert high == pytest.approx(judge.high, abs=1e-9)


def test_wilson_interval_of_a_published_example() -> None:
    # R. Newcombe, "Two-Sided Confidence Intervals for the Single Proportion" (1998), table I: 15 of 148.
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_q_values_are_those_of_scipy(rng: np.random.Generator) -> None:
    p = rng.random(57) ** 3
    assert false_discovery_rates(list(p)) == pytest.approx(list(false_discovery_control(p)), rel=1e-12)


@pytest.mark.parametrize("common_spread", [0.0, 1.5])
def test_noise_is_hardly_ever_named(rng: np.random.Generator, common_spread: float) -> None:
    # With pictures that succeed or fail as a whole, counting objects would name slices in most of these sets.
    named = sum(
        bool(find_weak_slices(drawn(rng, lambda _: 0.8, common_spread=common_spread), least_effect=0.0))
        for _ in range(100)
    )
    # At a rate of 5 % of sets, 13 or more of 100 come once in a thousand times.
    assert named <= 12


def test_planted_slice_is_found_and_named_alone(rng: np.random.Generator) -> None:
    weak = find_weak_slices(drawn(rng, lambda levels: 0.4 if levels["light"] == "dark" else 0.85))
    assert [dict(each.levels) for each in weak] == [{"light": "dark"}]
    assert weak[0].low < 0.4 < weak[0].high
    assert weak[0].q < 0.05
    assert weak[0].effect == pytest.approx(0.45, abs=0.1)


def test_planted_pair_is_found(rng: np.random.Generator) -> None:
    def chance(levels: dict[str, str]) -> float:
        return 0.2 if levels["light"] == "dark" and levels["size"] == "small" else 0.9

    weak = find_weak_slices(drawn(rng, chance, pictures=300))
    assert {"light": "dark", "size": "small"} in [dict(each.levels) for each in weak]
    assert dict(weak[0].levels) != {"weather": "rain"}


def test_small_differences_and_small_slices_are_not_named(rng: np.random.Generator) -> None:
    outcomes = drawn(rng, lambda levels: 0.5 if levels["light"] == "dark" else 0.9)
    assert not find_weak_slices(outcomes, least_effect=0.6)
    assert not find_weak_slices(outcomes, least_objects=1000)


def test_nothing_to_compare_names_nothing() -> None:
    assert find_weak_slices([]) == ()
    assert find_weak_slices([Outcome(0, {"class": "car"}, found=True)], least_objects=1) == ()
    all_missed = [Outcome(number, {"class": "car"}, found=False) for number in range(50)]
    assert find_weak_slices(all_missed) == ()


def test_recall_of_a_slice() -> None:
    outcomes = [Outcome(0, {"a": "x"}, found=True), Outcome(0, {"a": "x"}, found=False), Outcome(1, {}, found=True)]
    assert slice_recall(outcomes, {"a": "x"}) == 0.5
    assert slice_recall(outcomes, {}) == pytest.approx(2 / 3)
    assert slice_recall(outcomes, {"a": "y"}) is None


@pytest.mark.parametrize("changes", [{"order": 0}, {"least_objects": 0}, {"false_discovery_rate": 1.0}])
def test_numbers_out_of_range_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="weak slices need"):
        find_weak_slices([], **changes)  # type: ignore[arg-type]
