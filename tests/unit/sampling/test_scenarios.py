"""The scenarios that ship: each reads with the classes of its world, says what it shows, and asks for what can be."""

from __future__ import annotations

import pytest

from synthvision.authoring.scenarios import builtin_scenarios
from synthvision.config.job import load_job
from synthvision.sampling.constraints.contradictions import contradictions

SCENARIOS = {item.name: item for item in builtin_scenarios()}


def test_there_are_enough_over_all_worlds():
    assert len(SCENARIOS) >= 24
    assert {"street", "conveyor", "bin", "inspection", "warehouse"} <= {item.extends for item in SCENARIOS.values()}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_goes_with_the_classes_of_its_world(name):
    scenario = SCENARIOS[name]
    job, world = load_job(scenario.job, [f"scene={name}"]), load_job(scenario.job)
    assert job.scene.description == scenario.description != world.scene.description
    assert job.class_names == world.class_names
    assert job.scene.constraints
    size_wh = (job.image.width, job.image.height)
    assert not contradictions(job.scene.constraints, job.scene.objects, job.class_names, size_wh)
