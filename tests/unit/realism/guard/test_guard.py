"""What is decided, and what the picture is afterwards."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.guard.config import GuardLimits, GuardSpec
from synthvision.realism.guard.guard import Guard


def judge(drawn, refined, labels=None, smallest_px=0, **settings):
    guard = Guard(GuardSpec(**settings), Path(), "cpu")
    return guard.judge(
        drawn.rgb, refined, drawn.ids, drawn.labels if labels is None else labels, smallest_px=smallest_px
    )


def decisions(judged):
    return {item.instance_id: item.decision for item in judged.realism.instances}


def recolour(rgb):
    return np.clip(255 - 0.7 * rgb[:, :, ::-1], 0, 255).astype(np.uint8)


def erase(drawn, rgb, number):
    wide = cv2.dilate((drawn.ids == number).view(np.uint8), np.ones((7, 7), np.uint8))
    return cv2.inpaint(rgb, wide, 5, cv2.INPAINT_NS)


def test_a_picture_in_other_colours_is_accepted_as_it_is(drawn):
    refined = recolour(drawn.rgb)
    judged = judge(drawn, refined)
    assert judged.realism.decision == "refined"
    assert set(decisions(judged).values()) == {"kept"}
    assert judged.realism.reasons == ()
    np.testing.assert_array_equal(judged.rgb_hwc, refined)


def test_an_erased_object_comes_back_exactly_and_goes_over_into_the_picture_softly(drawn):
    refined = erase(drawn, recolour(drawn.rgb), 1)
    judged = judge(drawn, refined, feather_px=4, band_px=2)
    assert decisions(judged) == {1: "restored", 2: "kept", 3: "kept", 4: "kept"}
    mask = drawn.ids == 1
    np.testing.assert_array_equal(judged.rgb_hwc[mask], drawn.rgb[mask])
    distance = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 5)
    np.testing.assert_array_equal(
        judged.rgb_hwc[(distance > 0) & (distance <= 2)], drawn.rgb[(distance > 0) & (distance <= 2)]
    )
    # In between every pixel lies between the two pictures; away from it nothing is touched.
    low, high = np.minimum(drawn.rgb, refined), np.maximum(drawn.rgb, refined)
    assert ((judged.rgb_hwc >= low) & (judged.rgb_hwc <= high)).all()
    np.testing.assert_array_equal(judged.rgb_hwc[distance > 30], refined[distance > 30])
    seam = (distance > 2.5) & (distance < 6)
    assert (judged.rgb_hwc[seam] != drawn.rgb[seam]).any()
    assert (judged.rgb_hwc[seam] != refined[seam]).any()


def test_reasons_name_the_limit_and_what_came(drawn):
    judged = judge(drawn, erase(drawn, drawn.rgb, 1))
    reasons = judged.realism.instances[0].reasons
    assert any(reason.startswith("edge_lost must be at most ") and ", got 0." in reason for reason in reasons)
    assert set(judged.realism.instances[0].scores) >= {"edge_lost", "edge_lost_worst", "structure_lost"}
    assert all(score == round(score, 3) for score in judged.realism.instances[0].scores.values())


def test_a_failed_instance_is_ignored_where_the_spec_says_so(drawn):
    refined = erase(drawn, drawn.rgb, 2)
    judged = judge(drawn, refined, on_failed_instance="ignore")
    assert decisions(judged) == {1: "kept", 2: "ignored", 3: "kept", 4: "kept"}
    np.testing.assert_array_equal(judged.rgb_hwc, refined)


def test_small_instances_are_composited_by_rule_without_being_judged(drawn):
    refined = erase(drawn, recolour(drawn.rgb), 4)
    judged = judge(drawn, refined, smallest_px=20)
    assert decisions(judged) == {1: "kept", 2: "kept", 3: "kept", 4: "composited"}
    assert judged.realism.instances[3].scores == {}
    np.testing.assert_array_equal(judged.rgb_hwc[drawn.ids == 4], drawn.rgb[drawn.ids == 4])


def test_the_spec_goes_before_what_the_refiner_says(drawn):
    assert set(decisions(judge(drawn, drawn.rgb, smallest_px=1000)).values()) == {"composited"}
    guard = Guard(GuardSpec(smallest_px=0), Path(), "cpu")
    judged = guard.judge(drawn.rgb, drawn.rgb, drawn.ids, drawn.labels, smallest_px=1000)
    assert set(decisions(judged).values()) == {"kept"}


def test_a_made_up_object_on_the_ground_fails_the_picture(drawn):
    refined = drawn.rgb.copy()
    cv2.rectangle(refined, (104, 70), (136, 104), (250, 30, 200), -1)
    judged = judge(drawn, refined)
    assert judged.realism.decision == "render"
    assert any("does not show" in reason for reason in judged.realism.reasons)
    np.testing.assert_array_equal(judged.rgb_hwc, drawn.rgb)
    assert set(decisions(judged).values()) == {"restored"}


def test_a_made_up_object_inside_an_instance_fails_that_instance(drawer):
    drawn = drawer(5, sides=(150, 30))
    refined = drawn.rgb.copy()
    ys, xs = np.nonzero(drawn.ids == 1)
    y, x = int(ys.mean()), int(xs.mean())
    refined[y - 14 : y + 14, x - 14 : x + 14] = (10, 240, 20)
    judged = judge(drawn, refined)
    assert judged.realism.decision == "refined"
    assert decisions(judged)[1] == "restored"
    np.testing.assert_array_equal(judged.rgb_hwc[drawn.ids == 1], drawn.rgb[drawn.ids == 1])


def test_what_a_moved_object_left_beside_its_place_goes_with_it(drawn):
    mask = drawn.ids == 3
    refined = erase(drawn, drawn.rgb, 3)
    there = np.roll(mask, 6, axis=1)
    refined[there] = np.roll(drawn.rgb, 6, axis=1)[there]
    judged = judge(drawn, refined)
    assert decisions(judged) == {1: "kept", 2: "kept", 3: "restored", 4: "kept"}
    left = np.abs(judged.rgb_hwc.astype(int) - drawn.rgb)[there & ~mask].max(axis=1)
    assert (left > 30).mean() < 0.05


def test_a_picture_that_moved_as_a_whole_falls_back(drawn):
    judged = judge(drawn, np.roll(drawn.rgb, (3, 4), axis=(0, 1)))
    assert judged.realism.decision == "render"
    assert judged.realism.scores["overall_shift_px"] == pytest.approx(5, abs=0.5)


def test_a_picture_falls_back_where_too_many_of_its_instances_fail(drawn):
    refined = drawn.rgb
    for number in (1, 2, 3):
        refined = erase(drawn, refined, number)
    limits = GuardLimits(picture_structure_lost=1.0)
    assert judge(drawn, refined, limits=limits).realism.reasons == (
        "failing_share must be at most 0.5, got 0.75: too many of its instances fail",
    )
    patient = judge(drawn, refined, limits=limits.model_copy(update={"failing_share": 0.8}))
    assert decisions(patient) == {1: "restored", 2: "restored", 3: "restored", 4: "kept"}


def test_what_is_written_is_judged_for_legible_classes_alone(drawer):
    drawn = drawer(6, sides=(90, 80), category="card")
    inside = cv2.erode((drawn.ids == 1).view(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    render = drawn.rgb.copy()
    checks = (np.add.outer(np.arange(180) // 3, np.arange(240) // 3) % 2 * 90).astype(np.uint8)
    render[inside] = (60 + checks[inside])[:, None]
    refined = render.copy()
    refined[inside] = 105
    loose = GuardLimits(
        structure_lost=1, edge_lost=1, edge_lost_worst=1, edge_moved_px=9, appearance_drift=1, picture_structure_lost=1
    )
    found = {}
    for legible in ((), ("card",)):
        guard = Guard(GuardSpec(legible_classes=legible, limits=loose), Path(), "cpu")
        found[legible] = decisions(guard.judge(render, refined, drawn.ids, drawn.labels))
    assert found == {(): {1: "kept", 2: "kept"}, ("card",): {1: "restored", 2: "kept"}}


def test_only_instances_with_a_class_and_a_label_are_judged(drawn, label_of):
    labels = [
        label_of(1, drawn.ids, category=None, status="unlabelled"),
        label_of(2, drawn.ids, status="dropped"),
        label_of(3, drawn.ids, status="ignored"),
        label_of(9, drawn.ids, status="hidden"),
    ]
    assert decisions(judge(drawn, drawn.rgb, labels=labels)) == {3: "kept"}


def test_a_picture_without_instances_is_judged_as_a_whole(drawn):
    judged = judge(drawn, recolour(drawn.rgb), labels=[])
    assert (judged.realism.decision, judged.realism.instances) == ("refined", ())
    assert judge(drawn, np.ascontiguousarray(drawn.rgb[::-1]), labels=[]).realism.decision == "render"


def test_a_picture_of_noise_falls_back_also_without_instances(drawn):
    noise = rng_for(2, 0, "test.guard.noise").integers(0, 256, size=drawn.rgb.shape).astype(np.uint8)
    assert judge(drawn, noise, labels=[]).realism.decision == "render"


def test_switched_off_it_only_composites(drawn):
    refined = erase(drawn, drawn.rgb, 1)
    judged = judge(drawn, refined, enabled=False, smallest_px=20)
    assert decisions(judged) == {1: "kept", 2: "kept", 3: "kept", 4: "composited"}
    np.testing.assert_array_equal(judged.rgb_hwc[drawn.ids == 1], refined[drawn.ids == 1])


@pytest.mark.parametrize("switch", ["edges", "structure", "appearance", "new_structure"])
def test_a_check_that_is_switched_off_gives_no_score(drawn, switch):
    names = {
        "edges": {"edge_lost", "edge_lost_worst", "edge_moved_px", "overall_shift_px"},
        "structure": {"structure_lost", "picture_structure_lost"},
        "appearance": {"appearance_drift"},
        "new_structure": {"new_structure_px"},
    }[switch]
    for on in (True, False):
        realism = judge(drawn, drawn.rgb, **{switch: on}).realism
        there = set(realism.scores).union(*(item.scores for item in realism.instances))
        assert (names <= there) if on else not (names & there)


def test_the_same_input_gives_the_same_answer(drawn):
    refined = erase(drawn, recolour(drawn.rgb), 2)
    one, other = judge(drawn, refined), judge(drawn, refined)
    assert one.realism == other.realism
    np.testing.assert_array_equal(one.rgb_hwc, other.rgb_hwc)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 40), (33, 17)])
def test_tiny_pictures_are_judged_too(size, label_of):
    rgb = rng_for(1, 0, "test.guard.tiny").integers(0, 256, size=(*size, 3)).astype(np.uint8)
    ids = np.ones(size, np.uint16)
    judged = Guard(GuardSpec(), Path(), "cpu").judge(rgb, rgb, ids, [label_of(1, ids)])
    assert (judged.realism.decision, decisions(judged)) == ("refined", {1: "kept"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("refined_hwc", np.zeros((180, 241, 3), np.uint8)),
        ("refined_hwc", np.zeros((180, 240, 3), np.float32)),
        ("id_hw", np.zeros((180, 240), np.int32)),
        ("id_hw", np.zeros((90, 240), np.uint16)),
    ],
)
def test_arrays_of_another_kind_are_refused(drawn, name, value):
    given = {"render_hwc": drawn.rgb, "refined_hwc": drawn.rgb, "id_hw": drawn.ids} | {name: value}
    with pytest.raises(UsageError, match=name):
        Guard(GuardSpec(), Path(), "cpu").judge(**given, labels=drawn.labels)
