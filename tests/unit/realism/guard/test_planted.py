"""A reduced form of ``benchmarks/guard.py test``: faults of its own code on pictures that calibration never saw."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.realism.guard.config import GuardSpec
from synthvision.realism.guard.guard import Guard

PATH = Path(__file__).parents[4] / "benchmarks" / "guard.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("guard_benchmark", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pictures(drawer):
    return [drawer(100 + index, sides=(60, 44, 32, 50)) for index in range(4)]


def test_planted_faults_are_caught(benchmark, pictures):
    guard = Guard(GuardSpec(), Path(), "cpu")
    tried, caught = dict.fromkeys(benchmark.FAULTS, 0), dict.fromkeys(benchmark.FAULTS, 0)
    for index, drawn in enumerate(pictures):
        for label in drawn.labels:
            for kind in benchmark.FAULTS:
                rng = rng_for(7, index, f"test.guard.planted.{kind}.{label.instance_id}")
                mask = drawn.ids == label.instance_id
                picture, second = benchmark.plant(kind, drawn.rgb, mask, rng)
                if picture is None:
                    continue
                change = (None, benchmark.colour, benchmark.noise)[int(rng.integers(3))]
                picture = picture if change is None else change(picture, rng)
                judged = guard.judge(drawn.rgb, picture, drawn.ids, drawn.labels)
                tried[kind] += 1
                caught[kind] += benchmark.is_caught(judged, drawn.rgb, label.instance_id, second)
    assert min(tried.values()) >= 14
    assert {kind for kind in tried if caught[kind] < 0.95 * tried[kind]} == set(), (caught, tried)


@pytest.mark.parametrize("kind", ["untouched", "colour", "noise"])
def test_true_labels_are_not_alarmed(benchmark, pictures, kind):
    guard = Guard(GuardSpec(), Path(), "cpu")
    alarms = []
    for index, drawn in enumerate(pictures):
        refined = benchmark.HARMLESS[kind](drawn.rgb, rng_for(8, index, f"test.guard.{kind}"))
        realism = guard.judge(drawn.rgb, refined, drawn.ids, drawn.labels).realism
        alarms += [realism.decision == "render" or item.decision != "kept" for item in realism.instances]
    assert len(alarms) == 16
    assert np.mean(alarms) <= 0.05
