"""Covering arrays: every combination counted by hand, forbidden ones never, seeded ones always, as few rows as said."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthvision.authoring.plans.covering import count_coverage, covering_rows, possible_combinations
from synthvision.core.errors import UsageError

TEN = {f"f{number}": [f"l{level}" for level in range(4)] for number in range(10)}


def missing_by_hand(rows, levels, strength):
    """Combinations that no row holds, counted without any code of the package."""
    missing = []
    for names in combinations(levels, strength):
        seen = {tuple(row[name] for name in names) for row in rows}
        missing += [values for values in product(*(levels[name] for name in names)) if values not in seen]
    return missing


@pytest.mark.parametrize(("strength", "most"), [(1, 4), (2, 35), (3, 200)])
def test_ten_factors_of_four_levels_are_covered_by_few_rows(strength, most):
    rows = covering_rows(TEN, strength)
    assert len(rows) <= most
    assert missing_by_hand(rows, TEN, strength) == []
    coverage = count_coverage(rows, TEN, strength)
    assert coverage.share == 1.0
    assert coverage.possible == len(list(combinations(range(10), strength))) * 4**strength


def test_rows_are_the_same_every_time():
    assert covering_rows(TEN, 2) == covering_rows(TEN, 2)


def test_forbidden_combinations_never_come_and_all_others_do():
    levels = {"sky": ["clear", "rain", "snow"], "time": ["day", "night"], "road": ["dry", "wet", "white"]}
    forbidden = [{"sky": "rain", "road": "dry"}, {"sky": "snow", "road": "dry"}, {"sky": "clear", "road": "white"}]
    rows = covering_rows(levels, 2, forbidden)
    assert not any(all(row[name] == level for name, level in each.items()) for row in rows for each in forbidden)
    coverage = count_coverage(rows, levels, 2, forbidden)
    assert coverage.share == 1.0
    assert coverage.possible == 3 * 2 + 3 * 3 + 2 * 3 - len(forbidden)


def test_what_follows_from_forbidden_combinations_is_impossible_too():
    levels = {"a": ["1", "2"], "b": ["1", "2"], "c": ["1", "2"]}
    # With a = 1, b can be neither: so nothing with a = 1 is possible.
    forbidden = [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}]
    assert not any(row.get("a") == "1" for row in possible_combinations(levels, 2, forbidden))
    rows = covering_rows(levels, 2, forbidden)
    assert all(row["a"] == "2" for row in rows)
    assert count_coverage(rows, levels, 2, forbidden).share == 1.0


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_seeded_rows_come_first(strength):
    levels = {name: TEN[name] for name in ("f0", "f1", "f2", "f3")}
    seeded = [{"f0": "l3", "f1": "l3", "f2": "l3", "f3": "l3"}, {"f0": "l0", "f2": "l1"}]
    rows = covering_rows(levels, strength, seeded=seeded)
    for seed in seeded:
        assert any(all(row[name] == level for name, level in seed.items()) for row in rows[: len(seeded)])
    assert missing_by_hand(rows, levels, strength) == []


def test_missing_combinations_are_named():
    levels = {"a": ["1", "2"], "b": ["x", "y"]}
    coverage = count_coverage([{"a": "1", "b": "x"}, {"a": "2"}, {"a": "1", "b": "y"}], levels, 2)
    assert (coverage.covered, coverage.possible) == (2, 4)
    assert list(coverage.missing) == [{"a": "2", "b": "x"}, {"a": "2", "b": "y"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"strength": 4}, "1 to 3"),
        ({"levels": {}}, "at least one factor"),
        ({"forbidden": [{"c": "1"}]}, "factors of the plan"),
        ({"forbidden": [{"a": "3"}]}, "one of 1, 2"),
        ({"forbidden": [{}]}, "at least one level"),
        ({"forbidden": [{"a": "1"}], "seeded": [{"a": "1"}]}, "rule it out"),
        ({"forbidden": [{"a": "1"}, {"a": "2"}]}, "no row at all"),
    ],
)
def test_impossible_plans_are_refused(arguments, words):
    given_arguments = {"levels": {"a": ["1", "2"], "b": ["1", "2"]}, "strength": 2, **arguments}
    with pytest.raises(UsageError, match=words):
        covering_rows(**given_arguments)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_plan_covers_what_is_possible(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    levels = {f"f{index}": [str(level) for level in range(size)] for index, size in enumerate(sizes)}
    pairs = [
        dict(zip(names, values, strict=True)) for names in combinations(levels, 2) for values in product("01", repeat=2)
    ]
    known = [row for row in pairs if all(level in levels[name] for name, level in row.items())]
    forbidden = data.draw(st.lists(st.sampled_from(known), max_size=2)) if known else []
    strength = data.draw(st.integers(1, 3))
    try:
        rows = covering_rows(levels, strength, forbidden)
    except UsageError as error:
        assert "no row at all" in str(error)  # noqa: PT017
        return
    assert not any(all(row[name] == level for name, level in each.items()) for row in rows for each in forbidden)
    assert count_coverage(rows, levels, min(strength, len(levels)), forbidden).share == 1.0
