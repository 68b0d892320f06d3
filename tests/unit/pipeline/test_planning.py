"""Plans, quotas and coverage of a small job that is really drawn: what is counted is what the pictures show."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from synthvision.cli.main import main
from synthvision.config.job import load_job
from synthvision.core.errors import ConfigError
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.validate import validate_dataset
from synthvision.pipeline.planning import covering_plan, try_plan
from synthvision.pipeline.quotas import quota_plan
from synthvision.pipeline.run import render_job

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    cans:
      pick: can
      variants: 2
      count: {uniform_int: [1, 3]}
      placement: {kind: on_surface, region: {radius_m: 0.14}}
    balls:
      pick: ball
      params: {kind: tennis}
      variants: 2
      count: {uniform_int: [0, 2]}
      placement: {kind: on_surface, region: {radius_m: 0.14}}
  lights:
    sun: {kind: sun, illuminance_lux: {log_uniform: [1000, 100000]}, elevation_deg: 50}
  environment: {pick: studio, illuminance_lux: 4000, variants: 1}
  camera: {kind: shell, distance_m: {uniform: [0.4, 1.2]}, elevation_deg: {uniform: [15, 50]}, fov_deg: 45}
  factors:
    light: {of: lights.sun.illuminance_lux, levels: {dim: [1000, 10000], bright: [10000, 100000]}, boost: {dim: 3}}
    crowd: {of: objects.cans.count, levels: {one: 1, more: [2, 3]}}
    size: {measure: pixel_height, objects: cans, levels: {small: [1, 25], large: [26, 96]}}
    hidden: {measure: occlusion, objects: cans, levels: {free: [0, 0.05], part: [0.05, 0.97]}}
  max_attempts: 60
classes:
  - {name: can, match: {category: can}}
  - {name: ball, match: {category: ball}}
frames: 6
image: {width: 128, height: 96}
labels: {min_visible_pixels: 4, min_visible_fraction: 0}
output: {ids: true}
"""
QUOTA = """
over: [class, size, hidden, light]
each: 2
without: [{class: ball}]
cells:
  - {levels: {class: ball, light: dim}, count: 3}
"""
# pycocotools 2.0 has an __array__ of the form before NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZES = {"small": range(1, 26), "large": range(26, 97)}


@pytest.fixture(scope="module")
def job_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("planning") / "cans.yaml"
    path.write_text(JOB)
    return path


@pytest.fixture(scope="module")
def free_set(job_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "free"
    assert render_job(load_job(job_file), folder, workers=1).done == 6
    return folder


def levels_by_hand(folder):
    """The levels of every frame and of its cans, counted from id images and the raw records alone."""
    frames = []
    for line in (folder / "records" / "00000.jsonl").read_text().splitlines():
        record = json.loads(line)
        with Image.open(folder / record["files"]["ids"]["path"]) as image:
            ids = np.asarray(image)
        lux, count = (record["scene"]["factors"][key] for key in ("lights.sun.illuminance_lux", "objects.cans.count"))
        own = {"light": "dim" if lux <= 10_000 else "bright", "crowd": "one" if count == 1 else "more"}
        objects = []
        for label in record["instances"]:
            mask = ids == label["instance_id"]
            if not label["name"].startswith(("cans/", "balls/")) or not mask.any():
                continue
            found = {"class": label["category"], "status": label["status"]}
            if label["category"] == "can":
                rows = np.flatnonzero(mask.any(axis=1))
                rle = label["amodal_rle"]
                alone = coco_mask.decode({"size": rle["size"], "counts": rle["counts"].encode()}).astype(bool)
                share = 1 - (mask & alone).sum() / alone.sum()
                found["size"] = next(name for name, span in SIZES.items() if rows[-1] - rows[0] + 1 in span)
                found["hidden"] = "free" if share <= 0.05 else "part" if share <= 0.97 else "?"
            objects.append((label["instance_id"], found))
        frames.append((record, own, objects))
    return frames


def test_levels_in_records_and_coco_are_those_of_the_pixels(free_set):
    assert validate_dataset(free_set) == []
    coco = json.loads((free_set / "annotations" / "instances.json").read_text())
    images = {image["id"]: image for image in coco["images"]}
    annotations = {(entry["image_id"], entry["instance_id"]): entry for entry in coco["annotations"]}
    weights = set()
    for record, own, objects in levels_by_hand(free_set):
        assert record["factor_levels"] == own
        image = images[record["frame"] + 1]
        assert image["factor_levels"] == own
        assert image["weight"] == record["scene"]["weight"] == pytest.approx(1 / 3 if own["light"] == "dim" else 1.0)
        weights.add(round(image["weight"], 3))
        written = {label["instance_id"]: label.get("factor_levels", {}) for label in record["instances"]}
        for instance_id, found in objects:
            expected = {name: level for name, level in found.items() if name in ("size", "hidden") and level != "?"}
            assert written[instance_id] == expected
            if found["status"] == "labelled":
                assert annotations[record["frame"] + 1, instance_id].get("factor_levels", {}) == expected
    assert len(weights) == 2


def test_readers_give_levels_and_weights(free_set):
    frames = list(open_dataset(free_set))
    assert {frame.record.factor_levels["light"] for frame in frames} == {"dim", "bright"}
    assert all(label.factor_levels.keys() <= {"size", "hidden"} for frame in frames for label in frame.labels())
    assert any(label.factor_levels for frame in frames for label in frame.labels("labelled"))


def edit_record(folder, change):
    path = folder / "records" / "00000.jsonl"
    lines = path.read_text().splitlines()
    record = json.loads(lines[0])
    change(record)
    path.write_text("\n".join([json.dumps(record, sort_keys=True, separators=(",", ":")), *lines[1:]]) + "\n")


def other_level(record):
    record["factor_levels"]["light"] = {"dim": "bright", "bright": "dim"}[record["factor_levels"]["light"]]


def other_size(record):
    label = next(label for label in record["instances"] if label.get("factor_levels"))
    label["factor_levels"]["size"] = {"small": "large", "large": "small"}[label["factor_levels"]["size"]]


def more_hidden(record):
    label = next(label for label in record["instances"] if label.get("factor_levels"))
    label["factor_levels"]["hidden"] = {"free": "part", "part": "free"}[label["factor_levels"]["hidden"]]


def no_weight(record):
    record["scene"]["weight"] = 0.0


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (other_level, "factor_levels"),
        (other_size, "object_levels"),
        (more_hidden, "object_levels"),
        (no_weight, "weight"),
        (lambda record: record["factor_levels"].update(sky="wet"), "factor_levels"),
        (lambda record: record["instances"][0].update(factor_levels={"size": "small"}), "object_levels"),
    ],
)
def test_wrong_levels_are_found(free_set, tmp_path, change, check):
    import shutil

    folder = tmp_path / "set"
    shutil.copytree(free_set, folder)
    edit_record(folder, change)
    found = {finding.check for finding in validate_dataset(folder)}
    assert check in found
    assert found <= {check, "coco_levels", "scene"}


