"""Velocities of object groups reach the scene, and asking for them moves nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

GROUP = {"pick": "box", "count": 3, "placement": {"kind": "on_surface", "region": {"radius_m": 0.5}}}
MOVING = GROUP | {
    "velocity_m_s": [{"uniform": [-2, 2]}, 1.5, 0],
    "angular_velocity_deg_s": [0, 0, {"uniform": [90, 180]}],
}


def boxes(scene):
    return [item for item in scene.objects if item.name.startswith("boxes/")]


def test_objects_stand_still_by_default(fake):
    for item in fake.sampler({"boxes": GROUP}).sample(0).objects:
        assert item.velocity_m_s == item.angular_velocity_rad_s == (0.0, 0.0, 0.0)


def test_each_object_draws_its_own_velocity(fake):
    scene = fake.sampler({"boxes": MOVING}).sample(0)
    found = boxes(scene)
    across = [item.velocity_m_s[0] for item in found]
    assert len(set(across)) == 3
    assert all(-2 <= value <= 2 for value in across)
    assert all(item.velocity_m_s[1:] == (1.5, 0.0) for item in found)
    assert all(np.pi / 2 <= item.angular_velocity_rad_s[2] <= np.pi for item in found)
    assert "objects.boxes.0.velocity_m_s.0" in scene.factors
    assert scene.objects[0].velocity_m_s == (0.0, 0.0, 0.0)


def test_velocities_move_no_other_value(fake):
    plain = fake.sampler({"boxes": GROUP}).sample(4)
    moving = fake.sampler({"boxes": MOVING}).sample(4)
    still = [
        replace(item, velocity_m_s=(0.0, 0.0, 0.0), angular_velocity_rad_s=(0.0, 0.0, 0.0)) for item in moving.objects
    ]
    assert tuple(still) == plain.objects
    assert moving.camera == plain.camera


def test_velocities_can_be_pinned(fake):
    scene = fake.sampler({"boxes": MOVING}).sample(0, pins={"objects.boxes.1.velocity_m_s.0": 0.25})
    assert boxes(scene)[1].velocity_m_s == (0.25, 1.5, 0.0)


def test_a_velocity_has_three_numbers(fake):
    with pytest.raises(ValueError, match="velocity_m_s"):
        fake.sampler({"boxes": GROUP | {"velocity_m_s": [1, 2]}})
