"""Augmented data sets: known answers for flips, turns and crops, and a validator that finds what is wrong."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.augment.pipeline_file import parse_pipeline
from synthvision.augment.run import augment_dataset
from synthvision.cli.main import main
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.hashing import canonical_json
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.preview import preview_dataset
from synthvision.inspect.validate import validate_dataset
from synthvision.pipeline.check import check_dataset
from synthvision.pipeline.replay import replay_frame

FLIP = "{HorizontalFlip: {p: 1}}"


def augment(source, out, steps: str, **options):
    summary = augment_dataset(source, parse_pipeline(f"transforms: [{steps}]"), out, **options)
    assert summary.failures == {}
    dataset = open_dataset(summary.folder)
    assert summary.done == len(dataset)
    return dataset


@pytest.fixture
def source(make_dataset, flat):
    """Six frames with things cut by the border, and tiles with keypoints."""

    def cards(frame):
        return [
            *flat.random_cards(5, frame, 6 if frame != 2 else 0),
            flat.Card("tile", -0.6, 0.3, 0.15, 0.1, height=0.1),
            flat.Card("disc", 0.97, 0.2, 0.12, 0.1, height=0.12),
        ]

    return open_dataset(make_dataset(6, cards=cards))


def mask(label):
    return None if label.rle is None else decode_rle(label.rle)


def pairs(dataset, source, variants=1):
    for frame in dataset:
        made_from = frame.record.augmentation
        assert frame.index == made_from.source_frame * variants + made_from.variant
        before = source.frame(made_from.source_frame)
        yield frame, before, list(zip(frame.record.instances, before.record.instances, strict=True))


def test_a_flip_moves_every_label_to_its_analytic_place(source, tmp_path):
    flipped = augment(source.root, tmp_path / "out", FLIP)
    assert validate_dataset(flipped.root) == []
    counted = 0
    for frame, before, labels in pairs(flipped, source):
        np.testing.assert_array_equal(frame.rgb(), before.rgb()[:, ::-1])
        np.testing.assert_array_equal(frame.ids(), before.ids()[:, ::-1])
        np.testing.assert_array_equal(frame.semantic(), before.semantic()[:, ::-1])
        assert frame.record.camera is None
        for new, old in labels:
            assert (new.pose, new.bbox_3d) == (None, None)
            for name in ("visible_pixels", "alone_pixels", "alone_pixels_canvas", "visible_fraction", "truncation"):
                assert getattr(new, name) == getattr(old, name)
            assert new.status == old.status
            for name in ("box_xyxy", "amodal_box_xyxy"):
                box = getattr(old, name)
                assert getattr(new, name) == (box and (96 - box[2], box[1], 96 - box[0], box[3]))
            for point, was in zip(new.keypoints, old.keypoints, strict=True):
                assert point.xy_px == (pytest.approx(96 - was.xy_px[0], abs=1e-9), was.xy_px[1])
                assert (point.visibility, point.depth_m) == (was.visibility, was.depth_m)
                counted += point.visibility == 2
            if old.rle is not None:
                np.testing.assert_array_equal(mask(new), mask(old)[:, ::-1])
            if old.amodal_rle is not None:
                np.testing.assert_array_equal(decode_rle(new.amodal_rle), decode_rle(old.amodal_rle)[:, ::-1])
    assert counted > 3
    assert set(flipped.manifest.layers) == {"image", "ids", "semantic"}


def test_two_flips_are_nothing_at_all(source, tmp_path):
    same = augment(source.root, tmp_path / "out", f"{FLIP}, {FLIP}")
    assert validate_dataset(same.root) == []
    for frame, before, labels in pairs(same, source):
        np.testing.assert_array_equal(frame.rgb(), before.rgb())
        assert all(new == old for new, old in labels)
        assert frame.record.augmentation.geometry == "pixels"
        assert frame.record.camera == before.record.camera


def test_a_pipeline_of_pixel_values_leaves_every_byte_of_every_label_alone(source, tmp_path):
    noisy = augment(source.root, tmp_path / "out", "{RandomBrightnessContrast: {p: 1}}, {GaussNoise: {p: 1}}")
    assert validate_dataset(noisy.root) == []
    assert noisy.manifest.layers == source.manifest.layers
    for frame, before, labels in pairs(noisy, source):
        assert (frame.rgb() != before.rgb()).any()
        for kind in ("ids", "depth", "normals", "semantic"):
            assert frame.path(kind).read_bytes() == before.path(kind).read_bytes()
        for new, old in labels:
            changed = {"apparent_contrast", "status", "reasons"}
            assert all(getattr(new, n) == getattr(old, n) for n in type(new).__slots__ if n not in changed)
        assert frame.record.scene == before.record.scene
        assert frame.record.noise != before.record.noise


@pytest.mark.parametrize("frame_index", range(4))
def test_a_quarter_turn_is_numpys(source, tmp_path, frame_index):
    turned = augment(source.root, tmp_path / "out", "{RandomRotate90: {p: 1}}", seed=frame_index)
    assert validate_dataset(turned.root) == []
    for frame, before, labels in pairs(turned, source):
        quarter = next(k for k in range(4) if np.array_equal(np.rot90(before.rgb(), k), frame.rgb()))
        np.testing.assert_array_equal(frame.ids(), np.rot90(before.ids(), quarter))
        for new, old in labels:
            assert new.visible_pixels == old.visible_pixels
            if old.rle is not None:
                np.testing.assert_array_equal(mask(new), np.rot90(mask(old), quarter))


def test_a_crop_truncates_and_keeps_all_that_a_camera_knows(source, tmp_path):
    crop = "{Crop: {x_min: 20, y_min: 10, x_max: 80, y_max: 58, p: 1}}"
    cropped = augment(source.root, tmp_path / "out", crop)
    # Poses, 3D boxes, depth and camera are all still there, and all agree with each other.
    assert validate_dataset(cropped.root) == []
    assert set(cropped.manifest.layers) == set(source.manifest.layers)
    cut = gone = 0
    for frame, before, labels in pairs(cropped, source):
        window = (slice(10, 58), slice(20, 80))
        assert frame.record.size_wh == frame.scene.camera.size_wh == (60, 48)
        assert frame.scene.camera.centre_xy_px == (48 - 20, 32 - 10)
        assert frame.scene.objects == before.scene.objects
        for read in ("rgb", "ids", "depth", "normals", "semantic"):
            np.testing.assert_array_equal(getattr(frame, read)(), getattr(before, read)()[window])
        for new, old in labels:
            assert new.pose == old.pose
            if old.rle is not None:
                inside = mask(old)[window]
                assert new.visible_pixels == inside.sum()
                assert (new.rle is None) == (not inside.any())
                if inside.any():
                    np.testing.assert_array_equal(mask(new), inside)
            if old.alone_pixels_canvas:
                alone = decode_rle(old.amodal_rle)[window].sum() if old.amodal_rle else 0
                assert new.truncation == 1 - alone / old.alone_pixels_canvas
                assert new.truncation >= old.truncation
                cut += new.truncation > old.truncation and new.status == "labelled"
            if old.status == "labelled" and new.rle is None:
                gone += 1
                assert (new.status, new.visible_fraction, new.box_xyxy) == ("hidden", 0.0, None)
                assert new.instance_id not in {entry["instance_id"] for entry in annotations(cropped, frame.index)}
            if old.amodal_box_xyxy:
                x1, y1, x2, y2 = old.amodal_box_xyxy
                assert new.amodal_box_xyxy == (x1 - 20, y1 - 10, x2 - 20, y2 - 10)
    assert cut > 3
    assert gone > 0


def annotations(dataset, frame):
    data = json.loads(dataset.layout.coco.read_text())
    return [entry for entry in data["annotations"] if entry["image_id"] == frame + 1]


@pytest.mark.parametrize(
    "steps",
    [
        "{Rotate: {limit: 30, p: 1}}, {RandomBrightnessContrast: {p: 1}}",
        "{Resize: {height: 100, width: 130, p: 1}}",
        "{RandomResizedCrop: {size: [48, 64], p: 1}}",
        "{ElasticTransform: {alpha: 40, sigma: 6, p: 1}}",
        "{Pad: {padding: [3, 5, 7, 9], p: 1}}, {HorizontalFlip: {p: 0.5}}",
        "{PadIfNeeded: {min_height: 90, min_width: 110, p: 1}}",
        "{CoarseDropout: {fill_mask: 0, p: 1}}, {GaussNoise: {p: 0.5}}",
        "{CoarseDropout: {p: 1}}",
        "{AtLeastOneBBoxRandomCrop: {height: 40, width: 40, p: 1}}",
        "{Transpose: {p: 0.5}}, {Perspective: {p: 0.7}}",
    ],
)
@pytest.mark.parametrize("policy", [LabelPolicy(), LabelPolicy(max_truncation=0.3, min_apparent_contrast=8)])
def test_any_pipeline_gives_a_set_without_fault(make_dataset, tmp_path, steps, policy):
    source = open_dataset(make_dataset(4, policy=policy))
    dataset = augment(source.root, tmp_path / "out", steps, variants=2)
    assert len(dataset) == 8
    assert validate_dataset(dataset.root) == []
    for frame, _, labels in pairs(dataset, source, 2):
        ids = frame.ids()
        assert set(np.unique(ids)) <= {0, *(label.instance_id for label in frame.record.instances)}
        for new, old in labels:
            if new.rle is not None and new.amodal_rle is not None:
                assert not (mask(new) & ~decode_rle(new.amodal_rle)).any()
            assert (new.name, new.category, new.attributes) == (old.name, old.category, old.attributes)
    preview_dataset(dataset, tmp_path / "sheet.png", count=2)
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


def test_keypoints_of_a_turned_and_scaled_picture_stay_on_their_objects(flat, make_dataset, tmp_path):
    root = make_dataset(
        3, cards=lambda frame: [flat.Card("tile", 0, 0, 0.2, 0.2), flat.Card("tile", -0.5, 0, 0.1, 0.1)]
    )
    steps = "{Rotate: {limit: [25, 25], p: 1}}, {Resize: {height: 128, width: 192, p: 1}}"
    turned = augment(root, tmp_path / "out", steps)
    # About the middle of the picture, (48, 32), counter-clockwise, then twice as large.
    angle = np.radians(25)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for _, _, labels in pairs(turned, open_dataset(root)):
        for new, old in labels:
            for point, was in zip(new.keypoints, old.keypoints, strict=True):
                expected = 2 * (turn @ (np.array(was.xy_px) - (48, 32)) + (48, 32))
                np.testing.assert_allclose(point.xy_px, expected, atol=0.3)
                assert point.visibility == 2


def tree(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_workers_and_order_change_no_byte_and_a_seed_changes_them(source, tmp_path):
    steps = "{Affine: {rotate: [-20, 20], p: 0.8}}, {OneOf: {transforms: [GaussNoise, HueSaturationValue], p: 0.9}}"
    trees = [
        tree(augment(source.root, tmp_path / name, steps, variants=3, **options).root)
        for name, options in (("a", {"workers": 1}), ("b", {"workers": 4}), ("c", {"workers": 4, "seed": 1}))
    ]
    assert trees[0] == trees[1]
    assert trees[0]["images/0000/00000000.png"] != trees[2]["images/0000/00000000.png"]
    assert len({trees[0][f"images/0000/{number:08d}.png"] for number in range(3)}) == 3


def test_the_first_variants_stay_when_more_are_asked_for(source, tmp_path):
    steps = "{Affine: {rotate: [-20, 20], p: 1}}"
    one = augment(source.root, tmp_path / "one", steps)
    three = augment(source.root, tmp_path / "three", steps, variants=3)
    for frame in one:
        np.testing.assert_array_equal(frame.rgb(), three.frame(3 * frame.index).rgb())


def test_the_manifest_says_where_everything_came_from(source, tmp_path):
    dataset = augment(source.root, tmp_path / "out", FLIP, variants=2, seed=9)
    manifest, entry = dataset.manifest, dataset.manifest.augmentation
    assert entry.source_manifest_sha256 == hashlib.sha256((source.root / "manifest.json").read_bytes()).hexdigest()
    assert (entry.source, entry.seed, entry.variants, entry.geometry) == ("flat", 9, 2, "warped")
    assert entry.pipeline == {"transforms": [{"HorizontalFlip": {"p": 1}}]}
    assert entry.library == "albumentations 2.0.8"
    assert (manifest.name, manifest.stages) == ("flat-augmented", {"augment": True})
    assert manifest.frame_count == 12
    assert manifest.config_hash == source.manifest.config_hash
    assert next(iter(dataset)).record.weather == next(source.records()).weather
    assert dataset.frame(3).record.augmentation.applied == ("HorizontalFlip",)


def test_faults_in_an_augmented_set_are_found(source, tmp_path):
    dataset = augment(source.root, tmp_path / "out", FLIP)
    shard = dataset.root / "records" / "00000.jsonl"
    good = shard.read_text()

    def found(change):
        records = [json.loads(line) for line in good.splitlines()]
        change(records[0])
        shard.write_text("".join(canonical_json(record) + "\n" for record in records))
        return {finding.check for finding in validate_dataset(dataset.root)}

    before = next(source.records())
    labels = {label.instance_id: label for label in before.instances}

    def unflipped(record):
        label = next(item for item in record["instances"] if item["status"] == "labelled")
        rle = labels[label["instance_id"]].rle
        label["rle"] = {"size": list(rle.size), "counts": rle.counts}

    assert {"mask_ids", "box_extent"} <= found(unflipped)
    camera = {"k_33": before.camera.k_33, "camera_from_world": before.camera.camera_from_world}
    assert "scene" in found(lambda record: record.update(camera=camera))
    assert "scene" in found(lambda record: record["augmentation"].update(source_frame=4))
    assert "scene" in found(lambda record: record["augmentation"].update(geometry="window"))
    assert {"pose", "bbox_3d"} <= found(lambda record: record["augmentation"].update(geometry="pixels"))
    assert "record_line" in found(lambda record: record["augmentation"].update(geometry="bent"))
    shard.write_text(good)
    assert validate_dataset(dataset.root) == []


def test_what_cannot_work_is_refused_before_anything_is_written(source, tmp_path, make_dataset):
    out = tmp_path / "out"
    for steps, options, message in (
        ("{CenterCrop: {height: 500, width: 9}}", {}, "the pipeline fails on a picture of 96 x 64 px"),
        (FLIP, {"variants": 0}, "variants must be 1 or more"),
        (FLIP, {"seed": -1}, "seed 0 to"),
    ):
        with pytest.raises(UsageError, match=message):
            augment(source.root, out, steps, **options)
    empty = make_dataset(0, folder="empty")
    with pytest.raises(UsageError, match="must have a frame to augment"):
        augment(empty, out, FLIP)
    assert not out.exists()
    made = augment(source.root, out, FLIP)
    with pytest.raises(DatasetError, match="must be new or empty"):
        augment(source.root, out, FLIP)
    with pytest.raises(UsageError, match="was augmented already"):
        augment(made.root, tmp_path / "twice", FLIP)
    with pytest.raises(UsageError, match="cannot be drawn again"):
        check_dataset(made.root, rerender=1)
    with pytest.raises(UsageError, match="was augmented; replay"):
        replay_frame(made.root, 0)


def test_a_frame_that_fails_is_listed_and_the_others_are_whole(source, tmp_path):
    path = source.frame(3).path("image")
    path.write_bytes(path.read_bytes()[:-100])
    summary = augment_dataset(source.root, parse_pipeline(f"transforms: [{FLIP}]"), tmp_path / "out", variants=2)
    assert sorted(summary.failures) == [6, 7]
    assert (summary.done, summary.exit_code) == (10, 1)
    assert [failure.frame for failure in open_dataset(tmp_path / "out").failures] == [6, 7]
    assert validate_dataset(tmp_path / "out") == []


def test_the_command_augments_and_prints_the_folder(source, tmp_path, capsys):
    pipeline = tmp_path / "pipeline.yaml"
    pipeline.write_text("transforms:\n  - HorizontalFlip: {p: 1}\n")
    words = ["augment", str(source.root), "--with", str(pipeline), "--out", str(tmp_path / "out"), "--variants", "2"]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'out'}\n"
    assert printed.err.splitlines()[-1].startswith("12 images; labels: ")
    assert (tmp_path / "out" / "preview.png").is_file()
    assert main(["validate", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    pipeline.write_text("transforms:\n  - HorizontalFlp\n")
    assert main([*words[:-3], str(tmp_path / "other")]) == 2
    assert capsys.readouterr().err == (
        f"{pipeline}:2: transforms.0: HorizontalFlp is no transform; did you mean 'HorizontalFlip'?\n"
    )
