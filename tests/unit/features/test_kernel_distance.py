from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.kernel_distance import FeatureScale, feature_scale, kernel_distance


def normal(number: int, count: int, shift: float = 0.0, width: int = 12) -> np.ndarray:
    return rng_for(3, number, "test").standard_normal((count, width)) + shift


def naive(x: np.ndarray, y: np.ndarray) -> float:
    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float((sum(float(p) * float(q) for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3)

    own_x = [kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j]
    own_y = [kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j]
    across = [kernel(a, b) for a in x for b in y]
    return float(np.mean(own_x) + np.mean(own_y) - 2 * np.mean(across))


def test_it_is_what_a_double_loop_gives() -> None:
    x, y = normal(0, 17), normal(1, 23, 0.4)
    scaled = [(part - x.mean(axis=0)) / x.std(axis=0) for part in (x, y)]
    assert kernel_distance(x, y).value == pytest.approx(naive(*scaled), rel=1e-9)
    plain = FeatureScale(np.zeros(12), np.ones(12))
    assert kernel_distance(x, y, scale=plain).value == pytest.approx(naive(x, y), rel=1e-9)


def test_blocks_larger_than_one_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = normal(0, 40), normal(1, 30, 0.4)
    whole = kernel_distance(x, y)
    monkeypatch.setattr("synthvision.features.kernel_distance._BLOCK", 7)
    assert kernel_distance(x, y).value == pytest.approx(whole.value, rel=1e-9)


def test_sets_of_one_kind_are_at_0_within_their_error_and_p_is_uniform() -> None:
    found = [kernel_distance(normal(2 * k, 60), normal(2 * k + 1, 60), permutations=99) for k in range(60)]
    values, errors = np.array([d.value for d in found]), np.array([d.std for d in found])
    # Scaled by one of the two, the other looks a little wider: the mean of 60 is within a few of its own errors.
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(60)
    assert 0.4 < np.median(errors) / values.std() < 2.5
    p = np.sort([d.p for d in found])
    # Kolmogorov-Smirnov: with 60 draws, farther than 0.21 from uniform once in a hundred.
    assert np.abs(p - (np.arange(60) + 0.5) / 60).max() < 0.21


def test_a_planted_shift_is_found_and_grows() -> None:
    distances = [kernel_distance(normal(0, 80), normal(1, 80, shift)) for shift in (0.3, 0.6, 1.2)]
    assert all(distance.p <= 1 / 100 for distance in distances)
    assert distances[0].value < distances[1].value < distances[2].value
    # E of the kernel between shifted sets is (s^2 + 1)^3 but for terms of 1/d.
    assert distances[2].value == pytest.approx((1.2**2 + 1) ** 3 - 1, rel=0.35)


def test_the_same_again_with_the_same_seed() -> None:
    x, y = normal(0, 50), normal(1, 50, 0.2)
    assert kernel_distance(x, y, seed=4) == kernel_distance(x, y, seed=4)
    assert kernel_distance(x, y, seed=4).std != kernel_distance(x, y, seed=5).std


def test_few_pictures_have_no_error_but_a_distance() -> None:
    distance = kernel_distance(normal(0, 3), normal(1, 3), permutations=0)
    assert np.isfinite(distance.value)
    assert distance.std == float("inf")
    assert distance.p == 1


def test_a_feature_that_hardly_differs_does_not_outweigh_the_others() -> None:
    x = normal(0, 50)
    x[:, 3] = 1e-9 * x[:, 3]
    scale = feature_scale(x)
    assert scale.spread_d[3] == pytest.approx(0.1 * np.median(x.std(axis=0)))


@pytest.mark.parametrize(
    ("real", "other", "match"),
    [
        (np.zeros((1, 4)), np.zeros((5, 4)), "n of 2 or more"),
        (np.eye(4), np.zeros((1, 4)), "2 pictures or more"),
        (np.eye(4), np.zeros((5, 3)), r"must have shape \(n, 4\)"),
        (np.eye(4), np.full((5, 4), np.nan), "must be finite"),
        (np.full((5, 4), np.inf), np.eye(4), "must be finite"),
    ],
)
def test_sets_that_do_not_fit_are_refused(real: np.ndarray, other: np.ndarray, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        kernel_distance(real, other)
