"""Labelled sets and detections made for tests: boxes at random, detectors that err by a planted amount."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox, Photos

MakeSet = Callable[..., LabelledSet]
FindWith = Callable[..., list[Detections]]


@pytest.fixture
def boxes_set() -> MakeSet:
    """A set without files: `boxes` and `ignored` of each picture as (class, x1, y1, x2, y2)."""

    def make(
        boxes: Sequence[Sequence[tuple[object, ...]]],
        ignored: Sequence[Sequence[tuple[object, ...]]] | None = None,
        classes: Sequence[str] = ("ace", "king", "queen"),
        size_wh: tuple[int, int] = (320, 240),
    ) -> LabelledSet:
        def read(rows: Sequence[tuple[object, ...]]) -> tuple[PhotoBox, ...]:
            return tuple(PhotoBox(str(row[0]), tuple(float(value) for value in row[1:])) for row in rows)  # type: ignore[arg-type]

        count = len(boxes)
        photos = Photos(Path("set"), tuple(Path(f"{number}.png") for number in range(count)), tuple(map(read, boxes)))
        left_out = tuple(map(read, ignored)) if ignored is not None else ((),) * count
        return LabelledSet("set", photos, (size_wh,) * count, left_out, tuple(classes), False, False, 0)

    return make


@pytest.fixture
def random_set(boxes_set: MakeSet) -> MakeSet:
    """A set of random boxes with crowds and pictures without any."""

    def make(seed: int, pictures: int = 12, crowds: bool = True) -> LabelledSet:
        rng = rng_for(seed, 0, "test.boxes")
        names = ("ace", "king", "queen")

        def rows(most: int) -> list[tuple[object, ...]]:
            found: list[tuple[object, ...]] = []
            for _ in range(int(rng.integers(0, most + 1))):
                x, y = rng.uniform(0, 250), rng.uniform(0, 180)
                width, height = rng.uniform(8, 130, 2)
                found.append((names[int(rng.integers(3))], x, y, min(x + width, 320), min(y + height, 240)))
            return found

        boxes = [rows(5) if number % 4 else [] for number in range(pictures)]
        ignored = [rows(2) if crowds and number % 3 == 0 else [] for number in range(pictures)]
        return boxes_set(boxes, ignored)

    return make


@pytest.fixture
def find_with() -> FindWith:
    """Detections of a detector that moves boxes by `jitter` of their side, misses, and adds false ones."""

    def find(
        pictures: LabelledSet,
        seed: int,
        jitter: float = 0.08,
        missed: float = 0.1,
        false: float = 2.0,
        ties: bool = False,
    ) -> list[Detections]:
        rng = rng_for(seed, 0, "test.detections")
        found = []
        for boxes, ignored, (width, height) in zip(
            pictures.photos.boxes, pictures.ignored, pictures.sizes_wh, strict=True
        ):
            rows, scores, numbers = [], [], []
            for box in (*boxes, *ignored):
                if rng.random() < missed:
                    continue
                x1, y1, x2, y2 = box.box_xyxy
                move = rng.normal(0, jitter, 4) * (x2 - x1, y2 - y1, x2 - x1, y2 - y1)
                moved = np.array(box.box_xyxy) + move
                if moved[2] > moved[0] and moved[3] > moved[1]:
                    rows.append(moved)
                    scores.append(rng.uniform(0.3, 1))
                    numbers.append(pictures.classes.index(box.category))
            for _ in range(int(rng.poisson(false))):
                x, y = rng.uniform(0, width * 0.8), rng.uniform(0, height * 0.8)
                rows.append(np.array([x, y, x + rng.uniform(5, 90), y + rng.uniform(5, 90)]))
                scores.append(rng.uniform(0, 0.7))
                numbers.append(int(rng.integers(len(pictures.classes))))
            score_n = np.array(scores, np.float32)
            if ties:
                score_n = np.round(score_n, 1).astype(np.float32)
            found.append(
                Detections(np.array(rows, np.float32).reshape(-1, 4), score_n, np.array(numbers, np.int64).reshape(-1))
            )
        return found

    return find
