"""The commands of realism on a small set, from training to the guard's verdict."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from synthvision.cli.main import main
from synthvision.config.job import load_job
from synthvision.core.streams import rng_for
from synthvision.core.yaml_file import load_yaml
from synthvision.dataset.reader import open_dataset
from synthvision.pipeline.run import render_job

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    bottles:
      pick: bottle
      count: 2
      placement: {kind: on_surface, region: {radius_m: 0.15}, clearance_m: 0.03}
  lights:
    sun: {kind: sun, illuminance_lux: 40000, elevation_deg: 50}
  environment: {pick: studio, illuminance_lux: 4000}
  camera: {kind: shell, fill: 1.2, fov_deg: 45}
classes: [{name: bottle, match: {category: bottle}}]
frames: 6
image: {width: 128, height: 96}
"""
TINY = "crop=32 steps=4 batch=1 width=4 blocks=1 downs=1 discriminator_width=4 discriminator_layers=1 evaluate_crops=8"
TINY += " evaluate_every=4 log_every=2 sheet_every=4 save_every=4 nce_patches=8 device=cpu"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("realism")
    (folder / "job.yaml").write_text(JOB)
    assert render_job(load_job(folder / "job.yaml"), folder / "set", workers=1).done == 6
    (folder / "photos").mkdir()
    for number in range(8):
        coarse = rng_for(number, 0, "photo").integers(40, 200, (9, 12, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"photos/{number}.png"), cv2.resize(coarse, (128, 96), interpolation=cv2.INTER_CUBIC))
    return folder


def test_a_trained_generator_is_applied_and_checked(folder, capsys):
    words = ["realism", "train", "--synthetic", str(folder / "set"), "--real", str(folder / "photos")]
    changes = [word for each in TINY.split() for word in ("--set", each)]
    assert main([*words, "--method", "cut", "--out", str(folder / "training"), *changes]) == 0
    weights = capsys.readouterr().out.strip()
    (folder / "generator.yaml").write_text(f"refiners:\n  - {{kind: generator, weights: {weights}}}\n")
    code = main(
        ["realism", "apply", str(folder / "set"), "--with", str(folder / "generator.yaml"),
         "--out", str(folder / "refined"), "--device", "cpu"]
    )  # fmt: skip
    shown = capsys.readouterr()
    assert (code, shown.out.strip()) == (0, str(folder / "refined"))
    assert "6 images" in shown.err
    assert "guard: pictures" in shown.err
    (model,) = open_dataset(folder / "refined").manifest.realism.models
    assert (model.kind, model.real_photos > 0, len(model.sha256)) == ("generator", True, 64)
    assert (folder / "refined" / "preview.png").is_file()
    # What was accepted holds the guard's limits; the renders themselves do too.
    assert main(["realism", "check", str(folder / "set"), "--pictures", str(folder / "set")]) == 0
    assert capsys.readouterr().out == ""


def test_pictures_with_erased_objects_do_not_pass(folder, tmp_path, capsys):
    for frame in open_dataset(folder / "set"):
        picture = cv2.GaussianBlur(frame.rgb(), (0, 0), 14)
        cv2.imwrite(str(tmp_path / f"{frame.index:08d}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert main(["realism", "check", str(folder / "set"), "--pictures", str(tmp_path)]) == 1
    found = capsys.readouterr().out.splitlines()
    assert len(found) >= 6
    assert all(line.startswith("frame ") for line in found)


def test_limits_come_from_planted_faults(folder, tmp_path, capsys):
    report = tmp_path / "report.json"
    assert main(["realism", "calibrate", str(folder / "set"), "--frames", "3", "--json", str(report)]) == 0
    shown = capsys.readouterr().out
    assert "planted faults caught" in shown
    figures = json.loads(report.read_text())
    assert {row["kind"] for row in figures["detection"]} >= {"shift", "erase"}


def test_a_camera_is_measured(folder, capsys, tmp_path):
    assert main(["realism", "measure", str(folder / "photos")]) == 0
    (tmp_path / "found.yaml").write_text(capsys.readouterr().out)
    assert "camera.optics.blur_px" in load_yaml(tmp_path / "found.yaml").data["set"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["apply", "SET", "--with", "none.yaml", "--out", "OUT"], "there is no such file"),
        (["train", "--synthetic", "SET", "--real", "SET/depth", "--out", "OUT"], "depth"),
        (["train", "--synthetic", "SET", "--real", "SET", "--size", "300", "--out", "OUT"], "must be 256 or 512"),
        (["train", "--synthetic", "SET", "--real", "PHOTOS", "--method", "gan", "--out", "OUT"], "method"),
        (["train", "--synthetic", "SET", "--real", "PHOTOS", "--set", "stepz=3", "--out", "OUT"], "mean 'steps'"),
        (["distil", "SET", "--out", "OUT"], "either --with REALISM.yaml or --pairs DIR"),
        (["check", "SET", "--pictures", "PHOTOS/none"], "must hold pictures of the frames"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_writes_nothing(folder, tmp_path, capsys, words, message):
    out = tmp_path / "out"
    places = {"SET": str(folder / "set"), "PHOTOS": str(folder / "photos"), "OUT": str(out)}
    for name, place in places.items():
        words = [word.replace(name, place) for word in words]
    assert main(["realism", *words]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert not out.exists()


def test_copies_of_training_photos_are_found(folder, tmp_path, capsys):
    for number in range(12):
        fine = rng_for(100 + number, 0, "photo").integers(0, 255, (24, 32, 3)).astype(np.uint8)
        picture = cv2.resize(fine, (128, 96), interpolation=cv2.INTER_CUBIC)
        part = "held" if number % 2 else "known"
        (tmp_path / part).mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / part / f"{number}.png"), picture)
    words = ["realism", "privacy", str(tmp_path / "known"), "--training", str(tmp_path / "known")]
    main([*words, "--held-out", str(tmp_path / "held"), "--sheet", str(tmp_path / "pairs.png")])
    shown = capsys.readouterr().out
    assert "6 outputs against 6 photos trained on and 6 kept back" in shown
    assert "look at " in shown
    assert (tmp_path / "pairs.png").is_file()
    assert main(words) == 2
    assert "either --held-out PHOTOS or --diffusion MODEL" in capsys.readouterr().err


def test_boxes_of_a_category_are_masked(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    white = np.full((40, 60, 3), 90, np.uint8)
    white[10:30, 20:40] = 255
    cv2.imwrite(str(tmp_path / "photos/a.png"), white)
    coco = {
        "images": [{"id": 1, "file_name": "photos/a.png", "width": 60, "height": 40}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 10, 20, 20], "area": 400, "iscrowd": 0}
        ],
        "categories": [{"id": 1, "name": "face"}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    assert (
        main(["realism", "mask", str(tmp_path / "coco.json"), "--out", str(tmp_path / "out"), "--category", "face"])
        == 0
    )
    assert "1 of 1 photos masked: 1 face" in capsys.readouterr().err
    (masked,) = (tmp_path / "out" / "images").rglob("*.png")
    assert cv2.imread(str(masked)).max() < 200
