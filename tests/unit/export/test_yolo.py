"""YOLO files against Ultralytics' published rules, written out here anew, and against the records."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import yaml

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.reader import open_dataset
from synthvision.export.parts import Parts
from synthvision.export.yolo import YoloExporter

WIDTH, HEIGHT = 96, 64


def read_yaml(path):
    """What Ultralytics makes of ``data.yaml``: keys, names by number, folders that are there."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"train", "val", "names"} <= data.keys()
    assert "path" not in data  # then its folder is the root
    assert list(data["names"]) == list(range(len(data["names"])))
    for part in ("train", "val", "test"):
        if part in data:
            assert (path.parent / data[part]).is_dir()
    return data


def read_labels(path, classes: int, keypoints: int = 0):
    """Boxes of one file as Ultralytics checks them; lines of more than six numbers are outlines unless keypoints."""
    rows = [line.split() for line in path.read_text().strip().splitlines() if line]
    segments = []
    if any(len(row) > 6 for row in rows) and not keypoints:
        segments = [np.array(row[1:], np.float32).reshape(-1, 2) for row in rows]
        numbers = [
            [float(row[0]), *((low + high) / 2), *(high - low)]
            for row, points in zip(rows, segments, strict=True)
            for low, high in [(points.min(0), points.max(0))]
        ]
        table = np.array(numbers, np.float32)
    else:
        table = np.array(rows, np.float32)
    if len(table):
        assert table.shape[1] == 5 + 3 * keypoints
        points = table[:, 5:].reshape(-1, 3)[:, :2] if keypoints else table[:, 1:]
        assert points.max() <= 1
        assert table.min() >= 0
        assert table[:, 0].max() < classes
        assert len(np.unique(table, axis=0)) == len(table)
    return table, segments


def label_path(picture):
    """Ultralytics' rule: the last ``/images/`` becomes ``/labels/``, the ending ``.txt``."""
    return type(picture)("/labels/".join(str(picture).rsplit("/images/", 1))).with_suffix(".txt")


def exported(root, out, parts=None, **options):
    exporter = YoloExporter(**options)
    return exporter.export(open_dataset(root), out, parts or Parts.whole()), exporter


def by_frame(out, part="train"):
    return {int(picture.stem): picture for picture in sorted((out / "images" / part).rglob("*.*"))}


def test_boxes_are_those_of_the_records_and_every_picture_has_a_file(awkward, tmp_path):
    path, exporter = exported(awkward, tmp_path / "out")
    data = read_yaml(path)
    dataset = open_dataset(awkward)
    assert tuple(data["names"].values()) == dataset.manifest.class_names
    pictures = by_frame(tmp_path / "out")
    assert list(pictures) == list(dataset.indices)
    ignored = objects = 0
    for frame in dataset:
        picture = pictures[frame.index]
        assert picture.read_bytes() == frame.path("image").read_bytes()
        table, _ = read_labels(label_path(picture), len(data["names"]))
        labels = frame.labels()
        assert len(table) == len(labels)
        for row, label in zip(table, labels, strict=True):
            assert data["names"][int(row[0])] == label.category
            x, y, w, h = row[1:] * (WIDTH, HEIGHT, WIDTH, HEIGHT)
            assert (x - w / 2, y - h / 2, x + w / 2, y + h / 2) == pytest.approx(label.box_xyxy, abs=1e-4)
        ignored += len(frame.labels("ignored"))
        objects += len(labels)
    assert ignored > 10
    assert objects > 240
    assert exporter.notes == (f"ignored instances without a label, in pictures that show them: {ignored}",)


def test_outlines_give_every_mask_back_with_holes_and_parts(awkward, tmp_path):
    exported(awkward, tmp_path / "out", task="segment")
    pictures = by_frame(tmp_path / "out")
    holes = parts = 0
    for frame in open_dataset(awkward):
        _, segments = read_labels(label_path(pictures[frame.index]), 4)
        for points, label in zip(segments, frame.labels(), strict=True):
            mask = decode_rle(label.rle)
            corners = points * (WIDTH, HEIGHT)
            assert np.abs(corners - np.rint(corners)).max() < 1e-4
            # Filled at sixteen times the size, whose pixel centres lie off the outline.
            big = np.zeros((HEIGHT * 16, WIDTH * 16), np.uint8)
            ring = (np.rint(corners) * 16 * 2 - 1).astype(np.int32)
            cv2.fillPoly(big, [ring], 1, shift=1)
            assert (big[8::16, 8::16].astype(bool) == mask).all()
            count = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] - 1
            parts += count > 1
            holes += cv2.connectedComponents((~np.pad(mask, 1)).astype(np.uint8), connectivity=4)[0] > 2
    assert parts > 20
    assert holes > 20


def test_turned_boxes_hold_every_pixel_and_no_rectangle_of_opencv_is_smaller(awkward, tmp_path):
    exported(awkward, tmp_path / "out", task="obb")
    pictures = by_frame(tmp_path / "out")
    for frame in open_dataset(awkward):
        _, segments = read_labels(label_path(pictures[frame.index]), 4)
        for points, label in zip(segments, frame.labels(), strict=True):
            assert points.shape == (4, 2)
            corners = points.astype(np.float64) * (WIDTH, HEIGHT)
            sides = np.roll(corners, -1, axis=0) - corners
            assert (sides * np.roll(sides, -1, axis=0)).sum(1) == pytest.approx(np.zeros(4), abs=0.01)
            # Clockwise in the picture, where y points down.
            area = (sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0]).item()
            y, x = np.nonzero(decode_rle(label.rle))
            pixels = np.concatenate([np.stack([x + dx, y + dy], 1) for dx in (0, 1) for dy in (0, 1)])
            _, (w, h), _ = cv2.minAreaRect(pixels.astype(np.float32))
            assert 0 < area <= w * h * 1.01 + 0.01
            assert area >= label.visible_pixels - 0.01
            for corner, side in zip(corners, sides, strict=True):
                assert (((pixels - corner) @ [-side[1], side[0]]) >= -0.02 * np.linalg.norm(side)).all()


