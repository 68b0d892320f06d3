"""Plans and boosts in the sampler: rows are followed, weights give nature back."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.plan import Plan, constraints_of, plan_faults

OBJECTS = {
    "boxes": {
        "pick": "box",
        "count": {"uniform_int": [1, 6]},
        "placement": {"kind": "on_surface", "region": {"radius_m": 1.5}},
    }
}
SUN = {"lights": {"sun": {"kind": "sun", "illuminance_lux": {"log_uniform": [1e3, 1e5]}}}}
CROWD = {"of": "objects.boxes.count", "levels": {"few": [1, 2], "many": [3, 6]}}
LIGHT = {"of": "lights.sun.illuminance_lux", "levels": {"dim": [1e3, 1e4], "bright": [1e4, 1e5]}}
SIZE = {"measure": "pixel_height", "objects": "boxes", "levels": {"small": [1, 32], "large": [33, 480]}}


@pytest.fixture
def sample(fake):
    def made(frames, plan=None, factors=None, seed=0, **more):
        sampler = fake.sampler(OBJECTS, **SUN, factors=factors or {}, seed=seed, plan=plan, **more)
        return [sampler.sample(frame) for frame in frames]

    return made


def test_scenes_follow_the_rows_of_a_plan_in_turn(sample):
    levels = [{"crowd": "many", "light": "dim"}, {"crowd": "few", "light": "bright"}, {"light": "dim"}]
    plan = Plan.model_validate({"rows": [{"levels": row} for row in levels]})
    for frame, scene in enumerate(sample(range(9), plan, {"crowd": CROWD, "light": LIGHT})):
        wanted = levels[frame % 3]
        count, lux = scene.factors["objects.boxes.count"], scene.factors["lights.sun.illuminance_lux"]
        assert ("many" if count > 2 else "few") == wanted.get("crowd", "many" if count > 2 else "few")
        assert ("dim" if lux <= 1e4 else "bright") == wanted["light"]
        assert len([item for item in scene.objects if item.name.startswith("boxes/")]) == count


def test_what_a_plan_leaves_open_is_as_without_it(sample):
    plan = Plan.model_validate({"rows": [{"levels": {"light": "dim"}}]})
    for free, planned in zip(sample(range(4)), sample(range(4), plan, {"light": LIGHT}), strict=True):
        assert planned.factors["objects.boxes.count"] == free.factors["objects.boxes.count"]
        assert planned.objects == free.objects


def test_a_row_may_name_the_scene_whose_streams_it_uses(sample):
    plan = Plan.model_validate({"rows": [{"scene": 7}, {"scene": 3, "weight": 2.5}]})
    seventh, third = sample([0, 1], plan)
    free = sample([7, 3])
    assert (seventh.objects, third.objects) == (free[0].objects, free[1].objects)
    assert (seventh.camera, third.camera) == (free[0].camera, free[1].camera)
    assert (seventh.weight, third.weight) == (1.0, 2.5)
    assert seventh.origin.frame == 0


def test_levels_of_what_is_not_drawn_are_refused(sample):
    plan = Plan.model_validate({"rows": [{"levels": {"sky": "a"}}]})
    factors = {"sky": {"of": "lights.sun.illuminance", "levels": {"a": 1, "b": 2}}}
    with pytest.raises(UsageError, match=r"lights\.sun\.illuminance_lux"):
        sample([0], plan, factors)


def test_weights_give_the_natural_mean_back(sample):
    """|z| of the weighted mean against the exact one stays under 3 over 20 seeds, that of the plain mean does not."""
    factors = {"crowd": CROWD | {"boost": {"few": 6.0}}, "light": LIGHT | {"boost": {"bright": 4.0}}}
    exact, frames = 3.5, 250
    weighted_z, plain_z = [], []
    for seed in range(20):
        scenes = sample(range(frames), factors=factors, seed=seed)
        counts = np.array([scene.factors["objects.boxes.count"] for scene in scenes], float)
        weights = np.array([scene.weight for scene in scenes])
        mean = np.average(counts, weights=weights)
        # Of a ratio of sums, by the delta method.
        error = np.sqrt(np.sum((weights * (counts - mean)) ** 2)) / weights.sum()
        weighted_z.append((mean - exact) / error)
        plain_z.append((counts.mean() - exact) / (counts.std() / np.sqrt(frames)))
    assert np.abs(weighted_z).max() < 3
    assert np.abs(plain_z).min() > 3
    assert abs(np.mean(weighted_z)) < 1


def test_measured_levels_become_constraints():
    factors = {"size": FactorSpec.model_validate(SIZE), "light": FactorSpec.model_validate(LIGHT)}
    (constraint,) = constraints_of(factors, {"size": "small", "light": "dim"})
    assert constraint.kind == "pixel_height"
    assert constraint.between == (1, 32)
    assert constraint.of.group == "boxes"


def test_faults_of_a_plan_are_named():
    factors = {"size": FactorSpec.model_validate(SIZE), "kind": FactorSpec.model_validate(CROWD)}
    rows = [{"levels": {"size": "small"}}, {"levels": {"siz": "small"}}, {"levels": {"kind": "none"}}]
    faults = plan_faults(Plan.model_validate({"rows": rows}), factors)
    assert [index for index, _ in faults] == [1, 2]
    assert "size, kind" in faults[0][1]
    assert "few, many" in faults[1][1]


def test_rows_that_are_forbidden_are_refused():
    with pytest.raises(ValueError, match="row 1 holds the forbidden"):
        Plan.model_validate({"rows": [{"levels": {"a": "1"}}, {"levels": {"a": "2"}}], "forbidden": [{"a": "2"}]})
