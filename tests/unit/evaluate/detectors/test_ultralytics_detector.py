from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from synthvision.core.errors import UsageError  # noqa: E402  # after the skip
from synthvision.evaluate.detectors.config import AugmentationSpec  # noqa: E402
from synthvision.evaluate.detectors.detector import load_detector, load_detector_kind  # noqa: E402
from synthvision.evaluate.detectors.pictures import TrainingPictures  # noqa: E402
from synthvision.evaluate.detectors.ultralytics_detector import write_yolo  # noqa: E402

CLASSES = ("red", "blue")


@pytest.fixture
def calls(monkeypatch):
    """Puts a stand-in for the package in its place, and returns what is called on it."""
    made: list[tuple[str, str, dict[str, object]]] = []

    class FakeModel:
        def __init__(self, model):
            self.model = model
            assert not model.endswith(".pt") or Path(model).is_file()

        def train(self, **settings):
            made.append(("train", self.model, settings))
            if "project" in settings:
                folder = Path(settings["project"]) / settings["name"] / "weights"
                folder.mkdir(parents=True)
                (folder / "last.pt").write_bytes(b"weights")

        def predict(self, **settings):
            made.append(("predict", self.model, settings))
            boxes = SimpleNamespace(
                xyxy=torch.tensor([[-3.0, 4, 20, 30], [1, 2, 3, 4]]),
                conf=torch.tensor([0.3, 0.8]),
                cls=torch.tensor([1.0, 0.0]),
            )
            return [SimpleNamespace(boxes=boxes)]

    module = ModuleType("ultralytics")
    module.YOLO = FakeModel
    monkeypatch.setitem(sys.modules, "ultralytics", module)
    return made


def test_the_package_is_called_as_it_is_published(calls, make_set, tiny_spec, tmp_path):
    sets = [make_set(3), make_set(6, seed=1)]
    spec = tiny_spec.model_copy(
        update={"steps": 45, "batch": 2, "seed": 7, "augmentation": AugmentationSpec(flip_horizontal=True)}
    )
    pictures = TrainingPictures(sets, (0.5, 0.5), CLASSES)
    trained = load_detector_kind("ultralytics:yolo11n.yaml").train(pictures, spec, tmp_path / "a")
    ((kind, model, settings),) = calls
    assert (kind, model) == ("train", "yolo11n.yaml")
    # 45 steps of 2 pictures are 10 epochs of 9.
    assert (settings["epochs"], settings["batch"], settings["imgsz"], settings["seed"]) == (10, 2, 96, 7)
    assert (settings["fliplr"], settings["flipud"], settings["device"], settings["val"]) == (0.5, 0.0, "cpu", False)
    assert trained.record["licence"] == "AGPL-3.0"
    assert str(tmp_path) not in json.dumps(trained.record)
    rgb = np.zeros((40, 50, 3), np.uint8)
    rgb[..., 0] = 200
    (found,) = trained.detect([rgb])
    source = calls[-1][2]["source"]
    assert source[0, 0].tolist() == [0, 0, 200]
    assert found.score_n.tolist() == pytest.approx([0.8, 0.3])
    assert found.class_n.tolist() == [0, 1]
    assert found.box_xyxy_n4[1].tolist() == [0, 4, 20, 30]
    trained.save(tmp_path / "b")
    assert load_detector(tmp_path / "b", "cpu").record == trained.record
    # An ended training is not repeated; a stopped one is resumed by the package.
    count = len(calls)
    load_detector_kind("ultralytics:yolo11n.yaml").train(pictures, spec, tmp_path / "a")
    assert len(calls) == count
    (tmp_path / "a" / "model" / "detector.json").unlink()
    load_detector_kind("ultralytics:yolo11n.yaml").train(pictures, spec, tmp_path / "a")
    assert calls[-1][1].endswith("last.pt")
    assert calls[-1][2] == {"resume": True}


def test_pictures_are_written_as_the_package_reads_them(make_set, tmp_path):
    sets = [make_set(1), make_set(3, seed=1)]
    path = write_yolo(TrainingPictures(sets, (0.5, 0.5), CLASSES), 0, 6, tmp_path / "data")
    data = json.loads(path.read_text())
    assert data["names"] == {"0": "red", "1": "blue"}
    listed = (Path(data["path"]) / data["train"]).read_text().splitlines()
    assert len(listed) == 6
    # Half of them the one picture of the first set.
    assert sum("/images/0/" in line for line in listed) == 3
    for line in set(listed):
        with Image.open(line) as image:
            width, height = image.size
        number, index = int(Path(line).parent.name), int(Path(line).stem)
        rows = Path(line.replace("/images/", "/labels/")).with_suffix(".txt").read_text().splitlines()
        truth = sets[number].photos.boxes[index]
        assert len(rows) == len(truth)
        for row, box in zip(rows, truth, strict=True):
            kind, *numbers = row.split()
            x, y, w, h = (float(value) for value in numbers)
            assert CLASSES[int(kind)] == box.category
            found = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
            assert found == pytest.approx(box.box_xyxy, abs=0.01)


def test_without_the_package_its_licence_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    with pytest.raises(UsageError, match=r"pip install ultralytics; its licence is AGPL-3\.0"):
        load_detector_kind("ultralytics:yolo11n.pt")


def test_a_model_must_be_named(calls):
    with pytest.raises(UsageError, match="must name its model"):
        load_detector_kind("ultralytics:")


def test_changed_weights_are_refused_before_they_are_opened(calls, make_set, tiny_spec, tmp_path):
    pictures = TrainingPictures([make_set(2)], None, CLASSES)
    load_detector_kind("ultralytics:yolo11n.yaml").train(pictures, tiny_spec, tmp_path / "a")
    (tmp_path / "a" / "model" / "model.pt").write_bytes(b"other")
    with pytest.raises(UsageError, match="must be there and be the weights"):
        load_detector(tmp_path / "a" / "model", "cpu")
