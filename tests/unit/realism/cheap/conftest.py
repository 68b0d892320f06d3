from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.labels import InstanceLabel
from synthvision.core.streams import rng_for
from synthvision.dataset.records import FrameRecord
from synthvision.realism.refiner import RefineInput

Polygons = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def polygons() -> Polygons:
    """Return a function that paints polygons of flat colours, with smooth edges."""

    def paint(number: int, side: int = 320, low: int = 20, high: int = 235, count: int = 18) -> np.ndarray:
        rng = rng_for(21, number, "test.polygons")
        big = np.empty((4 * side, 4 * side, 3), np.uint8)
        big[:] = rng.integers(low, high, 3)
        for _ in range(count):
            points = (rng.random((4, 2)) * 4 * side).astype(np.int32)
            cv2.fillPoly(big, [cv2.convexHull(points)], [int(value) for value in rng.integers(low, high, 3)])
        return np.asarray(cv2.resize(big, (side, side), interpolation=cv2.INTER_AREA), np.uint8)

    return paint


@pytest.fixture(scope="session")
def noisy() -> Callable[..., np.ndarray]:
    """Return a function that adds white noise of each channel, of one standard deviation or one per level."""

    def add(rgb: np.ndarray, sigma: float | np.ndarray, number: int = 0) -> np.ndarray:
        noise = rng_for(22, number, "test.noise").standard_normal(rgb.shape)
        spread = np.asarray(sigma)[rgb] if np.ndim(sigma) else sigma
        return np.clip(np.rint(rgb + spread * noise), 0, 255).astype(np.uint8)

    return add


@pytest.fixture(scope="session")
def item() -> Callable[..., RefineInput]:
    """Return a function that wraps a picture, with one class per id where an id image is given."""

    def wrap(
        rgb: np.ndarray, *, frame: int = 0, seed: int = 3, ids: np.ndarray | None = None, names: Sequence[str] = ()
    ) -> RefineInput:
        ids = np.zeros(rgb.shape[:2], np.uint16) if ids is None else ids.astype(np.uint16)
        instances = tuple(_instance(number + 1, name) for number, name in enumerate(names))
        record = FrameRecord(
            frame=frame,
            size_wh=(rgb.shape[1], rgb.shape[0]),
            camera=None,
            exposure_ev100=0.0,
            noise=0.0,
            instances=instances,
            scene={},
            files={},
        )
        return RefineInput(record, rgb, ids, ids.copy(), None, None, seed)

    return wrap


def _instance(number: int, name: str) -> InstanceLabel:
    return InstanceLabel(
        instance_id=number,
        name=f"{name}/{number}",
        role="thing",
        category=name,
        status="labelled",
        visible_pixels=1,
        box_xyxy=(0, 0, 1, 1),
        centroid_xy=(0.5, 0.5),
        rle=None,
        alone_pixels=None,
        alone_pixels_canvas=None,
        visible_fraction=None,
        truncation=None,
        amodal_box_xyxy=None,
        amodal_rle=None,
        contrast_transmittance=1.0,
        lens_transmittance=1.0,
        apparent_contrast=None,
        pose=None,
        bbox_3d=None,
    )


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes pictures as a folder of photos."""

    def write(pictures: Sequence[np.ndarray], name: str = "real", suffix: str = "png", **options: object) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for number, rgb in enumerate(pictures):
            Image.fromarray(rgb).save(folder / f"{number:03}.{suffix}", **options)
        return folder

    return write
