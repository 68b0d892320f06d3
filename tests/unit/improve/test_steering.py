"""Failure model and shifted shares: known odds come back, the floor holds, nothing is drawn from what it must not."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthvision.core.errors import UsageError
from synthvision.improve.failure_model import fit_failure_model
from synthvision.improve.shifting import Share, apportion, next_rows, shifted_shares, steered_factors
from synthvision.improve.weak_slices import Outcome, WeakSlice


def outcomes_of(counts: dict[tuple[str, str], tuple[int, int]]) -> list[Outcome]:
    """Objects by light and size: how many are missed, of how many."""
    made = []
    for (light, size), (missed, total) in counts.items():
        made += [Outcome(len(made) + k, {"light": light, "size": size}, found=k >= missed) for k in range(total)]
    return made


COUNTS = {
    ("dark", "small"): (1800, 2000),
    ("dark", "large"): (1000, 2000),
    ("day", "small"): (400, 2000),
    ("day", "large"): (100, 2000),
}


def test_model_gives_back_the_odds_of_a_large_set() -> None:
    model = fit_failure_model(outcomes_of(COUNTS))
    for (light, size), (missed, total) in COUNTS.items():
        assert model.probability({"light": light, "size": size}) == pytest.approx(missed / total, abs=0.02)


def test_model_does_not_trust_a_level_seen_once() -> None:
    model = fit_failure_model([*outcomes_of(COUNTS), Outcome(-1, {"light": "dusk", "size": "large"}, found=False)])
    assert model.probability({"light": "dusk", "size": "large"}) < 0.75


def test_unknown_levels_add_nothing() -> None:
    model = fit_failure_model(outcomes_of(COUNTS))
    assert model.probability({"light": "day", "fog": "thick"}) == model.probability({"light": "day"})


@pytest.mark.parametrize("found", [True, False])
def test_sets_without_a_miss_or_a_hit_have_a_model(found: bool) -> None:
    model = fit_failure_model([Outcome(k, {"light": "day"}, found=found) for k in range(100)])
    assert model.probability({"light": "day"}) == pytest.approx(0.0 if found else 1.0, abs=0.05)


def test_shares_follow_frequency_times_failure() -> None:
    outcomes = outcomes_of({("dark", "small"): (5, 10), ("day", "small"): (10, 40), ("day", "large"): (0, 50)})
    shares = shifted_shares(
        outcomes, ("light", "size"), lambda levels: {"dark": 0.5}.get(levels["light"], 0.25), sharpness=1
    )
    planned = {(each.levels["light"], each.levels["size"]): each.planned for each in shares}
    # 10 x 0.5, 40 x 0.25, 50 x 0.25 of 27.5.
    assert planned[("dark", "small")] == pytest.approx(5 / 27.5)
    assert planned[("day", "small")] == pytest.approx(10 / 27.5)
    assert planned[("day", "large")] == pytest.approx(12.5 / 27.5)
    assert [each.planned for each in shares] == sorted((each.planned for each in shares), reverse=True)


def test_sharpness_zero_is_the_validation_set_itself() -> None:
    shares = shifted_shares(outcomes_of(COUNTS), ("light",), lambda _: 0.3, sharpness=0)
    assert [each.planned for each in shares] == pytest.approx([0.5, 0.5])
    assert all(each.planned == pytest.approx(each.natural) for each in shares)


def test_failure_draws_pictures_to_it() -> None:
    model = fit_failure_model(outcomes_of(COUNTS))
    mild, sharp = (
        shifted_shares(outcomes_of(COUNTS), ("light",), model.probability, sharpness=power) for power in (1, 3)
    )
    assert mild[0].levels == sharp[0].levels == {"light": "dark"}
    assert 0.5 < mild[0].planned < sharp[0].planned


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12).filter(lambda each: sum(each) > 0.01), st.integers(0, 500))
def test_apportioned_numbers_have_the_sum_and_are_within_one(shares: list[float], count: int) -> None:
    numbers = apportion(shares, count)
    assert sum(numbers) == count
    for share, number in zip(shares, numbers, strict=True):
        assert abs(number - share * count / sum(shares)) < 1 + 1e-9


def test_rows_keep_the_floor_and_the_shares() -> None:
    shares = (Share({"light": "dark"}, 0.5, 0.8, 0.8), Share({"light": "day"}, 0.5, 0.2, 0.2))
    rows = next_rows(shares, 100, floor=0.3, seed=4, round_number=1)
    counts = Counter("base" if row is None else row["light"] for row in rows)
    assert counts == {"base": 30, "dark": 56, "day": 14}
    assert rows == next_rows(shares, 100, floor=0.3, seed=4, round_number=1)
    assert rows != next_rows(shares, 100, floor=0.3, seed=4, round_number=2)
    assert next_rows(shares, 5, floor=1, seed=0, round_number=0) == [None] * 5


def test_only_factors_of_the_scene_are_steered() -> None:
    def weak(**levels: str) -> WeakSlice:
        return WeakSlice(levels, 50, 20, 0.3, 0.2, 0.4, 0.8, 0.001, 0.01)

    found = [weak(light="dark"), weak(**{"class": "car", "size": "small"}), weak(light="dusk", weather="rain")]
    assert steered_factors(found, ("light", "size", "weather")) == ("light", "size", "weather")
    assert steered_factors(found, ("weather",)) == ("weather",)
    assert steered_factors([weak(**{"class": "car"})], ("light",)) == ()


@pytest.mark.parametrize(
    "call",
    [
        lambda: shifted_shares([], (), lambda _: 0.5, sharpness=1),
        lambda: shifted_shares([], ("light",), lambda _: 0.5, sharpness=1),
        lambda: shifted_shares(outcomes_of(COUNTS), ("light",), lambda _: 0.5, sharpness=-1),
        lambda: next_rows((), 0, floor=0.5, seed=0, round_number=0),
        lambda: next_rows((), 3, floor=1.5, seed=0, round_number=0),
        lambda: apportion([0.0, 0.0], 3),
        lambda: apportion([-1.0, 2.0], 3),
        lambda: fit_failure_model([]),
    ],
)
def test_wrong_inputs_are_refused(call: object) -> None:
    with pytest.raises(UsageError):
        call()  # type: ignore[operator]


def test_nothing_missed_asks_for_what_the_validation_set_shows(rng: np.random.Generator) -> None:
    outcomes = [Outcome(k, {"light": str(rng.choice(["dark", "day"]))}, found=True) for k in range(50)]
    shares = shifted_shares(outcomes, ("light",), lambda _: 0.0, sharpness=1)
    assert sum(each.natural for each in shares) == pytest.approx(1)
