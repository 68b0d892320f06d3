"""Factors: levels of values, and values drawn inside a level with the file's own distribution."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy.stats import kstest

from synthvision.core.errors import UsageError
from synthvision.sampling.factors.config import FactorSpec, LevelValue
from synthvision.sampling.factors.levels import frame_levels
from synthvision.sampling.factors.restrict import choose_within, draw_within, limits_of, share_of_level
from synthvision.sampling.number_values import NumberValue
from synthvision.scene import Camera, Scene

LEVEL = TypeAdapter(LevelValue)
NUMBER = TypeAdapter(NumberValue)


def level(value):
    return LEVEL.validate_python(value)


@pytest.mark.parametrize(
    ("value", "taken", "left"),
    [
        ([2, 10], [2, 5.5, 10], [1.99, 10.01, "5", True]),
        (["rain", "snow"], ["rain"], ["clear", 1]),
        ("clear", ["clear"], ["rain"]),
        (3, [3, 3.0], [4, "3", True]),
        ([1, 2, 3], [1, 2.0], [1.5]),
        (True, [True], [False, 1]),
    ],
)
def test_levels_take_their_values(value, taken, left):
    assert all(level(value).takes(each) for each in taken)
    assert not any(level(value).takes(each) for each in left)


def test_the_first_level_that_takes_a_value_counts():
    spec = FactorSpec.model_validate({"of": "distance", "levels": {"near": [0, 10], "far": [10, 60]}})
    assert [spec.level_of(value) for value in (0, 10, 10.5, 61)] == ["near", "near", "far", None]


def test_frames_have_the_levels_of_what_was_sampled():
    factors = {
        "sky": FactorSpec.model_validate({"of": "weather", "levels": {"wet": ["rain", "drizzle"], "dry": "clear"}}),
        "crowd": FactorSpec.model_validate({"of": "objects.cars.count", "levels": {"few": [0, 2], "many": [3, 99]}}),
        "size": FactorSpec.model_validate(
            {"measure": "pixel_height", "objects": "cars", "levels": {"small": [0, 32], "large": [33, 9999]}}
        ),
    }
    camera = Camera(
        size_wh=(4, 4),
        focal_xy_px=(4.0, 4.0),
        centre_xy_px=(2.0, 2.0),
        position_m=(0.0, 0.0, 0.0),
        rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
    )
    scene = Scene(camera=camera, factors={"weather": "drizzle", "objects.cars.count": 3})
    assert frame_levels(factors, scene) == {"sky": "wet", "crowd": "many"}


def test_a_value_within_a_level_keeps_its_distribution():
    value = NUMBER.validate_python({"normal": {"mean": 5.0, "std": 2.0}})
    rng = np.random.default_rng(1)
    inside = [draw_within("x", value, level([4, 9]), rng) for _ in range(2000)]
    free = [value.draw(rng) for _ in range(40_000)]
    expected = [each for each in free if 4 <= each <= 9]
    assert min(inside) >= 4
    assert max(inside) <= 9
    assert kstest(inside, expected).pvalue > 0.01


def test_a_fixed_value_gives_way_to_the_level():
    rng = np.random.default_rng(2)
    assert draw_within("x", 7.0, level([5, 9]), rng) == 7.0
    assert 10 <= draw_within("x", 7.0, level([10, 11]), rng) <= 11
    assert draw_within("x", "clear", level(["rain"]), rng) == "rain"
    assert draw_within("x", 2, level([5, 6]), rng) in (5, 6)


def test_a_level_that_never_comes_is_refused():
    value = NUMBER.validate_python({"uniform": [0, 1]})
    with pytest.raises(UsageError, match=r"level 2\.\.3"):
        draw_within("x", value, level([2, 3]), np.random.default_rng(0))
    with pytest.raises(UsageError, match="rain"):
        choose_within("weather", ["clear", "fog"], None, level("rain"), np.random.default_rng(0))


def test_names_within_a_level_keep_their_weights():
    rng = np.random.default_rng(3)
    drawn = [choose_within("w", ["a", "b", "c"], [1.0, 3.0, 6.0], level(["a", "b"]), rng) for _ in range(4000)]
    assert set(drawn) == {0, 1}
    assert np.mean(np.array(drawn) == 1) == pytest.approx(0.75, abs=0.03)


def test_shares_of_levels_are_those_of_the_distribution():
    value = NUMBER.validate_python({"uniform": [0, 10]})
    assert share_of_level(value, level([0, 3]), np.random.default_rng(4)) == pytest.approx(0.3, abs=0.015)
    assert share_of_level(5.0, level([0, 3]), np.random.default_rng(4)) == 0.0


def test_a_plan_s_row_becomes_limits():
    factors = {
        "sky": FactorSpec.model_validate({"of": "weather", "levels": {"wet": "rain", "dry": "clear"}}),
        "size": FactorSpec.model_validate(
            {"measure": "pixel_height", "objects": "cars", "levels": {"small": [0, 32], "large": [33, 99]}}
        ),
    }
    assert limits_of(factors, {"sky": "wet", "size": "small"}) == {"weather": factors["sky"].levels["wet"]}
    with pytest.raises(UsageError, match="levels wet, dry"):
        limits_of(factors, {"sky": "moist"})
    with pytest.raises(UsageError, match="factors of the scene"):
        limits_of(factors, {"colour": "red"})


@pytest.mark.parametrize(
    "data",
    [
        {"of": "weather", "levels": {"wet": "rain"}},
        {"levels": {"a": 1, "b": 2}},
        {"of": "x", "measure": "distance", "objects": "cars", "levels": {"a": 1, "b": 2}},
        {"measure": "distance", "levels": {"a": 1, "b": 2}},
        {"of": "x", "levels": {"a": {"between": [2, 1]}, "b": 3}},
    ],
)
def test_nonsense_is_refused(data):
    with pytest.raises(ValidationError):
        FactorSpec.model_validate(data)
