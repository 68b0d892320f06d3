"""Filters and histograms: against counting by hand over the records, whatever is filtered."""

import itertools

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.browse import facets as facet_module
from synthvision.inspect.browse.facets import LevelFacet, size_levels
from synthvision.inspect.browse.filters import SORTS, parse_selection
from synthvision.scene import levels as scene_levels

POLICY = LabelPolicy(min_visible_pixels=60, min_visible_fraction=0.6, otherwise="ignore")


@pytest.fixture
def folder(make_dataset):
    return make_dataset(frames=12, policy=POLICY)


def size_of(item):
    return "small" if item.visible_pixels < 1024 else "medium" if item.visible_pixels < 9216 else "large"


def by_hand(folder, object_test=None, frame_test=lambda record, count: True):
    """Frames that pass, and the objects that count in them, straight from the definition."""
    frames, objects = [], []
    for record in open_dataset(folder).records():
        items = [item for item in record.instances if item.category]
        test = object_test or (lambda item: item.status == "labelled")
        passing = [item for item in items if test(item)]
        if frame_test(record, len(passing)) and (object_test is None or passing):
            frames.append(record.frame)
            objects += passing
    return frames, objects


def test_without_filters_everything_passes_and_the_labelled_count(folder, choose):
    chosen = choose(folder)
    frames, objects = by_hand(folder)
    assert chosen.rows.tolist() == frames == list(range(12))
    assert chosen.object_count == len(objects)
    assert not chosen.filtered


@pytest.mark.parametrize(
    ("pairs", "test"),
    [
        ([("class", "disc")], lambda item: item.category == "disc" and item.status == "labelled"),
        (
            [("class", "disc"), ("class", "card"), ("size", "small")],
            lambda item: item.category != "tile" and size_of(item) == "small" and item.status == "labelled",
        ),
        ([("status", "ignored")], lambda item: item.status == "ignored"),
        (
            [("cause", "occluded")],
            lambda item: item.status == "ignored" and "min_visible_fraction" in str(item.reasons),
        ),
        ([("area", "100..400")], lambda item: 100 <= item.visible_pixels < 400 and item.status == "labelled"),
        ([("visible", "1..")], lambda item: item.visible_fraction >= 1 and item.status == "labelled"),
        ([("truncation", "..0.001")], lambda item: item.truncation < 0.001 and item.status == "labelled"),
    ],
)
def test_filters_on_objects(folder, choose, pairs, test):
    chosen = choose(folder, *pairs)
    frames, objects = by_hand(folder, test)
    assert len(objects) > 0
    assert chosen.rows.tolist() == frames
    assert chosen.object_count == len(objects)


def test_a_frame_needs_one_object_that_passes_all_filters_at_once(folder, choose):
    both = choose(folder, ("class", "tile"), ("status", "ignored"))
    frames, _ = by_hand(folder, lambda item: item.category == "tile" and item.status == "ignored")
    assert both.rows.tolist() == frames


@pytest.mark.parametrize("low", [0, 2, 4])
def test_the_number_of_objects_is_that_of_those_that_pass(folder, choose, low):
    chosen = choose(folder, ("count", f"{low}..{low + 2}"))
    assert chosen.rows.tolist() == by_hand(folder, None, lambda record, count: low <= count < low + 2)[0]
    discs = choose(folder, ("class", "disc"), ("count", "1..2"))
    assert discs.rows.tolist() == by_hand(
        folder, lambda item: item.category == "disc" and item.status == "labelled", lambda record, count: count == 1
    )[0]  # fmt: skip


def test_each_histogram_counts_what_choosing_its_level_would_give(folder, build, choose):
    _, facets, _ = build(folder)
    filters = [("class", "disc"), ("size", "small"), ("visible", "1.."), ("count", "1..3")]
    for count in range(len(filters) + 1):
        for on in itertools.combinations(filters, count):
            shown = choose(folder, *on).histograms
            for key in ("class", "size", "status"):
                assert isinstance(facets[key], LevelFacet)
                others = [pair for pair in on if pair[0] != key]
                if any(pair[0] == "count" for pair in on):
                    continue  # the number of objects hangs on the choice itself
                for level, number in zip(facets[key].levels, shown[key], strict=True):
                    assert number == choose(folder, *others, (key, level)).object_count, (on, key, level)


