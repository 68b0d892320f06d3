"""Faults planted one by one, each found by the name of the check that is meant for it; a clean set has no finding."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.rle import encode_id_image, encode_mask
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.hashing import canonical_json
from synthvision.core.id_colours import encode_id_colours
from synthvision.core.labels import Rle
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.images import encode_layer
from synthvision.dataset.reader import open_dataset
from synthvision.export.coco import CocoExporter
from synthvision.export.parts import Parts
from synthvision.geometry.boxes import tight_box
from synthvision.inspect.checks.rerender import Rerendered, check_flat_colours
from synthvision.inspect.checks.sequences import SEQUENCE_CHECKS
from synthvision.inspect.validate import CHECKS, validate_dataset
from synthvision.scene import AirMedium, Weather


class Editor:
    """Changes a data set on disk the way a fault would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shard = root / "records" / "00000.jsonl"
        self.coco_path = root / "annotations" / "instances.json"

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.shard.read_text().splitlines()]

    def save(self, records: list[dict]) -> None:
        self.shard.write_text("".join(canonical_json(record) + "\n" for record in records))

    def record(self, change, frame: int = 0) -> None:
        records = self.lines()
        change(records[frame])
        self.save(records)

    def coco(self, change) -> None:
        data = json.loads(self.coco_path.read_text())
        change(data)
        self.coco_path.write_text(json.dumps(data))

    def manifest(self, change) -> None:
        path = self.root / "manifest.json"
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    def path(self, kind: str, frame: int = 0) -> Path:
        return self.root / self.lines()[frame]["files"][kind]["path"]

    def pixels(self, kind: str, frame: int, change) -> None:
        """Change an image and make the record fit the new file, as a consistent fault upstream would."""
        dataset = open_dataset(self.root)
        view = dataset.frame(frame)
        read = {"image": view.rgb, "depth": view.depth, "ids": view.ids, "normals": view.normals}
        pixels = {**read, "semantic": view.semantic}[kind]()
        data = bytes(encode_layer(kind, dataset.manifest.layers[kind], np.ascontiguousarray(change(pixels.copy()))))
        view.path(kind).write_bytes(data)
        entry = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        self.record(lambda record: record["files"][kind].update(entry), frame)


def things(record: dict) -> list[dict]:
    return [label for label in record["instances"] if label["status"] == "labelled"]


def mask_of(label: dict) -> np.ndarray:
    return decode_rle(Rle(tuple(label["rle"]["size"]), label["rle"]["counts"]))


def set_mask(label: dict, mask: np.ndarray) -> None:
    rle = encode_mask(mask)
    label["rle"] = {"size": list(rle.size), "counts": rle.counts}
    label["box_xyxy"] = list(tight_box(mask))
    label["visible_pixels"] = int(mask.sum())


def swap(first: dict, second: dict, *names: str) -> None:
    for name in names:
        first[name], second[name] = second[name], first[name]


def exchange(ids: np.ndarray, first: int, second: int) -> np.ndarray:
    table = np.arange(int(ids.max()) + 1, dtype=np.uint16)
    table[[first, second]] = second, first
    return table[ids]


def box_too_large(edit: Editor) -> None:
    edit.record(lambda record: things(record)[0]["box_xyxy"].__setitem__(2, things(record)[0]["box_xyxy"][2] + 1))


def box_one_short(edit: Editor) -> None:
    edit.record(lambda record: things(record)[0]["box_xyxy"].__setitem__(3, things(record)[0]["box_xyxy"][3] - 1))


def mask_shifted(edit: Editor) -> None:
    edit.record(lambda record: set_mask(things(record)[-1], np.roll(mask_of(things(record)[-1]), 1, axis=1)))


def masks_overlap(edit: Editor) -> None:
    def change(record: dict) -> None:
        first, second = things(record)[:2]
        set_mask(first, mask_of(first) | mask_of(second))

    edit.record(change)


def ids_swapped(edit: Editor) -> None:
    edit.record(lambda record: swap(*things(record)[:2], "rle", "box_xyxy", "visible_pixels", "centroid_xy"))


def id_image_swapped(edit: Editor) -> None:
    def change(ids: np.ndarray) -> np.ndarray:
        first, second = (label["instance_id"] for label in things(edit.lines()[0])[:2])
        return exchange(ids, first, second)

    edit.pixels("ids", 0, change)


def picture_replaced(edit: Editor) -> None:
    edit.path("image", 0).write_bytes(edit.path("image", 1).read_bytes())


def mask_text_broken(edit: Editor) -> None:
    edit.record(lambda record: things(record)[0]["rle"].update(counts=things(record)[0]["rle"]["counts"][:-2]))


