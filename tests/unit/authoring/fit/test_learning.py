"""Known distributions come back; held-out rows choose the right kind; rare rows are undone by weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp, multivariate_normal, norm

from synthvision.authoring.fit.corners import oversample
from synthvision.authoring.fit.densities import fit_bootstrap, fit_copula, fit_mixture
from synthvision.authoring.fit.joint import KINDS, fit_joint, held_out_scores
from synthvision.authoring.fit.two_samples import compare, energy_test, holm, ks_distance, ks_test
from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for


def mixture_rows(count=500):
    """Two bell curves, 30 % and 70 %, far apart and of other shapes."""
    rng = rng_for(3, 0, "test.mixture")
    first = rng.multivariate_normal([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]], count)
    second = rng.multivariate_normal([6.0, -3.0], [[0.25, 0.0], [0.0, 2.0]], count)
    return np.where((rng.random(count) < 0.3)[:, None], first, second)


def copula_rows(count=500):
    """Skewed margins, an exponential and a gamma, tied by a correlation of 0.8 of their normal scores."""
    rng = rng_for(4, 0, "test.copula")
    shares = norm.cdf(rng.multivariate_normal([0.0, 0.0], [[1.0, 0.8], [0.8, 1.0]], count))
    return np.column_stack([-np.log1p(-shares[:, 0]), np.quantile(rng.gamma(0.7, 3.0, 50_000), shares[:, 1])])


def ring_rows(count=400):
    """A thin ring: no few bell curves and no copula fit it."""
    rng = rng_for(5, 0, "test.ring")
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.02, (count, 2))


def own(first, second):
    """Each row is a picture of its own."""
    return np.arange(len(first)), np.arange(len(second))


class TestDensities:
    def test_a_mixture_comes_back(self):
        found = fit_mixture(mixture_rows(1_000), rng_for(0, 0, "fit"))
        assert len(found.weights) == 2
        order = np.argsort(found.means[:, 0])
        assert found.weights[order] == pytest.approx([0.3, 0.7], abs=0.04)
        assert found.means[order] == pytest.approx(np.array([[0, 0], [6, -3]]), abs=0.15)
        assert found.covariances[order[0]] == pytest.approx(np.array([[1, 0.8], [0.8, 1]]), abs=0.2)
        assert found.covariances[order[1]] == pytest.approx(np.array([[0.25, 0], [0, 2]]), abs=0.25)

    def test_the_density_of_a_bell_curve_is_right(self):
        rows = rng_for(1, 0, "x").multivariate_normal([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], 3_000)
        found = fit_mixture(rows, rng_for(0, 0, "fit"), most=1)
        assert len(found.weights) == 1
        wanted = multivariate_normal([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]]).logpdf(rows[:50])
        assert np.abs(found.log_density(rows[:50]) - wanted).mean() < 0.05

    def test_a_copula_comes_back(self):
        rows = copula_rows(1_000)
        found = fit_copula(rows)
        assert found.correlation[0, 1] == pytest.approx(0.8, abs=0.03)
        drawn = found.sample(rng_for(0, 0, "s"), 4_000)
        for column in range(2):
            assert ks_distance(drawn[:, column], rows[:, column]) < 0.06
        scores = norm.ppf((np.argsort(np.argsort(drawn, axis=0), axis=0) + 0.5) / len(drawn))
        assert np.corrcoef(scores, rowvar=False)[0, 1] == pytest.approx(0.8, abs=0.04)

    @pytest.mark.parametrize("kind", list(KINDS))
    def test_every_density_has_mass_one(self, kind):
        found = KINDS[kind](mixture_rows(200), rng_for(0, 0, "fit"))
        x, y = np.meshgrid(np.linspace(-9, 12, 150), np.linspace(-13, 9, 150), indexing="ij")
        cell = (21 / 149) * (22 / 149)
        mass = np.exp(found.log_density(np.column_stack([x.ravel(), y.ravel()]))).sum() * cell
        assert mass == pytest.approx(1.0, abs=0.03)

    def test_the_bootstrap_stays_near_its_rows(self):
        rows = ring_rows()
        drawn = fit_bootstrap(rows).sample(rng_for(0, 0, "s"), 1_000)
        assert abs(np.hypot(*drawn.T) - 1.0).mean() < 0.06


class TestChoice:
    @pytest.mark.parametrize(
        ("rows", "kind"), [(mixture_rows(300), "mixture"), (copula_rows(400), "copula"), (ring_rows(), "bootstrap")]
    )
    def test_held_out_rows_choose_the_right_kind(self, rows, kind):
        scores = held_out_scores(rows, rng_for(0, 0, "folds"))
        assert scores[0].kind == kind
        assert scores[0].mean - scores[1].mean > 0.02
        assert [score.mean for score in scores] == sorted((score.mean for score in scores), reverse=True)

    def test_counts_and_numbers_together(self):
        rng = rng_for(2, 0, "x")
        count = rng.poisson(4.0, 400) + 1
        size = -0.2 * count + rng.normal(0, 0.1, 400)
        found = fit_joint({"n": count.astype(float), "size": size}, rng_for(0, 0, "fit"), whole=["n"])
        drawn = found.sample(rng_for(0, 0, "s"), 3_000)
        assert (drawn["n"] == np.round(drawn["n"])).all()
        assert drawn["n"].min() >= 1
        assert drawn["n"].mean() == pytest.approx(count.mean(), abs=0.35)
        assert np.corrcoef(drawn["n"], drawn["size"])[0, 1] == pytest.approx(np.corrcoef(count, size)[0, 1], abs=0.06)

    def test_columns_that_do_not_vary_and_few_rows(self):
        found = fit_joint({"n": np.full(6, 2.0), "x": np.linspace(0, 1, 6)}, rng_for(0, 0, "fit"), whole=["n"])
        assert found.scores == ()
        drawn = found.sample(rng_for(0, 0, "s"), 50)
        assert set(drawn["n"]) == {2.0}
        assert 0 <= drawn["x"].min() < drawn["x"].max() <= 1
        single = fit_joint({"x": np.array([3.0])}, rng_for(0, 0, "fit"))
        assert set(single.sample(rng_for(0, 0, "s"), 5)["x"]) == {3.0}

    def test_the_same_generator_gives_the_same_rows(self):
        columns = {"a": mixture_rows(100)[:, 0], "b": mixture_rows(100)[:, 1]}
        one, other = (fit_joint(columns, rng_for(0, 0, "fit")).sample(rng_for(0, 0, "s"), 9) for _ in range(2))
        assert all((one[name] == other[name]).all() for name in one)

    def test_wrong_kinds_are_named(self):
        with pytest.raises(UsageError, match="one of bootstrap, mixture, copula, got 'vine'"):
            fit_joint({"x": np.zeros(3)}, rng_for(0, 0, "fit"), kind="vine")
        with pytest.raises(UsageError, match="rows to learn from"):
            fit_joint({"x": np.zeros(0)}, rng_for(0, 0, "fit"))


class TestCorners:
    def test_rare_rows_come_as_often_as_asked_and_weights_undo_it(self):
        rng = rng_for(6, 0, "x")
        rows = np.concatenate([rng.normal(0, 0.3, (360, 2)), rng.normal(5, 1.5, (40, 2))])
        more = oversample(rows, 0.4, rng_for(0, 0, "smote"))
        assert more.weights.sum() == pytest.approx(1.0)
        assert more.weights[more.rare].sum() == pytest.approx(0.4)
        assert (more.weights * more.importance).sum() == pytest.approx(1.0)
        assert (more.weights * more.importance)[more.rare].sum() == pytest.approx(0.1)
        # Of the common rows nothing is changed, and of the rare ones little: the mean comes back.
        back = np.average(more.rows, axis=0, weights=more.weights * more.importance)
        assert back == pytest.approx(rows.mean(axis=0), abs=0.06)
        boosted = np.average(more.rows, axis=0, weights=more.weights)
        assert (boosted > rows.mean(axis=0) + 0.8).all()

    def test_new_rows_lie_between_rare_neighbours(self):
        rng = rng_for(7, 0, "x")
        rows = np.concatenate(
            [rng.normal(0, 0.1, (90, 2)), rng.normal([8, 0], 0.3, (5, 2)), rng.normal([0, 8], 0.3, (5, 2))]
        )
        more = oversample(rows, 0.5, rng_for(0, 0, "smote"), neighbours=3)
        new = more.rows[len(rows) :]
        assert len(new) == 80
        near = np.minimum(np.linalg.norm(new - [8, 0], axis=1), np.linalg.norm(new - [0, 8], axis=1))
        assert near.max() < 1.5

    @pytest.mark.parametrize(("count", "share"), [(5, 0.5), (100, 0.05), (100, 1.0)])
    def test_what_cannot_be(self, count, share):
        with pytest.raises(UsageError, match="must"):
            oversample(ring_rows(100)[:count], share, rng_for(0, 0, "smote"))


class TestTwoSamples:
    def test_the_distance_agrees_with_scipy(self):
        one, other = ring_rows(100)[:, 0], mixture_rows(150)[:, 0]
        assert ks_distance(one, other) == pytest.approx(ks_2samp(one, other).statistic)
        distance, p = ks_test(one, other, own(one, other), rng_for(0, 0, "p"))
        assert distance == pytest.approx(ks_2samp(one, other).statistic)
        assert p == 1 / 200

    def test_p_values_of_equal_sets_are_even(self):
        values = []
        for k in range(60):
            rng = rng_for(8, k, "x")
            one, other = rng.normal(size=30), rng.normal(size=40)
            values.append(ks_test(one, other, own(one, other), rng_for(9, k, "p"), 99)[1])
        assert 0.35 < np.mean(values) < 0.65
        assert np.mean(np.array(values) <= 0.1) < 0.22

    def test_boxes_of_one_picture_count_as_one(self):
        # Thirty boxes in each of eight pictures, alike inside a picture: single boxes would look surely different.
        misled, right = 0, 0
        for k in range(20):
            rng = rng_for(10, k, "x")
            pictures = np.repeat(np.arange(8), 30)
            one, other = (rng.normal(size=8)[pictures] + rng.normal(0, 0.1, 240) for _ in range(2))
            misled += ks_test(one, other, own(one, other), rng_for(11, k, "p"), 99)[1] <= 0.05
            right += ks_test(one, other, (pictures, pictures), rng_for(11, k, "p"), 99)[1] <= 0.05
        assert misled > 15
        assert right <= 4

    def test_the_joint_test_sees_what_margins_hide(self):
        rng = rng_for(12, 0, "x")
        one = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 250)
        other = rng.multivariate_normal([0, 0], [[1, -0.9], [-0.9, 1]], 250)
        same = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 250)
        assert ks_test(one[:, 0], other[:, 0], own(one, other), rng_for(0, 0, "p"))[1] > 0.05
        assert energy_test(one, other, own(one, other), rng_for(0, 0, "p"))[1] == 1 / 200
        assert energy_test(one, same, own(one, same), rng_for(0, 0, "p"))[1] > 0.05

    def test_holm(self):
        assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
        assert holm({"a": 0.6, "b": 0.9}) == {"a": 1.0, "b": 1.0}

    def test_a_comparison(self):
        one = {"size": mixture_rows(80)[:, 0], "x": ring_rows(80)[:, 0]}
        other = {"size": mixture_rows(80)[:, 0] + 3, "x": ring_rows(80)[:, 0]}
        found = compare(one, other, own(np.zeros(80), np.zeros(80)), rng_for(0, 0, "p"), permutations=99)
        size, x = found.marginals
        assert (size.name, x.name) == ("size", "x")
        assert size.p_holm == 0.02
        assert x.p_holm == 1.0
        assert x.distance == 0.0
        assert size.mean[1] - size.mean[0] == pytest.approx(3.0)
