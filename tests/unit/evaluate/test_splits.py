"""Parts without a near duplicate in common, and test pictures that stand in training."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.labelled_set import LabelledSet, open_set
from synthvision.evaluate.splits import leaks, refuse_leaks, split_three


def scene(number: int, quality: float = 1.0) -> np.ndarray:
    rng = rng_for(5, number, "test.scene")
    rgb = np.full((72, 96, 3), rng.integers(0, 256, 3), np.uint8)
    for _ in range(12):
        points = (rng.random((4, 2)) * (96, 72)).astype(np.int32)
        cv2.fillPoly(rgb, [cv2.convexHull(points)], [int(value) for value in rng.integers(0, 256, 3)])
    return (rgb * quality).astype(np.uint8)


def folder_of(path: Path, scenes: list[tuple[int, float]]) -> LabelledSet:
    path.mkdir()
    for place, (number, quality) in enumerate(scenes):
        Image.fromarray(scene(number, quality)).save(path / f"{place:03d}.png")
    return open_set(path)


def test_parts_have_their_shares_and_near_duplicates_stay_together(tmp_path: Path) -> None:
    """40 scenes, every fourth of them three times, a little darker each time."""
    scenes = [(number, quality) for number in range(40) for quality in ((1, 0.97, 0.94) if number % 4 == 0 else (1,))]
    whole = folder_of(tmp_path / "photos", scenes)
    parts = split_three(whole, seed=0)
    names = [[path.name for path in part.photos.paths] for part in parts]
    assert sorted(name for part in names for name in part) == [path.name for path in whole.photos.paths]
    assert [len(part) for part in parts] == pytest.approx([36, 12, 12], abs=2)
    where = {name: number for number, part in enumerate(names) for name in part}
    for place, (number, _) in enumerate(scenes):
        first = next(other for other, (same, _) in enumerate(scenes) if same == number)
        assert where[f"{place:03d}.png"] == where[f"{first:03d}.png"]
    again = split_three(whole, seed=0)
    assert [part.photos.paths for part in again] == [part.photos.paths for part in parts]
    other = split_three(whole, seed=1)
    assert [part.photos.paths for part in other] != [part.photos.paths for part in parts]
    assert leaks(parts[:2], parts[2]) == []


def test_no_part_is_empty_however_the_groups_are(tmp_path: Path) -> None:
    whole = folder_of(tmp_path / "photos", [(0, 1 - 0.01 * step) for step in range(8)] + [(1, 1), (2, 1)])
    for seed in range(10):
        assert min(len(part) for part in split_three(whole, seed=seed)) >= 1


def test_what_cannot_be_split_is_refused(tmp_path: Path) -> None:
    alike = folder_of(tmp_path / "alike", [(0, 1), (0, 0.97), (1, 1)])
    with pytest.raises(UsageError, match="pictures of at least 3 kinds, got 3 in 2 groups"):
        split_three(alike, seed=0)
    with pytest.raises(UsageError, match=r"three numbers above 0 that make 1 together, got 0.5, 0.5, 0.5"):
        split_three(alike, (0.5, 0.5, 0.5), seed=0)


def test_copies_and_near_copies_are_found_and_listed(tmp_path: Path) -> None:
    test = folder_of(tmp_path / "test", [(0, 1), (1, 1), (2, 1), (3, 1)])
    clean = folder_of(tmp_path / "clean", [(10, 1), (11, 1)])
    dirty = folder_of(tmp_path / "dirty", [(12, 1), (2, 0.96), (0, 1)])
    found = leaks([clean, dirty], test)
    assert [(leak.test_index, leak.train_name, leak.train_path.name, leak.exact) for leak in found] == [
        (0, "dirty", "002.png", True),
        (2, "dirty", "001.png", False),
    ]
    refuse_leaks([clean], test)
    with pytest.raises(UsageError) as raised:
        refuse_leaks([clean, dirty], test)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("no test picture may stand in training, but 2 of 4 of test do")
    assert "000.png is " in lines[1]
    assert "002.png shows nearly the same as " in lines[2]
