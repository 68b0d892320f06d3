"""Rain and snow: numbers, sizes, lengths and widths by the laws, occlusion, one world for all cameras."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from synthvision.core.frames import Radiance
from synthvision.geometry.poses import look_at
from synthvision.gpu.context import open_context
from synthvision.gpu.targets import TargetPool
from synthvision.imaging.airlight_laws import RainLaw, SnowLaw, rain_fall_speed
from synthvision.imaging.precipitation import apply_precipitation, drawing
from synthvision.imaging.precipitation.particles import (
    MAX_PARTICLES,
    NEAREST_M,
    particles_in_view,
    reach_per_diameter,
)
from synthvision.imaging.tools import ImagingTools, upload_radiance
from synthvision.library.model import EnvironmentMap
from synthvision.library.reference import AssetRef
from synthvision.scene import Camera, Environment, Optics, PointLight, Rain, Scene, Snowfall, SunLight, Weather

WIDTH, HEIGHT, FOCAL = 160, 120, 150.0
SPEED_2MM = 9.65 - 10.3 * np.exp(-1.2)


class Skies:
    def load_environment(self, ref):
        return EnvironmentMap("test/even", np.ones((16, 32, 3), np.float32))


@pytest.fixture(scope="module")
def tools():
    context = open_context()
    yield ImagingTools(context, TargetPool(context), Skies())
    context.close()


def camera(position=(0.0, 0.0, 2.0), target=(0.0, 10.0, 2.0), size_wh=(WIDTH, HEIGHT), focal=FOCAL, **changes):
    camera = Camera(
        size_wh=size_wh,
        focal_xy_px=(focal, focal),
        centre_xy_px=(size_wh[0] / 2, size_wh[1] / 2),
        position_m=position,
        rotation_wxyz=tuple(float(value) for value in look_at(position, target)),
    )
    return replace(camera, **changes)


def rain(rate=50.0, **changes):
    return Weather(rain=Rain(rate_mm_h=rate), **changes)


def snow(rate=2.0, **changes):
    return Weather(snowfall=Snowfall(rate_mm_h=rate), **changes)


def scene_of(weather, radiance=1.0, **changes):
    sky = Environment(asset=AssetRef("test", "even"), illuminance_lux=float(np.pi * radiance))
    return Scene(**({"camera": camera(), "weather": weather, "environment": sky} | changes))


def fallen(tools, scene, background=0.0, depth=np.inf):
    """What precipitation makes of an even background: float64 (height, width), green."""
    tools.context.take()
    width, height = scene.camera.size_wh
    metres = np.broadcast_to(np.asarray(depth, np.float32), (height, width)).copy()
    light = np.full((height, width, 3), background, np.float32)
    radiance = Radiance(width, height, np.zeros((height, width), np.uint16), metres, rgb_hwc=light)
    picture = apply_precipitation(tools, upload_radiance(tools, scene, radiance))
    tools.context.check_errors("precipitation")
    pixels = np.frombuffer(picture.light.read(), np.float32).reshape(height, width, 4)
    return pixels[::-1, :, 1].astype(np.float64)


def one(monkeypatch, place, diameter, random=0.25):
    """Let a single particle be all there is; with 0.25 gusts and sway have no part along the picture's columns."""
    particle = np.array([[*place, diameter, random]], np.float32)
    monkeypatch.setattr(drawing, "particles_in_view", lambda *_: particle)


def kind_of(law):
    return "snow" if isinstance(law, SnowLaw) else "rain"


@pytest.mark.parametrize("law", [RainLaw(2.0), RainLaw(50.0), SnowLaw(2.0)])
def test_numbers_and_sizes_follow_the_law(law):
    cam = camera(size_wh=(640, 480), focal=500.0)
    kind = kind_of(law)
    reach = reach_per_diameter(law, kind, cam)
    found = np.concatenate([particles_in_view(law, kind, seed, cam) for seed in range(4)])
    at = found[:, :3] @ cam.camera_from_world[:3, :3].T.astype(np.float32)
    x, y = 320 + 500 * at[:, 0] / at[:, 2], 240 + 500 * at[:, 1] / at[:, 2]
    seen = found[(x > 0) & (x < 640) & (y > 0) & (y < 480)]
    edges = np.geomspace(*law.diameters_m, 9)
    counted = np.histogram(seen[:, 3], edges)[0]
    for number, (low, high) in enumerate(pairwise(edges)):
        d = np.linspace(low, high, 400)
        volume = 640 * 480 / 500**2 / 3 * np.maximum((reach * d) ** 3 - NEAREST_M**3, 0.0)
        expected = 4 * np.trapezoid(law.n0_per_m4 * np.exp(-law.slope_per_m * d) * volume, d)
        assert abs(counted[number] - expected) < 5 * np.sqrt(expected) + 1