def test_bins_hold_what_a_click_on_them_gives(folder, build, choose):
    _, facets, _ = build(folder)
    for key in ("area", "visible", "truncation", "distance", "count"):
        edges = facets[key].edges
        shown = choose(folder).histograms[key]
        ends = [*(str(edge) for edge in edges[1:]), ""]
        for low, high, number in zip(edges, ends, shown, strict=True):
            chosen = choose(folder, (key, f"{low}..{high}"))
            assert number == (len(chosen.rows) if key == "count" else chosen.object_count), (key, low, high)
        total = sum(shown)
        assert total == (12 if key == "count" else choose(folder).object_count)


def test_frame_filters_and_ranges(folder, choose):
    assert choose(folder, ("frame", "3..6")).rows.tolist() == [3, 4, 5]
    assert choose(folder, ("frame", "..2")).rows.tolist() == [0, 1]
    assert choose(folder, ("weather.kind", "clear")).rows.tolist() == list(range(12))


@pytest.mark.parametrize("sort", list(SORTS))
def test_orders(folder, choose, sort):
    rows = choose(folder, ("sort", sort)).rows.tolist()
    assert sorted(rows) == list(range(12))
    records = list(open_dataset(folder).records())

    def value(row):
        items = [item for item in records[row].instances if item.status == "labelled"]
        if sort in ("most", "fewest"):
            return (-1 if sort == "most" else 1) * len(items)
        values = {
            "frame": [row], "small": [item.visible_pixels for item in items],
            "large": [-item.visible_pixels for item in items], "hidden": [item.visible_fraction for item in items],
            "truncated": [-item.truncation for item in items],
            "far": [-float(np.float32(np.linalg.norm(item.bbox_3d.centre_m))) for item in items],
        }[sort]  # fmt: skip
        return float(np.float32(min(values))) if values else float("inf")

    assert rows == sorted(range(12), key=lambda row: (value(row), row))


@pytest.mark.parametrize(
    ("pair", "match"),
    [
        (("clas", "disc"), "there is no filter 'clas' here; did you mean 'class'"),
        (("class", "dics"), "filter class: no frame has 'dics'; did you mean 'disc'"),
        (("area", "7"), r"filter area must be LOW..HIGH"),
        (("area", "9..2"), r"got '9..2'"),
        (("area", "nan..2"), "LOW..HIGH"),
        (("sort", "color"), "sort must be one of frame, most"),
    ],
)
def test_wrong_filters_are_refused_with_what_is_allowed(folder, build, pair, match):
    _, facets, _ = build(folder)
    with pytest.raises(UsageError, match=match):
        parse_selection([pair], facets)


def test_filters_are_bounded(folder, build):
    _, facets, _ = build(folder)
    with pytest.raises(UsageError, match="at most 200 values"):
        parse_selection([("class", "disc")] * 201, facets)


def test_sizes_are_cocos():
    assert size_levels(np.array([0, 1, 32 * 32 - 1, 32 * 32, 96 * 96 - 1, 96 * 96])).tolist() == [0, 1, 1, 2, 2, 3]


def test_levels_of_weather_are_those_of_the_records():
    known = facet_module._WEATHER_ORDER
    for name, bounds in {
        "rain": scene_levels._RAIN, "snow": scene_levels._SNOW, "fog": scene_levels._FOG, "haze": scene_levels._HAZE,
        "dust": scene_levels._HAZE, "visibility": scene_levels._VISIBILITY, "light": scene_levels._LIGHT,
        "wind": scene_levels._WIND,
    }.items():  # fmt: skip
        assert set(known[name]) == {level for _, level in bounds}


def test_levels_of_factors_come_in_the_order_of_the_scene_file(make_dataset, build):
    def change(scene, captured):
        return scene, captured

    config = {"name": "flat", "scene": {"factors": {"crowd": {"levels": {"few": 1, "some": 2, "many": 3}}}}}
    folder = make_dataset(frames=4, config=config, change=change, export=False)
    layout = open_dataset(folder).layout
    import json

    lines = []
    for line, level in zip(layout.shard(0).read_text().splitlines(), ("many", "few", "many", "some"), strict=True):
        lines.append(json.dumps(json.loads(line) | {"factor_levels": {"crowd": level}}, sort_keys=True))
    layout.shard(0).write_text("\n".join(lines) + "\n")
    index, facets, _ = build(folder)
    assert facets["factor.crowd"].levels == ("few", "some", "many")
    from synthvision.inspect.browse.filters import select

    chosen = select(index, facets, parse_selection([("factor.crowd", "many")], facets))
    assert chosen.rows.tolist() == [0, 2]
    assert chosen.histograms["factor.crowd"] == (1, 1, 2)
