"""BOP data sets, checked against the published format and by projecting the models with nothing of this package."""

from __future__ import annotations

import json
import re

import cv2
import numpy as np
import pytest
import trimesh

from synthvision.config.job import load_job
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.reader import open_dataset
from synthvision.export.bop import BopExporter
from synthvision.export.parts import Parts
from synthvision.pipeline.run import render_job

DEPTH = OutputConfig(depth=True)

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2], material: {pick: {category: floor}, variants: 1}}
  objects:
    bottles:
      pick: bottle
      variants: 2
      scale: {choice: [1.0, 1.3]}
      count: 3
      placement: {kind: on_surface, region: {radius_m: 0.25}}
    cans: {pick: can, variants: 1, count: 2, placement: {kind: on_surface, pose: stable, region: {radius_m: 0.2}}}
  environment: {pick: studio, illuminance_lux: 4000, variants: 1}
  camera: {kind: shell, fill: {uniform: [0.8, 1.2]}, fov_deg: 45}
classes:
  - {name: bottle, match: {category: bottle}}
  - {name: can, match: {category: can}}
frames: 4
image: {width: 320, height: 240}
output: {depth: true, ids: true}
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Four frames of built-in models, some of them at two sizes."""
    folder = tmp_path_factory.mktemp("bop")
    (folder / "bottles.yaml").write_text(JOB)
    summary = render_job(load_job(folder / "bottles.yaml"), folder / "set", workers=1)
    assert summary.done == 4
    return open_dataset(folder / "set")


@pytest.fixture(scope="module")
def bop(rendered, tmp_path_factory):
    parts = Parts.of_frames({"train": [0, 1, 3], "val": [2]})
    return load_plugin("exporters", "bop")().export(rendered, tmp_path_factory.mktemp("out"), parts)


def images_of(folder):
    """Yield scene folder, image id and the entries of the three files, checking the layout as it is published."""
    for scene in sorted(folder.iterdir()):
        assert re.fullmatch(r"\d{6}", scene.name)
        files = [
            json.loads((scene / f"{name}.json").read_text()) for name in ("scene_camera", "scene_gt", "scene_gt_info")
        ]
        assert files[0].keys() == files[1].keys() == files[2].keys()
        names = {"rgb": set(), "depth": set(), "mask": set(), "mask_visib": set()}
        for key, camera in files[0].items():
            assert str(int(key)) == key
            assert {"cam_K", "depth_scale", "cam_R_w2c", "cam_t_w2c"} == camera.keys()
            assert [len(camera[name]) for name in ("cam_K", "cam_R_w2c", "cam_t_w2c")] == [9, 9, 3]
            stem = f"{int(key):06d}"
            names["rgb"].add(stem)
            names["depth"].add(stem)
            poses, infos = files[1][key], files[2][key]
            assert len(poses) == len(infos)
            for number, (pose, info) in enumerate(zip(poses, infos, strict=True)):
                assert pose.keys() == {"cam_R_m2c", "cam_t_m2c", "obj_id"}
                assert pose["obj_id"] >= 1
                rotation = np.reshape(pose["cam_R_m2c"], (3, 3))
                np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
                assert np.linalg.det(rotation) > 0
                assert info.keys() == {
                    "bbox_obj", "bbox_visib", "px_count_all", "px_count_valid", "px_count_visib", "visib_fract"
                }  # fmt: skip
                for kind in ("mask", "mask_visib"):
                    names[kind].add(f"{stem}_{number:06d}")
            yield scene, stem, camera, poses, infos
        for kind, wanted in names.items():
            found = {path.stem for path in (scene / kind).iterdir()} if (scene / kind).is_dir() else set()
            assert found == wanted, kind


def read_mask(scene, kind, stem, number):
    pixels = cv2.imread(str(scene / kind / f"{stem}_{number:06d}.png"), cv2.IMREAD_UNCHANGED)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 2
    assert set(np.unique(pixels)) <= {0, 255}
    return pixels > 0


def toolkit_box(mask, offset=(0, 0)):
    """The box as the benchmark's `calc_2d_bbox` gives it."""
    ys, xs = np.nonzero(mask)
    return [xs.min() + offset[0], ys.min() + offset[1], xs.max() - xs.min(), ys.max() - ys.min()]


