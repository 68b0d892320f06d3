"""Masks: what is inside is gone, what is outside stays, and metadata does not travel."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.features.photos import PhotoBox, open_photos
from synthvision.realism.privacy import detectors
from synthvision.realism.privacy.detectors import CascadeFinder, ModelFinder
from synthvision.realism.privacy.masking import mask_boxes, mask_photos


@pytest.fixture
def labelled(tmp_path, kit):
    """A COCO file of two photos, one with EXIF: faces and a car."""
    (tmp_path / "photos").mkdir()
    exif = Image.Exif()
    exif[0x010F] = "a camera that tells who took it"
    Image.fromarray(kit.scene(0, "test.photo")).save(tmp_path / "photos" / "a.jpg", exif=exif, quality=95)
    Image.fromarray(kit.scene(1, "test.photo")).save(tmp_path / "photos" / "b.png")
    data = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 96, "height": 72},
            {"id": 2, "file_name": "b.png", "width": 96, "height": 72},
        ],
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "face"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 2, "bbox": [20, 10, 20, 30]},
            {"id": 2, "image_id": 1, "category_id": 1, "bbox": [60, 40, 30, 20]},
            {"id": 3, "image_id": 1, "category_id": 2, "bbox": [80, 5, 30, 10]},
        ],
    }
    (tmp_path / "photos" / "boxes.json").write_text(json.dumps(data))
    return open_photos(tmp_path / "photos" / "boxes.json")


@pytest.mark.parametrize("style", ["fill", "blur"])
def test_nothing_of_the_inside_is_left(kit, style):
    """Two pictures that differ only inside the box: filled they are equal, blurred they differ by their means."""
    one = kit.scene(0, "test.photo")
    other = one.copy()
    other[12:40, 22:50] = kit.scene(1, "test.photo")[12:40, 22:50]
    box = [(24.0, 14.0, 48.0, 38.0)]
    masked, masked_other = (mask_boxes(picture, box, style=style, margin=0.1) for picture in (one, other))
    inside = np.zeros((72, 96), bool)
    inside[11:41, 21:51] = True  # grown by a tenth of 24 px on each side, and to whole pixels
    assert np.array_equal(masked[~inside], one[~inside])
    if style == "fill":
        assert np.array_equal(masked, masked_other)
        assert len(np.unique(masked[inside], axis=0)) == 1
        ring = inside.copy()
        ring[7:45, 17:55] = True
        assert np.abs(masked[20, 30] - one[ring & ~inside].mean(axis=0)).max() <= 0.5
    else:
        shuffled = one.copy()
        # Any change that keeps the means of the cells leaves nothing: turn each of the 4 x 4 cells upside down.
        for row in range(4):
            for column in range(4):
                cut = (
                    slice(11 + row * 30 // 4, 11 + (row + 1) * 30 // 4),
                    slice(21 + column * 30 // 4, 21 + (column + 1) * 30 // 4),
                )
                shuffled[cut] = shuffled[cut][::-1, ::-1]
        assert not np.array_equal(shuffled, one)
        assert np.array_equal(mask_boxes(shuffled, box, style=style, margin=0.1), masked)


def test_boxes_over_the_border_over_each_other_and_outside(kit):
    picture = kit.scene(0, "test.photo")
    boxes = [(-10.0, -10.0, 20.0, 20.0), (15.0, 15.0, 40.0, 40.0), (200.0, 200.0, 210.0, 210.0), (5.0, 5.0, 5.0, 9.0)]
    masked = mask_boxes(picture, boxes, margin=0.0)
    assert len(np.unique(masked[16:20, 16:20].reshape(-1, 3), axis=0)) == 1
    assert np.array_equal(masked[45:], picture[45:])
    whole = mask_boxes(picture, [(0.0, 0.0, 96.0, 72.0)])
    assert len(np.unique(whole.reshape(-1, 3), axis=0)) == 1


def test_a_folder_is_masked_and_its_other_boxes_stay(labelled, tmp_path):
    report = mask_photos(labelled, tmp_path / "out", categories=["face"], margin=0.0)
    assert (report.photos, report.masked, report.boxes) == (2, 1, {"face": 2})
    masked = open_photos(tmp_path / "out" / "annotations.json")
    assert [path.name for path in masked.paths] == ["000000.jpg", "000001.png"]
    assert masked.boxes == ((PhotoBox("car", (60.0, 40.0, 90.0, 60.0)),), ())
    with Image.open(masked.paths[0]) as image:
        assert not image.getexif()
        assert b"camera that tells" not in masked.paths[0].read_bytes()
    assert masked.load(0)[15:35, 25:35].std(axis=(0, 1)).max() < 3  # one colour, but for JPEG
    assert np.array_equal(masked.load(1), labelled.load(1))
    assert np.abs(masked.load(0)[45:].astype(int) - labelled.load(0)[45:]).mean() < 2


def test_what_a_finder_finds_is_masked_too(labelled, tmp_path):
    finder = SimpleNamespace(find=lambda rgb: [PhotoBox("plate", (10.0, 50.0, 30.0, 60.0))])
    report = mask_photos(labelled, tmp_path / "out", finder=finder, style="blur")
    assert (report.masked, report.boxes) == (2, {"plate": 2})
    masked = open_photos(tmp_path / "out" / "annotations.json")
    assert masked.load(1)[51:59, 12:28].std() < labelled.load(1)[51:59, 12:28].std() + 1
    assert not np.array_equal(masked.load(1), labelled.load(1))


def test_what_cannot_be_masked(labelled, tmp_path):
    with pytest.raises(UsageError, match=r"categories must be those of the photos' boxes \(car, face\), got plate"):
        mask_photos(labelled, tmp_path / "out", categories=["plate"])
    with pytest.raises(UsageError, match="needs categories of boxes, or a detector"):
        mask_photos(labelled, tmp_path / "out")
    with pytest.raises(UsageError, match="margin must be 0 to 1, got 2"):
        mask_photos(labelled, tmp_path / "out", categories=["face"], margin=2.0)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "file").touch()
    with pytest.raises(UsageError, match="must be empty or not exist"):
        mask_photos(labelled, tmp_path / "out", categories=["face"])


def test_cascades_are_asked_for_where_opencv_has_none(monkeypatch):
    with pytest.raises(UsageError, match="kinds must be of face, plate, got dog"):
        CascadeFinder(("dog",))
    monkeypatch.delattr(cv2, "CascadeClassifier", raising=False)
    with pytest.raises(UsageError, match=r"finding faces needs haarcascade_frontalface_default\.xml.*opencv-python"):
        CascadeFinder()


def test_profiles_are_looked_for_in_both_mirrorings_and_boxes_are_in_pixels_of_the_photo(monkeypatch, tmp_path):
    """With a stand-in for OpenCV's class, which version 5 lacks."""
    for names in detectors.CASCADES.values():
        for name in names:
            (tmp_path / name).touch()

    class Cascade:
        def __init__(self, path):
            self.path = path

        def detectMultiScale(self, grey, scaleFactor, minNeighbors):  # noqa: N803  OpenCV's names
            y, x = np.unravel_index(np.argmax(grey), grey.shape)
            return np.array([[x, y, 8, 4]]) if "profile" in Path(self.path).name else ()

    monkeypatch.setattr(cv2, "data", SimpleNamespace(haarcascades=str(tmp_path)), raising=False)
    monkeypatch.setattr(cv2, "CascadeClassifier", Cascade, raising=False)
    rgb = np.zeros((100, 2048, 3), np.uint8)
    rgb[20:22, 400:402] = 255
    first, second = CascadeFinder(("face",)).find(rgb)
    assert first == PhotoBox("face", (400.0, 20.0, 416.0, 28.0))
    assert second == PhotoBox("face", (386.0, 20.0, 402.0, 28.0))