def amodal_too_small(edit: Editor) -> None:
    def change(record: dict) -> None:
        label = things(record)[0]
        mask = mask_of(label)
        mask[:, label["box_xyxy"][0]] = False
        rle = encode_mask(mask)
        label["amodal_rle"] = {"size": list(rle.size), "counts": rle.counts}

    edit.record(change)


def image_truncated(edit: Editor) -> None:
    path = edit.path("image")
    path.write_bytes(path.read_bytes()[:-400])


def depth_truncated(edit: Editor) -> None:
    path = edit.path("depth")
    path.write_bytes(path.read_bytes()[:-4000])


def duplicate_id(edit: Editor) -> None:
    edit.record(lambda record: record["instances"][2].update(instance_id=record["instances"][1]["instance_id"]))


def line_missing(edit: Editor) -> None:
    edit.save(edit.lines()[:-1])


def line_cut(edit: Editor) -> None:
    edit.shard.write_text(edit.shard.read_text()[:-500])


def line_twice(edit: Editor) -> None:
    edit.save([edit.lines()[0], *edit.lines()])


def frame_of_other_scene(edit: Editor) -> None:
    edit.record(lambda record: record.update(scene=edit.lines()[1]["scene"]))


def depth_nan(edit: Editor) -> None:
    def change(depth: np.ndarray) -> np.ndarray:
        depth[3, 3] = np.nan
        return depth

    edit.pixels("depth", 0, change)


def normals_scaled(edit: Editor) -> None:
    edit.pixels("normals", 0, lambda normals: normals * 0.9)


def status_changed(edit: Editor) -> None:
    edit.record(lambda record: things(record)[0].update(status="dropped"))


def coco_cut(edit: Editor) -> None:
    edit.coco_path.write_text(edit.coco_path.read_text()[:-300])


def coco_annotation_gone(edit: Editor) -> None:
    edit.coco(lambda data: data["annotations"].pop(1))


def coco_other_mask(edit: Editor) -> None:
    edit.coco(lambda data: swap(*data["annotations"][:2], "segmentation"))


def coco_id_zero(edit: Editor) -> None:
    edit.coco(lambda data: [entry.update(id=entry["id"] - 1) for entry in data["annotations"]])


def every_frame_failed(edit):
    edit.save([])
    failures = [{"error": "PlacementError", "frame": frame, "reason": "no room", "tries": 1} for frame in range(4)]
    (edit.root / "failures.jsonl").write_text("".join(f"{json.dumps(failure)}\n" for failure in failures))