def test_a_rendered_plan_covers_all_pairs_counted_from_pixels(job_file, tmp_path, capsys):
    plan = tmp_path / "plan.yaml"
    assert main(["scenario", "plan", str(job_file), "--out", str(plan), "--try"]) == 0
    assert "of 24 possible combinations" in capsys.readouterr().out
    out = tmp_path / "set"
    assert main(["render", str(job_file), "--plan", str(plan), "--out", str(out), "--workers", "1"]) == 0
    pairs = set()
    for _, own, objects in levels_by_hand(out):
        for found in (found for _, found in objects if found["class"] == "can"):
            row = {**own, "size": found["size"], "hidden": found["hidden"]}
            pairs |= {frozenset({one, other}) for one in row.items() for other in row.items() if one[0] < other[0]}
    pairs = {pair for pair in pairs if ("hidden", "?") not in pair}
    assert len(pairs) == 24
    capsys.readouterr()
    heat, figures = tmp_path / "heat.png", tmp_path / "coverage.json"
    assert main(["scenario", "coverage", str(out), "--out", str(heat), "--json", str(figures)]) == 0
    shown = capsys.readouterr().out
    assert "2-wise: 24 of 24 possible combinations (100.0%)" in shown
    assert "effective sample size" in shown
    with Image.open(heat) as picture:
        assert picture.size[0] > 300
    assert json.loads(figures.read_text())["coverage"][1]["missing"] == []
    assert validate_dataset(out) == []


def test_a_filling_job_makes_what_is_missing(job_file, free_set, tmp_path, capsys):
    job = tmp_path / "fill.yaml"
    before = main(["scenario", "coverage", str(free_set), "--fill", "20", "--job-out", str(job)])
    assert before == 0
    shown = capsys.readouterr().out
    if "100.0%)" in shown.split("2-wise")[1]:
        pytest.skip("nothing is missing from six frames")
    out = tmp_path / "filled"
    assert main(["render", str(job), "--out", str(out), "--workers", "1"]) == 0
    rows = []
    for folder in (free_set, out):
        for _, own, objects in levels_by_hand(folder):
            rows += [{**own, **found} for _, found in objects if found["class"] == "can"]
    names = ("light", "crowd", "size", "hidden")
    pairs = {(a, row[a], b, row[b]) for row in rows for a in names for b in names if a < b and "?" not in row.values()}
    assert len(pairs) == 24


