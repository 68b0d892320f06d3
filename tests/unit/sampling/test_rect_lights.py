"""Rectangle lights of a scene file: aimed at their target, as strong there as asked."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.scene import RectLight, scene_from_json, scene_to_json

OBJECTS = {"boxes": {"pick": "box", "count": 2}}
CAMERA = {"kind": "shell", "distance_m": 1.0}


def lit_by(fake, **fields):
    spec = {"kind": "rect", "illuminance_lux": 400, "elevation_deg": 35, "azimuth_deg": 70, **fields}
    return fake.sampler(OBJECTS, lights={"window": spec}, camera=CAMERA).sample(0)


@pytest.mark.parametrize("distance_m", [0.3, 1.5, 20.0])
def test_a_rectangle_gives_its_illuminance_at_the_target(fake, distance_m):
    target = np.array([0.1, -0.2, 0.3])
    scene = lit_by(fake, distance_m=distance_m, target_m=target.tolist(), width_m=0.8, height_m=0.5)
    light = scene.lights[0]
    assert isinstance(light, RectLight)
    assert light.size_wh_m == (0.8, 0.5)
    along, up, towards = rotation_from_quaternion(light.rotation_wxyz).T
    position = np.asarray(light.position_m)
    assert position + distance_m * towards == pytest.approx(target, abs=1e-9)
    assert along[2] == pytest.approx(0.0, abs=1e-9)
    # The sum over a fine grid of small lamps, each by the inverse square.
    places = (np.arange(400) + 0.5) / 400 - 0.5
    x, y = (grid.ravel()[:, None] for grid in np.meshgrid(places * 0.8, places * 0.5))
    ways = position + x * along + y * up - target
    cosine = np.abs(ways @ towards) / np.linalg.norm(ways, axis=1)
    lux = light.intensity_cd * np.mean(cosine**2 / np.sum(ways**2, axis=1))
    assert lux == pytest.approx(400, rel=1e-3)


def test_a_rectangle_survives_json(fake):
    scene = lit_by(fake, visible=True)
    assert scene.lights[0].visible
    assert scene_from_json(scene_to_json(scene)) == scene


@pytest.mark.parametrize("field", ["width_m", "height_m", "distance_m"])
def test_a_rectangle_without_size_is_refused(fake, field):
    with pytest.raises(ValidationError, match=field):
        lit_by(fake, **{field: 0.0})