FAULTS = {
    "box_extent": [box_too_large, box_one_short],
    "mask_ids": [mask_shifted, ids_swapped, id_image_swapped],
    "mask_overlap": [masks_overlap],
    "mask_decodes": [mask_text_broken],
    "mask_area": [lambda edit: edit.record(lambda record: things(record)[0].update(visible_pixels=7))],
    "contrast": [
        lambda edit: edit.pixels("image", 0, lambda rgb: rgb[:, ::-1]),
        lambda edit: edit.pixels("image", 0, lambda rgb: np.roll(rgb, 1, axis=1)),
    ],
    "file_bytes": [picture_replaced],
    "file_missing": [lambda edit: edit.path("image").unlink(), lambda edit: edit.path("ids", 3).unlink()],
    "file_decodes": [image_truncated, depth_truncated],
    "file_names": [lambda edit: edit.record(lambda record: record["files"]["image"].update(path="images/x.png"))],
    "picture_twice": [picture_replaced],
    "image_blank": [lambda edit: edit.pixels("image", 0, lambda rgb: rgb * 0)],
    "image_size": [lambda edit: edit.pixels("image", 0, lambda rgb: rgb[:-1])],
    "amodal_contains_visible": [amodal_too_small],
    "amodal_area": [lambda edit: edit.record(lambda record: things(record)[0].update(alone_pixels=9999))],
    "visible_fraction": [lambda edit: edit.record(lambda record: things(record)[0].update(visible_fraction=1.25))],
    "truncation": [lambda edit: edit.record(lambda record: things(record)[0].update(truncation=-0.5))],
    "transmittance": [
        lambda edit: edit.record(lambda record: things(record)[0].update(lens_transmittance=1.5)),
        # In clear air, behind clean glass.
        lambda edit: edit.record(lambda record: things(record)[0].update(contrast_transmittance=0.9)),
        lambda edit: edit.record(lambda record: things(record)[0].update(lens_transmittance=0.9)),
    ],
    "instance_ids": [duplicate_id],
    "instances_of_scene": [
        lambda edit: edit.record(lambda record: things(record)[0].update(category="disc", name="?")),
        lambda edit: edit.record(lambda record: record["instances"].pop(1)),
    ],
    "category_known": [lambda edit: edit.record(lambda record: things(record)[0].update(category="zebra"))],
    "policy": [status_changed],
    "record_line": [line_cut, lambda edit: edit.record(lambda record: record.update(extra=1))],
    "record_twice": [line_twice],
    "frames_missing": [line_missing],
    "frames_made": [every_frame_failed],
    "frames_unexpected": [lambda edit: edit.manifest(lambda data: data["frames"][0].update(stop=3))],
    "scene": [
        frame_of_other_scene,
        lambda edit: edit.record(lambda record: record["camera"]["k_33"][0].__setitem__(0, 150.0)),
    ],
    "pose": [lambda edit: edit.record(lambda record: things(record)[0]["pose"]["position_m"].__setitem__(0, 0.5))],
    "bbox_3d": [lambda edit: edit.record(lambda record: things(record)[0]["bbox_3d"].update(size_m=[1, 1, 1]))],
    "box_in_bbox_3d": [lambda edit: edit.record(lambda record: swap(*things(record)[:2], "amodal_box_xyxy"))],
    "depth": [depth_nan, lambda edit: edit.pixels("depth", 0, lambda depth: np.where(depth > 3, 1, depth))],
    "depth_in_bbox_3d": [lambda edit: edit.pixels("depth", 0, lambda depth: (depth * 1.02).astype(np.float32))],
    "normals": [normals_scaled],
    "semantic": [lambda edit: edit.pixels("semantic", 0, lambda classes: np.where(classes == 1, 2, classes))],
    "weather": [
        lambda edit: edit.record(lambda record: record["weather"].update(fog="dense")),
        lambda edit: edit.record(lambda record: record["weather"].pop("rain")),
    ],
    "coco_weather": [
        lambda edit: edit.coco(lambda data: data["images"][0]["weather"].update(fog="dense")),
        lambda edit: edit.coco(lambda data: data["images"][0].pop("weather")),
    ],
    "keypoints": [lambda edit: edit.record(lambda record: keypoint_out(record), 0)],
    "config_hash": [lambda edit: edit.manifest(lambda data: data["config"].update(seed=4))],
    "manifest": [lambda edit: edit.manifest(lambda data: data.update(schema_version=99))],
    "licences": [lambda edit: edit.manifest(lambda data: data["assets"][1].update(licence=None))],
    "asset_listed": [lambda edit: edit.manifest(lambda data: data["assets"].pop())],
    "classes": [lambda edit: edit.manifest(lambda data: data["classes"].append({"name": "card"}))],
    "policy_config": [lambda edit: edit.manifest(lambda data: data["config"]["labels"].update(otherwise="x"))],
    "stray_files": [
        lambda edit: shutil.copy(edit.path("image"), edit.root / "images" / "0000" / "00000099.png"),
        lambda edit: (edit.root / ".instances.json.1.partial").write_text(""),
    ],
    "coco_readable": [coco_cut, lambda edit: edit.coco_path.unlink()],
    "coco_ids": [
        coco_id_zero,
        lambda edit: edit.coco(lambda data: data["annotations"][1].update(id=1)),
        lambda edit: edit.coco(lambda data: data["annotations"].reverse()),
    ],
    "coco_categories": [lambda edit: edit.coco(lambda data: data["categories"].reverse())],
    "coco_licences": [lambda edit: edit.coco(lambda data: data["licenses"].append({"id": 9, "name": "CC BY 4.0"}))],
    "coco_image": [
        lambda edit: edit.coco(lambda data: data["images"].pop(2)),
        lambda edit: edit.coco(lambda data: data["images"][0].update(file_name="0000/00000001.png")),
        lambda edit: edit.coco(lambda data: data["images"][0].update(width=97)),
    ],
    "coco_annotations": [coco_annotation_gone],
    "coco_class": [
        lambda edit: edit.coco(
            lambda data: data["annotations"][0].update(category_id=data["annotations"][0]["category_id"] % 3 + 1)
        )
    ],
    "coco_box": [lambda edit: edit.coco(lambda data: data["annotations"][0]["bbox"].__setitem__(2, 99))],
    "coco_area": [lambda edit: edit.coco(lambda data: data["annotations"][0].update(area=5))],
    "coco_mask": [coco_other_mask],
    "coco_crowd": [lambda edit: edit.coco(lambda data: data["annotations"][0].update(iscrowd=1))],
    "coco_numbers": [lambda edit: edit.coco(lambda data: data["annotations"][0].update(truncation=0.75))],
    "coco_pycocotools": [lambda edit: edit.coco(lambda data: data["annotations"][1].update(id=1))],
}