def test_rain_law_gives_about_the_rate_that_it_stands_for():
    """Water that falls through a level square metre: the law of sizes and that of speeds, together, in mm/h."""
    for rate in (5.0, 25.0, 100.0):
        law, d = RainLaw(rate), np.linspace(1e-4, 8e-3, 4000)
        numbers = law.n0_per_m4 * np.exp(-law.slope_per_m * d)
        flux = np.trapezoid(numbers * np.pi / 6 * d**3 * rain_fall_speed(d), d)
        assert flux * 3.6e6 == pytest.approx(rate, rel=0.25)


def test_snow_law_keeps_the_rate_whatever_the_speed():
    for speed in (0.5, 1.0, 2.0):
        law, d = SnowLaw(1.5, speed), np.linspace(0, 0.08, 8000)
        numbers = law.n0_per_m4 * np.exp(-law.slope_per_m * d)
        # Flakes hold a tenth of water.
        flux = np.trapezoid(numbers * np.pi / 6 * d**3 * 0.1 * speed, d)
        assert flux * 3.6e6 == pytest.approx(1.5, rel=0.05)


@pytest.mark.parametrize("law", [RainLaw(100.0), SnowLaw(6.0)])
def test_the_number_of_particles_is_bounded(law):
    large, kind = camera(size_wh=(1920, 1080), focal=1500.0), kind_of(law)
    assert reach_per_diameter(law, kind, large) < 1500 / law.least_width_px
    # Some more lie beside the picture, whose streaks reach into it.
    most = MAX_PARTICLES[kind]
    assert 0.8 * most < len(particles_in_view(law, kind, 0, large)) < 1.3 * most


def test_heavy_snow_is_drawn_as_flakes_as_far_as_they_are_wide_enough():
    for size_wh, focal in (((640, 480), 530.0), ((1280, 720), 1000.0)):
        cam = camera(size_wh=size_wh, focal=focal)
        assert reach_per_diameter(SnowLaw(4.0), "snow", cam) == pytest.approx(focal / 0.7)
        assert reach_per_diameter(RainLaw(1.0), "rain", cam) == pytest.approx(focal / 0.45)
        found = particles_in_view(SnowLaw(4.0), "snow", 0, cam)
        width_px = focal * found[:, 3] / (found[:, :3] @ cam.world_from_camera[:3, 2])
        assert 0.7 <= width_px.min() < 0.71
        # Flakes of a centimetre, which come in heavy snow, are seen ten metres off.
        assert np.linalg.norm(found[:, :3], axis=1).max() > 10.0


def test_a_point_shows_the_same_flake_as_a_strip(tools, monkeypatch):
    for weather, place, diameter in ((snow(), (0.02, 1.5, 0.01), 0.005), (rain(), (0.03, 3.0, 0.02), 0.003)):
        one(monkeypatch, place, diameter)
        cam = camera(focal=600.0, optics=Optics(exposure_time_s=0.001))
        pictures = []
        for largest in (0.0, 100.0):
            monkeypatch.setattr(drawing, "_LARGEST_POINT_PX", largest)
            pictures.append(fallen(tools, scene_of(weather, camera=cam)))
        assert pictures[0].max() > 0.01
        np.testing.assert_allclose(pictures[0], pictures[1], atol=1e-6)


def test_drops_stop_as_much_light_as_their_shadows(tools):
    """On black, under a sky of radiance 1, the mean of the picture is the sum of the drops' cross sections."""
    law = RainLaw(100.0)
    d = np.linspace(*law.diameters_m, 2000)
    path = np.maximum(reach_per_diameter(law, "rain", camera()) * d - NEAREST_M, 0.0)
    expected = np.trapezoid(law.n0_per_m4 * np.exp(-law.slope_per_m * d) * np.pi / 4 * d**2 * path, d)
    means = [fallen(tools, scene_of(rain(100.0, seed=seed))).mean() for seed in range(12)]
    assert np.mean(means) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("depth", "exposure"), [(1.0, 0.004), (2.0, 0.01), (0.5, 0.002)])
