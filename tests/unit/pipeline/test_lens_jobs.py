"""A whole job through lenses: records, layers and annotations agree with each other and with the scene drawn again."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest

from synthvision.config.job import load_job
from synthvision.core.errors import ConfigError
from synthvision.dataset.reader import open_dataset
from synthvision.pipeline.check import check_dataset
from synthvision.pipeline.run import render_job
from synthvision.scene import BrownConradyLens, KannalaBrandtLens
from synthvision.scene.rays import camera_rays, project_to_picture, unproject_picture

JOB = """
scene:
  surface: {pick: ground, size_m: [3, 3], material: {pick: {category: floor}, variants: 2}}
  objects:
    bottles:
      pick: bottle
      variants: 2
      count: 2
      placement: {kind: on_surface, region: {radius_m: 0.25}}
    dice:
      pick: die
      variants: 2
      count: 2
      scale: 4
      placement: {kind: on_surface, region: {radius_m: 0.3}}
  lights:
    sun: {kind: sun, illuminance_lux: 30000, elevation_deg: 50}
  environment: {pick: studio, illuminance_lux: 4000, variants: 1}
  cameras:
    - kind: shell
      name: front
      distance_m: 0.8
      elevation_deg: 30
      fov_deg: 70
      lens: {kind: brown_conrady, k1: {uniform: [-0.3, -0.2]}, k2: 0.07, p1: 0.001}
      optics: {red_scale: 1.001, blue_scale: 0.999}
    - {kind: rig, name: fisheye, offset_m: [0, 0, 0.3], fov_deg: 185, optics: null,
       lens: {kind: kannala_brandt, k1: 0.01, max_angle_deg: 94}}
classes:
  - {name: bottle, match: {category: bottle}}
  - {name: die, match: {category: die}}
frames: 4
image: {width: 200, height: 150}
output: {depth: true, ids: true, normals: true}
labels: {amodal_segmentation: true}
"""


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    path = tmp_path_factory.mktemp("job") / "lenses.yaml"
    path.write_text(JOB)
    return path


@pytest.fixture(scope="module")
def lens_set(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "lenses"
    summary = render_job(load_job(job), folder, workers=1)
    assert summary.done == 4
    return folder


def test_a_set_through_lenses_has_no_findings_even_when_drawn_again(lens_set):
    assert check_dataset(lens_set, rerender=4) == []


def test_the_manifest_says_what_depth_is(lens_set):
    layer = json.loads((lens_set / "manifest.json").read_text())["layers"]["depth"]
    assert layer["unit"] == (
        "metres along the camera's z axis, of a kannala_brandt camera along the ray; +inf where nothing is seen"
    )


def test_depth_takes_the_floor_back_to_where_it_lies(lens_set):
    data = open_dataset(lens_set)
    for frame in range(4):
        record = data.frame(frame)
        scene = record.scene
        assert isinstance(scene.camera.lens, (BrownConradyLens, KannalaBrandtLens)[frame % 2])
        floor = next(item.instance_id for item in scene.objects if item.role == "background")
        rows, columns = np.nonzero(record.ids() == floor)
        pixels = np.stack([columns + 0.5, rows + 0.5], axis=1)
        depth = record.depth()[rows, columns]
        points = unproject_picture(scene.camera, pixels, depth)
        height = (points @ scene.camera.world_from_camera[:3, :3].T + scene.camera.position_m)[:, 2]
        # A label sample lies up to half a pixel off, which far on the floor is centimetres.
        assert np.median(np.abs(height)) < 0.003
        assert np.quantile(np.abs(height), 0.9) < 0.02


def test_boxes_and_corners_lie_on_the_objects(lens_set):
    data = open_dataset(lens_set)
    checked = 0
    for frame in range(4):
        record = data.frame(frame)
        camera = record.scene.camera
        for label in record.record.instances:
            if label.box_xyxy is None or label.role == "background" or label.visible_fraction < 0.99:
                continue
            assert label.truncation is not None
            corners = [corner for corner in label.bbox_3d.corners_px if corner is not None]
            middle = project_to_picture(camera, [label.bbox_3d.centre_m])[0]
            x1, y1, x2, y2 = label.box_xyxy
            assert x1 - 1 <= middle[0] <= x2 + 1
            assert y1 - 1 <= middle[1] <= y2 + 1
            assert len(corners) == 8
            checked += 1
    assert checked >= 4


def test_pixels_that_no_ray_falls_on_are_black_and_nobodys(lens_set):
    record = open_dataset(lens_set).frame(1)
    dark = ~camera_rays(record.scene.camera).any(axis=2)
    assert 0 < dark.mean() < 0.5
    assert record.rgb()[dark].max() == 0
    assert record.ids()[dark].max() == 0
    assert np.isinf(record.depth()[dark]).all()


def test_a_corner_moved_by_a_pixel_is_found(lens_set, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(lens_set, broken)
    path = broken / "records" / "00000.jsonl"
    lines = path.read_text().splitlines()
    record = json.loads(lines[1])
    label = next(item for item in record["instances"] if item["bbox_3d"]["corners_px"][0])
    label["bbox_3d"]["corners_px"][0][0] += 1.0
    lines[1] = json.dumps(record, sort_keys=True)
    path.write_text("\n".join(lines) + "\n")
    assert "bbox_3d" in {finding.check for finding in check_dataset(broken)}


def test_a_picture_moved_by_a_pixel_is_found_by_drawing_again(lens_set, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(lens_set, broken)
    path = broken / "images/0000/00000000.png"
    cv2.imwrite(str(path), np.roll(cv2.imread(str(path)), 1, axis=1))
    found = {finding.check for finding in check_dataset(broken, rerender=4) if finding.frame == 0}
    assert "rerender_picture" in found


def test_a_folding_lens_stops_the_job_before_its_first_frame(job, tmp_path):
    wrong = load_job(job, ["scene.cameras.0.lens.k1={uniform: [-1.5, -0.2]}", "scene.cameras.0.lens.k2=0"])
    with pytest.raises(ConfigError) as error:
        render_job(wrong, tmp_path / "out", workers=1)
    (problem,) = error.value.problems
    assert problem.key_path.startswith("scene.cameras.0.")
    assert "turns back" in problem.message
    assert not (tmp_path / "out").exists()
