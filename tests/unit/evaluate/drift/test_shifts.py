"""Drift in numbers: false alarms on sets of one kind, planted drift of each kind, known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from synthvision.core.streams import rng_for
from synthvision.evaluate.drift.config import DriftSpec
from synthvision.evaluate.drift.looks import classifier_shift
from synthvision.evaluate.drift.measure import compare_tables
from synthvision.evaluate.drift.report import DriftReport
from synthvision.evaluate.drift.shifts import adjust_holm, box_shift, class_shift, number_shift, stability_index
from synthvision.evaluate.drift.tables import BOX_MEASURES, SetTable

SPEC = DriftSpec(permutations=499)
NAMES = ("brightness", "noise", "picture size")


def table(index: int, pictures: int, shares: tuple[float, ...] = (0.5, 0.3, 0.2), together: float = 0.0) -> SetTable:
    """A set whose boxes are alike within a picture: what makes tests by box, not by picture, cry wolf.

    Args:
        index: Of the draw.
        pictures: How many.
        shares: Of the classes.
        together: Share of pictures with the first two classes swapped so that they come together or not at all.
    """
    rng = rng_for(11, index, "test.drift")
    counts = 1 + rng.poisson(2, pictures)
    owner = np.repeat(np.arange(pictures), counts)
    like = rng.standard_normal((pictures, len(BOX_MEASURES)))[owner]
    classes = rng.choice(len(shares), len(owner), p=shares)
    if together:
        # Two boxes a picture: a pair of the first two classes, or two of one of them; the shares stay as they are.
        counts, owner = np.full(pictures, 2), np.repeat(np.arange(pictures), 2)
        like = rng.standard_normal((pictures, len(BOX_MEASURES)))[owner]
        pair, one = rng.random(pictures) < together, rng.integers(0, 2, pictures)
        classes = np.column_stack([np.where(pair, 0, one), np.where(pair, 1, one)]).ravel()
    measures = rng.standard_normal((pictures, len(NAMES)))
    measures[:, 2] = 5.0
    return SetTable(
        measures, NAMES, like + 0.3 * rng.standard_normal(like.shape), owner, classes.astype(np.int64),
        ("ace", "king", "queen"), rng.standard_normal((pictures, 12)).astype(np.float32),
    )  # fmt: skip


def compared(first: SetTable, second: SetTable, spec: DriftSpec = SPEC) -> DriftReport:
    return compare_tables(spec, first, second, names=("a", "b"))


def significant(report: DriftReport) -> set[str]:
    return {row.name for row in report.rows if row.p_adjusted <= report.level}


@pytest.mark.slow
def test_false_alarms_over_200_pairs_of_one_kind_stay_within_the_level() -> None:
    """By significance alone, without the limits of size; of 200 at a level of 0.05 more than 18 come once in 100."""
    spec = DriftSpec(permutations=299)
    alarms = sum(bool(significant(compared(table(2 * k, 30), table(2 * k + 1, 30), spec))) for k in range(200))
    assert alarms <= stats.binom.ppf(0.99, 200, SPEC.level)


def test_boxes_of_one_picture_do_not_pass_for_many() -> None:
    """P by pictures is uniform, though the boxes of a picture are nearly equal; by boxes it would be far too small."""
    found = [
        box_shift("box size", 0, table(2 * k, 30), table(2 * k + 1, 30), permutations=99, seed=k).p for k in range(80)
    ]
    by_boxes = [
        stats.ks_2samp(table(2 * k, 30).boxes_km[:, 0], table(2 * k + 1, 30).boxes_km[:, 0]).pvalue for k in range(80)
    ]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(by_boxes) < 0.05) > 0.2


def shifted(name: str, changed: SetTable) -> SetTable:
    """Plant one kind of drift."""
    if name in NAMES:
        measures = changed.pictures_nm.copy()
        measures[:, NAMES.index(name)] += 1.2
        return replace(changed, pictures_nm=measures)
    if name in BOX_MEASURES:
        boxes = changed.boxes_km.copy()
        boxes[:, list(BOX_MEASURES).index(name)] += 1.2
        return replace(changed, boxes_km=boxes)
    assert name == "look"
    return replace(changed, look_nd=changed.look_nd + np.float32(0.8))


@pytest.mark.parametrize("name", [*NAMES, *BOX_MEASURES, "look"])
def test_planted_drift_is_found_and_named_alone(name: str) -> None:
    report = compared(table(1000, 150), shifted(name, table(1001, 150)))
    wanted = {"look (kernel)", "look (classifier)"} if name == "look" else {name}
    assert set(report.drifted) == wanted


def test_other_shares_of_classes_are_named_with_the_class_that_grew() -> None:
    report = compared(table(1000, 150), table(1001, 150, (0.15, 0.25, 0.6)))
    assert report.drifted == ("class shares",)
    (row,) = (row for row in report.rows if row.drifted)
    assert row.detail.startswith("queen ")


def test_classes_that_come_together_are_named_where_their_shares_stay() -> None:
    first, second = table(1000, 150, together=0.2), table(1001, 150, together=0.8)
    report = compared(first, second)
    assert report.drifted == ("co-occurrence",)
    (row,) = (row for row in report.rows if row.drifted)
    assert row.detail.startswith(("ace with king", "king with ace"))


def test_a_difference_that_is_significant_but_small_is_no_drift() -> None:
    first, second = table(1, 2500), table(2, 2500)
    measures = second.pictures_nm.copy()
    measures[:, 0] += 0.2
    changed = replace(second, pictures_nm=measures)
    report = compared(first, changed, SPEC.model_copy(update={"permutations": 99}))
    (row,) = (row for row in report.rows if row.name == "brightness")
    assert row.p_adjusted < 1e-6
    assert not row.drifted
    strict = SPEC.model_copy(update={"psi": 0.01, "permutations": 99})
    assert "brightness" in compared(first, changed, strict).drifted


def test_what_is_constant_in_the_first_set_is_seen_to_change() -> None:
    first, second = np.full(50, 5.0), np.full(50, 5.3)
    shift = number_shift("picture size", first, second)
    assert shift.p < 1e-10
    assert shift.effect > 1
    assert number_shift("picture size", first, first).effect == 0


def test_the_stability_index_is_the_sum_over_bins() -> None:
    """With half a count a bin: shares 0.25, 0.75 against 0.75, 0.25 give 2 * 0.5 ln 3; empty bins do not count."""
    found = stability_index(np.array([249.5, 749.5, 0.0]), np.array([749.5, 249.5, 0.0]))
    assert float(found) == pytest.approx(np.log(3), rel=1e-12)


def test_the_stability_index_of_sets_of_one_kind_is_0_after_its_bias() -> None:
    rng = rng_for(2, 0, "test.psi")
    effects = [number_shift("x", rng.standard_normal(80), rng.standard_normal(60)).effect for _ in range(60)]
    # Cut off at 0, and far below the limit of 0.25 nearly always.
    assert np.mean(effects) < 0.06
    assert np.mean(np.array(effects) > 0.25) <= 0.05


def test_likelihood_ratios_of_classes_equal_those_of_scipy() -> None:
    first, second = table(5, 60), table(6, 50, (0.2, 0.4, 0.4))
    counts = [np.bincount(part.box_class_k, minlength=3) for part in (first, second)]
    known = stats.chi2_contingency(np.array(counts), correction=False, lambda_="log-likelihood").statistic
    assert class_shift(first, second, 99, 0).statistic == pytest.approx(known, rel=1e-9)


def test_holm_adjusts_step_by_step() -> None:
    assert adjust_holm([0.01, 0.2, 0.02]) == pytest.approx([0.03, 0.2, 0.04])
    assert adjust_holm([0.6, 0.9]) == [1.0, 1.0]
    assert adjust_holm([]) == []


def test_the_classifier_ranks_the_pictures_that_are_most_unlike() -> None:
    rng = rng_for(4, 0, "test.classifier")
    first, second = (rng.standard_normal((60, 6)).astype(np.float32) for _ in range(2))
    second[:30, 2] += 6
    shift = classifier_shift(first, second, 1000, 0)
    assert len(shift.scores_first) == len(shift.scores_second) == 60
    assert set(np.argsort(-shift.scores_second)[:20].tolist()) <= set(range(30))


def test_sets_without_boxes_and_too_few_permutations_are_told_of() -> None:
    bare = replace(
        table(1, 30), boxes_km=np.zeros((0, 4)), box_picture_k=np.zeros(0, np.int64), box_class_k=np.zeros(0, np.int64)
    )
    report = compared(table(0, 30), bare)
    assert report.notes == ("boxes and classes are not compared: b has no boxes",)
    few = compared(table(0, 30), table(1, 30), DriftSpec(permutations=99))
    assert "99 permutations are too few" in few.notes[0]
