"""Light from all around as a few numbers: against sums over the map itself, its sun, its turn."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import AssetError
from synthvision.imaging.airlight import ambient_of, harmonics
from synthvision.imaging.airlight_lamps import MAX_LAMPS, lamps_of
from synthvision.library.model import EnvironmentMap
from synthvision.library.reference import AssetRef
from synthvision.scene import Camera, Environment, PointLight, RectLight, Scene, SpotLight, SunLight

HEIGHT, WIDTH = 256, 512


def directions():
    polar = (np.arange(HEIGHT) + 0.5) / HEIGHT * np.pi
    around = ((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    sine = np.sin(polar)[:, None]
    upward = np.broadcast_to(np.cos(polar)[:, None], (HEIGHT, WIDTH))
    return np.stack([sine * np.sin(around), sine * np.cos(around), upward], axis=-1)


class Skies:
    """One map; `key` must differ between maps, as content does."""

    def __init__(self, key, radiance_hw):
        pixels = np.repeat(radiance_hw[..., None], 3, axis=2).astype(np.float32)
        self.map = EnvironmentMap(f"test/{key}", pixels)

    def load_environment(self, ref):
        return self.map


def ambient(key, radiance_hw, lux, *lights, rotation=0.0):
    sky = Environment(asset=AssetRef("test", key), illuminance_lux=lux, rotation_rad=rotation)
    return ambient_of(scene_of(*lights, environment=sky), Skies(key, radiance_hw))


def scene_of(*lights, **changes):
    camera = Camera(
        size_wh=(64, 48),
        focal_xy_px=(50.0, 50.0),
        centre_xy_px=(32.0, 24.0),
        position_m=(0.0, 0.0, 1.0),
        rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
    )
    return Scene(camera=camera, lights=lights, **changes)


def seen(light, direction):
    return float(harmonics(np.asarray(direction, np.float64)) @ light.sky_93[:, 1])


def test_harmonics_are_orthonormal():
    vectors = directions()
    edges = np.cos(np.arange(HEIGHT + 1) / HEIGHT * np.pi)
    areas = (edges[:-1] - edges[1:])[:, None] * (2 * np.pi / WIDTH) * np.ones((1, WIDTH))
    basis = harmonics(vectors)
    products = np.einsum("hwa,hwb,hw->ab", basis, basis, areas)
    assert products == pytest.approx(np.eye(9), abs=1e-3)


def test_a_smooth_sky_is_given_back():
    x, y, z = np.moveaxis(directions(), -1, 0)
    light = ambient("smooth", 2 + 0.5 * x + 0.3 * y * z + z, 1.0)
    scale = 1.0 / (np.pi * 2 + 2 * np.pi / 3)
    for a, b, c in ((1.0, 0.0, 0.0), (0.0, 0.6, 0.8), (0.0, 0.8, -0.6), (0.6, -0.8, 0.0)):
        assert seen(light, (a, b, c)) == pytest.approx(scale * (2 + 0.5 * a + 0.3 * b * c + c), rel=0.01)
    assert light.suns == ()
    assert light.mean_luminance == pytest.approx(2 * scale, rel=0.01)


def test_turning_the_sky_turns_its_light():
    x, y, z = np.moveaxis(directions(), -1, 0)
    radiance = 3 + x + 0.5 * y + 0.8 * x * y + 0.4 * z * x
    straight, turned = (ambient("turn", radiance, 5.0, rotation=angle) for angle in (0.0, 0.7))
    for angle, height in ((0.0, 0.0), (1.0, 0.5), (4.0, -0.3)):
        across = np.sqrt(1 - height**2)
        before = (across * np.cos(angle), across * np.sin(angle), height)
        after = (across * np.cos(angle + 0.7), across * np.sin(angle + 0.7), height)
        assert seen(turned, after) == pytest.approx(seen(straight, before), rel=1e-6)


@pytest.mark.parametrize("rotation", [0.0, 2.1])
def test_the_sun_of_a_map_is_found_with_its_light(rotation):
    towards = np.array([0.5, 0.6, 0.0])
    towards[2] = np.sqrt(1 - towards @ towards)
    vectors = directions()
    disc = vectors @ towards > np.cos(0.02)
    light = ambient("sunny", np.where(disc, 5e4, 1.0), 1e5, rotation=rotation)
    assert len(light.suns) == 1
    sun = light.suns[0]
    c, s = np.cos(rotation), np.sin(rotation)
    expected = (c * towards[0] - s * towards[1], s * towards[0] + c * towards[1], towards[2])
    assert sun.direction_xyz == pytest.approx(expected, abs=0.005)
    # What is not the sun's on the ground is the even sky's: pi times its radiance.
    on_ground = sun.illuminance_rgb[1] * towards[2]
    assert on_ground + np.pi * seen(light, (0.0, 0.0, 1.0)) == pytest.approx(1e5, rel=0.02)


def test_suns_of_the_scene_light_the_ground():
    sun = SunLight(direction_xyz=(0.0, 0.6, 0.8), illuminance_lux=1000.0)
    light = ambient_of(scene_of(sun), None)
    # A fifth of 800 lx comes back from below, evenly: bands 0 and 1 of a half sphere.
    assert seen(light, (0.0, 0.0, -1.0)) == pytest.approx(0.2 * 800 / np.pi * 1.25, rel=1e-6)
    assert seen(light, (1.0, 0.0, 0.0)) == pytest.approx(0.2 * 800 / np.pi * 0.5, rel=1e-6)
    assert light.suns[0].illuminance_rgb == (1000.0, 1000.0, 1000.0)


def test_a_map_without_light_from_above_is_refused():
    dark = np.zeros((HEIGHT, WIDTH))
    dark[-10:] = 1.0
    with pytest.raises(AssetError, match="upper half"):
        ambient("below", dark, 100.0)


def test_lamps_show_at_night_only_and_the_strongest_are_kept():
    lamps = [PointLight(position_m=(float(n), 0.0, 5.0), intensity_cd=100.0 + n) for n in range(MAX_LAMPS + 3)]
    rect = RectLight(
        position_m=(0.0, 0.0, 3.0), rotation_wxyz=(1.0, 0.0, 0.0, 0.0), size_wh_m=(1.0, 1.0), intensity_cd=1e5
    )
    spot = SpotLight(position_m=(0.0, 0.0, 9.0), direction_xyz=(0.0, 0.0, -1.0), intensity_cd=1.0)
    night = lamps_of(scene_of(*lamps, rect, spot), 0.01)
    assert night.count == MAX_LAMPS
    assert night.values_n44[0, 1, 0] == pytest.approx(1e5)
    assert lamps_of(scene_of(*lamps, spot), 1e6).count == 0
    # Straight ahead of a camera at (0, 0, 1) that looks along z: in the middle of the picture, 4 m away.
    first = lamps_of(scene_of(lamps[0]), 0.0)
    assert first.pixels_n4[0] == pytest.approx((32.0, 24.0, 4.0 - 0.02 - 0.02, 1.0), abs=1e-5)