def test_a_rectangle_wider_than_the_picture_becomes_an_upright_one(make_dataset, flat, tmp_path, monkeypatch):
    root = make_dataset(1, cards=lambda _: [flat.Card("card", 0, 0, 0.9, 0.6)], export=False)
    wide = np.array([[48.0, -40.0], [150.0, 30.0], [48.0, 100.0], [-60.0, 30.0]])
    monkeypatch.setattr("synthvision.export.yolo.smallest_rectangle", lambda mask: wide)
    _, exporter = exported(root, tmp_path / "out", task="obb")
    (label,) = open_dataset(root).frame(0).labels()
    _, segments = read_labels(next((tmp_path / "out/labels").rglob("*.txt")), 3)
    x1, y1, x2, y2 = label.box_xyxy
    assert (segments[0] * (WIDTH, HEIGHT)).ravel().tolist() == pytest.approx([x1, y1, x2, y1, x2, y2, x1, y2])
    assert exporter.notes == ("turned boxes wider than the picture, written as upright ones: 1",)


def test_poses_have_the_points_of_the_records(awkward, tmp_path):
    path, exporter = exported(awkward, tmp_path / "out", task="pose")
    data = read_yaml(path)
    assert data["kpt_shape"] == [2, 3]
    assert "flip_idx" not in data  # "centre" and "right" have no left
    assert path.read_text().endswith('# keypoint 0: "centre"\n# keypoint 1: "right"\n')
    assert exporter.notes[:2] == (
        "classes without keypoints have a box alone: größe kübel, disc <&> 'a', never seen",
        "no flip_idx: the names of the keypoints do not say which are left and right of each other",
    )
    seen = set()
    for frame in open_dataset(awkward):
        table, _ = read_labels(label_path(by_frame(tmp_path / "out")[frame.index]), 4, keypoints=2)
        for row, label in zip(table, frame.labels(), strict=True):
            for (x, y, visibility), name in zip(row[5:].reshape(2, 3), ("centre", "right"), strict=True):
                found = [point for point in label.keypoints if point.name == name and point.visibility]
                if not found:
                    assert (x, y, visibility) == (0, 0, 0)
                    continue
                assert (x * WIDTH, y * HEIGHT) == pytest.approx(found[0].xy_px, abs=1e-4)
                assert visibility == found[0].visibility
                seen.add(int(visibility))
    assert 2 in seen


def test_pose_without_keypoints_is_refused(make_dataset, flat, tmp_path):
    root = make_dataset(1, cards=lambda _: [flat.Card("card", 0, 0, 0.2, 0.2)], export=False)
    with pytest.raises(DatasetError, match="task=pose needs keypoints, but no object"):
        exported(root, tmp_path / "out", task="pose")


def test_parts_get_folders_and_validation_has_pictures_where_there_is_no_such_part(make_awkward, tmp_path):
    root = make_awkward(6)
    parts = Parts.of_frames({"train": [0, 1, 3], "val": [4], "test": [5]})
    data = read_yaml(exported(root, tmp_path / "three", parts)[0])
    assert (data["train"], data["val"], data["test"]) == ("images/train", "images/val", "images/test")
    assert [list(by_frame(tmp_path / "three", part)) for part in ("train", "val", "test")] == [[0, 1, 3], [4], [5]]
    assert next((tmp_path / "three/labels/train").rglob("*3.txt")).read_bytes() == b""
    data = read_yaml(exported(root, tmp_path / "one")[0])
    assert (data["train"], data["val"]) == ("images/train", "images/train")
    data = read_yaml(exported(root, tmp_path / "two", Parts.of_frames({"train": [0], "holdout": [1]}))[0])
    assert data["val"] == "images/holdout"


@pytest.mark.parametrize("form", ["png", "jpg"])
def test_ignored_ones_are_painted_grey_on_request(make_awkward, tmp_path, form):
    root = make_awkward(3, output=OutputConfig(image_format=form, jpeg_quality=100))
    _, exporter = exported(root, tmp_path / "out", ignored="grey_out")
    frame = open_dataset(root).frame(0)
    (ignored,) = frame.labels("ignored")
    written = cv2.imread(str(by_frame(tmp_path / "out")[0]))[..., ::-1].astype(int)
    mask = decode_rle(ignored.rle)
    assert np.abs(written[mask] - 114).max() <= (0 if form == "png" else 60)
    if form == "png":
        assert (written[~mask] == frame.rgb()[~mask]).all()
    assert exporter.notes == ("ignored instances painted grey: 1",)
    untouched = open_dataset(root).frame(1)
    assert by_frame(tmp_path / "out")[1].read_bytes() == untouched.path("image").read_bytes()


def test_a_second_run_gives_the_same_bytes(make_awkward, tmp_path):
    root = make_awkward(12)
    for name in ("a", "b"):
        exported(root, tmp_path / name, task="segment")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert len(files) == 25
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in files)


def test_unknown_options_and_values_are_refused_with_the_nearest_name():
    with pytest.raises(
        UsageError, match=r"yolo has no option 'tusk'; did you mean 'task'\? \(there are: task, ignored"
    ):
        YoloExporter(tusk="segment")
    with pytest.raises(UsageError, match=r"option task of yolo: input should be 'detect', .* got 'boxes'"):
        YoloExporter(task="boxes")
