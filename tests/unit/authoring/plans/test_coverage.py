"""Coverage of pictures with known levels, rows that fill what is missing, plan files that notice changes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.authoring.plans.coverage import count_dataset
from synthvision.authoring.plans.covering import count_coverage
from synthvision.authoring.plans.files import levels_of_factors, read_row, save_plan
from synthvision.authoring.plans.fill import fill_rows
from synthvision.authoring.plans.observed import ObservedFrame, ObservedObject, rows_of
from synthvision.core.errors import UsageError
from synthvision.core.yaml_file import load_yaml
from synthvision.inspect.heat_map import draw_heat_map
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.plan import Plan, PlanRow

FACTORS = {
    "sky": FactorSpec.model_validate({"of": "weather.kind", "levels": {"wet": "rain", "dry": "clear"}}),
    "size": FactorSpec.model_validate(
        {"measure": "pixel_height", "objects": "cars", "levels": {"small": [1, 32], "large": [33, 480]}}
    ),
    "hidden": FactorSpec.model_validate(
        {"measure": "occlusion", "objects": "cars", "levels": {"no": [0, 0.1], "yes": [0.1, 1]}}
    ),
    "near": FactorSpec.model_validate(
        {"measure": "distance", "objects": "people", "levels": {"near": [0, 5], "far": [5, 99]}}
    ),
}


def frame(index, sky, *objects, weight=1.0):
    return ObservedFrame(index, {"sky": sky}, tuple(ObservedObject("x", "labelled", one) for one in objects), weight)


def test_levels_of_one_object_come_together_and_those_of_two_do_not():
    shown = frame(0, "wet", {"size": "small", "hidden": "no"}, {"size": "large", "hidden": "yes"}, {"near": "far"})
    rows = rows_of(shown, FACTORS)
    assert {(row["size"], row["hidden"], row["near"]) for row in rows} == {
        ("small", "no", "far"),
        ("large", "yes", "far"),
    }
    report = count_dataset([shown], FACTORS, 2)
    missing = report.coverages[1].missing
    assert {"size": "small", "hidden": "yes"} in missing
    assert {"size": "small", "hidden": "no"} not in missing
    assert {"sky": "wet", "near": "far"} not in missing
    assert report.pairs[("sky", "wet"), ("size", "small")] == 1
    assert report.pairs[("size", "small"), ("hidden", "yes")] == 0
    assert report.pairs[("sky", "dry"), ("sky", "dry")] == 0


def test_figures_of_known_pictures():
    shown = [
        frame(0, "wet", {"size": "small"}, weight=0.5),
        frame(1, "wet", {"size": "large"}, weight=0.5),
        frame(2, "dry"),
    ]
    factors = {name: FACTORS[name] for name in ("sky", "size")}
    report = count_dataset(shown, factors, 3)
    sky, size = report.factors
    assert dict(sky.counts) == {"wet": 2, "dry": 1}
    assert sky.made["wet"] == pytest.approx(2 / 3)
    assert sky.natural["wet"] == pytest.approx(0.5)
    assert sky.entropy_bits == pytest.approx(-(2 / 3) * math.log2(2 / 3) - (1 / 3) * math.log2(1 / 3))
    assert (size.without, size.measured) == (1, True)
    assert size.evenness == pytest.approx(1.0)
    assert report.effective == pytest.approx(4 / 1.5)
    assert report.combinations == 3
    assert [each.strength for each in report.coverages] == [1, 2]
    assert (report.coverages[1].covered, report.coverages[1].possible) == (2, 4)
    data = report.to_json()
    assert data["coverage"][1]["missing"] == [{"sky": "dry", "size": "small"}, {"sky": "dry", "size": "large"}]
    assert data["factors"][0]["levels"]["dry"] == {"count": 1, "made": pytest.approx(1 / 3), "natural": 0.5}


def test_nothing_seen_is_a_report_too():
    report = count_dataset([], FACTORS, 2)
    assert (report.frames, report.effective, report.coverages[1].covered) == (0, 0.0, 0)


def test_fill_rows_hold_what_is_missing_and_no_more_factors_than_needed():
    levels = {"a": ["1", "2", "3"], "b": ["x", "y", "z"], "c": ["p", "q"]}
    rows = [{"a": "1", "b": "x", "c": "p"}, {"a": "2", "b": "y", "c": "q"}]
    missing = count_coverage(rows, levels, 2).missing
    added = fill_rows(levels, missing)
    assert count_coverage([*rows, *added], levels, 2).share == 1.0
    assert len(added) <= 9
    assert fill_rows(levels, [{"a": "3", "b": "z"}]) == [{"a": "3", "b": "z"}]
    assert len(fill_rows(levels, missing, most=3)) == 3
    assert fill_rows(levels, []) == []


def test_fill_rows_keep_out_what_is_forbidden():
    levels = {"a": ["1", "2"], "b": ["x", "y"], "c": ["p", "q"]}
    forbidden = [{"a": "1", "b": "x"}, {"b": "y", "c": "p"}]
    missing = count_coverage([], levels, 2, forbidden).missing
    rows = fill_rows(levels, missing, forbidden)
    assert not any(each.items() <= row.items() for row in rows for each in forbidden)
    assert count_coverage(rows, levels, 2, forbidden).share == 1.0
    # What a row leaves open could come out forbidden: so it leaves nothing open that a forbidden combination names.
    assert all(set(row) == {"a", "b", "c"} for row in rows)


def test_plan_files_come_back_and_notice_changes(tmp_path):
    rows = (PlanRow(levels={"sky": "no", "n 1": "5"}), PlanRow(levels={"sky": "wet"}, scene=7, attempt=3, weight=0.25))
    plan = Plan(description="a: b", strength=2, forbidden=({"sky": "dry", "n 1": "5"},), rows=rows)
    path = tmp_path / "plan.yaml"
    saved = save_plan(plan, path)
    read = load_yaml(path, "plan.yaml", []).data
    assert Plan.model_validate(read) == saved
    assert saved.rows == rows
    read["rows"][0]["levels"]["sky"] = "wet"
    with pytest.raises(ValidationError, match="was changed"):
        Plan.model_validate(read)
    del read["hash"]
    assert Plan.model_validate(read).rows[0].levels["sky"] == "wet"


def test_options_name_levels():
    known = {"sky": ["wet", "dry"], "size": ["small"]}
    assert read_row("sky=wet, size=small", known) == {"sky": "wet", "size": "small"}
    for text, words in [
        ("skey=wet", "no factor 'skey'; did you mean 'sky'"),
        ("sky=wett", "did you mean 'wet'"),
        ("sky", "FACTOR=LEVEL"),
        ("sky=wet,sky=dry", "twice"),
    ]:
        with pytest.raises(UsageError, match=words):
            read_row(text, known)
    with pytest.raises(UsageError, match="no key factors"):
        levels_of_factors({})


def test_a_heat_map_shows_what_is_empty_and_what_is_impossible():
    levels = {"sky": ["wet", "dry"], "size": ["small", "large"]}
    counts = {(("sky", sky), ("size", size)): 0 for sky in levels["sky"] for size in levels["size"]}
    counts |= {((name, level), (name, level)): 3 for name, own in levels.items() for level in own}
    empty = draw_heat_map(levels, counts)
    ruled_out = draw_heat_map(levels, counts, {frozenset({("sky", "wet"), ("size", "large")})})
    full = draw_heat_map(levels, dict.fromkeys(counts, 9))

    def red(picture):
        return int(((picture[..., 0] > 180) & (picture[..., 1] < 80)).sum())

    # Every picture has one framed cell in its legend.
    frame_px = (red(empty) - red(full)) / 4
    assert frame_px > 50
    assert red(ruled_out) == pytest.approx(red(empty) - frame_px, abs=2)
    assert np.array_equal(full.shape, empty.shape)
