"""Small sets of real pictures and renders, and a detector that knows the answer and errs by a planted amount."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from synthvision.core.streams import rng_for
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.detector import DetectorProgress, DetectorReporter
from synthvision.evaluate.detectors.pictures import TrainingPictures

#: Colours of the classes of the pictures, from which the fake detector knows what there is.
COLOURS = {"ace": (255, 0, 0), "king": (0, 255, 0)}


def paint(seed: int, number: int) -> tuple[NDArray[np.uint8], list[tuple[str, int, int, int, int]]]:
    """A picture of grey polygons, unlike all others, with one to three coloured rectangles that do not touch."""
    rng = rng_for(seed, number, "test.picture")
    rgb = np.full((96, 128, 3), int(rng.integers(60, 200)), np.uint8)
    for _ in range(10):
        points = (rng.random((4, 2)) * (128, 96)).astype(np.int32)
        cv2.fillPoly(rgb, [cv2.convexHull(points)], (int(rng.integers(40, 220)),) * 3)
    boxes = []
    for column in range(int(rng.integers(1, 4))):
        name = ("ace", "king")[int(rng.integers(2))]
        x, y = 42 * column + int(rng.integers(2, 10)), int(rng.integers(5, 50))
        width, height = (int(value) for value in rng.integers(18, 30, 2))
        rgb[y : y + height, x : x + width] = COLOURS[name]
        boxes.append((name, x, y, x + width, y + height))
    return rgb, boxes


def write_pictures(folder: Path, seed: int, count: int, classes: tuple[str, ...] = ("ace", "king")) -> Path:
    """Write pictures and a COCO file, and return the file."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    (folder / "images").mkdir(parents=True)
    for number in range(count):
        rgb, boxes = paint(seed, number)
        Image.fromarray(rgb).save(folder / "images" / f"{number:03d}.png")
        images.append({"id": number + 1, "file_name": f"images/{number:03d}.png", "width": 128, "height": 96})
        for kind, x1, y1, x2, y2 in boxes:
            annotations.append(
                {
                    "id": len(annotations) + 1, "image_id": number + 1, "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "category_id": ("ace", "king").index(kind) + 1, "area": (x2 - x1) * (y2 - y1), "iscrowd": 0,
                }
            )  # fmt: skip
    categories = [{"id": place, "name": kind} for place, kind in enumerate(classes, start=1)]
    file = folder / "annotations.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


@pytest.fixture
def write_set(tmp_path: Path) -> Callable[..., Path]:
    """Writes a set of a name into the test's own folder."""
    return lambda name, *arguments: write_pictures(tmp_path / name, *arguments)


@pytest.fixture(scope="session")
def write_pictures_to() -> Callable[..., Path]:
    return write_pictures


class FakeTrained:
    """Finds each coloured rectangle with a chance, exactly; the chance was set by what it was trained on."""

    def __init__(self, classes: tuple[str, ...], chance: float, seed: int) -> None:
        self.classes, self.chance, self.seed = classes, chance, seed
        self.record = {"kind": "fake", "chance": chance, "seed": seed}

    def detect(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Detections]:
        for number, rgb in enumerate(pictures):
            rng = rng_for(self.seed, number, "test.fake")
            rows, kinds = [], []
            for name, colour in COLOURS.items():
                mask = (rgb == np.array(colour, np.uint8)).all(axis=2).astype(np.uint8)
                count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
                for x, y, width, height, _ in stats[1:count].tolist():
                    # Drawn for each rectangle, found or not: a surer detector finds all that a less sure one does.
                    if rng.random() < self.chance:
                        rows.append((x, y, x + width, y + height))
                        kinds.append(self.classes.index(name))
            yield Detections(
                np.array(rows, np.float32).reshape(-1, 4),
                np.full(len(rows), 0.9, np.float32),
                np.array(kinds, np.int64),
            )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "detector.json").write_text(json.dumps([list(self.classes), self.chance, self.seed]))


def load_fake(folder: Path, device: str) -> FakeTrained:
    classes, chance, seed = json.loads((folder / "detector.json").read_text())
    return FakeTrained(tuple(classes), chance, seed)


class FakeDetector:
    """Its chance to find an object is `chance_of` what it is trained on; every call is kept."""

    name = "fake"

    def __init__(self, chance_of: Callable[[TrainingPictures, float], float]) -> None:
        self.chance_of = chance_of
        self.calls: list[tuple[tuple[str, ...], tuple[float, ...], TrainingSpec, str]] = []
        self.stop_after: int | None = None

    def train(
        self,
        pictures: TrainingPictures,
        spec: TrainingSpec,
        out: Path,
        *,
        start: Path | None = None,
        progress: DetectorReporter | None = None,
    ) -> FakeTrained:
        if self.stop_after is not None and len(self.calls) >= self.stop_after:
            raise KeyboardInterrupt
        names = tuple(one.name.partition("/")[0] for one in pictures.sets)
        shares = tuple(
            sum(pictures.place(spec.seed, place)[0] == number for place in range(1000)) / 1000
            for number in range(len(names))
        )
        self.calls.append((names, shares, spec, "" if start is None else start.parent.name))
        first = 0.0 if start is None else load_fake(start, "cpu").chance
        trained = FakeTrained(pictures.classes, self.chance_of(pictures, first), spec.seed)
        trained.save(out / "model")
        if progress is not None:
            progress(DetectorProgress(spec.steps, spec.steps, {}))
        return trained


@pytest.fixture(scope="session")
def fake_detector() -> Callable[..., FakeDetector]:
    def make(chance_of: Callable[[TrainingPictures, float], float]) -> FakeDetector:
        return FakeDetector(chance_of)

    return make


@pytest.fixture(scope="session")
def load() -> Callable[[Path, str], FakeTrained]:
    return load_fake
