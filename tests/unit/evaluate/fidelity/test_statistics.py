"""Known answers and independent judges for the statistics of fidelity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg, stats

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.fidelity.cmmd import cmmd
from synthvision.evaluate.fidelity.config import FidelitySpec
from synthvision.evaluate.fidelity.frechet import Moments, feature_moments, frechet, frechet_distance
from synthvision.evaluate.fidelity.manifolds import compare_manifolds
from synthvision.evaluate.fidelity.measure import compare_features
from synthvision.features.kernel_distance import FeatureScale, kernel_distance


def normal(index: int, count: int, features: int = 8, shift: float = 0.0) -> np.ndarray:
    return rng_for(3, index, "test.fidelity").standard_normal((count, features)) + shift


def test_the_frechet_distance_of_gaussians_is_the_closed_form() -> None:
    """Of diagonal covariances it is |m - n|^2 + sum (a - b)^2 over the standard deviations."""
    mean, other = np.array([0.5, -1.0, 2.0]), np.array([0.0, 1.0, 2.5])
    a, b = np.array([1.0, 2.0, 0.5]), np.array([2.0, 0.1, 0.5])
    known = ((mean - other) ** 2).sum() + ((a - b) ** 2).sum()
    assert frechet_distance(Moments(mean, np.diag(a)), Moments(other, np.diag(b))) == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize(("n", "m", "features"), [(400, 300, 12), (40, 60, 90), (30, 300, 40)])
def test_the_frechet_distance_agrees_with_the_root_of_the_matrix(n: int, m: int, features: int) -> None:
    """The definition, Tr (S T)^(1/2), by the eigenvalues of S T: full rank, fewer pictures than features, and both."""
    mixing = normal(9, features, features)
    x, y = normal(0, n, features) @ mixing, normal(1, m, features, 0.3)
    covariances = [np.cov(part, rowvar=False) for part in (x, y)]
    eigenvalues = linalg.eigvals(covariances[0] @ covariances[1]).real.clip(0)
    trace = np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * np.sqrt(eigenvalues).sum()
    known = ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum() + trace
    assert frechet_distance(feature_moments(x), feature_moments(y)) == pytest.approx(known, rel=1e-3)
    if min(n, m) > features:
        root = linalg.sqrtm(covariances[0] @ covariances[1]).real
        assert np.sqrt(eigenvalues).sum() == pytest.approx(np.trace(root), rel=1e-6)


def test_moments_do_not_depend_on_blocks() -> None:
    x = normal(2, 9000, 5) * [1, 2, 3, 4, 5]
    moments = feature_moments(x.astype(np.float32))
    np.testing.assert_allclose(moments.factor_kd.T @ moments.factor_kd, np.cov(x, rowvar=False), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(moments.mean_d, x.mean(axis=0), atol=1e-6)


def test_the_bias_of_the_frechet_distance_is_shown_and_taken_out() -> None:
    """Two samples of one Gaussian: 0 is true, the plain value is far from it, what is reported besides is near."""
    found = [frechet(normal(2 * k, 600, 32), normal(2 * k + 1, 600, 32), seed=k) for k in range(6)]
    plain = np.mean([one.value for one in found])
    # About (d^2 / 2 + 2 d) / N for two samples of N each.
    assert plain == pytest.approx((32**2 / 2 + 64) / 600, rel=0.15)
    assert abs(np.mean([one.extrapolated for one in found])) < 0.15 * plain
    assert abs(np.mean([one.above_own for one in found])) < 0.15 * plain
    assert not found[0].rank_deficient
    assert frechet(normal(0, 40, 32), normal(1, 40, 32)).rank_deficient


def test_a_planted_frechet_distance_comes_out_at_infinite_size() -> None:
    """A shift of 0.5 in 16 features: 4."""
    found = frechet(normal(0, 1500, 16), normal(1, 1500, 16, 0.5))
    assert found.extrapolated == pytest.approx(4.0, abs=0.25)
    assert found.above_own == pytest.approx(4.0, abs=0.4)


def test_cmmd_equals_a_double_loop() -> None:
    x, y = normal(0, 12, 5, 1.0), normal(1, 9, 5)
    unit = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in (x, y)]

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.exp(-((a - b) ** 2).sum() / 200))

    def mean(one: np.ndarray, other: np.ndarray, same: bool) -> float:
        pairs = [(i, j) for i in range(len(one)) for j in range(len(other)) if not same or i != j]
        return sum(kernel(one[i], other[j]) for i, j in pairs) / len(pairs)

    cross = mean(unit[0], unit[1], False)
    biased = mean(unit[0], unit[0], False) + mean(unit[1], unit[1], False) - 2 * cross
    unbiased = mean(unit[0], unit[0], True) + mean(unit[1], unit[1], True) - 2 * cross
    found = cmmd(x, y)
    assert found.value == pytest.approx(1000 * biased, rel=1e-9)
    assert found.unbiased == pytest.approx(1000 * unbiased, rel=1e-9)
    assert cmmd(x, x).value == pytest.approx(0, abs=1e-9)


def test_precision_recall_density_and_coverage_equal_a_double_loop() -> None:
    real, other = normal(0, 40, 3), normal(1, 30, 3, 0.8)
    k = 3

    def radius(points: np.ndarray, place: int) -> float:
        return sorted(float(np.linalg.norm(points[place] - point)) for point in points)[k]

    def inside(point: np.ndarray, points: np.ndarray, place: int) -> bool:
        return bool(np.linalg.norm(point - points[place]) <= radius(points, place))

    in_real = [[inside(point, real, i) for i in range(len(real))] for point in other]
    in_other = [[inside(point, other, j) for j in range(len(other))] for point in real]
    found = compare_manifolds(real, other, neighbours=k)
    assert found.precision == pytest.approx(np.mean([any(row) for row in in_real]))
    assert found.recall == pytest.approx(np.mean([any(row) for row in in_other]))
    assert found.density == pytest.approx(np.sum(in_real) / (k * len(other)))
    assert found.coverage == pytest.approx(np.mean(np.any(in_real, axis=0)))


def test_manifolds_know_the_same_set_and_a_set_far_away() -> None:
    real = normal(0, 1500, 4).astype(np.float32)
    same = compare_manifolds(real, real)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    far = compare_manifolds(real, real + 50)
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)
    alike = compare_manifolds(real, normal(1, 1500, 4))
    assert alike.coverage == pytest.approx(alike.expected_coverage, abs=0.02)
    assert alike.expected_coverage == pytest.approx(1 - 0.5**5, abs=0.002)
    assert alike.density == pytest.approx(1, abs=0.06)
    one_kind = compare_manifolds(real, np.repeat(real[:3], 20, axis=0))
    assert one_kind.precision == 1
    assert one_kind.coverage < 0.1


def test_the_kernel_distance_equals_a_double_loop() -> None:
    x, y = normal(0, 11, 4), normal(1, 8, 4, 0.5)

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / 4 + 1) ** 3)

    own = [
        sum(kernel(part[i], part[j]) for i in range(len(part)) for j in range(len(part)) if i != j)
        / (len(part) * (len(part) - 1))
        for part in (x, y)
    ]
    known = sum(own) - 2 * np.mean([kernel(a, b) for a in x for b in y])
    plain = FeatureScale(np.zeros(4), np.ones(4))
    assert kernel_distance(x, y, scale=plain).value == pytest.approx(known, rel=1e-9)


def test_p_of_two_halves_of_one_set_is_uniform_over_200_splits() -> None:
    whole = normal(0, 100, 6)
    values, p = [], []
    for split in range(200):
        order = rng_for(7, split, "test.split").permutation(100)
        found = kernel_distance(whole[order[:50]], whole[order[50:]], permutations=199, seed=split)
        values.append(found.value)
        p.append(found.p)
    assert stats.kstest(p, "uniform").pvalue > 0.01
    assert abs(np.mean(values)) < 2 * np.std(values)


def test_a_planted_shift_is_found_with_the_stated_power() -> None:
    """A shift of 0.35 spreads in 8 features, 60 pictures each: at level 0.05 found in 90 % of cases or more."""
    found = [
        kernel_distance(normal(2 * k, 60), normal(2 * k + 1, 60, shift=0.35), permutations=199).p <= 0.05
        for k in range(60)
    ]
    assert np.mean(found) >= 0.9


def test_sets_larger_than_the_limit_are_compared_in_parts() -> None:
    spec = FidelitySpec(most_pairs=200, permutations=99)
    whole = FidelitySpec(permutations=99)
    x, y = (normal(k, 900, 4, 0.4 * k).astype(np.float32) for k in range(2))
    settings = {"what": "pictures", "extractor": "test", "comparable": False, "scaled": True}
    parts, full = compare_features(spec, x, y, **settings), compare_features(whole, x, y, **settings)
    assert parts.counts == (900, 900)
    assert parts.kernel.value == pytest.approx(full.kernel.value, abs=4 * parts.kernel.std)
    assert parts.kernel.p == full.kernel.p == 0.01
    assert parts.frechet.value == full.frechet.value
    assert parts.manifolds.coverage == pytest.approx(full.manifolds.coverage, abs=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frechet(normal(0, 7), normal(1, 20)), "8 pictures or more, got 7 and 20"),
        (lambda: feature_moments(np.full((4, 2), np.nan)), "must be finite"),
        (lambda: frechet_distance(feature_moments(normal(0, 9, 3)), feature_moments(normal(0, 9, 4))), "got 3 and 4"),
        (lambda: cmmd(normal(0, 9, 3), normal(0, 9, 4)), "got 3 and 4"),
        (lambda: compare_manifolds(normal(0, 5), normal(1, 9)), "more pictures than the 5 nearest"),
    ],
)
def test_what_cannot_be_measured_is_refused(call: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()  # type: ignore[operator]
