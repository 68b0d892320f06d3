"""The label policy, rule by rule."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.policy import judge_instance

GOOD = {
    "role": "thing",
    "category": "cone",
    "visible_pixels": 500,
    "box_xyxy": (10, 10, 40, 50),
    "visible_fraction": 0.8,
    "truncation": 0.1,
    "contrast_transmittance": 0.6,
    "lens_transmittance": 0.9,
    "apparent_contrast": 12.0,
}
STRICT = {
    "min_visible_pixels": 100,
    "min_visible_fraction": 0.5,
    "min_side_px": 20,
    "min_contrast_transmittance": 0.05,
    "min_lens_transmittance": 0.5,
    "min_apparent_contrast": 3.0,
    "max_truncation": 0.5,
}


def judge(policy: LabelPolicy, **changes):
    return judge_instance(policy, **(GOOD | changes))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"visible_pixels": 99}, "min_visible_pixels"),
        ({"visible_fraction": 0.49}, "min_visible_fraction"),
        ({"box_xyxy": (10, 10, 29, 50)}, "min_side_px"),
        ({"contrast_transmittance": 0.049}, "min_contrast_transmittance"),
        ({"lens_transmittance": 0.49}, "min_lens_transmittance"),
        ({"apparent_contrast": 2.9}, "min_apparent_contrast"),
        ({"truncation": 0.51}, "max_truncation"),
    ],
)
@pytest.mark.parametrize(("action", "status"), [("drop", "dropped"), ("ignore", "ignored"), ("keep", "labelled")])
def test_each_rule_leads_to_each_action_with_its_reason(changes, rule, action, status):
    policy = LabelPolicy(**STRICT, otherwise=action)
    assert judge(policy) == ("labelled", ())
    got, reasons = judge(policy, **changes)
    assert got == status
    assert [reason.split(":")[0] for reason in reasons] == [rule]


@pytest.mark.parametrize(
    "edge",
    [
        {"visible_pixels": 100},
        {"visible_fraction": 0.5},
        {"box_xyxy": (10, 10, 30, 50)},
        {"contrast_transmittance": 0.05},
        {"lens_transmittance": 0.5},
        {"apparent_contrast": 3.0},
        {"truncation": 0.5},
        {"apparent_contrast": None},
    ],
)
def test_the_limit_itself_passes(edge):
    assert judge(LabelPolicy(**STRICT, otherwise="drop"), **edge) == ("labelled", ())


def test_the_strictest_action_wins_and_all_reasons_are_given():
    policy = LabelPolicy(
        **STRICT, otherwise="keep", otherwise_by_rule={"min_side_px": "drop", "max_truncation": "ignore"}
    )
    status, reasons = judge(policy, visible_pixels=5, box_xyxy=(0, 0, 2, 9), truncation=0.9)
    assert status == "dropped"
    assert len(reasons) == 3
    assert judge(policy, truncation=0.9, visible_pixels=5)[0] == "ignored"
    assert judge(policy, visible_pixels=5)[0] == "labelled"


def test_what_is_no_target_is_never_labelled():
    policy = LabelPolicy()
    assert judge(policy, role="distractor", category="cone")[0] == "unlabelled"
    assert judge(policy, role="background")[0] == "unlabelled"
    assert judge(policy, category=None)[0] == "unlabelled"
    assert judge(policy, role="stuff", visible_fraction=None, truncation=None)[0] == "labelled"


def test_no_visible_pixel_no_annotation_whatever_the_policy():
    policy = LabelPolicy(otherwise="keep")
    assert judge(policy, visible_pixels=0, box_xyxy=None, visible_fraction=0.0) == ("hidden", ("no visible pixel",))


def test_a_misspelt_rule_is_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        LabelPolicy(min_visible_pixel=3)
    with pytest.raises(ValidationError, match="otherwise_by_rule"):
        LabelPolicy(otherwise_by_rule={"min_side": "drop"})


def test_every_field_says_what_it_is():
    assert all(len(field.description or "") > 20 for field in LabelPolicy.model_fields.values())
