"""KITTI files read as the development kit's readme says, against the records and the projected 3D boxes."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.hashing import canonical_json
from synthvision.core.labels import OrientedBox
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import RecordCamera
from synthvision.export.kitti import KittiExporter, kitti_box, kitti_names, level_from_camera
from synthvision.export.parts import Parts
from synthvision.geometry.poses import quaternion_from_rotation, rotation_from_quaternion


def exported(root, out, parts=None, **options):
    exporter = KittiExporter(**options)
    assert exporter.export(open_dataset(root), out, parts or Parts.whole()) == out
    return exporter


def read_objects(path):
    """The fifteen columns of each line by the names of the readme."""
    for line in path.read_text().splitlines():
        fields = line.split(" ")
        assert len(fields) == 15
        numbers = [float(value) for value in fields[1:]]
        yield {
            "type": fields[0],
            "truncated": numbers[0],
            "occluded": int(fields[2]),
            "alpha": numbers[2],
            "bbox": numbers[3:7],
            "hwl": numbers[7:10],
            "location": np.array(numbers[10:13]),
            "rotation_y": numbers[13],
        }


def read_p2(path):
    """``P2`` as readers take it that go by the number of the line."""
    lines = path.read_text().splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "P0", "P1", "P2", "P3", "R0_rect", "Tr_velo_to_cam", "Tr_imu_to_velo",
    ]  # fmt: skip
    return np.array(lines[2].split(" ")[1:], float).reshape(3, 4)


def corners_of(item):
    """The eight corners in camera axes, by the formula of the development kit."""
    h, w, length = item["hwl"]
    x = np.array([1, 1, -1, -1, 1, 1, -1, -1]) * length / 2
    y = np.array([0, 0, 0, 0, -1, -1, -1, -1]) * h
    z = np.array([1, -1, -1, 1, 1, -1, -1, 1]) * w / 2
    c, s = np.cos(item["rotation_y"]), np.sin(item["rotation_y"])
    return (np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ np.stack([x, y, z])).T + item["location"]


def project(p2, points_n3):
    homogeneous = np.c_[points_n3, np.ones(len(points_n3))] @ p2.T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def matched(found, wanted):
    """The largest distance from one of `found` to the nearest of `wanted`, and the other way."""
    distances = np.linalg.norm(np.asarray(found)[:, None] - np.asarray(wanted)[None], axis=2)
    return max(distances.min(0).max(), distances.min(1).max())


def test_lines_are_the_records_and_projected_boxes_are_theirs(awkward, tmp_path):
    exporter = exported(awkward, tmp_path / "out")
    root = tmp_path / "out/training"
    dataset = open_dataset(awkward)
    assert (tmp_path / "out/ImageSets/train.txt").read_text().split() == [f"{k:06d}" for k in dataset.indices]
    seen = {"occluded": set(), "truncated": 0, "ignored": 0}
    for frame in dataset:
        name = f"{frame.index:06d}"
        assert (cv2.imread(str(root / "image_2" / f"{name}.png"))[..., ::-1] == frame.rgb()).all()
        p2 = read_p2(root / "calib" / f"{name}.txt")
        objects = list(read_objects(root / "label_2" / f"{name}.txt"))
        labels = [*frame.labels("labelled"), *frame.labels("ignored")]
        assert len(objects) == len(labels)
        for item, label in zip(objects, labels, strict=True):
            x1, y1, x2, y2 = label.box_xyxy
            assert item["bbox"] == [x1, y1, x2 - 1, y2 - 1]
            if label.status == "ignored":
                assert item["type"] == "DontCare"
                assert (item["truncated"], item["occluded"], item["alpha"]) == (-1, -1, -10)
                assert (item["hwl"], item["rotation_y"]) == ([-1, -1, -1], -10)
                assert (item["location"] == -1000).all()
                seen["ignored"] += 1
                continue
            assert item["type"] == label.category.replace(" ", "_")
            assert item["truncated"] == pytest.approx(label.truncation, abs=1e-4)
            assert item["occluded"] == (label.visible_fraction < 0.9) + (label.visible_fraction < 0.5)
            seen["occluded"].add(item["occluded"])
            seen["truncated"] += item["truncated"] > 0
            # Half a pixel: where the middle of a pixel is a whole number.
            projected = project(p2, corners_of(item)) + 0.5
            assert matched(projected, label.bbox_3d.corners_px) < 2e-3
            x, _, z = item["location"]
            turn = (item["rotation_y"] - np.arctan2(x, z) - item["alpha"]) / (2 * np.pi)
            assert turn == pytest.approx(round(turn), abs=1e-5)
    assert seen["occluded"] == {0, 1}
    assert seen["truncated"] > 20
    assert seen["ignored"] > 20
    cards = sum(len(frame.labels()) for frame in dataset)
    assert exporter.notes == (
        "class 'größe kübel' is written 'größe_kübel'",
        "class 'タイル: no' is written 'タイル:_no'",
        "class \"disc <&> 'a'\" is written \"disc_<&>_'a'\"",
        "class 'never seen' is written 'never_seen'",
        f"3D boxes of objects that lie on a side, with heights and headings of the box: {cards}",
    )


def oriented(rotation, size=(4.0, 1.8, 1.5), centre=(1.0, 0.5, 12.0)):
    return OrientedBox(centre, size, tuple(quaternion_from_rotation(rotation).tolist()), (None,) * 8)


def corners_3d(box):
    signs = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)])
    return signs * box.size_m / 2 @ rotation_from_quaternion(box.rotation_wxyz).T + box.centre_m


def upright(heading_rad):
    """Camera from a model that stands upright (z up) and heads along x, before a camera that looks to the horizon."""
    c, s = np.cos(heading_rad), np.sin(heading_rad)
    # Columns: where the model's x, y and z axes point in camera axes (x right, y down, z forward).
    return np.array([[c, s, 0], [0, 0, -1], [-s, c, 0]])


@pytest.mark.parametrize("heading", [0.0, 0.7, np.pi / 2, 2.5, -3.0, -1.2])
def test_an_upright_box_is_held_exactly(heading):
    box = oriented(upright(heading))
    found = kitti_box(box)
    assert found.size_hwl_m == (1.5, 1.8, 4.0)
    assert found.location_m == (1.0, 0.5 + 0.75, 12.0)
    assert found.rotation_y_rad == pytest.approx(heading)
    assert found.tilt_rad == pytest.approx(0, abs=1e-6)
    assert not found.lies
    item = {"hwl": found.size_hwl_m, "location": found.location_m, "rotation_y": found.rotation_y_rad}
    assert matched(corners_of(item), corners_3d(box)) < 1e-6


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (0, 2, 1)])
def test_a_box_that_lies_on_a_side_keeps_its_corners(order):
    turn = np.eye(3)[:, order]
    if np.linalg.det(turn) < 0:
        turn[:, 0] *= -1
    box = oriented(upright(0.4) @ turn)
    found = kitti_box(box)
    assert found.lies
    item = {"hwl": found.size_hwl_m, "location": found.location_m, "rotation_y": found.rotation_y_rad}
    assert matched(corners_of(item), corners_3d(box)) < 1e-6


def test_a_tilt_is_measured_and_the_middle_stays():
    angle = np.radians(12)
    pitch = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    found = kitti_box(oriented(pitch @ upright(0.3)))
    assert np.degrees(found.tilt_rad) == pytest.approx(12)
    x, y, z = found.location_m
    assert (x, y - found.size_hwl_m[0] / 2, z) == pytest.approx((1.0, 0.5, 12.0))


def test_level_axes_hold_what_stands_upright_before_a_camera_that_looks_down(awkward, tmp_path):
    # The camera looks straight down, so that every card, which lies flat on the ground, is upright in level axes.
    exporter = exported(awkward, tmp_path / "out", axes="level")
    assert not [note for note in exporter.notes if "3D" in note]
    for frame in open_dataset(awkward):
        name = f"{frame.index:06d}.txt"
        p2 = read_p2(tmp_path / "out/training/calib" / name)
        for item, label in zip(read_objects(tmp_path / "out/training/label_2" / name), frame.labels(), strict=False):
            assert item["hwl"][0] == 0
            assert matched(project(p2, corners_of(item)) + 0.5, label.bbox_3d.corners_px) < 2e-3


@pytest.mark.parametrize(("pitch_deg", "roll_deg"), [(0, 0), (30, 0), (-20, 10), (70, -40)])
def test_level_axes_undo_pitch_and_roll(pitch_deg, roll_deg):
    pitch, roll = np.radians([pitch_deg, roll_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    # A world whose z is up, seen along its y; then the camera is turned.
    matrix = np.eye(4)
    matrix[:3, :3] = about_z @ about_x @ np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    camera = RecordCamera(((1, 0, 0), (0, 1, 0), (0, 0, 1)), tuple(map(tuple, matrix.tolist())))
    level = level_from_camera(camera)
    assert level @ level.T == pytest.approx(np.eye(3))
    assert np.linalg.det(level) == pytest.approx(1)
    assert level @ matrix[:3, 2] == pytest.approx([0, -1, 0])
    assert (level @ [0, 0, 1])[0] == pytest.approx(0)
    box = oriented(matrix[:3, :3] @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]))
    found = kitti_box(box, level)
    assert found.tilt_rad == pytest.approx(0, abs=1e-6)
    item = {"hwl": found.size_hwl_m, "location": found.location_m, "rotation_y": found.rotation_y_rad}
    assert matched(corners_of(item) @ level, corners_3d(box)) < 1e-6


def tilted_records(root, degrees):
    """Turn the 3D boxes of all records about the camera's x axis."""
    angle = np.radians(degrees)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    shard = root / "records/00000.jsonl"
    records = [json.loads(line) for line in shard.read_text().splitlines()]
    for record in records:
        for label in record["instances"]:
            box = label["bbox_3d"]
            box["rotation_wxyz"] = quaternion_from_rotation(
                turn @ rotation_from_quaternion(box["rotation_wxyz"])
            ).tolist()
    shard.write_text("".join(canonical_json(record) + "\n" for record in records))


