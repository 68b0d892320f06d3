"""Splits: nothing leaks, shares are met within a group, classes keep theirs; on records made by hand."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.hashing import canonical_json
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.export.parts import Parts
from synthvision.export.splits import parse_shares, split_dataset
from synthvision.export.stratify import GroupCounts, deal_groups

THREE = {"train": 0.7, "val": 0.2, "test": 0.1}


def counts_of(rows: list[tuple[int, dict[int, int]]]) -> GroupCounts:
    """Groups from their size and class counts."""
    entries = [sorted(classes.items()) for _, classes in rows]
    starts = np.cumsum([0, *(len(entry) for entry in entries)])
    flat = [pair for entry in entries for pair in entry]
    return GroupCounts(
        np.array([size for size, _ in rows], np.int64),
        starts.astype(np.int64),
        np.array([number for number, _ in flat], np.int64),
        np.array([count for _, count in flat], np.int64),
    )


groups = st.lists(
    st.tuples(st.integers(1, 30), st.dictionaries(st.integers(0, 5), st.integers(1, 40), max_size=4)),
    min_size=3,
    max_size=60,
)
portions = st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.5), (0.34, 0.33, 0.33), (0.98, 0.02), (0.4, 0.3, 0.2, 0.1)])


@given(groups, portions, st.integers(0, 1000))
def test_every_group_has_a_part_and_sizes_are_within_one_group_of_their_share(rows, shares, seed):
    counts = counts_of(rows)
    part_of = deal_groups(counts, np.array(shares), rng_for(seed, 0, "test"))
    assert part_of.min() >= 0
    assert part_of.max() < len(shares)
    sizes = counts.sizes
    held = np.bincount(part_of, sizes, len(shares))
    assert held.sum() == sizes.sum()
    targets = np.array(shares) * sizes.sum()
    # A part of less than a group may have to get one lest it be empty.
    slack = 2 if targets.min() < sizes.max() else 1
    assert np.abs(held - targets).max() <= slack * sizes.max() + 1e-9
    if len(rows) >= len(shares):
        assert held.min() > 0
    assert (part_of == deal_groups(counts, np.array(shares), rng_for(seed, 0, "test"))).all()


def test_classes_keep_their_shares_better_than_by_chance():
    rng = rng_for(3, 0, "test.groups")
    rows = []
    for _ in range(400):
        found = np.flatnonzero(rng.random(6) < [0.5, 0.3, 0.1, 0.05, 0.03, 0.02])
        rows.append((10, {int(number): int(rng.integers(1, 20)) for number in found}))
    counts = counts_of(rows)
    shares = np.array([0.8, 0.1, 0.1])
    table = np.zeros((400, 6))
    for row, (_, classes) in zip(table, rows, strict=True):
        for number, count in classes.items():
            row[number] = count

    def error(part_of):
        held = np.stack([table[part_of == part].sum(0) for part in range(3)])
        return np.abs(held / table.sum(0) - shares[:, None]).max()

    stratified = error(deal_groups(counts, shares, rng_for(0, 0, "test")))
    by_chance = [error(rng_for(seed, 0, "test.chance").choice(3, 400, p=shares)) for seed in range(20)]
    # The rarest class is in eight groups or so, each of which may hold a fifth of it.
    assert stratified < 0.1
    assert stratified < min(by_chance) / 1.2


def write_records(root, describe):
    """Replace the records of a data set of one frame by others: `describe` gives the changes to frames 0, 1, ..."""
    shard = root / "records/00000.jsonl"
    record = json.loads(shard.read_text().splitlines()[0])
    lines = []
    for frame, (scene, view, things, levels) in enumerate(describe):
        label = next(item for item in record["instances"] if item["role"] == "thing")
        thing = next(item for item in record["scene"]["objects"] if item["role"] == "thing")
        new = json.loads(canonical_json(record))
        new["frame"] = frame
        new["scene"]["origin"] |= {"frame": frame, "scene_index": scene, "view": view}
        new["factor_levels"] = levels
        new["instances"] = [
            {**label, "instance_id": number, "category": category, "status": "labelled"}
            for number, (_, category) in enumerate(things, start=1)
        ]
        new["scene"]["objects"] = [
            {**thing, "instance_id": number, "name": f"n{number}", "asset": {**thing["asset"], "name": asset}}
            for number, (asset, _) in enumerate(things, start=1)
        ]
        lines.append(canonical_json(new) + "\n")
    shard.write_text("".join(lines))
    return open_dataset(root)


@pytest.fixture
def make_records(make_dataset, flat):
    """Write records by hand: scene, view, things as (asset, class), levels of factors, of each frame."""

    def make(describe, folder="hand"):
        root = make_dataset(1, folder=folder, cards=lambda _: [flat.Card("card", 0, 0, 0.2, 0.2)], export=False)
        return write_records(root, describe)

    return make


def part_of_frames(parts: Parts) -> dict[int, str]:
    return {int(frame): name for name, frames in parts.frames.items() for frame in frames}


def test_views_of_a_scene_stay_together(make_records):
    dataset = make_records([(scene, view, [("card", "card")], {}) for scene in range(30) for view in range(4)])
    split = split_dataset(dataset, THREE)
    part = part_of_frames(split.parts)
    assert len(part) == 120
    assert split.groups == 30
    for scene in range(30):
        assert len({part[4 * scene + view] for view in range(4)}) == 1
    assert Counter(part.values()) == {"train": 84, "val": 24, "test": 12}


def test_no_asset_is_in_two_parts(make_records):
    rng = rng_for(2, 0, "test.assets")
    frames = []
    for scene in range(60):
        family = int(rng.integers(12))
        things = [(f"model_{family}_{int(rng.integers(3))}", "card") for _ in range(3)]
        frames += [(scene, view, things, {}) for view in range(2)]
    dataset = make_records(frames)
    split = split_dataset(dataset, THREE, by="asset")
    part = part_of_frames(split.parts)
    where = defaultdict(set)
    for frame, (scene, _, things, _) in enumerate(frames):
        where["scene", scene].add(part[frame])
        for asset, _ in things:
            where[asset].add(part[frame])
    assert all(len(found) == 1 for found in where.values())
    assert split.groups >= 10


def test_assets_that_tie_all_together_are_an_error_that_names_them(make_records):
    dataset = make_records([(scene, 0, [("mug", "card"), (f"can_{scene}", "card")], {}) for scene in range(10)])
    match = (
        r"needs at least 3 groups of scenes that share no asset, but there are 1 \(flat:mug alone is in 10 of 10 frames"
    )
    with pytest.raises(UsageError, match=match):
        split_dataset(dataset, THREE, by="asset")
    assert split_dataset(dataset, THREE).groups == 10


def test_a_group_too_large_for_its_shares_is_said(make_records):
    frames = [(scene, 0, [("mug" if scene < 9 else f"m{scene}", "card")], {}) for scene in range(12)]
    split = split_dataset(make_records(frames), {"train": 0.5, "val": 0.5}, by="asset")
    (note,) = split.notes
    assert note.startswith("the shares are ")
    assert note.endswith("keeps groups whole, and the largest of 4 has 9 of 12 frames")


def test_scenarios_and_levels_stay_together(make_records):
    weathers, hours = ("rain", "fog", "sun", "snow"), ("day", "night")
    frames = [
        (scene, 0, [("card", "card")], {"weather": weathers[scene % 4], "hour": hours[scene // 4 % 2]})
        for scene in range(64)
    ]
    dataset = make_records(frames)
    halves = {"train": 0.5, "val": 0.5}
    for by, key in (
        ("scenario", lambda levels: tuple(levels.items())),
        ("factor:weather", lambda levels: levels["weather"]),
    ):
        split = split_dataset(dataset, halves, by=by)
        part = part_of_frames(split.parts)
        where = defaultdict(set)
        for frame, (_, _, _, levels) in enumerate(frames):
            where[key(levels)].add(part[frame])
        assert all(len(found) == 1 for found in where.values())
        assert Counter(part.values()) == {"train": 32, "val": 32}
    with pytest.raises(UsageError, match="no level of a factor 'wether'; did you mean 'weather'"):
        split_dataset(dataset, halves, by="factor:wether")
    with pytest.raises(UsageError, match="needs the levels of factors, but frame 0 has none"):
        split_dataset(make_records([(0, 0, [], {})], "bare"), halves, by="scenario")


def test_by_frame_classes_and_empty_pictures_have_their_shares(make_records):
    frames = []
    for frame in range(200):
        things = [("card", "card")] * (frame % 4)
        if frame % 20 == 0:
            things = [*things, ("disc", "disc")]
        frames.append((0, frame, things, {}))
    dataset = make_records(frames)
    split = split_dataset(dataset, {"train": 0.8, "val": 0.2}, by="frame")
    part = part_of_frames(split.parts)
    val = [frames[frame][2] for frame, name in part.items() if name == "val"]
    assert len(val) == 40
    assert sum(("disc", "disc") in things for things in val) == 2
    assert sum(not things for things in val) in (7, 8, 9)
    assert abs(sum(things.count(("card", "card")) for things in val) - 60) <= 3


def test_variants_of_one_picture_stay_together(make_records):
    dataset = make_records([(0, view, [("card", "card")], {}) for view in range(40)])
    shard = dataset.layout.shard(0)
    lines = []
    for line in shard.read_text().splitlines():
        record = json.loads(line)
        record["augmentation"] = {"source_frame": record["frame"] // 4, "variant": record["frame"] % 4}
        record["augmentation"] |= {"applied": [], "geometry": "pixels"}
        lines.append(canonical_json(record) + "\n")
    shard.write_text("".join(lines))
    part = part_of_frames(split_dataset(dataset, {"train": 0.5, "val": 0.5}, by="frame").parts)
    assert all(len({part[4 * picture + variant] for variant in range(4)}) == 1 for picture in range(10))


def test_the_seed_decides_and_nothing_else(make_records):
    dataset = make_records([(scene, 0, [("card", "card")], {}) for scene in range(40)])
    first, again, other = (part_of_frames(split_dataset(dataset, THREE, seed=seed).parts) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    some = split_dataset(dataset, THREE, frames=range(10, 30)).parts
    assert sorted(part_of_frames(some)) == list(range(10, 30))


def test_bad_shares_and_kinds_are_refused(make_records):
    assert parse_shares("train=0.8, val=0.1,test=0.1") == {"train": 0.8, "val": 0.1, "test": 0.1}
    for text, match in (
        ("train=0.8,val=0.1", "must be above 0 and add up to 1"),
        ("train=80%", "must be written as train=0.8"),
        ("train=-1,val=2", "must be written as train=0.8"),
        ("train=0.5,train=0.5", "named twice"),
        ("../x=0.5,y=0.5", "letters, digits"),
    ):
        with pytest.raises(UsageError, match=match):
            parse_shares(text)
    dataset = make_records([(0, 0, [], {})])
    with pytest.raises(UsageError, match="got 'scenes'") as error:
        split_dataset(dataset, THREE, by="scenes")
    assert "did you mean 'scene'" in str(error.value)
    with pytest.raises(UsageError, match="needs at least 3 scenes, but there are 1; render more scenes"):
        split_dataset(dataset, THREE)
    with pytest.raises(DatasetError, match="must have frames to split"):
        split_dataset(dataset, THREE, frames=())


def test_a_frame_in_two_parts_is_refused():
    with pytest.raises(UsageError, match="frame 3 is in train and val"):
        Parts.of_frames({"train": [1, 3], "val": [3]})
