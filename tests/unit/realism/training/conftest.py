"""Two toy domains with a known answer: what sets the renders apart is a swap of channels and a texture laid over."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from synthvision.core.streams import rng_for
from synthvision.realism.training.config import TrainingSpec

torch.set_num_threads(1)

SIDE = 48
PALETTE = ((205, 120, 60), (240, 200, 130))


def clean_picture(seed: int, index: int) -> np.ndarray:
    """Three bright squares on dark ground, float64 (48, 48, 3)."""
    rng = rng_for(seed, index, "toy")
    picture = np.empty((SIDE, SIDE, 3))
    picture[:] = (70, 45, 20)
    for _ in range(3):
        (x, y), (w, h) = rng.integers(0, SIDE - 16, 2), rng.integers(10, 20, 2)
        picture[y : y + h, x : x + w] = PALETTE[int(rng.integers(2))]
    return picture


def as_render(picture: np.ndarray) -> np.ndarray:
    """The same with red and blue swapped and stripes of 12 levels, float64."""
    stripes = (np.add.outer(np.arange(SIDE), np.arange(SIDE)) // 2) % 2 * 2 - 1
    return picture[..., ::-1] + 12 * stripes[..., None]


def as_pixels(picture: np.ndarray) -> np.ndarray:
    return np.rint(picture).clip(0, 255).astype(np.uint8)


@pytest.fixture
def toy(tmp_path):
    """Folders of 24 renders and 24 photos that show other things; both with noise of 3 levels."""
    for name, seed in (("renders", 1), ("photos", 2)):
        (tmp_path / name).mkdir()
        for index in range(24):
            picture = clean_picture(seed, index)
            picture = as_render(picture) if name == "renders" else picture
            picture = picture + rng_for(seed, index, "toy.noise").normal(0, 3, picture.shape)
            bgr = cv2.cvtColor(as_pixels(picture), cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(tmp_path / name / f"{index:03d}.png"), bgr)
    return tmp_path / "renders", tmp_path / "photos"


@pytest.fixture
def tiny():
    """Settings that take milliseconds a step."""

    def make(**changes) -> TrainingSpec:
        settings = {
            "method": "cut",
            "steps": 4,
            "crop": 32,
            "width": 8,
            "blocks": 2,
            "downs": 1,
            "discriminator_width": 16,
            "discriminator_layers": 2,
            "learning_rate": 2e-3,
            "ema": 0.98,
            "nce_patches": 64,
            "evaluate_every": 4,
            "evaluate_crops": 8,
            "log_every": 2,
            "sheet_every": 4,
            "save_every": 2,
            "patience": 0,
            "held_out": 0.25,
            "pool": 3,
            "device": "cpu",
        }
        return TrainingSpec(**(settings | changes))

    return make


@pytest.fixture
def known_answer():
    """Renders that nothing was trained on, and the pictures that they should become."""
    answers = [clean_picture(9, index) for index in range(12)]
    return [as_pixels(as_render(picture)) for picture in answers], [as_pixels(picture) for picture in answers]
