"""Sequences from job to data set: flow that leads to the same instances, videos and tracks, faults that are found."""

from __future__ import annotations

import contextlib
import io
import json
import shutil

import numpy as np
import pytest
import tifffile
from pycocotools.coco import COCO

from synthvision.config.job import load_job
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.checks.sequences import warped_agreement
from synthvision.pipeline.check import check_dataset
from synthvision.pipeline.frame import FrameMaker
from synthvision.pipeline.replay import replay_frame
from synthvision.pipeline.run import render_job
from synthvision.scene import scene_to_json

JOB = """
scene:
  surface: {pick: ground, size_m: [30, 30], material: {pick: {category: floor}, variants: 1}}
  objects:
    cones:
      pick: traffic_cone
      variants: 1
      count: 3
      placement: {kind: scatter, min_distance_m: 0.7, region: {radius_m: 1.4}}
    balls:
      pick: ball
      variants: 1
      count: 1
      scale: 2
      placement: {kind: on_surface, region: {radius_m: 0.3, centre_m: [-1.2, 0]}}
      motion: {kind: linear, speed_m_s: {uniform: [1, 2]}, heading_deg: 80, rolls: true}
  lights:
    sun: {kind: sun, illuminance_lux: 40000, elevation_deg: 40}
  environment: {pick: studio, illuminance_lux: 4000, variants: 1}
  cameras:
    - kind: shell
      name: left
      distance_m: {uniform: [3, 4]}
      elevation_deg: 20
      azimuth_deg: {uniform: [160, 200]}
      fov_deg: 60
      motion:
        kind: linear
        speed_m_s: 1.5
        shake: {position_m: 0.002, angle_deg: 0.3}
    - {kind: rig, name: right, offset_m: [0.2, 0, 0]}
classes:
  - {name: cone, match: {category: traffic_cone}}
  - {name: ball, match: {category: ball}}
frames: 12
frames_per_scene: 3
image: {width: 128, height: 96}
output: {depth: true, ids: true, flow_forward: true, flow_backward: true}
"""
LENSES = {
    "pinhole": [],
    "brown_conrady": ["cameras.0.lens={kind: brown_conrady, k1: -0.25, k2: 0.07, p1: 0.001, p2: -0.001}"],
    "fisheye": ["cameras.0.lens={kind: kannala_brandt, k1: -0.02, k2: 0.003}", "cameras.0.fov_deg=120"],
}


@pytest.fixture(scope="module")
def sequence_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("job") / "rolling.yaml"
    path.write_text(JOB)
    return path


