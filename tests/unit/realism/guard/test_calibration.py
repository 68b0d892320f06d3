"""Limits from planted faults and harmless changes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.guard.calibration import Example, calibrate
from synthvision.realism.guard.config import GuardLimits, GuardSpec
from synthvision.realism.guard.faults import FAULTS, HARMLESS, PICTURE_FAULTS


def examples(drawer, count=4, sides=(40, 34, 46, 30)):
    for index in range(count):
        drawn = drawer(40 + index, sides=sides)
        yield Example(drawn.rgb, drawn.ids, drawn.labels, index)


@pytest.fixture(scope="module")
def report(drawer):
    return calibrate(examples(drawer), GuardSpec(), seed=0)


def rate(rates, kind):
    return next(row for row in rates if (row.kind, row.size) == (kind, "all"))


def test_limits_find_the_faults_and_let_harmless_changes_pass(report):
    assert report.unmet == ()
    for kind in (*FAULTS, *PICTURE_FAULTS):
        assert rate(report.detection, kind).share >= 0.95, kind
        assert rate(report.detection, kind).count >= 8, kind
    for kind in HARMLESS:
        assert rate(report.false_alarms, kind).count == 16
        assert rate(report.false_alarms, kind).share <= 0.07, kind


def test_it_is_reproducible_and_depends_on_the_seed(drawer):
    first, again, other = (calibrate(examples(drawer, 1), GuardSpec(), seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_limits_that_faults_do_not_tell_stay_those_of_the_spec(drawer):
    spec = GuardSpec(limits=GuardLimits(failing_share=0.3, edge_lost=0.01), edges=False)
    limits = calibrate(examples(drawer, 2), spec, seed=0).limits
    assert (limits.failing_share, limits.edge_lost) == (0.3, 0.01)
    assert limits.structure_lost != GuardLimits().structure_lost


def test_the_report_is_json_and_text(report):
    data = json.loads(json.dumps(report.to_json()))
    assert GuardLimits.model_validate(data["limits"]) == report.limits
    assert {row["kind"] for row in data["false_alarms"]} == set(HARMLESS)
    text = report.to_text()
    assert f"edge_lost: {report.limits.edge_lost}" in text
    assert "planted faults caught" in text


def test_what_cannot_be_reached_is_said(drawer):
    # Without any check of edges, structure and appearance no moved object can be found.
    spec = GuardSpec(edges=False, structure=False, appearance=False)
    unmet = calibrate(examples(drawer, 1), spec, seed=0).unmet
    assert "shift: 99 % must be caught, got 0.0 % at 5 % false alarms" in unmet
    assert not any(sentence.startswith("insert") for sentence in unmet)


def test_pictures_without_instances_of_a_size_are_refused(drawer):
    with pytest.raises(UsageError, match="instances of 24 px or more, got none"):
        calibrate(examples(drawer, 1, sides=(14, 12)), GuardSpec(), seed=0)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_changes_the_object_and_depends_on_its_generator_alone(name, drawn):
    mask = drawn.ids == 1
    before = drawn.rgb.copy()
    faults = [FAULTS[name](drawn.rgb, mask, rng_for(seed, 0, "test.guard.fault")) for seed in (2, 2, 3)]
    np.testing.assert_array_equal(drawn.rgb, before)
    assert all(fault is not None for fault in faults)
    np.testing.assert_array_equal(faults[0].rgb_hwc, faults[1].rgb_hwc)
    assert name == "erase" or (faults[0].rgb_hwc != faults[2].rgb_hwc).any()
    changed = (faults[0].rgb_hwc != drawn.rgb).any(axis=2)
    np.testing.assert_array_equal(faults[0].changed_hw, changed)
    # A second object lies beside the first, every other fault on it.
    assert (changed & mask).any() == (name != "insert")


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_harmless_changes_keep_edges_where_they_are(name, drawn):
    changed = HARMLESS[name](drawn.rgb, rng_for(0, 0, "test.guard.harmless"))
    assert (changed.dtype, changed.shape) == (np.uint8, drawn.rgb.shape)
    # The steepest step across the upright middle line of the first object is at the same column.
    y = int(np.nonzero(drawn.ids == 1)[0].mean())
    x = int(np.nonzero(drawn.ids[y] == 1)[0][0])
    rows = [picture[y - 2 : y + 3, x - 6 : x + 6].astype(float).mean(axis=(0, 2)) for picture in (drawn.rgb, changed)]
    steps = [np.abs(np.diff(row)).argmax() for row in rows]
    assert abs(steps[0] - steps[1]) <= 1