def test_a_set_without_any_frame_names_the_first_failure(make_dataset):
    root = make_dataset()
    every_frame_failed(Editor(root))
    (message,) = [finding.message for finding in validate_dataset(root) if finding.check == "frames_made"]
    assert message == "at least one frame must be made, but none of 4 was, 4 failed; frame 0: no room"


def keypoint_out(record: dict) -> None:
    for label in record["instances"]:
        for point in label["keypoints"]:
            point["visibility"] = 2 - point["visibility"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, fault) for name, faults in FAULTS.items() for fault in faults],
    ids=[f"{name}-{index}" for name, faults in FAULTS.items() for index in range(len(faults))],
)
def test_a_planted_fault_is_found_by_name(make_dataset, name, fault):
    root = make_dataset()
    fault(Editor(root))
    assert name in {finding.check for finding in validate_dataset(root)}


def test_every_check_has_a_planted_fault():
    # Those of sequences and of factors need a job that has some: tests/unit/pipeline/test_sequences.py and
    # test_planning.py plant theirs.
    elsewhere = {*SEQUENCE_CHECKS, "factor_levels", "object_levels", "coco_levels", "weight"}
    assert {name for name in CHECKS if not name.startswith("rerender")} - elsewhere == set(FAULTS)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"merge": False},
        {"output": OutputConfig(image_format="jpg")},
        {"policy": LabelPolicy(segmentation="polygon", amodal_segmentation=True)},
        {"policy": LabelPolicy(min_visible_fraction=0.9, otherwise="drop", min_apparent_contrast=30)},
        {"policy": LabelPolicy(min_visible_fraction=0.9, max_truncation=0.01)},
    ],
)
def test_a_clean_set_has_no_finding(make_dataset, options):
    assert validate_dataset(make_dataset(6, **options)) == []


def test_a_frame_that_failed_is_no_finding(make_dataset):
    root = make_dataset()
    editor = Editor(root)
    editor.save(editor.lines()[:-1])
    for folder in ("images", "depth", "ids", "normals", "semantic"):
        next((root / folder / "0000").glob("00000003.*")).unlink()
    (root / "failures.jsonl").write_text('{"error":"PlacementError","frame":3,"reason":"no room","tries":1}\n')
    CocoExporter().export(open_dataset(root), root, Parts.whole())
    assert validate_dataset(root) == []


def test_what_is_no_data_set_is_an_error(tmp_path):
    with pytest.raises(DatasetError, match="neither a manifest nor records"):
        validate_dataset(tmp_path)
    with pytest.raises(DatasetError, match="none at"):
        validate_dataset(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="must come with a function"):
        validate_dataset(tmp_path, rerender_frames=2)


def redraw(flat):
    def rerender(record):
        world = flat.World(flat.random_cards(5, record.frame, 6 if record.frame != 2 else 0), frame=record.frame)
        captured = world.capture()
        return Rerendered(captured, encode_id_colours(captured.labels.id_hw))

    return rerender


def move_everything(edit: Editor, frame: int, move) -> None:
    """Move picture and all labels of a frame together, so that nothing on disk contradicts anything else."""
    for kind in ("image", "depth", "ids", "normals", "semantic"):
        edit.pixels(kind, frame, move)

    def change(record: dict) -> None:
        for label in record["instances"]:
            for kind in ("rle", "amodal_rle"):
                if label[kind] is None:
                    continue
                rle = encode_mask(move(decode_rle(Rle(tuple(label[kind]["size"]), label[kind]["counts"]))))
                label[kind] = {"size": list(rle.size), "counts": rle.counts}
        ids = move(open_dataset(edit.root).frame(frame).ids() * 0)
        for label in record["instances"]:
            mask = decode_rle(Rle(tuple(label["rle"]["size"]), label["rle"]["counts"])) if label["rle"] else None
            if mask is not None:
                ids[mask] = label["instance_id"]
        for instance_id, mask in encode_id_image(ids).items():
            label = next(item for item in record["instances"] if item["instance_id"] == instance_id)
            label["box_xyxy"], label["visible_pixels"] = list(mask.box_xyxy), mask.area

    edit.record(change, frame)


def test_drawing_again_finds_nothing_in_a_clean_set(make_dataset, flat):
    assert validate_dataset(make_dataset(), rerender=redraw(flat), rerender_frames=4) == []


