"""Drawn pictures with known masks: things of several shapes and patterns on a patterned ground."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from synthvision.core.labels import InstanceLabel
from synthvision.core.streams import rng_for


def make_label(instance_id, id_hw, category="thing", status="labelled"):
    ys, xs = np.nonzero(id_hw == instance_id)
    box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1) if len(ys) else None
    return InstanceLabel(
        instance_id=instance_id, name=f"thing/{instance_id}", role="thing", category=category, status=status,
        visible_pixels=len(ys), box_xyxy=box, centroid_xy=None, rle=None, alone_pixels=None, alone_pixels_canvas=None,
        visible_fraction=None, truncation=None, amodal_box_xyxy=None, amodal_rle=None, contrast_transmittance=1.0,
        lens_transmittance=1.0, apparent_contrast=None, pose=None, bbox_3d=None,
    )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A picture, its id image and its labels."""

    rgb: np.ndarray
    ids: np.ndarray
    labels: tuple


def draw(seed, size_wh=(240, 180), sides=(44, 36, 50, 14), category="thing"):
    """One thing in each cell of a grid of two rows, ids from 1; drawn at four times the size for soft edges."""
    rng = rng_for(seed, 0, "test.guard.draw")
    width, height = size_wh
    coarse = rng.normal(size=(height // 6, width // 6, 3)).astype(np.float32)
    ground = 120 + 10 * cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC) + rng.uniform(-50, 50, size=3)
    ids = np.zeros((height, width), np.uint16)
    columns = -(-len(sides) // 2)
    picture = ground
    for number, side in enumerate(sides, start=1):
        column, row = (number - 1) % columns, (number - 1) // columns
        middle = np.array([(column + 0.5) * width / columns, (row + 0.5) * height / 2]) + rng.uniform(-4, 4, size=2)
        corners = int(rng.integers(3, 9))
        turn = rng.uniform(0, 2 * np.pi) + np.arange(corners) * 2 * np.pi / corners
        outline = middle + side / 2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        large = np.zeros((4 * height, 4 * width), np.uint8)
        cv2.fillPoly(large, [np.rint(4 * outline + 2).astype(np.int32)], 255)
        cover = cv2.resize(large, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32)[:, :, None] / 255
        colour = (ground.mean(axis=(0, 1)) + 127) % 255
        stripes = 25 * np.sin(np.arange(width) * rng.uniform(0.5, 1.2) + rng.uniform(0, 6))[None, :, None]
        picture = picture + cover * (colour + stripes - picture)
        ids[cover[:, :, 0] > 0.5] = number
    picture = picture + rng.normal(0, 1.0, size=picture.shape)
    rgb = np.clip(picture, 0, 255).astype(np.uint8)
    return Drawn(rgb, ids, tuple(make_label(i, ids, category) for i in range(1, len(sides) + 1)))


@pytest.fixture
def drawn():
    return draw(3)


@pytest.fixture(scope="session")
def drawer():
    return draw


@pytest.fixture(scope="session")
def label_of():
    return make_label
