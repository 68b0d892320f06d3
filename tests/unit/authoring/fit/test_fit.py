"""A scene fitted to annotations whose distributions are known gives boxes like theirs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from synthvision.authoring.fit.annotations import read_coco
from synthvision.authoring.fit.run import FitOptions, fit_annotations
from synthvision.config.job import check_scene
from synthvision.core.errors import ConfigError, DatasetError, UsageError
from synthvision.core.streams import rng_for
from synthvision.core.yaml_file import load_yaml

SCENE = """\
description: Balls on the ground
surface: {size_m: [20, 20]}
objects:
  balls:
    pick: ball
    params: {kind: baseball, flattening: 0}
    count: 2
    variants: 2
    placement: {kind: on_surface, region: {radius_m: 0.3}}
  blocks:
    pick: crate
    count: 0
    variants: 2
    placement: {kind: on_surface, region: {radius_m: 0.5}}
camera: {kind: shell, distance_m: 1.2, look_at: [0, 0, 0.1], elevation_deg: {uniform: [55, 75]}, fov_deg: 50}
"""
WIDTH, HEIGHT = 400, 300


def annotations(images=160):
    """Pictures with 1 to 4 balls: the more there are, the smaller they are; left of the middle and below it."""
    rng = rng_for(1, 0, "test.real")
    data = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "ball"}, {"id": 2, "name": "block"}]}
    for index in range(images):
        data["images"].append({"id": index, "file_name": f"{index}.jpg", "width": WIDTH, "height": HEIGHT})
        count = int(rng.integers(1, 5))
        size = float(np.exp(rng.normal(np.log(0.16) - 0.12 * (count - 1), 0.12)))
        middle = rng.normal([0.42, 0.55], [0.05, 0.04])
        for _ in range(count):
            x, y = middle + rng.normal(0, [0.07, 0.09])
            side = size * np.exp(rng.normal(0, 0.03)) * np.sqrt(WIDTH * HEIGHT)
            left, top = (
                float(np.clip(x * WIDTH - side / 2, 0, WIDTH - side)),
                float(np.clip(y * HEIGHT - side / 2, 0, HEIGHT - side)),
            )
            data["annotations"].append({
                "id": len(data["annotations"]), "image_id": index, "category_id": 1, "bbox": [left, top, side, side]
            })  # fmt: skip
    return data


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    (folder / "balls.yaml").write_text(SCENE)
    real = folder / "real.json"
    real.write_text(json.dumps(annotations()))
    result = fit_annotations(
        real, folder / "fit.yaml", scene="balls.yaml", report=folder / "report", options=FitOptions(rows=120, scenes=80)
    )
    return folder, result


def by_name(comparison):
    return {each.name: each for each in comparison.marginals}


def test_the_fitted_scene_has_boxes_like_the_photos(fitted):
    _, result = fitted
    before, after = by_name(result.before), by_name(result.after)
    assert before["size"].p_holm <= 0.05
    assert before["x"].p_holm <= 0.05
    for name in ("size", "x", "y", "boxes in the picture"):
        assert after[name].distance < 0.16, name
        assert after[name].distance < before[name].distance, name
    assert after["size"].mean[1] == pytest.approx(after["size"].mean[0], rel=0.05)
    assert after["x"].mean[1] == pytest.approx(after["x"].mean[0], abs=0.02)
    assert after["y"].mean[1] == pytest.approx(after["y"].mean[0], abs=0.02)
    assert result.after.energy < 0.5 * result.before.energy


def test_the_file_builds_on_the_scene_and_is_checked(fitted):
    folder, result = fitted
    document = load_yaml(result.out)
    assert document.data["extends"] == "balls.yaml"
    spec = check_scene(document, folder)
    table = spec.tables["pictures"]
    assert table.rows == 120
    assert set(table.columns["balls"]) == {1, 2, 3, 4}
    # What goes together in the photos goes together in the table: more balls, farther away.
    assert np.corrcoef(table.columns["balls"], table.columns["distance_m"])[0, 1] > 0.4
    assert spec.objects["blocks"].count == 0
    assert spec.objects["balls"].placement.region.radius_m != 0.3
    assert "160 pictures" in result.out.read_text()


def test_the_report_has_figures_and_pictures(fitted):
    folder, result = fitted
    figures = json.loads((folder / "report" / "fit.json").read_text())
    assert figures["pictures"] == 160
    assert sum(int(count) * pictures for count, pictures in figures["counts"].items()) == figures["boxes"]
    assert figures["groups"] == {"ball": "balls", "block": "blocks"}
    assert figures["class_shares"] == {"ball": 1.0, "block": 0.0}
    assert figures["after"]["energy"] == result.after.energy
    assert {score["kind"] for score in figures["held_out_log_likelihood"]} == {"bootstrap", "mixture", "copula"}
    for name in ("marginals.png", "co_occurrence.png"):
        assert (folder / "report" / name).read_bytes().startswith(b"\x89PNG")


def test_rare_pictures_come_more_often_with_weights(fitted, tmp_path):
    folder, _ = fitted
    (tmp_path / "balls.yaml").write_text(SCENE)
    out = tmp_path / "rare.yaml"
    fit_annotations(
        folder / "real.json",
        out,
        scene="balls.yaml",
        options=FitOptions(rows=80, scenes=12, rare_share=0.4, kind="mixture"),
    )
    table = check_scene(load_yaml(out), tmp_path).tables["pictures"]
    assert table.rows > 80
    natural = np.array(table.weights) * np.array(table.importance)
    rare = np.array(table.importance) < 1
    assert np.array(table.weights)[rare].sum() / sum(table.weights) == pytest.approx(0.4, abs=0.01)
    assert natural[rare].sum() / natural.sum() == pytest.approx(0.1, abs=0.01)


def test_the_same_seed_gives_the_same_file(tmp_path):
    (tmp_path / "real.json").write_text(json.dumps(annotations(30)))
    for name in ("one.yaml", "two.yaml"):
        fit_annotations(tmp_path / "real.json", tmp_path / name, options=FitOptions(rows=20))
    assert (tmp_path / "one.yaml").read_bytes() == (tmp_path / "two.yaml").read_bytes()


def test_without_a_scene_tables_are_written(tmp_path):
    (tmp_path / "real.json").write_text(json.dumps(annotations(40)))
    result = fit_annotations(tmp_path / "real.json", tmp_path / "fit.yaml", options=FitOptions(rows=30))
    data = load_yaml(result.out).data
    assert set(data["tables"]["pictures"]["columns"]) == {"ball", "block", "size", "x", "y"}
    assert data["tables"]["boxes"]["per"] == "object"
    assert set(data["tables"]["boxes"]["columns"]) == {"size", "aspect", "x", "y"}
    assert result.before is result.after is None


def test_what_cannot_be_fitted_is_said(tmp_path):
    real = tmp_path / "real.json"
    (tmp_path / "balls.yaml").write_text(SCENE)
    empty = annotations(4) | {"annotations": []}
    real.write_text(json.dumps(empty))
    with pytest.raises(UsageError, match="must hold boxes to learn from"):
        fit_annotations(real, tmp_path / "fit.yaml")
    real.write_text(json.dumps(annotations(4)))
    with pytest.raises(ConfigError, match=r"there is no file .*bals.yaml; did you mean 'balls.yaml'"):
        fit_annotations(real, tmp_path / "fit.yaml", scene="bals.yaml")
    with pytest.raises(UsageError, match=r"--map ball=bals: there is no group 'bals'; did you mean 'balls'"):
        fit_annotations(real, tmp_path / "fit.yaml", scene="balls.yaml", options=FitOptions(classes={"ball": "bals"}))
    other = annotations(4) | {"categories": [{"id": 1, "name": "whale"}]}
    real.write_text(json.dumps(other))
    with pytest.raises(UsageError, match=r"must stand for a class of the annotations \(whale\); say which with --map"):
        fit_annotations(real, tmp_path / "fit.yaml", scene="balls.yaml")
    assert not (tmp_path / "fit.yaml").exists()


def test_the_command(tmp_path, capsys):
    from synthvision.cli.main import main

    data = annotations(40)
    data["annotations"].append({"id": 999, "image_id": 0, "category_id": 8, "bbox": [1, 1, 4, 4]})
    (tmp_path / "real.json").write_text(json.dumps(data))
    assert main(["scenario", "fit", str(tmp_path / "real.json"), "--out", str(tmp_path / "fit.yaml")]) == 0
    shown = capsys.readouterr()
    assert "40 pictures" in shown.out
    assert str(tmp_path / "fit.yaml") in shown.out
    assert "a category that the file names; left out: 1 time, first annotation 999: 8" in shown.err
    assert main(["scenario", "fit", str(tmp_path / "none.json"), "--out", "x.yaml"]) == DatasetError.exit_code


@pytest.mark.shared
@pytest.mark.parametrize(("name", "pictures", "boxes"), [("cards", 296, 527), ("dice", 200, 1487)])
def test_real_photos(name, pictures, boxes, tmp_path):
    path = _photos() / name / "annotations.json"
    real = read_coco(path)
    assert (len(real.images), real.boxes, real.problems) == (pictures, boxes, ())
    result = fit_annotations(path, tmp_path / "fit.yaml", options=FitOptions(rows=100))
    assert len(result.joint.scores) == 3
    drawn = load_yaml(result.out).data["tables"]["pictures"]["columns"]
    sizes = [np.sqrt(box.size_wh[0] * box.size_wh[1]) for image in real.images for box in image.boxes]
    assert np.median(drawn["size"]) == pytest.approx(np.median(sizes), rel=0.15)


def _photos() -> Path:
    """The folder of photos beside that of the shared assets."""
    root = Path(os.environ.get("SYNTHVISION_ASSETS", "").partition(os.pathsep)[0].rpartition("=")[2])
    folder = root.parent / "real"
    if not folder.is_dir():
        pytest.skip("needs the photos beside the folder named by SYNTHVISION_ASSETS")
    return folder
