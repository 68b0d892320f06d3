"""Fidelity of sets on disk: parity, objects, the cache, the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.fidelity.config import FidelitySpec
from synthvision.evaluate.fidelity.measure import measure_fidelity
from synthvision.evaluate.labelled_set import LabelledSet, open_set
from synthvision.features.photos import PhotoBox, Photos

QUICK = FidelitySpec(extractors=("statistics",), permutations=99, side=64, most_per_class=40)


def made(folder: Path, seed: int, suffix: str = ".png", count: int = 18, tint: int = 0, side: int = 72) -> LabelledSet:
    """Pictures of a coloured disc on a dim ground, with its box."""
    folder.mkdir(parents=True)
    boxes = []
    for number in range(count):
        rng = rng_for(seed, number, "test.pictures")
        rgb = np.full((side, side, 3), rng.integers(40, 90), np.uint8)
        x, y = (int(value) for value in rng.integers(24, side - 24, 2))
        cv2.circle(rgb, (x, y), 15, [int(value) for value in rng.integers(120, 220, 3)], -1)
        noisy = np.clip(rgb + rng.normal(0, 3, rgb.shape) + [tint, 0, -tint], 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number:03}{suffix}")
        boxes.append((PhotoBox("disc", (x - 15.0, y - 15.0, x + 16.0, y + 16.0)),))
    plain = open_set(folder)
    return replace(plain, photos=Photos(folder, plain.photos.paths, tuple(boxes)), classes=("disc",))


def test_sets_of_one_kind_are_near_and_a_tint_is_seen(tmp_path: Path) -> None:
    real, alike = made(tmp_path / "real", 1, count=30), made(tmp_path / "alike", 2, count=30)
    tinted = made(tmp_path / "tinted", 3, count=30, tint=25)
    near, far = measure_fidelity(QUICK, real, alike), measure_fidelity(QUICK, real, tinted)
    assert [(row.what, row.extractor, row.counts) for row in near.comparisons] == [
        ("pictures", "statistics", (30, 30)), ("objects", "statistics", (30, 30)),
    ]  # fmt: skip
    for one, other in zip(near.comparisons, far.comparisons, strict=True):
        assert one.kernel.p > 0.05
        assert other.kernel.p == pytest.approx(0.01)
        assert one.kernel.value < 0.1 * other.kernel.value
        assert one.frechet.above_own < 0.5 * other.frechet.above_own
        assert one.cmmd.value < other.cmmd.value
        assert one.manifolds.coverage > other.manifolds.coverage


def test_jpeg_against_png_goes_through_one_jpeg_or_is_refused(tmp_path: Path) -> None:
    png, jpeg = made(tmp_path / "png", 1), made(tmp_path / "jpeg", 1, ".jpg")
    whole = QUICK.model_copy(update={"crops": False})
    report = measure_fidelity(whole, png, jpeg)
    assert any("18 lossless; jpeg: 18 jpeg" in note and "quality 90" in note for note in report.notes)
    assert not any("compressed" in note for note in measure_fidelity(whole, png, png).notes)
    with pytest.raises(UsageError, match=r"compressed in one way, got png: 18 lossless; jpeg: 18 jpeg"):
        measure_fidelity(QUICK.model_copy(update={"parity": "refuse"}), png, jpeg)


def test_larger_pictures_are_brought_to_the_smaller_ones(tmp_path: Path) -> None:
    small, large = made(tmp_path / "small", 1), made(tmp_path / "large", 1, side=144)
    report = measure_fidelity(FidelitySpec(extractors=("statistics",), permutations=99, crops=False), small, large)
    assert report.preparation.startswith("pictures at 72 px")


def test_the_report_is_json_and_a_table_and_says_what_is_not_comparable(tmp_path: Path) -> None:
    real = made(tmp_path / "real", 1)
    report = measure_fidelity(QUICK, real, real)
    data = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert data["first"] == "real"
    assert data["comparisons"][0]["comparable"] is False
    assert data["comparisons"][0]["frechet"]["value"] == pytest.approx(0, abs=1e-6)
    text = report.to_text()
    assert "NOT comparable with published" in text
    assert "coverage" in text
    assert str(tmp_path) not in text + json.dumps(data)
    assert measure_fidelity(QUICK, real, real) == report


def test_known_features_are_taken_from_the_cache(tmp_path: Path) -> None:
    real, other = made(tmp_path / "real", 1), made(tmp_path / "other", 2)
    plain = measure_fidelity(QUICK, real, other)
    first = measure_fidelity(QUICK, real, other, cache=tmp_path / "cache")
    moved = tmp_path / "moved"
    (tmp_path / "real").rename(moved)
    again = open_set(moved)
    again = replace(again, photos=Photos(moved, again.photos.paths, real.photos.boxes), classes=real.classes)
    shards = sorted((tmp_path / "cache").rglob("*.npy"))
    second = measure_fidelity(QUICK, again, other, cache=tmp_path / "cache")
    assert first.comparisons == second.comparisons == plain.comparisons
    assert sorted((tmp_path / "cache").rglob("*.npy")) == shards


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    real, few = made(tmp_path / "real", 1), made(tmp_path / "few", 2, count=4)
    with pytest.raises(UsageError, match="16 pictures or more to be compared, got 18 of real and 4 of few"):
        measure_fidelity(QUICK, real, few)
    bare = replace(real, photos=Photos(real.photos.root, real.photos.paths, ((),) * len(real)))
    report = measure_fidelity(QUICK, real, bare)
    assert len(report.comparisons) == 1
    assert "objects are not compared: real has no boxes" in report.notes
    with pytest.raises(UsageError, match=r"class in common, got disc and Disc.*did you mean 'disc'.*--map"):
        measure_fidelity(QUICK, real, real.renamed({"disc": "Disc"}))
