"""The fast comparison of all pairs against one pair at a time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.features import near_duplicates
from synthvision.features.near_duplicates import gradient_hash, near_duplicate_groups


def pictures() -> list[np.ndarray]:
    """Twelve scenes, each also shifted, with other light, noisy, or with one thing moved; and blank ones."""
    found = []
    for number in range(12):
        rng = rng_for(6, number, "test.near")
        scene = cv2.resize(rng.integers(0, 256, (4 + number % 5, 6)).astype(np.uint8), (96, 72))
        found.append(scene)
        found.append(np.roll(scene, int(rng.integers(0, 5)), axis=1))
        found.append(np.clip(scene * rng.uniform(0.7, 1.1) + rng.normal(0, 3, scene.shape), 0, 255).astype(np.uint8))
        moved = scene.copy()
        cv2.circle(moved, (int(rng.integers(10, 86)), int(rng.integers(10, 62))), 6, int(rng.integers(0, 256)), -1)
        found.append(moved)
    return [*found, *(np.full((40, 40), level, np.uint8) for level in (0, 90, 255)), np.eye(40, dtype=np.uint8) * 255]


def groups_by_pairs(grey: list[np.ndarray]) -> list[list[int]]:
    """The definition, with OpenCV's own filters and a loop."""
    hashes = [gradient_hash(picture) for picture in grey]
    cells = []
    for picture in grey:
        mean = cv2.resize(picture.astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA)
        cells.append((mean - mean.mean()) * np.float32(50 / max(float(mean.std()), 4)))

    def excess(one: np.ndarray, other: np.ndarray) -> float:
        around = np.ones((3, 3), np.uint8)
        return float(max((one - cv2.dilate(other, around)).max(), (cv2.erode(other, around) - one).max()))

    group = list(range(len(grey)))
    for i in range(len(grey)):
        for j in range(i):
            differ, either = int((hashes[i] ^ hashes[j]).sum()), int((hashes[i] | hashes[j]).sum())
            near = 10 * differ <= 3 * either and max(excess(cells[i], cells[j]), excess(cells[j], cells[i])) <= 40
            if near and group[i] != group[j]:
                old, new = max(group[i], group[j]), min(group[i], group[j])
                group = [new if member == old else member for member in group]
    return [[i for i, member in enumerate(group) if member == first] for first in sorted(set(group))]


@pytest.mark.parametrize(("block", "pairs"), [(2048, 4096), (7, 5)])
def test_all_pairs_at_once_give_what_pair_by_pair_gives(
    monkeypatch: pytest.MonkeyPatch, block: int, pairs: int
) -> None:
    monkeypatch.setattr(near_duplicates, "_BLOCK", block)
    monkeypatch.setattr(near_duplicates, "_PAIRS", pairs)
    known = groups_by_pairs(pictures())
    assert near_duplicate_groups(pictures()) == known
    assert 12 <= len(known) < len(pictures())
    assert max(map(len, known)) >= 3


def test_many_copies_of_one_picture_are_one_group() -> None:
    copies = [pictures()[0]] * 300
    assert near_duplicate_groups([*copies, pictures()[4]]) == [list(range(300)), [300]]
