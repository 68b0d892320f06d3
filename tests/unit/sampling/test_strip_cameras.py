"""Cameras on strips: how many labelled objects must stand before one."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from synthvision.config.job import load_job
from synthvision.pipeline.frame import open_library, open_sampler
from synthvision.sampling.camera_config import StripCamera
from synthvision.sampling.strip_cameras import lonely

EYE, AHEAD, HALF = np.array([0.0, 0.0, 1.5]), np.array([12.0, 0.0, 1.0]), math.radians(30)


def _thing(x: float, y: float) -> SimpleNamespace:
    return SimpleNamespace(low=np.array([x - 0.5, y - 0.5, 0.0]), high=np.array([x + 0.5, y + 0.5, 1.0]))


@pytest.mark.parametrize(
    ("x", "y", "counts"),
    [
        (10, 0, True),
        (10, 5.7, True),
        (10, 5.9, False),
        (10, -5.7, True),
        (-10, 0, False),
        (24, 0, True),
        (26, 0, False),
    ],
)
def test_only_what_stands_in_the_angle_of_view_and_near_counts(x, y, counts):
    spec = StripCamera(kind="on_strip", strips="lane", things_ahead=1)
    assert (lonely(spec, EYE, AHEAD, HALF, [_thing(x, y)]) is None) is counts


def test_too_few_are_told():
    spec = StripCamera(kind="on_strip", strips="lane", things_ahead=3)
    things = [_thing(5, 0), _thing(8, 1)]
    assert lonely(spec, EYE, AHEAD, HALF, things) == "fewer than 3 labelled objects ahead"
    assert lonely(spec, EYE, AHEAD, HALF, [*things, _thing(9, -1)]) is None
    assert lonely(spec, EYE, AHEAD, HALF, []) == "fewer than 3 labelled objects ahead"
    assert lonely(StripCamera(kind="on_strip", strips="lane"), EYE, AHEAD, HALF, []) is None


def test_no_camera_of_the_warehouse_looks_at_a_bare_wall():
    job = load_job("warehouse", ["frames=24", "views_per_scene=1"])
    sampler = open_sampler(job, open_library(job))
    for frame in range(24):
        scene = sampler.sample(frame)
        camera = scene.camera
        axis = camera.world_from_camera[:2, 2]
        half = math.atan(camera.size_wh[0] / 2 / camera.focal_xy_px[0])
        ways = np.array(
            [np.subtract(item.position_m, camera.position_m)[:2] for item in scene.objects if item.category]
        )
        far = np.hypot(*ways.T)
        # Places of models, not middles of boxes, and a roll or a tilt of the camera: a looser count.
        assert ((far < 27) & (ways @ (axis / np.hypot(*axis)) > far * math.cos(half + 0.1))).sum() >= 4
