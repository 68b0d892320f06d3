"""Environment maps: finite light from the right direction, after the published formulas."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, Number
from synthvision.library.procedural.skies import sky_assets, sun_direction
from synthvision.library.procedural.skies.box_world import (
    CEILING,
    EAST,
    FLOOR,
    NORTH,
    SOUTH,
    WEST,
    Box,
    BoxWorld,
    Panel,
)
from synthvision.library.procedural.skies.directions import (
    LUMINANCE_RGB,
    add_disc,
    blackbody_rgb,
    direction_grid,
    environment_map,
    horizontal_illuminance,
    lamp_rgb,
    pixel_of_direction,
    rgb_from_xyy,
)
from synthvision.library.procedural.skies.preetham import clear_sky_rgb, sun_illuminance_rgb, zenith_luminance

ASSETS = {asset.name: asset for asset in sky_assets()}
HEIGHT, WIDTH = 512, 1024


def default_params(asset):
    return {name: parameter.default for name, parameter in asset.parameters.items()}


def drawn_params(asset, number):
    """A draw in which every value of every choice comes up as `number` goes on."""
    rng = rng_for(number, 0, asset.name)
    params = {}
    for place, (name, parameter) in enumerate(asset.parameters.items()):
        match parameter:
            case Choice(values=values):
                params[name] = values[(number * (1 + place % 2) + place) % len(values)]
            case Integer(low=low, high=high):
                params[name] = int(rng.integers(low, high + 1))
            case Number(low=low, high=high):
                params[name] = float(rng.uniform(low, high))
    return params


# What a sky needs for all of its parameters to matter: the moon does not by day.
CIRCUMSTANCES = {"sky_dome": ({"cover": 1.0, "whiteness": 0.5}, {"sun_elevation_deg": -40.0})}


class Recorder(Mapping):
    """A mapping that knows which of its keys were read."""

    def __init__(self, values):
        self.values_by_name, self.read = values, set()

    def __getitem__(self, name):
        self.read.add(name)
        return self.values_by_name[name]

    def __iter__(self):
        return iter(self.values_by_name)

    def __len__(self):
        return len(self.values_by_name)


def luminance_of(environment):
    return environment.radiance_hwc @ LUMINANCE_RGB


def brightest(luminance):
    row, column = np.unravel_index(int(np.argmax(luminance)), luminance.shape)
    return row + 0.5, column + 0.5


class TestEverySky:
    @pytest.mark.parametrize("number", range(10))
    @pytest.mark.parametrize("name", ASSETS)
    def test_draws(self, name, number):
        environment = ASSETS[name].build(drawn_params(ASSETS[name], number))
        assert isinstance(environment, EnvironmentMap)
        radiance = environment.radiance_hwc
        assert radiance.shape == (HEIGHT, WIDTH, 3)
        assert radiance.dtype == np.float32
        assert np.isfinite(radiance).all()
        assert radiance.min() >= 0
        luminance = luminance_of(environment)
        assert horizontal_illuminance(radiance) > 0.01  # something lights the scene from above
        assert luminance[HEIGHT // 2 :].mean() > 0  # and the ground sends light back
        # The seam in the south is no sharper than the sharpest place elsewhere.
        steps = np.abs(np.diff(np.log(luminance + 1e-3), axis=1)).mean(axis=0)
        seam = np.abs(np.log(luminance[:, 0] + 1e-3) - np.log(luminance[:, -1] + 1e-3)).mean()
        assert seam < 1.2 * steps.max()

    @pytest.mark.parametrize("name", ASSETS)
    def test_reads_what_it_declares_and_every_parameter_matters(self, name):
        asset = ASSETS[name]
        read, mattered = set(), set()
        for changes in CIRCUMSTANCES.get(name, ({},)):
            params = Recorder({**default_params(asset), **changes})
            first = asset.build(params)
            read |= params.read
            assert asset.build({**default_params(asset), **changes}).key == first.key
            for key, parameter in asset.parameters.items():
                match parameter:
                    case Choice(values=values):
                        other = next(value for value in values if value != params.values_by_name[key])
                    case Integer(high=high) | Number(high=high):
                        other = high
                if asset.build({**params.values_by_name, key: other}).key != first.key:
                    mattered.add(key)
        assert read == mattered == set(asset.parameters)

    def test_names_are_unique_and_described(self):
        assert len(ASSETS) == len(sky_assets())
        for asset in sky_assets():
            assert asset.kind == asset.category == "environment"
            assert asset.description.endswith(".")
            assert {"indoor", "outdoor"} & set(asset.tags)

    @pytest.mark.parametrize("name", ["studio", "room", "warehouse"])
    def test_rooms_hold_more_than_a_gradient(self, name):
        """A reflection has to show a place: much of the light changes over a few degrees."""
        luminance = luminance_of(ASSETS[name].build(default_params(ASSETS[name])))
        detail = np.log(luminance[40:-40] + 1e-4)
        blocks = detail[: detail.shape[0] // 36 * 36].reshape(-1, 36, WIDTH // 32, 32)
        assert np.median(blocks.std(axis=(1, 3))) > 0.03
        assert luminance.max() > 8 * np.median(luminance)


class TestDirections:
    def test_axes_of_the_map(self):
        grid = direction_grid(256)
        middle = np.s_[127:129, 255:257]
        assert grid.y[middle].mean() > 0.999
        assert grid.x[127:129, 383:385].mean() > 0.999  # a quarter turn clockwise from +Y is +X
        assert grid.z[0].min() > 0.999
        length = grid.x**2 + grid.y**2 + grid.z**2
        np.testing.assert_allclose(length, 1, atol=1e-5)
        assert float(grid.solid_angle.sum()) * 512 == pytest.approx(4 * math.pi, rel=1e-4)

    @pytest.mark.parametrize("row", [3, 100, 200, 250])
    @pytest.mark.parametrize("column", [0, 17, 256, 511])
    def test_pixel_of_direction_undoes_the_grid(self, row, column):
        grid = direction_grid(256)
        direction = tuple(float(axis[row, column]) for axis in (grid.x, grid.y, grid.z))
        assert pixel_of_direction(direction, 256) == pytest.approx((row + 0.5, column + 0.5), abs=0.02)

    @pytest.mark.parametrize("radius_rad", [0.0002, 0.0047, 0.03])
    @pytest.mark.parametrize("elevation_deg", [0.0, 35.0, 70.0])
    def test_a_disc_has_the_light_it_should(self, radius_rad, elevation_deg):
        radiance = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        add_disc(radiance, sun_direction(elevation_deg, 178.0), radius_rad, (5.0, 5.0, 5.0))
        total = float((radiance[..., 0] * direction_grid().solid_angle).sum())
        assert total == pytest.approx(5.0 * math.pi * radius_rad**2, rel=0.01)

    def test_uniform_sky_gives_pi(self):
        assert horizontal_illuminance(np.ones((256, 512, 3), np.float32)) == pytest.approx(math.pi, rel=1e-3)

    def test_negative_light_is_cut_and_keys_follow_content(self):
        radiance = np.full((4, 8, 3), -1.0, np.float32)
        radiance[0, 0] = 2.0
        environment = environment_map(radiance)
        assert environment.radiance_hwc.min() == 0
        assert environment.key == environment_map(radiance.copy()).key
        radiance[0, 0, 0] = 3.0
        assert environment.key != environment_map(radiance).key

    def test_colours_of_black_bodies(self):
        for kelvin in (2000.0, 3000.0, 5000.0, 9000.0):
            assert float(blackbody_rgb(kelvin) @ LUMINANCE_RGB) == pytest.approx(1.0, abs=1e-4)
        np.testing.assert_allclose(blackbody_rgb(6504.0), 1.0, atol=0.06)  # close to the white of sRGB
        ratios = [
            float(blackbody_rgb(kelvin)[0] / max(blackbody_rgb(kelvin)[2], 1e-3)) for kelvin in (2500, 4000, 8000)
        ]
        assert ratios[0] > ratios[1] > ratios[2]
        np.testing.assert_allclose(lamp_rgb(4800.0), 1.0, atol=1e-4)

    def test_xyy_keeps_luminance(self):
        value = (
            np.full((2, 2), 0.3127, np.float32),
            np.full((2, 2), 0.3290, np.float32),
            np.full((2, 2), 4.0, np.float32),
        )
        np.testing.assert_allclose(rgb_from_xyy(*value), 4.0, rtol=2e-3)


class TestPreetham:
    @pytest.mark.parametrize(
        ("turbidity", "sun_zenith_deg", "expected"),
        # Yz = (4.0453 T - 4.9710) tan((4/9 - T/120)(pi - 2 theta)) - 0.2155 T + 2.4192, worked out by hand.
        [(2.0, 45.0, 4.469642), (3.0, 60.0, 5.139156), (6.0, 30.0, 22.066708)],
    )
    def test_zenith(self, turbidity, sun_zenith_deg, expected):
        elevation = math.radians(90 - sun_zenith_deg)
        assert zenith_luminance(turbidity, elevation) == pytest.approx(expected, rel=1e-4)
        up = np.ones((1, 1), np.float32)
        rgb = clear_sky_rgb(0 * up, 0 * up, up, sun_direction(90 - sun_zenith_deg, 20.0), turbidity)
        assert float(rgb[0, 0] @ LUMINANCE_RGB) == pytest.approx(expected, rel=1e-3)

    def test_the_map_has_it_overhead(self):
        params = {**default_params(ASSETS["clear_sky"]), "turbidity": 3.0, "sun_elevation_deg": 30.0}
        luminance = luminance_of(ASSETS["clear_sky"].build(params))
        assert float(luminance[0].mean()) == pytest.approx(5.139156, rel=0.02)

    def test_blue_above_and_brightest_round_the_sun(self):
        params = {**default_params(ASSETS["clear_sky"]), "sun_azimuth_deg": 90.0, "horizon": "open"}
        environment = ASSETS["clear_sky"].build(params)
        red, _, blue = environment.radiance_hwc[20].mean(axis=0)
        assert blue > 1.4 * red
        row, column = brightest(luminance_of(environment)[: HEIGHT // 2 - 40])
        expected = pixel_of_direction(sun_direction(params["sun_elevation_deg"], 90.0))
        assert math.dist((row, column), expected) < 2

    @pytest.mark.parametrize(
        ("elevation_deg", "azimuth_deg"), [(20.0, 0.0), (40.0, 90.0), (55.0, -135.0), (30.0, 179.0)]
    )
    def test_the_disc_stands_where_the_sun_light_comes_from(self, elevation_deg, azimuth_deg):
        params = default_params(ASSETS["clear_sky"])
        params |= {"sun_disc": "with", "sun_elevation_deg": elevation_deg, "sun_azimuth_deg": azimuth_deg}
        environment = ASSETS["clear_sky"].build(params)
        grid = direction_grid()
        row, column = np.unravel_index(int(np.argmax(luminance_of(environment))), (HEIGHT, WIDTH))
        seen = np.array([float(axis[row, column]) for axis in (grid.x, grid.y, grid.z)])
        assert float(seen @ sun_direction(elevation_deg, azimuth_deg)) > math.cos(math.radians(0.4))
        without = ASSETS["clear_sky"].build({**params, "sun_disc": "without"})
        difference = luminance_of(environment) - luminance_of(without)
        total = float((difference * direction_grid().solid_angle).sum(dtype=np.float64))
        expected = float(sun_illuminance_rgb(math.radians(elevation_deg), params["turbidity"]) @ LUMINANCE_RGB)
        assert total == pytest.approx(expected, rel=0.02)

    def test_the_sun_weakens_and_reddens_as_it_sinks(self):
        high, low = (sun_illuminance_rgb(math.radians(angle), 3.0) for angle in (60.0, 5.0))
        assert 70.0 < float(high @ LUMINANCE_RGB) < 115.0  # kilolux
        assert float(low @ LUMINANCE_RGB) < 0.35 * float(high @ LUMINANCE_RGB)
        assert low[0] / low[2] > 2 * high[0] / high[2]


class TestOpenAir:
    def test_overcast_follows_the_cie(self):
        params = {**default_params(ASSETS["overcast"]), "contrast": 0.0, "horizon": "open"}
        luminance = luminance_of(ASSETS["overcast"].build(params))
        above = np.s_[: HEIGHT // 2 - 60]
        zenith = luminance[0].mean()
        expected = zenith * (1 + 2 * direction_grid().z[above]) / 3
        np.testing.assert_allclose(luminance[above], expected, rtol=0.005)

    def test_evening_is_warm_under_the_sun_alone(self):
        params = {**default_params(ASSETS["evening"]), "sun_azimuth_deg": -90.0, "horizon": "open", "cover": 0.1}
        radiance = ASSETS["evening"].build(params).radiance_hwc
        band = np.s_[HEIGHT // 2 - 40 : HEIGHT // 2 - 20]
        towards, opposite = radiance[band, 216:296].mean(axis=(0, 1)), radiance[band, 728:808].mean(axis=(0, 1))
        assert (towards @ LUMINANCE_RGB) > 2 * (opposite @ LUMINANCE_RGB)
        assert towards[0] / towards[2] > 1.5 * opposite[0] / opposite[2]

    @pytest.mark.parametrize("cover", [0.2, 0.7])
    def test_cloud_cover_is_what_was_asked(self, cover):
        params = {**default_params(ASSETS["cloudy_sky"]), "cover": cover, "horizon": "open"}
        cloudy = ASSETS["cloudy_sky"].build(params).radiance_hwc
        clear = ASSETS["clear_sky"].build({**params, "sun_disc": "without"} | {"horizon": "open"}).radiance_hwc
        above = np.s_[: HEIGHT // 2 - 60]
        covered = np.abs(cloudy[above] - clear[above]).max(axis=2) > 0.08 * clear[above].max(axis=2)
        assert abs(covered.mean() - cover) < 0.25


class TestBoxWorld:
    @pytest.mark.parametrize(
        ("face", "place_m", "direction"),
        [
            (EAST, (1.0, 2.5), (2.0, -1.0, 1.0)),
            (WEST, (3.0, 0.5), (-2.0, 1.0, -1.0)),
            (NORTH, (3.0, 2.0), (1.0, 2.0, 0.5)),
            (SOUTH, (0.5, 1.0), (-1.5, -2.0, -0.5)),
            (CEILING, (3.0, 3.0), (1.0, 1.0, 1.5)),
            (FLOOR, (1.0, 3.0), (-1.0, 1.0, -1.5)),
        ],
    )
    def test_what_is_painted_is_seen_in_its_direction(self, face, place_m, direction):
        world = BoxWorld((4.0, 4.0, 3.0), (2.0, 2.0, 1.5), texels=200)
        u, v = place_m
        world.rectangle(face, (u - 0.08, v - 0.08, u + 0.08, v + 0.08), (0.1, 0.1, 0.1), (50.0, 50.0, 50.0))
        luminance = world.render((0.1, 0.1, 0.1)) @ LUMINANCE_RGB
        rows, columns = np.nonzero(luminance > 20)
        expected = pixel_of_direction(tuple(np.array(direction) / np.linalg.norm(direction)))
        assert math.dist((rows.mean() + 0.5, columns.mean() + 0.5), expected) < 3

    def test_a_panel_lights_the_wall_before_it_as_geometry_says(self):
        """E = L A / d2 straight ahead; the wall sends albedo E / pi back."""
        world = BoxWorld((4.0, 4.0, 3.0), (2.0, 2.0, 1.5))
        world.panels.append(Panel((2.0, 1.0, 1.5), (0.1, 0.0, 0.0), (0.0, 0.0, 0.1), (30.0, 30.0, 30.0)))
        radiance = world.render((0.0, 0.0, 0.0))
        facing = -np.sign(np.cross((0.1, 0, 0), (0, 0, 0.1))[1])
        expected = 0.5 * 30.0 * 0.04 / 1.0**2 / math.pi
        wall = (SOUTH, NORTH)[int(facing < 0)]
        row, column = pixel_of_direction((0.0, 1.0 if wall == NORTH else -1.0, 0.0))
        seen = radiance[int(row) - 2 : int(row) + 2, np.arange(int(column) - 2, int(column) + 2) % WIDTH, 1].mean()
        distance = 3.0 if wall == NORTH else 1.0
        assert seen == pytest.approx(expected / distance**2, rel=0.05)
        behind = radiance[int(row), int(column + WIDTH / 2) % WIDTH, 1]
        assert behind < 0.2 * seen

    def test_a_box_hides_the_wall_and_crosses_the_seam(self):
        world = BoxWorld((4.0, 4.0, 3.0), (2.0, 2.0, 1.5))
        for face in (NORTH, SOUTH, EAST, WEST):
            world.paint(face, (0.0, 0.0, 0.0))
        world.boxes.append(Box((1.7, 0.5, 1.2), (2.3, 1.0, 1.8), (0.9, 0.1, 0.1)))
        radiance = world.render((1.0, 1.0, 1.0))
        half_width = math.atan2(0.3, 1.0) / (2 * math.pi) * WIDTH
        middle = radiance[HEIGHT // 2]
        for column in (0, WIDTH - 1, int(half_width) - 4, WIDTH - int(half_width) + 4):
            assert middle[column, 0] > 5 * middle[column, 2] > 0
        for column in (int(half_width) + 4, WIDTH - int(half_width) - 4, WIDTH // 2):
            assert middle[column, 0] < 0.01

    def test_nearer_boxes_win_in_any_order(self):
        near, far = (
            Box((1.8, 2.8, 1.3), (2.2, 3.0, 1.7), (0.9, 0.0, 0.0)),
            Box((1.0, 3.2, 0.5), (3.0, 3.5, 2.5), (0.0, 0.9, 0.0)),
        )
        pictures = []
        for boxes in ([near, far], [far, near]):
            world = BoxWorld((4.0, 4.0, 3.0), (2.0, 2.0, 1.5), boxes=list(boxes))
            pictures.append(world.render((1.0, 1.0, 1.0)))
        np.testing.assert_array_equal(*pictures)
        centre = pictures[0][HEIGHT // 2, WIDTH // 2]
        assert centre[0] > 0.3
        assert centre[1] < 0.05

    def test_hanging_panels_shine_to_one_side(self):
        for sign, shines in ((-1.0, True), (1.0, False)):
            world = BoxWorld((4.0, 4.0, 3.0), (2.0, 2.0, 1.5))
            panel = Panel((2.0, 3.5, 1.5), (-sign * 0.4, 0.0, 0.0), (0.0, 0.0, 0.4), (9.0, 9.0, 9.0), floating=True)
            world.panels.append(panel)
            seen = world.render((0.1, 0.1, 0.1))[HEIGHT // 2, WIDTH // 2, 0]
            expected = np.cross(panel.right_xyz, panel.up_xyz)[1] < 0
            assert (seen > 8) == expected == shines


_PRINT_KEYS = """
import cv2
cv2.setNumThreads(1)
from synthvision.library.procedural.skies import sky_assets
for asset in sky_assets():
    print(asset.build({name: parameter.default for name, parameter in asset.parameters.items()}).key)
"""


def test_the_same_pixels_in_a_fresh_process_on_one_thread():
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "99"}
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT_KEYS], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()
    assert printed == [asset.build(default_params(asset)).key for asset in sky_assets()]
