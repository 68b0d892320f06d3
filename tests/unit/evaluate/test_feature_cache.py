"""The cache of features: by content, safe, in shards."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.evaluate.feature_cache import FeatureCache, extract_features, item_key


class Counting:
    """Gives the mean colour, and counts what it saw."""

    name = identity = "counting"
    comparable = False

    def __init__(self) -> None:
        self.seen = 0

    def features(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        found = [picture.mean(axis=(0, 1)) for picture in pictures]
        self.seen += len(found)
        return np.array(found, np.float32)


def load(index: int) -> np.ndarray:
    return np.full((2, 2, 3), index % 251, np.uint8)


def key(index: int) -> bytes:
    return index.to_bytes(32, "big")


def test_what_is_known_is_not_computed_again(tmp_path: Path) -> None:
    extractor, done = Counting(), []
    first = extract_features(extractor, load, 600, cache=FeatureCache(tmp_path, "x"), key=key, progress=done.append)
    assert extractor.seen == 600
    assert done == [256, 512, 600]
    more = extract_features(extractor, load, 700, cache=FeatureCache(tmp_path, "x"), key=key)
    assert extractor.seen == 700
    np.testing.assert_array_equal(more[:600], first)
    np.testing.assert_array_equal(more, extract_features(Counting(), load, 700))
    assert first.dtype == np.float32


def test_another_extractor_or_form_has_a_cache_of_its_own(tmp_path: Path) -> None:
    one, other = FeatureCache(tmp_path, "one"), FeatureCache(tmp_path, "other")
    one.add([key(1)], np.ones((1, 4), np.float32))
    one.flush()
    assert FeatureCache(tmp_path, "other").get(key(1)) is None
    assert one.folder != other.folder
    np.testing.assert_array_equal(FeatureCache(tmp_path, "one").get(key(1)), np.ones(4))


def test_keys_are_of_content_and_part_not_of_place(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"one")
    shutil.copy(tmp_path / "a.png", tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes(b"two")
    a, b, c = (item_key(tmp_path / f"{name}.png") for name in "abc")
    assert a == b != c
    assert item_key(tmp_path / "a.png", (0, 0, 4, 4)) not in (a, item_key(tmp_path / "a.png", (0, 0, 4, 5)))
    with pytest.raises(UsageError, match=r"gone\.png"):
        item_key(tmp_path / "gone.png")


def test_an_unfinished_shard_does_not_count_and_a_broken_one_is_named(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, "x")
    cache.add([key(1)], np.ones((1, 4), np.float32))
    cache.flush()
    (keys,) = cache.folder.glob("*.keys.npy")
    (cache.folder / "half.features.npy").write_bytes(b"cut")
    assert len(FeatureCache(tmp_path, "x")) == 1
    keys.write_bytes(keys.read_bytes()[:-3])
    with pytest.raises(UsageError, match=r"cannot be read .*: delete it"):
        FeatureCache(tmp_path, "x")
    np.save(keys, np.array([{"code": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UsageError, match="cannot be read"):
        FeatureCache(tmp_path, "x")


def test_pictures_are_needed_and_keys_with_a_cache(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one picture"):
        extract_features(Counting(), load, 0)
    with pytest.raises(UsageError, match="give `key` too"):
        extract_features(Counting(), load, 1, cache=FeatureCache(tmp_path, "x"))
