"""Thin cells become a job that loads, whose plan holds them, and that renders."""

from __future__ import annotations

import json

import pytest

from synthvision.authoring.gaps import plan_gaps, save_gap_job
from synthvision.config.job import load_job
from synthvision.core.errors import UsageError
from synthvision.dataset.need import Need
from synthvision.pipeline.run import render_job

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2], material: {pick: {category: floor}, variants: 2}}
  objects:
    bottles:
      pick: bottle
      variants: 2
      count: 1
      placement: {kind: on_surface, region: {radius_m: 0.2}}
  camera: {kind: shell, fill: {uniform: [0.1, 1.3]}, fov_deg: 45}
  LIGHT
classes:
  - {name: bottle, match: {category: bottle}}
frames: 2
image: {width: 320, height: 240}
"""
WEATHER = "weather: {kind: clear}"
SETUPS = """lighting:
    lamp: {environment: {pick: studio, illuminance_lux: 300}}
    window: {environment: {pick: studio, illuminance_lux: 3000}}"""


@pytest.fixture
def job_of(tmp_path):
    def make(light: str):
        path = tmp_path / "base.yaml"
        path.write_text(JOB.replace("LIGHT", light))
        return load_job(path)

    return make


def need_of(*cells):
    return Need.model_validate({"cells": [{"levels": levels, "count": count} for levels, count in cells]})


def test_each_cell_has_a_row_and_rows_share_scenes_by_what_is_missing(job_of):
    need = need_of(
        ({"class": "bottle", "size": "small"}, 30),
        ({"size": "large", "light": "dark"}, 10),
        ({"occlusion": "cut"}, 5),
        ({"weather": "veiled"}, 5),
    )
    gaps = plan_gaps(need, job_of(WEATHER), 20)
    rows = {tuple(sorted(row.items())): count for row, count in gaps.rows}
    assert sum(rows.values()) == len(gaps.plan.rows) == 20
    held = {pair for row in rows for pair in row}
    assert held >= {
        ("gap_bottle_size", "small"),
        ("gap_bottle_size", "large"),
        ("gap_light", "dark"),
        ("gap_light", "veiled"),
        ("gap_bottle_cut", "cut"),
    }
    assert any({("gap_bottle_size", "large"), ("gap_light", "dark")} <= set(row) for row in rows)
    # One object is asked for one look: rows that ask for two hardly come.
    assert all(sum(name in ("gap_bottle_size", "gap_bottle_cut") for name, _ in row) <= 1 for row in rows)
    small = next(count for row, count in rows.items() if ("gap_bottle_size", "small") in row)
    assert small == max(rows.values())
    assert gaps.left_out == ()


def test_few_missing_objects_take_few_scenes(job_of):
    gaps = plan_gaps(need_of(({"size": "small"}, 3), ({"size": "large"}, 2)), job_of(WEATHER), 100)
    assert sorted(count for _, count in gaps.rows) == [2, 3]


@pytest.mark.slow
def test_the_job_loads_with_its_plan_and_draws_what_it_says(job_of, tmp_path):
    need = need_of(({"class": "bottle", "size": "medium"}, 1), ({"light": "dark"}, 1))
    job, plan = save_gap_job(plan_gaps(need, job_of(SETUPS), 5, {"dark": ["lamp"]}), tmp_path / "gaps.yaml")
    loaded = load_job(job)
    assert plan.name == "gaps_plan.yaml"
    assert loaded.plan is not None
    assert loaded.frames == len(loaded.plan.rows) == 1
    assert str(tmp_path) not in job.read_text()
    out = tmp_path / "out"
    assert render_job(loaded, out, workers=1).exit_code == 0
    record = json.loads((out / "records/00000.jsonl").read_text())
    assert record["factor_levels"]["gap_light"] == "dark"
    assert any(item.get("factor_levels", {}).get("gap_bottle_size") == "medium" for item in record["instances"])


def test_indoors_light_is_steered_by_named_setups(job_of):
    need = need_of(({"light": "dark"}, 2), ({"light": "sun"}, 2), ({"weather": "veiled"}, 2))
    gaps = plan_gaps(need, job_of(SETUPS), 5, {"dark": ["lamp"]})
    assert [(dict(row), count) for row, count in gaps.rows] == [({"gap_light": "dark"}, 2)]
    assert [line.partition(":")[0] for line in gaps.left_out] == ["light sun", "weather veiled"]


def test_objects_too_small_for_a_label_are_left_out(job_of, tmp_path):
    job = job_of(WEATHER + "\nlabels: {min_visible_pixels: 400}")
    gaps = plan_gaps(need_of(({"size": "small"}, 3), ({"size": "large"}, 2)), job, 9)
    assert gaps.left_out == ("size small: objects so small have no label in pictures of 320 x 240",)


@pytest.mark.parametrize(
    ("cells", "scenes", "lighting", "message"),
    [
        ([({"class": "bottel"}, 1)], 5, None, "can steer none"),
        ([({"size": "small"}, 1)], 0, None, "must be 1 or more"),
        ([({"size": "small"}, 1), ({"size": "large"}, 1)], 1, None, "need 2 scenes at least"),
        ([({"light": "dark"}, 1)], 5, {"night": ["lamp"]}, "must be one of dark, day, sun"),
        ([({"light": "dark"}, 1)], 5, {"dark": ["lmap"]}, "did you mean 'lamp'"),
    ],
)
def test_what_cannot_be_is_refused(job_of, cells, scenes, lighting, message):
    with pytest.raises(UsageError, match=message):
        plan_gaps(need_of(*cells), job_of(SETUPS), scenes, lighting)
