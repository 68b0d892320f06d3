"""Distributions: moments and bounds against known answers, and the way of a scene file to YAML and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from synthvision.core.streams import rng_for
from synthvision.core.yaml_file import dump_yaml, parse_yaml
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.number_values import ChoiceValue, IntValue, NumberValue, bounds_of, draw_value

NUMBER = TypeAdapter(NumberValue)
INT = TypeAdapter(IntValue)
WORD = TypeAdapter(ChoiceValue)


def draws(value, count=4000, adapter=NUMBER):
    model = adapter.validate_python(value)
    rng = rng_for(3, 0, "test")
    return np.array([draw_value(model, rng) for _ in range(count)])


@pytest.mark.parametrize(
    ("value", "law"),
    [
        ({"uniform": [-2.0, 3.0]}, stats.uniform(-2, 5)),
        ({"normal": {"mean": 1.5, "std": 0.4}}, stats.norm(1.5, 0.4)),
        ({"truncated_normal": {"mean": 0, "std": 1, "low": -0.5, "high": 2}}, stats.truncnorm(-0.5, 2)),
        ({"truncated_normal": {"mean": 0, "std": 1, "low": 4, "high": 6}}, stats.truncnorm(4, 6)),
        ({"truncated_normal": {"mean": 5, "std": 2, "low": -9, "high": -3}}, stats.truncnorm(-7, -4, 5, 2)),
        ({"log_uniform": [0.01, 100.0]}, stats.loguniform(0.01, 100)),
        ({"beta": {"a": 2, "b": 5, "low": 1, "high": 3}}, stats.beta(2, 5, 1, 2)),
    ],
)
def test_values_follow_the_stated_law(value, law):
    # Kolmogorov-Smirnov at p = 0.1 %, one fixed stream: a wrong formula fails by many orders of magnitude.
    assert stats.kstest(draws(value), law.cdf).pvalue > 1e-3


def test_counts_follow_the_truncated_poisson_law():
    found = np.bincount(draws({"poisson": {"mean": 2.5, "max": 5}}, adapter=INT), minlength=6)
    law = stats.poisson(2.5).pmf(np.arange(6))
    assert stats.chisquare(found, law / law.sum() * found.sum()).pvalue > 1e-3


def test_whole_numbers_reach_both_ends_equally_often():
    found = np.bincount(draws({"uniform_int": [2, 5]}, adapter=INT), minlength=6)
    assert found[:2].sum() == 0
    assert stats.chisquare(found[2:]).pvalue > 1e-3


def test_weights_decide_how_often_a_choice_comes_and_weight_zero_never():
    found = draws({"choice": ["a", "b", "c"], "weights": [3, 0, 1]}, adapter=WORD)
    assert set(found) == {"a", "c"}
    assert abs(np.mean(found == "a") - 0.75) < 0.03


def test_a_mixture_draws_each_part_by_its_weight():
    found = draws({"mixture": [{"weight": 1, "value": 10}, {"weight": 3, "value": {"uniform": [0, 1]}}]})
    assert abs(np.mean(found == 10) - 0.25) < 0.03
    assert found[found != 10].max() <= 1


def test_degenerate_distributions_give_their_only_value():
    assert set(draws({"uniform": [2, 2]}, 5)) == {2.0}
    assert set(draws({"truncated_normal": {"mean": 1, "std": 0, "low": 0, "high": 2}}, 5)) == {1.0}
    assert set(draws({"truncated_normal": {"mean": 0, "std": 1, "low": 3, "high": 3}}, 5)) == {3.0}
    assert set(draws({"log_uniform": [7, 7]}, 5)) == {7.0}


finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-3, 1e6)


def ordered(strategy):
    return st.tuples(strategy, strategy).map(sorted)


@st.composite
def windows(draw):
    mean, std = draw(finite), draw(st.floats(1e-3, 1e4))
    low, high = sorted((mean + draw(st.floats(-4, 4)) * std, mean + draw(st.floats(-4, 4)) * std))
    return {"truncated_normal": {"mean": mean, "std": std, "low": low, "high": high}}


simple = st.one_of(
    finite,
    ordered(finite).map(lambda pair: {"uniform": pair}),
    ordered(st.integers(-1000, 1000)).map(lambda pair: {"uniform_int": pair}),
    ordered(positive).map(lambda pair: {"log_uniform": pair}),
    st.builds(lambda mean, std: {"normal": {"mean": mean, "std": std}}, finite, st.floats(0, 1e3)),
    windows(),
    st.builds(lambda mean, most: {"poisson": {"mean": mean, "max": most}}, st.floats(0.01, 5), st.integers(0, 50)),
    st.builds(
        lambda a, b, pair: {"beta": {"a": a, "b": b, "low": pair[0], "high": pair[1]}},
        st.floats(0.1, 20), st.floats(0.1, 20), ordered(finite),
    ),
    st.lists(finite, min_size=1, max_size=4).map(lambda values: {"choice": values}),
)  # fmt: skip
numbers = st.one_of(
    simple,
    st.lists(st.builds(lambda weight, value: {"weight": weight, "value": value}, st.floats(0.1, 9), simple), min_size=1,
             max_size=3).map(lambda parts: {"mixture": parts}),
)  # fmt: skip


@given(numbers, st.integers(0, 2**32))
def test_no_value_lies_outside_the_bounds(value, seed):
    model = NUMBER.validate_python(value)
    low, high = bounds_of(model)
    drawn = draw_value(model, rng_for(seed, 0, "x"))
    assert math.isfinite(drawn)
    assert low <= drawn <= high


@given(numbers)
def test_a_distribution_survives_json(value):
    model = NUMBER.validate_python(value)
    assert NUMBER.validate_python(NUMBER.dump_python(model, mode="json")) == model


counts = st.one_of(
    st.integers(0, 9),
    ordered(st.integers(0, 9)).map(lambda pair: {"uniform_int": pair}),
    st.lists(st.integers(0, 9), min_size=1, max_size=3).map(lambda values: {"choice": values}),
)
colours = st.one_of(
    st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}"),
    st.tuples(*[st.floats(0, 1)] * 3).map(list),
    st.builds(lambda h, s: {"hsv": {"h": h, "s": s, "v": {"uniform": [0.2, 0.9]}}}, simple, st.floats(0, 1)),
)
placements = st.sampled_from(
    [
        {"kind": "on_surface", "pose": "stable", "region": {"radius_m": 0.5}},
        {"kind": "scatter", "min_distance_m": 0.1, "margin_m": 0.05},
        {"kind": "grid", "columns": 3, "spacing_m": [0.1, {"uniform": [0.1, 0.2]}]},
        {"kind": "layered", "neighbour_probability": 0.5, "flip_probability": 0.1},
        {"kind": "in_volume", "size_m": [1, 1, 2]},
    ]
)
groups = st.builds(
    lambda pick, count, colour, scale, placement: {
        "pick": pick,
        "count": count,
        "materials": {"*": {"base_colour": colour}},
        "scale": scale,
        "placement": placement,
    },
    st.sampled_from(["bottle", {"category": "can"}, {"any_of": [{"tag": "toy", "weight": 2}, "ball"]}, ["a", "b"]]),
    counts,
    colours,
    ordered(positive).map(lambda pair: {"uniform": pair}),
    placements,
)
specs = st.builds(
    lambda objects, lux, camera: {
        "surface": {"size_m": [2, 2]},
        "objects": objects,
        "lights": {"sun": {"kind": "sun", "illuminance_lux": lux, "temperature_k": 5500}},
        "camera": camera,
    },
    st.dictionaries(st.sampled_from(["bottles", "cans", "no", "5"]), groups, min_size=1, max_size=3),
    ordered(positive).map(lambda pair: {"log_uniform": pair}),
    st.sampled_from([{"kind": "shell", "distance_m": 1}, {"kind": "fixed", "position_m": [0, 0, 1], "fov_deg": 60}]),
)


@given(specs)
def test_a_scene_file_survives_yaml(data):
    spec = SceneSpec.model_validate(data)
    text = dump_yaml(spec.model_dump(mode="json"))
    assert SceneSpec.model_validate(parse_yaml(text, "scene.yaml").data) == spec


@given(specs)
def test_a_scene_file_reads_the_same_from_any_yaml_writer(data):
    text = yaml.safe_dump(data)
    assert SceneSpec.model_validate(parse_yaml(text, "scene.yaml").data) == SceneSpec.model_validate(data)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"uniform": [2, 1]}, r"low not above high, got \[2, 1\]"),
        ({"uniform_int": [5, 4]}, r"low not above high, got \[5, 4\]"),
        ({"log_uniform": [0, 4]}, r"both bounds above 0, got \[0, 4\]"),
        ({"normal": {"mean": 0, "std": -1}}, "std must be 0 or more, got -1"),
        ({"truncated_normal": {"mean": 0, "std": 1, "low": 3, "high": 2}}, "low must not be above high"),
        ({"truncated_normal": {"mean": 0, "std": 1, "low": 40, "high": 50}}, "must hold some of the bell curve"),
        ({"truncated_normal": {"mean": 0, "std": 0, "low": 1, "high": 2}}, "must hold some of the bell curve"),
        ({"poisson": {"mean": 0, "max": 3}}, "mean must be above 0, up to 500, got 0"),
        ({"poisson": {"mean": 300, "max": 3}}, "counts up to 3 never come"),
        ({"beta": {"a": 0, "b": 1}}, "a and b must be above 0, got a 0 and b 1"),
        ({"beta": {"a": 1, "b": 1, "low": 1, "high": 0}}, "low must not be above high"),
        ({"choice": [1, 2], "weights": [1]}, "one weight per entry, got 1 weights for 2 entries"),
        ({"choice": [1, 2], "weights": [0, 0]}, r"at least one weight must be above 0, got \[0, 0\]"),
        ({"choice": [1, 2], "weights": [2, -1]}, r"weights must be 0 or more, got \[2, -1\]"),
        ({"mixture": [{"weight": 0, "value": 1}]}, "at least one weight must be above 0"),
        ({"unifrom": [0, 1]}, "got the keys unifrom; did you mean uniform"),
        ({"uniform": [0, 1], "normal": {"mean": 0, "std": 1}}, "must name one distribution, got uniform and normal"),
        ("5", "must be a number or a distribution .*got '5'"),
        (True, "valid number"),
        (math.nan, "finite number"),
        ({"uniform": [0, math.inf]}, "finite number"),
        (None, "got nothing"),
    ],
)
def test_an_impossible_distribution_is_refused_with_what_must_hold(value, message):
    with pytest.raises(ValidationError, match=message):
        NUMBER.validate_python(value)


def test_a_count_takes_whole_numbers_only():
    with pytest.raises(ValidationError, match=r"must give whole numbers .*got uniform"):
        INT.validate_python({"uniform": [0, 3]})
    with pytest.raises(ValidationError, match="valid integer"):
        INT.validate_python(2.5)