def test_streaks_are_as_long_and_wide_as_the_laws_say(tools, monkeypatch, depth, exposure):
    focal, diameter = 600.0, 0.002
    cam = camera(focal=focal, optics=Optics(exposure_time_s=exposure))
    # Its middle falls on a pixel's centre.
    one(monkeypatch, (0.5 * depth / focal, depth, 0.0), diameter, random=0.0)
    seen = fallen(tools, scene_of(rain(), camera=cam))
    length, width = focal * SPEED_2MM * exposure / depth, focal * diameter / depth
    area = np.pi / 4 * width**2
    assert seen.sum() == pytest.approx(area, rel=0.06)
    column = seen.max(axis=1)
    inside = (column > 0.5 * column.max()).sum()
    assert inside == pytest.approx(length + width, abs=1.6)
    across = seen[HEIGHT // 2]
    # The drop covers a point of its way for tau of the exposure T (Garg and Nayar): tau / T = D / (v T) for its middle.
    assert across.sum() / across.max() == pytest.approx(max(width, 1.0), rel=0.15)
    if width > 1.5:
        assert across.max() == pytest.approx(np.pi / 4 * diameter / (SPEED_2MM * exposure), rel=0.25)
    assert across.argmax() == WIDTH // 2


def slope_of(seen):
    rows, columns = np.mgrid[: seen.shape[0], : seen.shape[1]]
    total = seen.sum()
    x, y = (seen * columns).sum() / total, (seen * rows).sum() / total
    return (seen * (columns - x) * (rows - y)).sum() / (seen * (rows - y) ** 2).sum()


def test_wind_and_the_camera_s_own_way_slant_streaks(tools, monkeypatch):
    one(monkeypatch, (0.0, 1.0, 0.0), 0.002, random=0.0)
    optics = Optics(exposure_time_s=0.004)
    calm = slope_of(fallen(tools, scene_of(rain(), camera=camera(focal=600.0, optics=optics))))
    windy = slope_of(fallen(tools, scene_of(rain(wind_m_s=(3.0, 0.0)), camera=camera(focal=600.0, optics=optics))))
    moving = camera(focal=600.0, optics=optics, velocity_m_s=(-3.0, 0.0, 0.0))
    moved = slope_of(fallen(tools, scene_of(rain(), camera=moving)))
    assert calm == pytest.approx(0.0, abs=0.01)
    assert windy == pytest.approx(3 / SPEED_2MM, rel=0.03)
    assert moved == pytest.approx(windy, rel=0.01)


def test_a_turn_of_the_camera_moves_drops_across(tools, monkeypatch):
    one(monkeypatch, (0.0, 1.0, 0.0), 0.002, random=0.0)
    turning = camera(focal=600.0, optics=Optics(exposure_time_s=0.004), angular_velocity_rad_s=(0.0, 0.0, 2.0))
    # Turning left at 2 rad/s lets what is 1 m ahead go right at 2 m/s.
    assert slope_of(fallen(tools, scene_of(rain(), camera=turning))) == pytest.approx(2 / SPEED_2MM, rel=0.03)


def test_nearer_things_hide_drops_and_farther_ones_do_not(tools, monkeypatch):
    one(monkeypatch, (0.0, 1.0, 0.0), 0.004)
    scene = scene_of(rain())
    free = fallen(tools, scene)
    assert free.max() > 0
    assert (fallen(tools, scene, depth=1.5) == free).all()
    assert (fallen(tools, scene, depth=0.9) == 0).all()
    half = np.full((HEIGHT, WIDTH), 5.0)
    half[: HEIGHT // 2] = 0.9
    seen = fallen(tools, scene, depth=half)
    assert (seen[: HEIGHT // 2] == 0).all()
    assert (seen[HEIGHT // 2 :] == free[HEIGHT // 2 :]).all()


def test_a_near_wall_leaves_less_of_the_weather(tools):
    for weather in (rain(100.0), snow(2.0)):
        means = [fallen(tools, scene_of(weather), depth=wall).mean() for wall in (0.1, 0.3, 0.6, np.inf)]
        assert means[0] == 0
        assert (np.diff(means) > 0).all()


def test_drops_are_bright_before_dark_and_dark_before_bright(tools):
    assert fallen(tools, scene_of(rain(100.0)), background=0.2).max() > 0.23
    assert fallen(tools, scene_of(rain(100.0)), background=3.0).min() < 2.95


def test_no_weather_gives_back_the_same_picture(tools):
    tools.context.take()
    depth = np.full((HEIGHT, WIDTH), np.inf, np.float32)
    light = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    radiance = Radiance(WIDTH, HEIGHT, np.zeros((HEIGHT, WIDTH), np.uint16), depth, rgb_hwc=light)
    for weather in (None, Weather(), rain(0.0), snow(0.0)):
        picture = upload_radiance(tools, scene_of(weather), radiance)
        assert apply_precipitation(tools, picture) is picture


def test_the_same_seed_gives_the_same_picture_and_another_one_another(tools):
    for weather in (rain, snow):
        first = fallen(tools, scene_of(weather(seed=1)))
        assert (first == fallen(tools, scene_of(weather(seed=1)))).all()
        assert (first != fallen(tools, scene_of(weather(seed=2)))).any()


def world_set(particles, cam):
    return {tuple(row) for row in np.round(particles[:, :3].astype(np.float64) + cam.position_m, 4)}


def test_all_cameras_see_the_same_drops():
    law = RainLaw(200.0)
    left, right = camera(), camera((0.06, 0.0, 2.0), (0.06, 10.0, 2.0))
    first, second = (particles_in_view(law, "rain", 5, cam) for cam in (left, right))
    shared = world_set(first, left) & world_set(second, right)
    assert len(shared) > 0.8 * len(first)
    # Two views of a cube: what the first one draws beside its picture and the second one shows is the same.
    ahead = camera(size_wh=(800, 800), focal=400.0, optics=Optics(exposure_time_s=0.05))
    beside = camera(target=(10.0, 0.0, 2.0), size_wh=(800, 800), focal=400.0, optics=Optics(exposure_time_s=0.05))
    drawn = particles_in_view(law, "rain", 5, ahead)
    reach = reach_per_diameter(law, "rain", beside)
    x, y, z, diameter = drawn[:, :4].T
    shown = (x > 1.01 * NEAREST_M) & (x < 0.99 * reach * diameter) & (np.abs(y) < x) & (np.abs(z) < x)
    assert shown.sum() > 20
    assert world_set(drawn[shown], ahead) <= world_set(particles_in_view(law, "rain", 5, beside), beside)


def test_flakes_out_of_focus_are_wide_and_faint(tools, monkeypatch):
    one(monkeypatch, (0.0, 0.4, 0.0), 0.004)
    sharp = fallen(tools, scene_of(snow(), camera=camera(optics=Optics(exposure_time_s=1e-4))))
    optics = Optics(exposure_time_s=1e-4, aperture_m=0.02, focus_m=5.0)
    soft = fallen(tools, scene_of(snow(), camera=camera(optics=optics)))
    blur = 0.02 * FOCAL * (1 / 0.4 - 1 / 5)
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.1)
    assert (soft > 0.5 * soft.max()).sum() == pytest.approx(np.pi / 4 * blur**2, rel=0.3)
    assert soft.max() < 0.5 * sharp.max()


def test_lamps_and_suns_light_drops_at_night(tools):
    dark = scene_of(rain(100.0), environment=None)
    assert (fallen(tools, dark) == 0).all()
    lamp = PointLight(position_m=(0.0, 3.0, 3.0), intensity_cd=100.0)
    lit = fallen(tools, replace(dark, lights=(lamp,)))
    assert lit.max() > 0.01
    ahead = SunLight(direction_xyz=(0.0, 1.0, 0.0), illuminance_lux=100.0)
    behind = SunLight(direction_xyz=(0.0, -1.0, 0.0), illuminance_lux=100.0)
    backlit, frontlit = (fallen(tools, replace(dark, lights=(sun,))).mean() for sun in (ahead, behind))
    assert backlit > 5 * frontlit > 0
