"""Defects in scenes: drawn, placed, labelled; the id image against a mask projected independently."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from synthvision.config.job import load_job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import ConfigError
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.frame import FrameMaker, open_sampler
from synthvision.sampling.defects.config import DefectsSpec
from synthvision.scene import scene_from_json, scene_to_json

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    plates:
      pick: bracket
      variants: 2
      count: 1
      materials: {holes: {roughness: 0.5}, body: {base_colour: [0.5, 0.5, 0.52]}}
      params: {style: plate, missing: none, cutout: none, screws: none, width_m: 0.07, length_m: 0.07}
      defects:
        kinds:
          scratch: {severity: 1.0, length_m: 0.03, where: up}
          stain: {severity: 1.0, length_m: 0.014, where: up}
          dent: {severity: 0.6, length_m: 0.012, where: up}
          crack: {severity: 1.0, length_m: 0.03, where: up}
          misprint: {length_m: 0.026, where: up, params: {variant: doubled}}
          hairline: {kind: scratch, severity: 0.0, length_m: 0.012, where: up}
      placement: {kind: fixed}
  lights: {lamp: {kind: rect, illuminance_lux: 3000, distance_m: 0.4, width_m: 0.2, height_m: 0.2}}
  camera: {kind: shell, distance_m: 0.4, elevation_deg: 80, fov_deg: 20, look_at: [0, 0, 0]}
classes:
  - {name: scratch, match: {attributes: {defect: scratch}}}
  - {name: stain, match: {asset: defect_stain}}
  - {name: mark, match: {group: "plates#defects"}}
  - {name: plate, match: {group: plates}}
image: {width: 640, height: 480}
"""


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    path = tmp_path_factory.mktemp("defects") / "job.yaml"
    path.write_text(JOB)
    return load_job(path)


@pytest.fixture(scope="module")
def frame(job):
    with FrameMaker(job) as maker:
        yield maker.make(1)


def test_each_defect_is_an_object_with_its_hosts_pose(frame):
    objects = {item.name: item for item in frame.scene.objects}
    host = objects["plates/0"]
    marks = [item for item in objects.values() if "#" in item.name]
    assert {item.name for item in marks} == {
        f"plates/0#{name}/0" for name in ("scratch", "stain", "dent", "crack", "misprint", "hairline")
    }
    assert host.attributes["defects"] == "6"
    for item in marks:
        assert (item.position_m, item.rotation_wxyz, item.scale) == (host.position_m, host.rotation_wxyz, host.scale)
        assert item.attributes["host"] == "plates/0"
        assert item.asset.params["host"]["name"] == "bracket"
    assert objects["plates/0#scratch/0"].attributes["severity_level"] == "severe"
    assert Counter(item.category for item in marks) == {"scratch": 2, "stain": 1, "mark": 3}
    assert frame.scene.factors["objects.plates.0.defects.misprint.0.severity"] == pytest.approx(
        float(objects["plates/0#misprint/0"].attributes["severity"]), abs=0.006
    )


def projected_mask(frame, item, library) -> tuple[np.ndarray, np.ndarray]:
    """Where a mark is seen by its own texture and pose, and where that is plain (no texel near the cut-off)."""
    camera = frame.scene.camera
    (part,) = library.load_model(item.asset).parts
    (material,) = library.load_model(item.asset).materials
    world = part.positions_n3.astype(np.float64) @ item.world_from_model[:3, :3].T + item.world_from_model[:3, 3]
    # The mark lies in a plane: a pixel's ray meets it at one place, whose texture coordinates are affine in it.
    triangle = part.triangles_m3[np.argmax(np.ptp(part.uvs_n2[part.triangles_m3], axis=1).sum(axis=1))]
    origin, normal = world[triangle[0]], np.cross(*(world[triangle[1:]] - world[triangle[0]]))
    height, width = frame.captured.labels.id_hw.shape
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = (
        np.stack([x, y, np.ones_like(x)], axis=-1) @ np.linalg.inv(camera.k_33).T @ camera.world_from_camera[:3, :3].T
    )
    eye = camera.world_from_camera[:3, 3]
    hit = eye + rays * (((origin - eye) @ normal) / (rays @ normal))[..., None]
    edges = (world[triangle[1:]] - origin).T
    shares = np.linalg.lstsq(edges, (hit - origin).reshape(-1, 3).T, rcond=None)[0]
    uv_edges = (part.uvs_n2[triangle[1:]] - part.uvs_n2[triangle[0]]).astype(np.float64)
    uv = (part.uvs_n2[triangle[0]] + shares.T @ uv_edges).reshape(height, width, 2)
    pixels = material.base_colour_map.pixels_hwc
    inside = ((uv > 0) & (uv < 1)).all(axis=-1)
    # The mean of the texels under each pixel, by sums over boxes.
    footprint = np.abs(np.diff(uv, axis=1)).max(axis=(0, 1)) * [pixels.shape[1], pixels.shape[0]]
    reach = np.maximum(np.round(footprint / 2), 0).astype(int)
    column = np.clip((uv[..., 0] * pixels.shape[1]).astype(int), 0, pixels.shape[1] - 1)
    row = np.clip((uv[..., 1] * pixels.shape[0]).astype(int), 0, pixels.shape[0] - 1)
    alpha = np.zeros((height, width))
    offsets = [(dy, dx) for dy in range(-reach[1], reach[1] + 1) for dx in range(-reach[0], reach[0] + 1)]
    low, high = np.full((height, width), 1.0), np.zeros((height, width))
    for dy, dx in offsets:
        value = pixels[np.clip(row + dy, 0, pixels.shape[0] - 1), np.clip(column + dx, 0, pixels.shape[1] - 1), 3] / 255
        alpha += value / len(offsets)
        low, high = np.minimum(low, value), np.maximum(high, value)
    return inside & (alpha >= 0.5), inside & ((low > 0.55) | (high < 0.45))