@pytest.fixture(scope="session")
def yolos(tmp_path_factory):
    import torch
    from transformers import YolosConfig, YolosForObjectDetection

    torch.manual_seed(0)
    config = YolosConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=[64, 96],
        patch_size=16, num_detection_tokens=3, id2label={0: "face", 1: "plate", 2: "tree"},
    )  # fmt: skip
    model = YolosForObjectDetection(config)
    with torch.no_grad():
        # Every query says plate with all certainty, and a box in the middle that is a half by a quarter.
        last = model.class_labels_classifier.layers[-1]
        last.weight.zero_()
        last.bias.copy_(torch.tensor([0.0, 20.0, 0.0, 0.0]))
        box = model.bbox_predictor.layers[-1]
        box.weight.zero_()
        box.bias.copy_(torch.logit(torch.tensor([0.5, 0.5, 0.5, 0.25])))
    folder = tmp_path_factory.mktemp("yolos")
    model.save_pretrained(folder)
    return folder


def test_a_detection_model_finds_its_labels(yolos, kit):
    found = ModelFinder(yolos, ("plate",), "cpu").find(kit.scene(0, "test.photo", (200, 100)))
    assert len(found) == 3
    for box in found:
        assert box.category == "plate"
        assert box.box_xyxy == pytest.approx((50, 37.5, 150, 62.5), abs=0.01)
    assert ModelFinder(yolos, ("face", "tree"), "cpu").find(kit.scene(0, "test.photo")) == []
    with pytest.raises(UsageError, match=r"labels must be of what the model .* finds \(face, plate, tree\), got dog"):
        ModelFinder(yolos, ("dog",), "cpu")


def test_a_folder_that_is_no_detection_model(tmp_path):
    with pytest.raises(UsageError, match=r"must hold a detection model of transformers, but has no config\.json"):
        ModelFinder(tmp_path, ("face",), "cpu")
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(UsageError, match="must hold a detection model of transformers: "):
        ModelFinder(tmp_path, ("face",), "cpu")
