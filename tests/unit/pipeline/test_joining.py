"""Which runs may add to a data set, and what is said of the others; shares of a job."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import AssetEntry, FrameRange, Manifest, config_hash
from synthvision.pipeline.joining import (
    check_same_fingerprint,
    check_same_job,
    first_difference,
    joined_manifest,
    note_mixed,
)
from synthvision.pipeline.shards import Shard, parse_shard

CONFIG = {"seed": 1, "frames": 10, "image": {"width": 64, "height": 48}, "scene": {"objects": {"a": {}, "b": {}}}}


def manifest(config=CONFIG, **changes):
    fields = {
        "name": "job", "generator": "synthvision 1", "seed": 1, "frames": (FrameRange(stop=10),), "config": config,
        "config_hash": config_hash(config), "classes": (), "layers": {}, "fingerprint": {"libc": "2.36"},
        "assets": (AssetEntry(pack="p", name="die", kind="model", sha256="aa"),),
    }  # fmt: skip
    return Manifest(**(fields | changes))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (manifest(CONFIG | {"image": {"width": 32, "height": 48}}), r"image\.width was 64 and is 32"),
        (manifest(CONFIG | {"seed": 2}), r"seed was 1 and is 2"),
        (manifest({key: value for key, value in CONFIG.items() if key != "image"}), r"image was .* and is not there"),
        (manifest(CONFIG | {"scene": {"objects": {"b": {}, "a": {}}}}), r"stand in another order"),
        (manifest(generator="synthvision 2"), r"was made by synthvision 1, this is synthvision 2"),
        (manifest(assets=(AssetEntry(pack="p", name="die", kind="model", sha256="bb"),)), r"asset p/die has changed"),
        (manifest(assets=(AssetEntry(pack="p", name="cup", kind="model", sha256="bb"),)), r"asset p/cup is new"),
    ],
)
def test_the_first_difference_is_named(tmp_path, other, said):
    with pytest.raises(DatasetError, match=rf"can only be resumed by the run that began it: .*{said}"):
        check_same_job(manifest(), other, DatasetLayout(tmp_path))


def test_what_changes_no_frame_may_differ(tmp_path):
    check_same_job(manifest(), manifest(CONFIG | {"frames": 99, "workers": 4}), DatasetLayout(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": [1, 2]}, {"a": [1, 3]}, "a.1 was 2 and is 3"),
        ({"a": [1, 2]}, {"a": [1]}, "a had 2 entries and has 1"),
        ({"a": True}, {"a": 1}, "a was true and is 1"),
        ({}, {"b": None}, "b was not there and is null"),
    ],
)
def test_trees_are_compared_to_the_first_difference(old, new, said):
    assert first_difference(old, new) == said


def test_more_frames_are_joined_and_the_fingerprint_stays():
    more = manifest(CONFIG | {"frames": 20}, frames=(FrameRange(stop=20),), fingerprint={"libc": "2.40"})
    joined = joined_manifest(manifest(), more)
    assert joined.frames == (FrameRange(stop=20),)
    assert joined.fingerprint == {"libc": "2.36"}
    assert joined_manifest(more, manifest()) is more


def test_another_fingerprint_is_refused_unless_allowed_and_then_noted(tmp_path):
    layout = DatasetLayout(tmp_path)
    assert check_same_fingerprint({"libc": "2.36"}, {"libc": "2.36"}, layout, allow_mixed=False)
    with pytest.raises(DatasetError, match=r'libc was "2\.36" and is "2\.40".*--allow-mixed'):
        check_same_fingerprint({"libc": "2.36"}, {"libc": "2.40"}, layout, allow_mixed=False)
    assert not check_same_fingerprint({"libc": "2.36"}, {"libc": "2.40"}, layout, allow_mixed=True)
    note_mixed(layout, {"libc": "2.40"}, np.array([3, 4, 5, 9]))
    note_mixed(layout, {"libc": "2.41"}, np.array([9]))
    assert layout.mixed.read_text().splitlines() == [
        '{"fingerprint":{"libc":"2.40"},"frames":[[3,6,1],[9,10,1]]}',
        '{"fingerprint":{"libc":"2.41"},"frames":[[9,10,1]]}',
    ]


@given(frames=st.sets(st.integers(0, 400), min_size=1), of_one_scene=st.integers(1, 7), count=st.integers(1, 12))
def test_shards_share_all_frames_and_no_scene(frames, of_one_scene, count):
    ordered = np.array(sorted(frames))
    shares = [Shard(number, count).of(ordered, frames_of_one_scene=of_one_scene) for number in range(1, count + 1)]
    assert np.concatenate(shares).tolist() == ordered.tolist()
    scenes = [set((share // of_one_scene).tolist()) for share in shares]
    assert sum(map(len, scenes)) == len(set().union(*scenes))
    assert max(map(len, scenes)) - min(map(len, scenes)) <= 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/2/3", ""])
def test_wrong_shards_are_refused(text):
    with pytest.raises(UsageError, match="a shard must be I/N"):
        parse_shard(text)