def test_tilted_boxes_are_left_out_or_fitted_and_counted(make_awkward, tmp_path):
    root = make_awkward(2)
    tilted_records(root, 20)
    count = sum(len(frame.labels()) for frame in open_dataset(root))
    exporter = exported(root, tmp_path / "a")
    assert exporter.notes[-2:] == (
        f"3D boxes tilted by more than 5 degrees, left out (tilted=fit writes them upright): {count}",
        "the most tilted 3D box is 20.0 degrees off the y axis",
    )
    for item in read_objects(tmp_path / "a/training/label_2/000000.txt"):
        assert item["hwl"] == [-1, -1, -1]
        assert item["bbox"][0] >= 0
    exporter = exported(root, tmp_path / "b", tilted="fit")
    assert exporter.notes[-2].endswith(f"written upright with the same centre, size and heading: {count}")
    assert next(read_objects(tmp_path / "b/training/label_2/000000.txt"))["hwl"][2] > 0
    assert "tilted" not in " ".join(exported(root, tmp_path / "c", tilted_above_deg=21).notes)


def test_a_distorted_picture_is_refused_unless_allowed(make_awkward, tmp_path):
    root = make_awkward(1)
    shard = root / "records/00000.jsonl"
    record = json.loads(shard.read_text())
    record["scene"]["camera"]["lens"] = {"kind": "brown_conrady", "k1": -0.2}
    shard.write_text(canonical_json(record) + "\n")
    with pytest.raises(
        DatasetError, match="frame 0 was taken through a lens; render it with a pinhole, or convert with"
    ):
        exported(root, tmp_path / "a")
    notes = exported(root, tmp_path / "b", distorted="allow").notes
    assert "pictures with a P2 that leaves out the distortion of their lens: 1" in notes


