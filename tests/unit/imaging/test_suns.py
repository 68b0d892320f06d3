"""The sun's disc: as much light as the sun gives, where it stands, behind whatever is nearer."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from synthvision.gpu.context import open_context
from synthvision.gpu.targets import TargetPool
from synthvision.imaging.suns import show_suns
from synthvision.imaging.tools import ImagingTools
from synthvision.library.model import EnvironmentMap
from synthvision.library.reference import AssetRef
from synthvision.scene import Camera, Environment, Optics, Scene, SunLight

WIDTH, HEIGHT, FOCAL = 320, 240, 600.0
#: Looks along +z with x right and y down: camera axes are the world's.
CAMERA = Camera(
    size_wh=(WIDTH, HEIGHT),
    focal_xy_px=(FOCAL, FOCAL),
    centre_xy_px=(WIDTH / 2, HEIGHT / 2),
    position_m=(0.0, 0.0, 0.0),
    rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
    optics=Optics(),
)
SKY = Environment(asset=AssetRef("test", "sky"), illuminance_lux=1e4)


def sun_at(column, row, **changes):
    direction = np.array([(column - WIDTH / 2) / FOCAL, (row - HEIGHT / 2) / FOCAL, 1.0])
    direction /= np.linalg.norm(direction)
    return SunLight(direction_xyz=tuple(float(value) for value in direction), illuminance_lux=1e5, **changes)


class Skies:
    """A map of no known horizon, and one with trees all around up to a sine of 0.05."""

    def load_environment(self, ref):
        skyline = np.full((3, 8), 0.05, np.float32) if ref.name == "trees" else None
        return EnvironmentMap(f"test/{ref.name}", np.ones((4, 8, 3), np.float32), skyline)


@pytest.fixture(scope="module")
def tools():
    context = open_context()
    yield ImagingTools(context, TargetPool(context), Skies())
    context.close()


@pytest.fixture
def shown(stage):
    def result(scene, depth=0.0):
        picture = stage.picture(scene, np.full((HEIGHT, WIDTH), 100.0), depth)
        found = show_suns(stage.tools, picture)
        return None if found is picture else stage.rgb(found.light)

    return result


@pytest.mark.parametrize(("column", "row"), [(160.0, 120.0), (40.3, 201.7), (300.0, 12.5)])
def test_the_disc_stands_where_the_sun_is_and_gives_its_illuminance(shown, column, row):
    sun = sun_at(column, row, colour=(1.2, 1.0, 0.6))
    found = shown(Scene(camera=CAMERA, lights=(sun,), environment=SKY))
    excess = found - 100.0
    lit = excess[..., 1] > 1e5
    rows, columns = np.nonzero(lit)
    weights = excess[lit][:, 1]
    assert (columns + 0.5) @ weights / weights.sum() == pytest.approx(column, abs=0.1)
    assert (rows + 0.5) @ weights / weights.sum() == pytest.approx(row, abs=0.1)
    # Solid angle of a pixel: cos^3 / f^2.
    cosine = sun.direction_xyz[2]
    lux = excess.sum(axis=(0, 1)) * cosine**3 / FOCAL**2
    np.testing.assert_allclose(lux, 1e5 * np.array([1.2, 1.0, 0.6]), rtol=0.03)


@pytest.mark.parametrize(("sine", "seen"), [(0.02, False), (0.08, True)])
@pytest.mark.parametrize("optics", [None, Optics()])
def test_a_made_sky_shows_the_sun_over_its_skyline_whatever_the_lens(shown, sine, seen, optics):
    level = math.sqrt(1 - sine**2)
    sun = SunLight(direction_xyz=(0.0, level, sine), illuminance_lux=1e5)
    # Looks along world +y.
    camera = replace(CAMERA, optics=optics, rotation_wxyz=(math.sqrt(0.5), -math.sqrt(0.5), 0.0, 0.0))
    sky = replace(SKY, asset=AssetRef("test", "trees"))
    found = shown(Scene(camera=camera, lights=(sun,), environment=sky))
    assert (found is not None) == seen
    if seen:
        assert found.max() > 1e8


def test_what_is_nearer_hides_it(shown):
    depth = np.zeros((HEIGHT, WIDTH))
    depth[:120] = 5.0
    found = shown(Scene(camera=CAMERA, lights=(sun_at(160.0, 120.0),), environment=SKY), depth)
    assert found[:120].max() == 100.0
    assert found[120:].max() > 1e8


@pytest.mark.parametrize(
    "changes",
    [
        {"camera": replace(CAMERA, optics=None)},
        {"environment": None},
        {"environment": replace(SKY, visible=False)},
        {"lights": ()},
        {"lights": (sun_at(400.0, 120.0),)},
        {"lights": (sun_at(160.0, 120.0, angular_diameter_rad=0.2),)},
        {"lights": (replace(sun_at(160.0, 120.0), direction_xyz=(0.0, 0.0, -1.0)),)},
    ],
)
def test_without_optics_sky_or_a_sun_in_view_the_picture_is_the_very_same(shown, changes):
    scene = Scene(camera=CAMERA, lights=(sun_at(160.0, 120.0),), environment=SKY)
    assert shown(scene) is not None
    assert shown(replace(scene, **changes)) is None
