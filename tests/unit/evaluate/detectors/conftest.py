"""Toy pictures: shapes of known colour on noise, and settings of a network small enough for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.core.streams import rng_for
from synthvision.evaluate.detectors.config import AugmentationSpec, NetworkSpec, TrainingSpec
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.photos import PhotoBox, Photos

MakeSet = Callable[..., LabelledSet]

CLASSES = ("red", "blue")
_COLOURS = {"red": (220, 40, 40), "blue": (40, 60, 220)}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    """Makes sets of pictures of grey noise with rectangles: red or blue, 16 to 28 px a side."""

    def make(count: int, *, seed: int = 0, size_wh: tuple[int, int] = (96, 80), most: int = 2) -> LabelledSet:
        paths, boxes = [], []
        for index in range(count):
            rng = rng_for(seed, index, "toy")
            rgb = rng.integers(60, 190, (size_wh[1], size_wh[0], 1)).repeat(3, axis=2).astype(np.uint8)
            found: list[PhotoBox] = []
            for place in range(most):
                # Each in a half of its own, so that none hides another.
                width, height = (int(value) for value in rng.integers(16, 29, 2))
                half = size_wh[0] // most
                x = place * half + int(rng.integers(0, half - width + 1))
                y = int(rng.integers(0, size_wh[1] - height + 1))
                name = CLASSES[int(rng.integers(2))]
                rgb[y : y + height, x : x + width] = _COLOURS[name]
                found.append(PhotoBox(name, (float(x), float(y), float(x + width), float(y + height))))
            path = tmp_path / f"set{seed}" / f"{index}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(rgb).save(path)
            paths.append(path)
            boxes.append(tuple(found))
        photos = Photos(tmp_path / f"set{seed}", tuple(paths), tuple(boxes))
        return LabelledSet(f"toy{seed}", photos, (size_wh,) * count, ((),) * count, CLASSES, False, False, 0)

    return make


@pytest.fixture
def tiny_spec() -> TrainingSpec:
    """Settings of a training of seconds."""
    return TrainingSpec(
        steps=4,
        batch=2,
        crop=64,
        picture_side=96,
        precision="float32",
        threads=1,
        device="cpu",
        log_every=1,
        save_every=2,
        augmentation=AugmentationSpec.none(),
        network=NetworkSpec(channels=(8, 8, 16, 16), blocks=(0, 1, 0, 0), head_channels=16, head_layers=1),
    )