@pytest.fixture(scope="module")
def sequence_set(sequence_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "sequence"
    summary = render_job(load_job(sequence_file), folder, workers=1)
    assert (summary.done, summary.failures) == (12, ())
    return folder


def coco_of(folder):
    return json.loads((folder / "annotations" / "instances.json").read_text())


@pytest.mark.parametrize("lens", LENSES)
def test_flow_leads_to_the_same_instances(sequence_file, lens):
    job = load_job(sequence_file, ["image.width=320", "image.height=240", *LENSES[lens]])
    with FrameMaker(job) as maker:
        for frame in (0, 7):
            first, last = (maker.make(frame + shift).captured for shift in (0, 2))
            ids = first.labels.id_hw, last.labels.id_hw
            share, count = warped_agreement(*ids, first.flow_forward_hwc, last.flow_backward_hwc)
            assert share >= 0.99
            nearly, _ = warped_agreement(*ids, first.flow_forward_hwc, last.flow_backward_hwc, beside=True)
            assert nearly > 0.999
            assert count > 0.6 * first.labels.id_hw.size
            # Three pixels beside the right place are found out.
            off = np.array([3, 0], np.float32)
            wrong, _ = warped_agreement(*ids, first.flow_forward_hwc + off, last.flow_backward_hwc - off, beside=True)
            assert wrong < 0.998


def test_flow_agrees_with_depth_on_the_other_side(sequence_set):
    """Where flow leads to, the next depth image has the point's depth as the poses give it."""
    dataset = open_dataset(sequence_set)
    first, last = dataset.frame(0), dataset.frame(2)
    still = {label.instance_id for label in first.record.instances if not label.name.startswith("balls/")}
    cameras = [frame.scene.camera for frame in (first, last)]
    flow, ids, there = first.flow(), first.ids(), last.depth()
    rows, columns = np.nonzero(np.isin(ids, list(still)) & np.isfinite(first.depth()))
    rays = np.column_stack([columns + 0.5, rows + 0.5, np.ones(len(rows))]) @ np.linalg.inv(cameras[0].k_33).T
    points = np.column_stack([rays * first.depth()[rows, columns][:, None], np.ones(len(rows))])
    then = (cameras[1].camera_from_world @ cameras[0].world_from_camera @ points.T).T
    pixels = then[:, :3] @ cameras[1].k_33.T
    expected = pixels[:, :2] / pixels[:, 2:] - np.column_stack([columns + 0.5, rows + 0.5])
    np.testing.assert_allclose(flow[rows, columns], expected, atol=2e-3)
    place = np.floor(np.column_stack([columns, rows]) + 0.5 + flow[rows, columns]).astype(int)
    # Farther away the ground runs so flat that half a pixel changes its depth by more.
    inside = ((place >= 0) & (place < [128, 96])).all(axis=1) & (then[:, 2] < 5)
    found = there[place[inside, 1], place[inside, 0]]
    near = np.abs(found - then[inside, 2]) < 0.05 * then[inside, 2]
    assert near.mean() > 0.97


def test_flow_ends_with_the_scene_and_is_one_page_of_two_channels(sequence_set):
    dataset = open_dataset(sequence_set)
    for frame in dataset:
        step = frame.scene.origin.step
        assert np.isnan(frame.flow("forward")).all() == (step == 2)
        assert np.isnan(frame.flow("backward")).all() == (step == 0)
    with tifffile.TiffFile(dataset.frame(0).path("flow_forward")) as file:
        assert len(file.pages) == 1
        assert (file.pages[0].shape, file.pages[0].dtype) == ((96, 128, 2), np.float32)
    layer = dataset.manifest.layers["flow_forward"]
    assert "pixels to the right and down" in layer.unit


def test_coco_lists_videos_and_follows_objects(sequence_set):
    data = coco_of(sequence_set)
    with contextlib.redirect_stdout(io.StringIO()):
        assert len(COCO(str(sequence_set / "annotations" / "instances.json")).anns) == len(data["annotations"])
    assert [(video["id"], video["camera"]) for video in data["videos"]] == [
        (1, "left"), (2, "right"), (3, "left"), (4, "right")
    ]  # fmt: skip
    assert data["videos"][0]["fps"] == 10
    places = {image["id"]: (image["video_id"], image["frame_id"]) for image in data["images"]}
    assert places == {
        6 * scene + 2 * step + camera + 1: (2 * scene + camera + 1, step)
        for scene in range(2)
        for step in range(3)
        for camera in range(2)
    }
    owners = {}
    for entry in data["annotations"]:
        scene = (entry["image_id"] - 1) // 6
        owners.setdefault(entry["track_id"], set()).add((scene, entry["name"], entry["instance_id"]))
    assert all(len(found) == 1 for found in owners.values())
    assert len(owners) == len(set().union(*owners.values())) == 8


def test_a_data_set_without_steps_has_no_videos(small_set):
    data = coco_of(small_set)
    assert "videos" not in data
    assert all("video_id" not in image for image in data["images"])
    assert all("track_id" not in entry for entry in data["annotations"])
    label = open_dataset(small_set).frame(0).labels()[0]
    assert label.track_id == label.instance_id


def test_validate_finds_nothing_also_when_frames_are_drawn_again(sequence_set):
    assert check_dataset(sequence_set, rerender=3) == []


def test_validate_finds_what_is_wrong_with_a_sequence(sequence_set, tmp_path):
    def changed(name, change):
        folder = tmp_path / name
        shutil.copytree(sequence_set, folder)
        change(folder)
        return {(finding.check, finding.frame) for finding in check_dataset(folder)}

    def edit_coco(change):
        def edit(folder):
            path = folder / "annotations" / "instances.json"
            data = json.loads(path.read_text())
            change(data)
            path.write_text(json.dumps(data))

        return edit

    def swap_steps(data):
        data["images"][2]["frame_id"], data["images"][4]["frame_id"] = 2, 1

    def swap_tracks(data):
        one, two = data["annotations"][:2]
        one["track_id"], two["track_id"] = two["track_id"], one["track_id"]

    def forget_video(data):
        del data["videos"][1]

    def shift_flow(folder):
        for name, frame, pixels in (("flow_forward", 2, 4), ("flow_backward", 4, -4)):
            path = folder / name / "0000" / f"0000000{frame}.tiff"
            flow = tifffile.imread(path) + np.array([pixels, 0], np.float32)
            tifffile.imwrite(path, flow, photometric="minisblack", planarconfig="contig")

    def late_flow(folder):
        files = folder / "flow_forward" / "0000"
        shutil.copy(files / "00000002.tiff", files / "00000004.tiff")

    def infinite_flow(folder):
        path = folder / "flow_backward" / "0000" / "00000002.tiff"
        flow = tifffile.imread(path)
        flow[5, 5, 0] = np.nan
        tifffile.imwrite(path, flow, photometric="minisblack", planarconfig="contig")

    assert {("video", 2), ("video", 4)} <= changed("steps", edit_coco(swap_steps))
    assert ("track", 0) in changed("tracks", edit_coco(swap_tracks))
    assert ("video", 1) in changed("videos", edit_coco(forget_video))
    assert ("flow_ids", 4) in changed("flow", shift_flow)
    assert ("flow_ends", 4) in changed("late", late_flow)
    assert ("flow_ends", 2) in changed("half", infinite_flow)


def test_a_step_alone_and_replayed_is_the_step_of_the_whole(sequence_set, sequence_file, tmp_path):
    whole = open_dataset(sequence_set)
    render_job(load_job(sequence_file), tmp_path / "alone", workers=1, frames=[8])
    replay_frame(sequence_set, 8, out=tmp_path / "replay")
    for folder in ("alone", "replay"):
        again = open_dataset(tmp_path / folder).frame(8)
        assert again.record == whole.frame(8).record  # with the hashes of all files
    replay_frame(sequence_set, 8, ["objects.balls.0.motion.speed_m_s=0.5"], tmp_path / "slower")
    slower, before = open_dataset(tmp_path / "slower").frame(8), whole.frame(8)
    ball = next(label.instance_id for label in before.labels() if label.name == "balls/0")
    both = (slower.ids() == before.ids()) & np.isfinite(before.flow()[..., 0])
    np.testing.assert_allclose(
        slower.flow()[both & (before.ids() != ball)], before.flow()[both & (before.ids() != ball)]
    )
    assert not np.allclose(slower.flow()[both & (before.ids() == ball)], before.flow()[both & (before.ids() == ball)])


def test_all_steps_take_the_attempt_that_held_at_the_first(sequence_file):
    factor = '"lights.sun.azimuth_deg"'
    sets = [
        "lights.sun.azimuth_deg={uniform: [0, 360]}",
        f"constraints=[{{kind: factor, path: {factor}, between: [0, 60]}}]",
    ]
    job = load_job(sequence_file, sets)
    with FrameMaker(job) as maker:
        for scene in range(4):
            frames = range(6 * scene, 6 * scene + 6, 2)
            made = [maker.accept(frame).scene for frame in frames]
            assert len({item.origin.attempt for item in made}) == 1
            assert len({json.dumps(dict(item.rejections)) for item in made}) == 1
            assert [item.origin.step for item in made] == [0, 1, 2]
        attempts = made[0].origin.attempt
        assert attempts > 0
    with FrameMaker(job) as fresh:
        assert scene_to_json(fresh.accept(frames[2]).scene) == scene_to_json(made[2])
