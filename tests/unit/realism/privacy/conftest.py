"""Photos of scenes that no two share, written to folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.streams import rng_for
from synthvision.features.photos import Photos, open_photos


def scene(index: int, stream: str, size_wh=(96, 72)) -> np.ndarray:
    """A ground with a gradient and a dozen ellipses and bars: as unlike the next as two photos of one place."""
    rng = rng_for(0, index, stream)
    width, height = size_wh
    y, x = np.mgrid[:height, :width]
    ground = rng.uniform(60, 180, 3) + (x * rng.uniform(-0.5, 0.5) + y * rng.uniform(-0.5, 0.5))[..., None]
    picture = np.ascontiguousarray(np.clip(ground, 0, 255).astype(np.uint8))
    for _ in range(12):
        centre = int(rng.integers(width)), int(rng.integers(height))
        axes = int(rng.integers(3, 20)), int(rng.integers(3, 20))
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        cv2.ellipse(picture, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
    noise = rng.normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Kit:
    """Makes pictures and folders of them.

    Args:
        root: Where folders go.
    """

    root: Path
    scene = staticmethod(scene)

    def write(self, name: str, pictures) -> Photos:
        folder = self.root / name
        folder.mkdir()
        for index, picture in enumerate(pictures):
            Image.fromarray(picture).save(folder / f"{index:04}.png")
        return open_photos(folder)


@pytest.fixture
def kit(tmp_path) -> Kit:
    return Kit(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    import torch

    torch.set_num_threads(1)