def test_a_warped_picture_has_its_2d_boxes(make_awkward, tmp_path):
    root = make_awkward(1)
    shard = root / "records/00000.jsonl"
    record = json.loads(shard.read_text())
    record["camera"] = None
    for label in record["instances"]:
        label["bbox_3d"] = label["pose"] = None
    shard.write_text(canonical_json(record) + "\n")
    notes = exported(root, tmp_path / "out").notes
    assert "pictures without calib, since they were warped after they were made: 1" in notes
    assert not (tmp_path / "out/training/calib").exists()
    items = list(read_objects(tmp_path / "out/training/label_2/000000.txt"))
    assert all(item["alpha"] == -10 for item in items)


def test_the_part_test_lies_in_testing(make_awkward, tmp_path):
    exported(make_awkward(3), tmp_path / "out", Parts.of_frames({"train": [0], "val": [1], "test": [2]}))
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.txt")}
    assert {path for path in found if "label_2" in path} == {
        "training/label_2/000000.txt", "training/label_2/000001.txt", "testing/label_2/000002.txt",
    }  # fmt: skip
    assert {path for path in found if path.startswith("ImageSets")} == {
        f"ImageSets/{name}.txt" for name in ("train", "val", "test")
    }


def test_names_that_become_equal_are_refused():
    with pytest.raises(UsageError, match="class 'a_b' would be written 'a_b', like class 'a b'; rename one"):
        kitti_names(("a b", "a_b"))
    with pytest.raises(UsageError, match="like KITTI's own mark"):
        kitti_names(("DontCare",))
    with pytest.raises(UsageError, match="largely_below of kitti must not be above partly_below"):
        KittiExporter(partly_below=0.2, largely_below=0.5)