@pytest.mark.parametrize(
    ("move", "hint"),
    [
        (lambda pixels: np.ascontiguousarray(pixels[:, ::-1]), "flipped left to right"),
        (lambda pixels: np.roll(pixels, 1, axis=1), r"shifted by \(1, 0\) px"),
    ],
)
def test_drawing_again_finds_what_was_moved_as_a_whole(make_dataset, flat, move, hint):
    root = make_dataset()
    move_everything(Editor(root), 0, move)
    found = {
        finding.check: finding.message for finding in validate_dataset(root, rerender=redraw(flat), rerender_frames=4)
    }
    assert {"rerender_ids", "rerender_picture", "rerender_depth", "rerender_flat_colours"} <= set(found)
    assert re.search(hint, found["rerender_ids"])
    assert re.search(hint, found["rerender_picture"])


def test_a_frame_that_cannot_be_drawn_again_is_a_finding(make_dataset):
    def fail(record):
        raise DatasetError("pack 'shared' is missing")

    findings = validate_dataset(make_dataset(), rerender=fail, rerender_frames=1)
    assert [str(finding) for finding in findings] == ["rerender: frame 0: pack 'shared' is missing"]


def antialiased(world) -> np.ndarray:
    """The flat-colour picture of a world, four samples a pixel, as a renderer with antialiasing makes it."""
    width, height = world.size_wh
    fine = type(world)(world.cards, (4 * width, 4 * height), 4 * world.focal, world.distance, world.frame)
    codes = encode_id_colours(fine.labels().id_hw).astype(np.float32)
    return np.rint(cv2.resize(codes, (width, height), interpolation=cv2.INTER_AREA)).astype(np.uint8)


@pytest.mark.parametrize("frame", range(4))
def test_flat_colours_accept_true_labels_and_refuse_moved_ones(flat, frame):
    world = flat.World(flat.random_cards(11, frame, 9), frame=frame)
    ids, picture = world.labels().id_hw, antialiased(world)
    assert list(check_flat_colours(ids, picture)) == []
    wider = flat.World(world.cards, focal=world.focal * 1.02, frame=frame)
    for wrong in (
        np.roll(ids, 1, axis=1),
        np.roll(ids, -1, axis=0),
        ids[:, ::-1],
        ids[::-1],
        wider.labels().id_hw,
        ids[:-1],
    ):
        assert list(check_flat_colours(np.ascontiguousarray(wrong), picture))


def test_flat_colours_see_two_swapped_ids(flat):
    world = flat.World([flat.Card("card", -0.3, 0, 0.2, 0.2), flat.Card("card", 0.3, 0, 0.2, 0.2)])
    ids = world.labels().id_hw
    messages = list(check_flat_colours(exchange(ids, 2, 3), antialiased(world)))
    assert len(messages) == 1
    assert "interior pixels show another object" in messages[0]


def test_other_drivers_may_differ_by_a_pixel_along_an_edge(make_dataset, flat):
    def nearly(record):
        again = redraw(flat)(record)
        labels = again.captured.labels
        ids = labels.id_hw.copy()
        ids[0, 0] = 1
        rgb = again.captured.rgb_hwc.copy()
        rgb[0, 0] = 255
        depth = labels.depth_m_hw
        captured = CapturedFrame(rgb, LabelImages(ids, depth, None, {}), again.captured.exposure_ev100)
        return Rerendered(captured, exact=False)

    assert validate_dataset(make_dataset(), rerender=nearly, rerender_frames=2) == []


FOG = Weather(name="fog", air=(AirMedium(kind="fog", visibility_m=5.0),))


def in_fog(share: float):
    """The frame of a world behind air that lets a share through."""

    def change(scene, captured):
        shares = np.full(captured.labels.id_hw.shape, share, np.float32)
        return dataclasses.replace(scene, weather=FOG), dataclasses.replace(captured, air_transmittance_hw=shares)

    return change


@pytest.mark.parametrize("exact", [True, False])
def test_drawing_again_compares_what_the_air_lets_through(make_dataset, flat, exact):
    root = make_dataset(change=in_fog(0.5))
    assert validate_dataset(root) == []

    def again(share: float):
        def rerender(record):
            captured = redraw(flat)(record).captured
            shares = np.full(captured.labels.id_hw.shape, share, np.float32)
            return Rerendered(dataclasses.replace(captured, air_transmittance_hw=shares), exact=exact)

        return rerender

    assert validate_dataset(root, rerender=again(0.5), rerender_frames=4) == []
    found = validate_dataset(root, rerender=again(0.46), rerender_frames=1)
    assert {finding.check for finding in found} == {"rerender_transmittance"}
    assert "contrast_transmittance must be 0.460000 as in the scene drawn again, got 0.500000" in found[0].message