def test_a_hundred_frames_in_the_published_layout(make_awkward, flat, tmp_path):
    dataset = open_dataset(make_awkward(100, output=DEPTH))
    exporter = BopExporter(models=False)
    out = exporter.export(dataset, tmp_path / "out", Parts.whole())
    assert {path.name for path in out.iterdir()} == {"camera.json", "dataset_info.json", "train_pbr"}
    assert json.loads((out / "camera.json").read_text()) == {
        "cx": 47.5, "cy": 31.5, "depth_scale": 0.1, "fx": 100.0, "fy": 100.0, "height": 64, "width": 96
    }  # fmt: skip
    images = list(images_of(out / "train_pbr"))
    assert len(images) == 100
    hidden = cut = 0
    for frame, (scene, stem, camera, poses, infos) in zip(dataset, images, strict=True):
        assert (scene / "rgb" / f"{stem}.png").read_bytes() == frame.path("image").read_bytes()
        depth = cv2.imread(str(scene / "depth" / f"{stem}.png"), cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16
        depth_m = frame.depth()
        np.testing.assert_array_equal(depth == 0, np.isinf(depth_m))
        seen = depth > 0
        np.testing.assert_allclose(depth[seen] * camera["depth_scale"] / 1000, depth_m[seen], atol=0.00006)
        labels = [
            label for label in frame.labels("labelled", "ignored", "hidden")
            if label.status != "hidden" or label.alone_pixels
        ]  # fmt: skip
        assert len(poses) == len(labels)
        for number, (label, info) in enumerate(zip(labels, infos, strict=True)):
            silhouette, visible = (read_mask(scene, kind, stem, number) for kind in ("mask", "mask_visib"))
            np.testing.assert_array_equal(silhouette, decode_rle(label.amodal_rle))
            assert info["px_count_visib"] == visible.sum()
            assert info["px_count_all"] == label.alone_pixels_canvas >= silhouette.sum()
            assert info["px_count_valid"] == (depth[silhouette] > 0).sum()
            assert info["visib_fract"] == pytest.approx(visible.sum() / label.alone_pixels_canvas)
            if not visible.any():
                hidden += 1
                assert info["bbox_visib"] == info["bbox_obj"] == [-1, -1, -1, -1]
                continue
            np.testing.assert_array_equal(visible, decode_rle(label.rle))
            assert info["bbox_visib"] == toolkit_box(visible)
            if label.truncation:
                cut += 1
                x, y, width, height = info["bbox_obj"]
                assert (x, y, x + width + 1, y + height + 1) == label.amodal_box_xyxy
            else:
                assert info["bbox_obj"] == toolkit_box(silhouette)
    assert hidden > 10
    assert cut > 30
    assert any("written like all others" in note for note in exporter.notes)


def test_models_projected_by_hand_fill_masks_and_meet_depth(bop):
    errors = []
    instances = 0
    for part in ("train_pbr", "val_pbr"):
        for scene, stem, camera, poses, infos in images_of(bop / part):
            depth_mm = cv2.imread(str(scene / "depth" / f"{stem}.png"), cv2.IMREAD_UNCHANGED) * camera["depth_scale"]
            k = np.reshape(camera["cam_K"], (3, 3))
            for number, (pose, info) in enumerate(zip(poses, infos, strict=True)):
                model = trimesh.load(bop / f"models/obj_{pose['obj_id']:06d}.ply", process=False)
                rotation, translation = np.reshape(pose["cam_R_m2c"], (3, 3)), np.array(pose["cam_t_m2c"])
                pixels = (model.vertices @ rotation.T + translation) @ k.T
                pixels = pixels[:, :2] / pixels[:, 2:]
                visible = read_mask(scene, "mask_visib", stem, number)
                if info["px_count_visib"] < 100:
                    continue
                # Whole numbers are the middles of pixels: the outline lies up to half a pixel beyond the outer ones.
                x, y, width, height = info["bbox_obj"]
                errors.append(pixels.min(axis=0) - (x - 0.5, y - 0.5))
                errors.append(pixels.max(axis=0) - (x + width + 0.5, y + height + 0.5))
                # What is seen lies on the model: taken back through the camera into its box.
                ys, xs = np.nonzero(visible)
                z = depth_mm[ys, xs]
                points = np.stack([(xs - k[0, 2]) / k[0, 0] * z, (ys - k[1, 2]) / k[1, 1] * z, z], axis=1)
                points = (points - translation) @ rotation
                low, high = model.bounds
                assert (points > low - 0.3).all()
                assert (points < high + 0.3).all()
                instances += 1
    assert instances > 12
    worst, mean = np.abs(errors).max(), np.mean(errors, axis=0)
    assert worst < 1.0
    # A principal point off by half a pixel would show here.
    assert np.abs(mean).max() < 0.2


def test_world_poses_agree_between_the_files(bop, rendered):
    for scene, stem, camera, poses, _ in images_of(bop / "train_pbr"):
        frame = rendered.frame(int(stem))
        assert scene.name == "000000"
        rotation, translation = np.reshape(camera["cam_R_w2c"], (3, 3)), np.array(camera["cam_t_w2c"])
        # The camera stands where the scene says.
        position_mm = -rotation.T @ translation
        np.testing.assert_allclose(position_mm / 1000, frame.scene.camera.position_m, atol=1e-9)
        labels = [label for label in frame.labels("labelled", "ignored", "hidden") if label.alone_pixels]
        objects = {item.instance_id: item for item in frame.scene.objects}
        for label, pose in zip(labels, poses, strict=True):
            item = objects[label.instance_id]
            turned = rotation.T @ np.reshape(pose["cam_R_m2c"], (3, 3))
            np.testing.assert_allclose(turned * item.scale, item.world_from_model[:3, :3], atol=1e-9)


def test_models_are_centred_in_millimetres_and_each_size_is_an_object(bop, rendered):
    info = json.loads((bop / "dataset_info.json").read_text())
    models = json.loads((bop / "models/models_info.json").read_text())
    assert info["objects"].keys() == models.keys()
    assert {path.name for path in (bop / "models").iterdir()} == {
        "models_info.json", *(f"obj_{int(number):06d}.ply" for number in models)
    }  # fmt: skip
    scales = {entry["scale"][0] for entry in info["objects"].values() if entry["classes"] == ["bottle"]}
    assert scales == {1.0, 1.3}
    assert info["images"] == {"train_pbr": 3, "val_pbr": 1}
    assert sum(entry["instances"] for entry in info["objects"].values()) == 20
    boxes = {}
    for frame in rendered:
        for label in frame.record.instances:
            if label.category is not None:
                key = (
                    label.category,
                    label.pose.scale[0],
                    tuple(round(1000 * side, 3) for side in label.bbox_3d.size_m),
                )
                boxes[key] = True
    for number, about in models.items():
        mesh = trimesh.load(bop / f"models/obj_{int(number):06d}.ply", process=False)
        assert mesh.visual.kind == "vertex"
        np.testing.assert_allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-4)
        size = np.array([about[f"size_{axis}"] for axis in "xyz"])
        low = np.array([about[f"min_{axis}"] for axis in "xyz"])
        np.testing.assert_allclose(mesh.bounds, [low, low + size], atol=1e-4)
        np.testing.assert_allclose(low, -size / 2, atol=1e-4)
        entry = info["objects"][number]
        assert (entry["classes"][0], entry["scale"][0], tuple(size.round(3).tolist())) in boxes
        corners = mesh.vertices[:: max(1, len(mesh.vertices) // 400)]
        reach = np.linalg.norm(corners[:, None] - corners[None], axis=2).max()
        assert reach <= about["diameter"] + 1e-3
        assert size.max() <= about["diameter"] <= np.linalg.norm(size) + 1e-6


def test_depth_that_does_not_fit_is_coarser_in_that_picture_alone(make_dataset, flat, tmp_path):
    def far(scene, captured):
        if scene.origin.frame == 1:
            captured.labels.depth_m_hw.flags.writeable = True
            captured.labels.depth_m_hw[0, 0] = 40.0
            captured.labels.depth_m_hw[0, 1] = np.inf
        return scene, captured

    dataset = open_dataset(make_dataset(2, output=DEPTH, export=False, change=far))
    out = BopExporter(models=False).export(dataset, tmp_path / "out", Parts.whole())
    cameras = json.loads((out / "train_pbr/000000/scene_camera.json").read_text())
    assert [cameras[key]["depth_scale"] for key in "01"] == [0.1, 1.0]
    depth = cv2.imread(str(out / "train_pbr/000000/depth/000001.png"), cv2.IMREAD_UNCHANGED)
    assert depth[0, :2].tolist() == [40_000, 0]


def test_scenes_hold_a_thousand_images(make_dataset, flat, tmp_path):
    root = make_dataset(1, output=DEPTH, export=False)
    line = (root / "records/00000.jsonl").read_text()
    for frame in (999, 1000, 2001):
        shard = root / f"records/{frame // 1000:05d}.jsonl"
        with shard.open("a") as stream:
            stream.write(line.replace('"frame":0,', f'"frame":{frame},'))
        for name, suffix in (("images", "png"), ("depth", "tiff")):
            (root / f"{name}/0000/{frame:08d}.{suffix}").hardlink_to(root / f"{name}/0000/00000000.{suffix}")
    out = BopExporter(models=False).export(open_dataset(root), tmp_path / "out", Parts.whole())
    keys = {
        scene.name: list(json.loads((scene / "scene_gt.json").read_text())) for scene in (out / "train_pbr").iterdir()
    }
    assert keys == {"000000": ["0", "999"], "000001": ["0"], "000002": ["1"]}
    assert len(list(images_of(out / "train_pbr"))) == 4


def test_a_second_run_is_the_same(rendered, bop, tmp_path):
    parts = Parts.of_frames({"train": [0, 1, 3], "val": [2]})
    again = BopExporter().export(rendered, tmp_path / "again", parts)
    first, second = (
        {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for out in (bop, again)
    )
    assert first == second


def test_what_bop_cannot_hold_is_refused(make_dataset, rendered, tmp_path):
    no_depth = open_dataset(make_dataset(1, folder="plain", output=OutputConfig(), export=False))
    with pytest.raises(DatasetError, match=r"bop needs depth images"):
        BopExporter(models=False).export(no_depth, tmp_path / "a", Parts.whole())
    root = make_dataset(1, folder="flat", output=DEPTH, export=False)
    with pytest.raises(DatasetError, match=r"pack 'flat' is not open .* models=false"):
        BopExporter().export(open_dataset(root), tmp_path / "b", Parts.whole())
    with pytest.raises(DatasetError, match=r"more than 2; .* max_objects"):
        BopExporter(max_objects=2).export(rendered, tmp_path / "c", Parts.whole())
    shard = root / "records/00000.jsonl"
    plain = shard.read_text()
    lens = '"lens":{"k1":0.1,"k2":0.0,"k3":0.0,"k4":0.0,"k5":0.0,"k6":0.0,"kind":"brown_conrady","p1":0.0,"p2":0.0}'
    shard.write_text(plain.replace('"lens":null', lens))
    with pytest.raises(DatasetError, match=r"pinhole cameras, but that of frame 0 has a lens with distortion"):
        BopExporter(models=False).export(open_dataset(root), tmp_path / "d", Parts.whole())
    shard.write_text(re.sub(r'"alone_pixels":\d+', '"alone_pixels":null', plain))
    with pytest.raises(DatasetError, match=r"outline of each object alone.* synthvision replay .* --frame 0"):
        BopExporter(models=False).export(open_dataset(root), tmp_path / "e", Parts.whole())
    with pytest.raises(UsageError, match=r"option depth_scale_mm of bop"):
        BopExporter(depth_scale_mm=0)
    assert not list((tmp_path / "d").rglob("*.partial"))
    assert not list((tmp_path / "d").rglob("scene_gt.json"))