@pytest.mark.parametrize("name", ["stain", "misprint", "scratch", "crack"])
def test_ids_are_the_projected_alpha_mask(frame, name):
    library = AssetLibrary.open(())
    item = next(item for item in frame.scene.objects if item.name == f"plates/0#{name}/0")
    ids = frame.captured.labels.id_hw == item.instance_id
    mask, plain = projected_mask(frame, item, library)
    assert ids.sum() > 60
    # Only where a whole footprint is clearly in or out is there one right answer; elsewhere at most a pixel apart.
    owner = next(other for other in frame.scene.objects if other.name == "plates/0")
    mine = np.isin(frame.captured.labels.id_hw, (item.instance_id, owner.instance_id))
    assert (ids == mask)[plain & mine].mean() > 0.995
    grown = np.zeros_like(mask)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            grown |= np.roll(mask, (dy, dx), (0, 1))
    assert (ids & ~grown).sum() <= 0.02 * ids.sum()


def test_a_dent_covers_its_rim_without_gaps(frame):
    item = next(item for item in frame.scene.objects if item.name == "plates/0#dent/0")
    ids = frame.captured.labels.id_hw == item.instance_id
    rows, columns = np.nonzero(ids)
    # A closed blob: every row is one run of pixels (no flicker between mark and host).
    runs = [np.count_nonzero(np.diff(np.concatenate([[0], ids[row].astype(int)])) == 1) for row in np.unique(rows)]
    assert np.mean(np.array(runs) == 1) > 0.9
    assert 0.5 < ids.sum() / (np.ptp(rows) + 1) / (np.ptp(columns) + 1) < 0.95


def test_a_hairline_has_pixels_or_is_hidden(frame):
    (label,) = [label for label in frame.annotated.instances if label.name == "plates/0#hairline/0"]
    assert label.visible_pixels > 0 or label.status == "hidden"


def test_a_scene_with_defects_survives_json_and_is_drawn_again(frame, job):
    scene = scene_from_json(scene_to_json(frame.scene))
    assert scene == frame.scene
    with FrameMaker(job) as maker:
        again = maker.make_scene(scene)
    assert np.array_equal(again.captured.labels.id_hw, frame.captured.labels.id_hw)
    assert np.array_equal(again.captured.rgb_hwc, frame.captured.rgb_hwc)


def test_sampling_is_a_pure_function(job):
    library = AssetLibrary.open(())
    one, other = open_sampler(job, library), open_sampler(job, AssetLibrary.open(()))
    other.sample(5)
    assert scene_to_json(one.sample(2)) == scene_to_json(other.sample(2))


def test_sound_parts_say_so_and_marks_keep_apart(tmp_path):
    path = tmp_path / "job.yaml"
    path.write_text(
        JOB.replace("        kinds:", "        probability: 0.5\n        kinds:", 1).replace(
            "hairline: {", "more: {count: 3, "
        )
    )
    job = load_job(path)
    sampler = open_sampler(job, AssetLibrary.open(()))
    scenes = [sampler.sample(k) for k in range(16)]
    counts = [next(item for item in scene.objects if item.name == "plates/0").attributes["defects"] for scene in scenes]
    assert 2 <= counts.count("0") <= 14
    for scene in scenes:
        marks = [item for item in scene.objects if "#" in item.name]
        for index, first in enumerate(marks):
            for second in marks[:index]:
                gap = np.subtract(first.asset.params["seat_m"], second.asset.params["seat_m"])
                reach = sum(
                    0.5 * np.hypot(m.asset.params["length_m"], m.asset.params["width_m"]) for m in (first, second)
                )
                assert np.linalg.norm(gap) >= reach


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dent: {", "bump: {", "kinds.bump: must be one of scratch"),
        ("severity: 0.6", "severity: 1.6", "must be 0..1"),
        ("length_m: 0.012, where: up}", "length_m: 0.012, part: bodi}", "no picked model has a part 'bodi'.*'body'"),
        ("variant: doubled", "variation: doubled", "misprint has no further parameter 'variation'"),
        ("defect: scratch", "defect: scrape", "no object of the scene can get class 'scratch'"),
    ],
)
def test_faults_of_a_scene_file_are_named(tmp_path, old, new, message):
    path = tmp_path / "job.yaml"
    path.write_text(JOB.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        open_checked_library(load_job(path))


def test_kinds_may_be_a_list():
    assert set(DefectsSpec.model_validate({"kinds": ["scratch", "stain"]}).kinds) == {"scratch", "stain"}
