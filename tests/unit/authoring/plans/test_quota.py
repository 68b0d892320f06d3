"""Quotas on worlds made of dice: met within tolerance, or said why not; bad quota files refused with their line."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from synthvision.authoring.plans.quota import Cell, Judged, choose_scenes
from synthvision.authoring.plans.quota_file import load_quota
from synthvision.core.errors import ConfigError
from synthvision.core.streams import rng_for
from synthvision.sampling.factors.config import FactorSpec

FACTORS = {
    "weather": FactorSpec.model_validate({"of": "weather.kind", "levels": {"clear": "clear", "rain": "rain"}}),
    "size": FactorSpec.model_validate(
        {"measure": "pixel_height", "objects": {"class": "car"}, "levels": {"small": [1, 32], "large": [33, 480]}}
    ),
}


class World:
    """Scenes with a few cars and vans of random size under a weather that can be asked for."""

    def __init__(self, most: int = 3, rain: float = 0.1, large: float = 0.3) -> None:
        self.most, self.rain, self.large = most, rain, large
        self.asked: list[dict[str, str]] = []

    def __call__(self, asked, scene) -> Judged:
        self.asked.append(dict(asked))
        return Judged((self.units(asked, scene),))

    def units(self, asked, scene):
        rng = rng_for(7, scene, "world")
        drawn = "rain" if rng.random() < self.rain else "clear"
        weather = asked.get("weather", drawn)
        return tuple(
            {
                "class": str(rng.choice(["car", "van"])),
                "weather": weather,
                "size": "large" if rng.random() < self.large else "small",
            }
            for _ in range(int(rng.integers(1, self.most + 1)))
        )


def cells_of(target):
    return [
        Cell({"class": kind, "weather": weather, "size": size}, target)
        for kind in ("car", "van")
        for weather in ("clear", "rain")
        for size in ("small", "large")
    ]


def count(world, result, cells):
    """Count what the chosen scenes hold, apart from what the algorithm says of them."""
    units = [unit for chosen in result.scenes for unit in world.units(chosen.levels, chosen.scene)]
    found = Counter(tuple(sorted(unit.items())) for unit in units)
    return [sum(number for unit, number in found.items() if cell.levels.items() <= set(unit)) for cell in cells]


@pytest.mark.parametrize("target", [1, 7, 50, 200])
def test_every_cell_ends_within_its_bounds(target):
    world, cells = World(), cells_of(target)
    result = choose_scenes(cells, world, drawable=["weather"], tries=400)
    assert result.met
    made = count(world, result, cells)
    assert made == [item.made for item in result.cells]
    assert np.abs(np.array(made) - target).max() <= 0.02 * target
    assert {"weather": "rain"} in world.asked


def test_targets_may_differ_by_much():
    world = World()
    targets = [400, 3, 0, 60, 5, 100, 17, 1]
    cells = [Cell(cell.levels, target) for cell, target in zip(cells_of(1), targets, strict=True)]
    result = choose_scenes(cells, world, drawable=["weather"], tries=2000)
    made = np.array(count(world, result, cells))
    assert result.met
    assert (np.abs(made - targets) <= 0.02 * np.array(targets)).all()


def test_nested_cells_count_together():
    cells = [
        Cell({"weather": "rain"}, 100),
        Cell({"weather": "rain", "size": "large"}, 60),
        Cell({"size": "small"}, 90),
    ]
    world = World()
    result = choose_scenes(cells, world, drawable=["weather"], tries=500)
    assert result.met
    assert count(world, result, cells) == [item.made for item in result.cells]


def test_what_never_comes_is_given_up_and_the_rest_is_met():
    world = World(large=0.0)
    cells = cells_of(20)
    result = choose_scenes(cells, world, drawable=["weather"], tries=50)
    assert not result.met
    for item in result.cells:
        if item.cell.levels["size"] == "large":
            assert (item.made, item.met) == (0, False)
            assert "given up after 50 scenes in a row" in item.reason
            assert "size: large} came out (50 times)" in item.reason
        else:
            assert item.met


def test_what_always_comes_along_is_named():
    def judge(asked, scene):
        return Judged((({"kind": "a"}, {"kind": "b"}),))

    result = choose_scenes([Cell({"kind": "a"}, 100), Cell({"kind": "b"}, 10)], judge, drawable=[], tries=30)
    a, b = result.cells
    assert b.met
    assert not a.met
    assert "too many of {kind: b} came along (30 times)" in a.reason


def test_contradictions_and_missed_constraints_are_reasons():
    def judge(asked, scene):
        if asked == {"kind": "a"}:
            return Judged(problem="no such kind", never=True)
        return Judged(problem="constraints missed: b 50 times")

    result = choose_scenes([Cell({"kind": "a"}, 5), Cell({"kind": "b"}, 5)], judge, drawable=["kind"], tries=4)
    assert result.cells[0].reason == "contradiction: no such kind"
    assert "constraints missed: b 50 times (4 times)" in result.cells[1].reason
    assert result.judged == 5


def test_the_number_of_scenes_is_bounded():
    result = choose_scenes(cells_of(200), World(), drawable=["weather"], most=10)
    assert len(result.scenes) == 10
    assert not result.met
    assert "all the 10 scenes" in next(item.reason for item in result.cells if not item.met)


def test_a_scene_that_is_in_the_way_gives_way():
    # The first scene fills b with what comes with a; only its exchange for one with a alone leaves room for c.
    units = [({"k": "a"}, {"k": "b"}), ({"k": "a"},), ({"k": "b"}, {"k": "c"})]

    def judge(asked, scene):
        return Judged((units[scene % 3],))

    cells = [Cell({"k": "a"}, 1), Cell({"k": "b"}, 1), Cell({"k": "c"}, 1)]
    result = choose_scenes(cells, judge, drawable=[], tries=20, tolerance=0.0)
    assert result.met
    assert len(result.scenes) == 2


def test_pictures_count_once_for_a_cell():
    def judge(asked, scene):
        return Judged((({"k": "a"}, {"k": "a"}), ({"k": "a"},)))

    result = choose_scenes([Cell({"k": "a"}, 4)], judge, drawable=[], by_picture=True)
    assert result.met
    assert len(result.scenes) == 2


def write(path, text):
    path.write_text(text)
    return path


def test_a_quota_file_becomes_cells(tmp_path):
    text = """
    over: [class, size, weather]
    each: 40
    without: [{class: van, weather: rain}]
    cells:
      - {levels: {class: car, size: large, weather: rain}, count: 100}
      - {levels: {weather: rain}, count: 140}
    """
    spec, cells = load_quota(write(tmp_path / "q.yaml", text), FACTORS, ["car", "van"])
    assert spec.tolerance == 0.02
    targets = {tuple(sorted(cell.levels.items())): cell.target for cell in cells}
    assert len(targets) == 7
    assert targets[(("class", "car"), ("size", "large"), ("weather", "rain"))] == 100
    assert targets[(("weather", "rain"),)] == 140
    assert (("class", "van"), ("size", "small"), ("weather", "rain")) not in targets


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("over: [class, wether]\neach: 5", "no factor 'wether'; did you mean 'weather'"),
        ("cells:\n- {levels: {weather: rian}, count: 5}", "no level 'rian'; did you mean 'rain'"),
        ("over: [weather]", "over and each must come together"),
        ("tolerance: 0.1", "must have cells"),
        ("cells:\n- {levels: {weather: rain}, count: -1}", "count"),
        ("cells:\n- {levels: {weather: rain}, count: 0}", "at least one cell"),
        ("count: pictures\nover: [weather]\neach: 4", "frames"),
        (
            "over: [weather, size]\neach: 50\ncells:\n- {levels: {weather: rain}, count: 60}",
            "may hold at most 61, but its parts .* together need at least 98",
        ),
        (
            "count: frames\ncells:\n- {levels: {weather: rain}, count: 6}\n"
            "- {levels: {weather: rain, size: small}, count: 9}",
            "may hold at most 6",
        ),
        ("count: frames\nover: [class]\neach: 5", "no factor 'class'"),
    ],
)
def test_impossible_quotas_are_refused(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words) as caught:
        load_quota(write(tmp_path / "q.yaml", text), FACTORS, ["car", "van"])
    assert "q.yaml" in str(caught.value)


def test_a_missing_quota_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"q\.yaml: there is no such file"):
        load_quota(tmp_path / "q.yaml", FACTORS, [])