def test_a_quota_is_met_by_what_is_rendered(job_file, tmp_path, capsys):
    quota, plan, out = tmp_path / "quota.yaml", tmp_path / "plan.yaml", tmp_path / "set"
    quota.write_text(QUOTA)
    assert main(["scenario", "plan", str(job_file), "--quota", str(quota), "--out", str(plan)]) == 0
    assert "9 of 9 cells met" in capsys.readouterr().out
    assert main(["render", str(job_file), "--plan", str(plan), "--out", str(out), "--workers", "1"]) == 0
    cells, balls = Counter(), 0
    for _, own, objects in levels_by_hand(out):
        for _, found in objects:
            if found["status"] != "labelled":
                continue
            balls += found["class"] == "ball" and own["light"] == "dim"
            if found["class"] == "can":
                cells[found["size"], found["hidden"], own["light"]] += 1
    assert balls == 3
    assert {count for cell, count in cells.items() if "?" not in cell} == {2}
    assert len(cells) == 8
    # Another seed would make other scenes than those that were counted.
    assert main(["render", str(job_file), "--plan", str(plan), "--seed", "5", "--out", str(tmp_path / "no")]) == 2
    assert "counted for a job with another scene" in capsys.readouterr().err


def test_rows_out_of_reach_are_broken_up_and_named(job_file):
    # A can of which 97 % must show and be hidden at once cannot be, whatever the row.
    job = load_job(job_file, ["factors.hidden.levels={free: [0, 0.05], never: [1.0, 1.0]}", "max_attempts=3"])
    tried = try_plan(job, covering_plan(job, 1, factors=["light", "hidden"]))
    assert [dict(item.levels)["hidden"] for item in tried.unreachable] == ["never"]
    assert "constraints missed: occlusion of cans 1..1" in tried.unreachable[0].reason
    held = {pair for row in tried.plan.rows for pair in row.levels.items()}
    assert {("light", "dim"), ("light", "bright"), ("hidden", "free")} <= held


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (["factors.crowd.levels={one: 1, ten: 10}"], "level ten can never come"),
        (["factors.crowd.of=objects.cans.cuont"], "did you mean 'objects.cans.count'"),
        (["factors.crowd.levels={one: 1}"], "at least two levels"),
        (["factors.crowd.levels={}"], "at least two levels"),
        (["factors={}"], "no key factors"),
        (["factors.light.boost={dusk: 2}"], "must name levels of the factor (dim, bright)"),
    ],
)
def test_bad_factors_are_refused_before_anything_is_planned(job_file, tmp_path, capsys, sets, words):
    options = [word for text in sets for word in ("--set", text)]
    plan = tmp_path / "plan.yaml"
    assert main(["scenario", "plan", str(job_file), "--out", str(plan), *options]) == 2
    assert words in capsys.readouterr().err
    assert not plan.exists()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("[{levels: {crwod: one}}]", "there is no factor 'crwod'"),
        ("[{levels: {crowd: ten}}]", "no level 'ten'"),
        ("[]", "rows: must be a list of 1 or more values"),
        ("[{levels: {crowd: one}}]\nhash: abc", "was changed"),
        ("[{levels: {crowd: one}}]\nforbidden: [{crowd: one}]", "forbidden combination"),
    ],
)
def test_bad_plans_are_refused_before_the_first_frame(job_file, tmp_path, capsys, rows, words):
    plan, out = tmp_path / "plan.yaml", tmp_path / "set"
    plan.write_text(f"rows: {rows}\n")
    assert main(["render", str(job_file), "--plan", str(plan), "--out", str(out)]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("quota", "sets", "words"),
    [
        (
            "over: [crowd, light]\neach: 3",
            ["factors.crowd.levels={one: 1, ten: 10}"],
            "{crowd: ten, light: dim} can never",
        ),
        ("over: [size]\neach: 3", ["image.height=20", "image.width=26"], "{size: large} can never come: between must"),
        ("over: [crowd]\neach: 3\ncells:\n- {levels: {crowd: one, size: small}, count: 9}", [], "at most 3"),
        ("over: [crowd]\neach: 3", ["labels.min_apparent_contrast=2"], "min_apparent_contrast"),
    ],
)
def test_impossible_quotas_are_refused_before_anything_is_drawn(job_file, tmp_path, capsys, quota, sets, words):
    path, plan = tmp_path / "quota.yaml", tmp_path / "plan.yaml"
    path.write_text(quota)
    options = [word for text in sets for word in ("--set", text)]
    assert main(["scenario", "plan", str(job_file), "--quota", str(path), "--out", str(plan), *options]) == 2
    assert words in capsys.readouterr().err
    assert not plan.exists()


def test_a_cell_out_of_reach_is_named_and_the_rest_is_met(job_file, tmp_path):
    quota = tmp_path / "quota.yaml"
    quota.write_text("over: [hidden]\neach: 3\ntries: 6\n")
    job = load_job(job_file, ["factors.hidden.levels={free: [0, 0.05], never: [1.0, 1.0]}"])
    plan, result = quota_plan(job, quota)
    free, never = result.cells
    assert (free.made, free.met, never.made, never.met) == (3, True, 0, False)
    assert "given up after 6 scenes" in never.reason
    assert plan is not None
    quota.write_text("over: [hiden]\neach: 3")
    with pytest.raises(ConfigError, match="no factor 'hiden'"):
        quota_plan(job, quota)
