"""Cells are counted as by hand, thin ones are listed once, and impossible asks are refused."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from scipy.stats import binomtest

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.evaluate.audit.cells import CellCounter, find_thin
from synthvision.evaluate.audit.config import AuditSpec
from synthvision.evaluate.audit.levels import (
    LIGHTS,
    OCCLUSIONS,
    SIZES,
    UNKNOWN,
    WEATHERS,
    covered_shares,
    is_cut,
    occlusion_level,
    relative_size,
    size_level,
)
from synthvision.evaluate.intervals import wilson_interval


@pytest.mark.parametrize(("found", "total"), [(0, 10), (1, 7), (5, 10), (99, 100), (100, 100), (3, 5000)])
def test_the_interval_is_scipys(found, total):
    judge = binomtest(found, total).proportion_ci(0.95, "wilson")
    assert wilson_interval(found, total) == pytest.approx((judge.low, judge.high), abs=1e-9)


def random_pictures(seed: int, pictures: int = 60):
    rng = rng_for(seed, 0, "test.cells")
    levels = {"class": ("car", "bus"), "size": SIZES, "occlusion": OCCLUSIONS, "light": (*LIGHTS, UNKNOWN)}

    def objects():
        return [
            {name: values[int(rng.integers(len(values)))] for name, values in levels.items()}
            for _ in range(int(rng.integers(0, 6)))
        ]

    return [objects() for _ in range(pictures)]


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_a_plain_loop(seed):
    spec = AuditSpec(over=("class", "size", "occlusion", "light"), strength=3)
    counter = CellCounter(spec, ("car", "bus"))
    pictures = random_pictures(seed)
    for objects in pictures:
        counter.add(objects)
    flat = [item for objects in pictures for item in objects]
    assert counter.total == len(flat)
    assert counter.unknown["light"] == sum(item["light"] == UNKNOWN for item in flat)
    for size in (1, 2, 3):
        for cell in counter.cells(size):
            holds = [cell.levels.items() <= item.items() for item in flat]
            assert cell.objects == sum(holds)
            assert cell.pictures == sum(
                any(cell.levels.items() <= item.items() for item in objects) for objects in pictures
            )
            known = [item for item in flat if all(item[name] != UNKNOWN for name in cell.levels)]
            assert cell.share == pytest.approx(cell.objects / len(known))
            assert cell.missing == max(spec.fewest - cell.objects, 0)


def test_every_cell_is_there_but_those_that_cannot_be():
    spec = AuditSpec(without=({"class": "bus", "size": "small"},))
    counter = CellCounter(spec, ("car", "bus"))
    pairs = Counter(tuple(cell.levels) for cell in counter.cells(2))
    sizes = {"class": 2, "size": 3, "occlusion": 4, "light": 3, "weather": 2}
    expected = {pair: sizes[pair[0]] * sizes[pair[1]] for pair in combinations(sizes, 2)}
    expected["class", "size"] -= 1
    # Nothing is told of the air in the dark.
    expected["light", "weather"] -= len(WEATHERS)
    assert pairs == expected


def test_what_lies_in_a_thin_cell_is_not_listed_again():
    spec = AuditSpec(over=("class", "size"), fewest=5)
    counter = CellCounter(spec, ("car", "bus"))
    counter.add([{"class": "car", "size": "small"}] * 9 + [{"class": "car", "size": "medium"}] * 2)
    counter.add([{"class": "bus", "size": "small"}] * 6 + [{"class": "bus", "size": "medium"}] * 8)
    thin = find_thin(counter, 2)
    assert [(dict(cell.levels), cell.objects, cell.missing) for cell in thin] == [
        ({"size": "large"}, 0, 5),
        ({"class": "car", "size": "medium"}, 2, 3),
    ]


def test_a_share_that_is_surely_too_small_is_thin():
    spec = AuditSpec(over=("class",), fewest=0, least_share=0.1)
    counter = CellCounter(spec, ("car", "bus"))
    counter.add([{"class": "car"}] * 980 + [{"class": "bus"}] * 20)
    assert [(str(cell), cell.missing) for cell in find_thin(counter, 1)] == [("class bus", 80)]


@pytest.mark.parametrize(
    ("row", "message"),
    [({"siz": "small"}, "got 'siz'"), ({"size": "smal"}, "did you mean 'small'"), ({"class": "buss"}, "mean 'bus'")],
)
def test_unknown_levels_are_refused(row, message):
    with pytest.raises(UsageError, match=message):
        CellCounter(AuditSpec(without=(row,)), ("car", "bus"))


def test_sizes_are_cocos_at_cocos_picture_and_do_not_hang_on_resolution():
    for side, level in ((31.9, "small"), (32.1, "medium"), (95.9, "medium"), (96.1, "large")):
        for scale in (0.5, 1, 4):
            box = (3 * scale, 5 * scale, (3 + side) * scale, (5 + side) * scale)
            assert size_level(relative_size(box, (round(640 * scale), round(480 * scale)))) == level


def test_covered_shares_of_known_overlaps():
    boxes = [(0, 0, 24, 24), (12, 0, 36, 24), (0, 12, 24, 24), (100, 100, 110, 110)]
    # The first: its right half and its lower half, three quarters together.
    assert covered_shares(boxes).tolist() == pytest.approx([0.75, 0.5, 1.0, 0.0])
    assert [occlusion_level(share, False) for share in (0.0, 0.3, 0.75)] == ["free", "partly", "mostly"]


def test_boxes_at_the_edge_are_cut():
    assert is_cut((0.4, 10, 20, 30), (320, 240))
    assert is_cut((10, 10, 319.5, 30), (320, 240))
    assert not is_cut((2, 2, 318, 238), (320, 240))
    assert occlusion_level(0.9, True) == "cut"
