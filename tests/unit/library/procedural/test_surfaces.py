"""Surfaces: seamless, physically possible, in glTF's conventions, the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest

from synthvision.core.id_colours import linear_from_srgb8
from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Colour, Integer, Number
from synthvision.library.procedural.noise import normal_map
from synthvision.library.procedural.surfaces import layouts, surface_assets
from synthvision.library.procedural.surfaces.maps import cached_maps
from synthvision.library.procedural.surfaces.strokes import StrokeCanvas

ASSETS = {asset.name: asset for asset in surface_assets()}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
DRAWS = 10


def default_params(asset):
    return {
        name: list(parameter.palette[0]) if isinstance(parameter, Colour) else parameter.default
        for name, parameter in asset.parameters.items()
    }


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
            case Colour(palette=palette):
                params[name] = list(palette[number % len(palette)])
    return params


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


def seam_ratio(image_hwc, axis):
    """Step over the seam, over the largest of the steps inside: at most about 1 where an image repeats."""
    # A quarter of the lines is enough to see a seam.
    values = (image_hwc[:, ::4] if axis == 0 else image_hwc[::4]).astype(np.float32)
    others = tuple(other for other in range(3) if other != axis)
    steps = np.sqrt(np.mean(np.diff(values, axis=axis) ** 2, axis=others))
    seam = np.sqrt(np.mean((np.take(values, 0, axis) - np.take(values, -1, axis)) ** 2))
    return seam / (steps.max() + 0.5)


def albedo_of(material, step=2):
    return linear_from_srgb8(material.base_colour_map.pixels_hwc[::step, ::step]) * np.array(material.base_colour[:3])


@pytest.fixture(autouse=True)
def _no_cached_surfaces():
    cached_maps.cache_clear()
    yield
    cached_maps.cache_clear()


class TestEverySurface:
    @pytest.mark.parametrize("number", range(DRAWS))
    @pytest.mark.parametrize("name", ASSETS)
    def test_draws(self, name, number):
        asset = ASSETS[name]
        material = asset.build(drawn_params(asset, number))
        assert isinstance(material, Material)
        assert material.base_colour_map.is_srgb
        assert 0.2 <= material.tile_m <= 3.0
        assert material.occlusion_map.key == material.metallic_roughness_map.key
        for texture in (material.base_colour_map, material.metallic_roughness_map, material.normal_map):
            assert texture.pixels_hwc.shape == (1024, 1024, 3)
            assert texture.wrap_uv == ("repeat", "repeat")
            for axis in (0, 1):
                assert seam_ratio(texture.pixels_hwc, axis) < 1.25
        assert not material.metallic_roughness_map.is_srgb
        assert not material.normal_map.is_srgb

        normals = material.normal_map.pixels_hwc[::3, ::3].astype(np.float64) / 255 * 2 - 1
        np.testing.assert_allclose(np.linalg.norm(normals, axis=2), 1, atol=0.012)
        assert normals[..., 2].min() > 0
        assert np.abs(normals.mean(axis=(0, 1))[:2]).max() < 0.01

        albedo = albedo_of(material, step=3)
        assert 0.015 <= (albedo @ LUMINANCE).mean() <= 0.85
        assert (albedo > 0.93).mean() == 0
        assert (albedo @ LUMINANCE).std() > 0.001  # nothing is one flat colour
        roughness = material.metallic_roughness_map.pixels_hwc[..., 1] / 255 * material.roughness
        assert roughness.min() > 0.02
        assert roughness.max() <= 1
        metal = material.metallic_roughness_map.pixels_hwc[..., 2]
        assert (metal == 255).all() if asset.category == "metal" else (metal == 0).all()

    @pytest.mark.parametrize("name", ASSETS)
    def test_uses_what_it_declares(self, name):
        asset = ASSETS[name]
        params = Recorder(default_params(asset))
        asset.build(params)
        assert params.read == set(asset.parameters)

    @pytest.mark.parametrize("name", ASSETS)
    def test_every_parameter_changes_the_material_and_repeats_exactly(self, name):
        asset = ASSETS[name]
        params = default_params(asset)

        def identity(values):
            cached_maps.cache_clear()
            material = asset.build(values)
            maps = (material.base_colour_map, material.metallic_roughness_map, material.normal_map)
            return (*(one.key for one in maps), material.base_colour, material.roughness, material.tile_m)

        first = identity(params)
        assert identity(dict(params)) == first
        for key, parameter in asset.parameters.items():
            match parameter:
                case Choice(values=values):
                    other = next(value for value in values if value != params[key])
                case Integer(low=low, high=high) | Number(low=low, high=high):
                    other = high if params[key] != high else low
                case Colour(palette=palette):
                    other = list(palette[1])
            assert identity({**params, key: other}) != first, key

    def test_names_are_unique_and_described(self):
        assert len(ASSETS) == len(surface_assets())
        assert all(asset.kind == "material" and asset.description.endswith(".") for asset in surface_assets())
        floors = [asset.name for asset in surface_assets() if asset.category == "floor"]
        assert {"wood_floor", "tile_floor", "concrete_floor", "cloth", "asphalt", "grass"} <= set(floors)

    def test_the_seam_measure_sees_a_cut_texture(self):
        pixels = ASSETS["tile_floor"].build(default_params(ASSETS["tile_floor"])).base_colour_map.pixels_hwc
        rising = np.clip(pixels.astype(np.float32) * np.linspace(0.6, 1.4, 1024)[:, None, None], 0, 255)
        assert seam_ratio(rising, 0) > 2

    def test_drawn_again_only_where_maps_change(self):
        asset = ASSETS["cardboard"]
        params = default_params(asset)
        assert asset.build(params).base_colour_map is asset.build(params).base_colour_map


class TestAlbedo:
    @pytest.mark.parametrize(
        ("name", "params", "low", "high"),
        [
            ("asphalt", {"condition": "fresh"}, 0.035, 0.075),
            ("asphalt", {"condition": "worn"}, 0.06, 0.15),
            ("concrete_floor", {"colour": "dark"}, 0.14, 0.26),
            ("concrete_floor", {"colour": "light"}, 0.38, 0.55),
            ("grass", {"kind": "lawn"}, 0.05, 0.18),
            ("grass", {"kind": "dry"}, 0.10, 0.25),
            ("earth", {"kind": "sand"}, 0.20, 0.42),
            ("wood_floor", {"species": "smoked"}, 0.04, 0.13),
            ("wood_floor", {"species": "maple"}, 0.30, 0.55),
            ("stone_floor", {"stone": "marble_white"}, 0.55, 0.75),
            ("table_wood", {"species": "stained_oak"}, 0.03, 0.15),
            ("table_wood", {"species": "pine"}, 0.25, 0.50),
            ("carpet", {"pile": "saxony", "colour": "beige"}, 0.10, 0.30),
        ],
    )
    def test_reflects_as_much_as_the_real_thing(self, name, params, low, high):
        material = ASSETS[name].build({**default_params(ASSETS[name]), **params})
        assert low < (albedo_of(material) @ LUMINANCE).mean() < high

    def test_deep_carpet_has_more_contrast_than_shallow_carpet(self):
        asset = ASSETS["carpet"]
        spread = {}
        for pile in ("loop", "cut", "saxony"):
            light = albedo_of(asset.build({**default_params(asset), "pile": pile, "pattern": "solid"})) @ LUMINANCE
            spread[pile] = light.std() / light.mean()
        assert spread["saxony"] > 1.3 * max(spread["loop"], spread["cut"])

    def test_stained_oak_has_the_strongest_figure(self):
        asset = ASSETS["table_wood"]
        spread = {}
        for species in ("stained_oak", "oak", "maple"):
            light = albedo_of(asset.build({**default_params(asset), "species": species})) @ LUMINANCE
            spread[species] = light.std() / light.mean()
        assert spread["stained_oak"] > max(spread["oak"], spread["maple"])

    def test_no_floor_is_drawn_with_what_other_jobs_did_not_have(self):
        """Piles and woods that came later have weight 0, so that jobs which do not ask for them stay as they were."""
        for name, key, later in (("carpet", "pile", "saxony"), ("wood_floor", "species", "stained_oak")):
            parameter = ASSETS[name].parameters[key]
            assert dict(zip(parameter.values, parameter.weights, strict=True))[later] == 0

    def test_grass_is_green(self):
        red, green, blue = albedo_of(ASSETS["grass"].build(default_params(ASSETS["grass"]))).mean(axis=(0, 1))
        assert green > 1.05 * red
        assert red > 1.5 * blue


class TestConventions:
    def test_joints_of_tiles_lie_deeper(self):
        """Above a level joint (towards the top of the image) the edge of the tile slopes down into it: green < 0.5."""
        asset = ASSETS["tile_floor"]
        material = asset.build({**default_params(asset), "finish": "glazed", "bond": "square"})
        joint = round(0.30 / material.tile_m * 1024)
        green = material.normal_map.pixels_hwc[:, 40:200, 1].mean(axis=1)
        assert green[joint - 6 : joint - 1].min() < 118
        assert green[joint + 1 : joint + 6].max() > 138

    @pytest.mark.parametrize(
        ("pattern", "low_m", "high_m"),
        [("planks", 0.09, 0.20), ("wide_planks", 0.15, 0.25), ("narrow_strips", 0.05, 0.09), ("deck", 0.09, 0.20)],
    )
    def test_boards_are_as_wide_as_real_ones(self, pattern, low_m, high_m):
        """The bevels of the boards tilt the normals at every joint: the nearest repeat of that is a board away."""
        asset = ASSETS["wood_floor"]
        material = asset.build({**default_params(asset), "pattern": pattern})
        tilt = np.abs(material.normal_map.pixels_hwc[..., 1].astype(np.float64) - 128).mean(axis=1)
        tilt -= tilt.mean()
        likeness = np.fft.irfft(np.abs(np.fft.rfft(tilt)) ** 2)
        lags = np.arange(16, 400)
        width_px = lags[np.flatnonzero(likeness[lags] > 0.85 * likeness[lags].max())[0]]
        assert low_m <= material.tile_m * width_px / 1024 <= high_m

    def test_flat_height_gives_straight_normals(self):
        pixels = normal_map(np.zeros((8, 8), np.float32), 0.001)
        assert (pixels == [128, 128, 255]).all()


class TestLayouts:
    @pytest.mark.parametrize(
        "layout",
        [
            layouts.plank_layout(rng_for(1, 0, "planks"), 240, 1.2, 8, 2),
            layouts.herringbone_layout(240, 1.2, 3, 2),
            layouts.basket_layout(240, 1.2, 4, 3),
            layouts.grid_layout(240, 1.2, 4, 8, 0.5),
            layouts.hexagon_layout(240, 1.2, 6),
        ],
        ids=["planks", "herringbone", "basket", "grid", "hexagon"],
    )
    def test_pieces_cover_the_tile_and_edges_lie_between_them(self, layout):
        assert set(np.unique(layout.piece_hw)) == set(range(layout.count))
        assert layout.edge_m_hw.min() >= 0
        pixel_m = 1.2 / 240
        for axis in (0, 1):
            other = np.roll(layout.piece_hw, 1, axis=axis)  # wraps: the seam has to look like any other place
            border = other != layout.piece_hw
            assert layout.edge_m_hw[border].max() < 1.3 * pixel_m
            inside = np.abs(np.roll(layout.edge_m_hw, 1, axis=axis) - layout.edge_m_hw)[~border]
            assert inside.max() < 1.3 * pixel_m

    def test_equal_pieces_have_equal_areas(self):
        for layout in (layouts.herringbone_layout(240, 1.2, 3, 2), layouts.basket_layout(240, 1.2, 4, 3)):
            areas = np.bincount(layout.piece_hw.ravel())
            assert areas.min() == areas.max()

    def test_herringbone_blocks_are_turned(self):
        layout = layouts.herringbone_layout(240, 1.2, 3, 2)
        extents = []
        for piece in range(layout.count):
            rows, columns = np.nonzero(np.roll(layout.piece_hw == piece, (60, 60), axis=(0, 1)))
            if np.ptp(rows) < 100 and np.ptp(columns) < 100:
                extents.append((int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1))
        assert set(extents) == {(20, 60), (60, 20)}

    def test_hexagons_are_nearest_cells(self):
        layout = layouts.hexagon_layout(256, 1.0, 4)
        areas = np.bincount(layout.piece_hw.ravel())
        assert areas.max() / areas.min() < 1.1


class TestStrokes:
    def test_a_line_over_the_border_comes_in_on_the_other_side(self):
        paths = np.array([[[50.0, 20.0], [75.0, 40.0], [70.0, 70.0]]])
        over, inside = StrokeCanvas.blank(64), StrokeCanvas.blank(64)
        over.lines(paths, 200, 2)
        inside.lines(paths - [32.0, 16.0], 200, 2)
        assert inside.image().max() > 150
        np.testing.assert_array_equal(np.roll(over.image(), (-16, -32), axis=(0, 1)), inside.image())

    def test_a_dot_on_a_corner_is_in_all_four(self):
        over, inside = StrokeCanvas.blank(64), StrokeCanvas.blank(64)
        over.dots(np.array([[0.5, 63.5]]), np.array([5.0]), [180])
        inside.dots(np.array([[32.5, 31.5]]), np.array([5.0]), [180])
        np.testing.assert_array_equal(np.roll(over.image(), (32, 32), axis=(0, 1)), inside.image())

    def test_colours_and_picture(self):
        canvas = StrokeCanvas(np.full((32, 48, 3), 7, np.uint8))
        canvas.lines(np.zeros((0, 2, 2)), (1.0, 2.0, 3.0))
        assert (canvas.image() == 7).all()
        canvas.lines(np.array([[[4.0, 8.0], [40.0, 8.0]]]), (10.0, 20.0, 30.0), 3)
        assert canvas.image()[8, 20].tolist() == [10, 20, 30]


_PRINT_KEYS = """
import cv2
cv2.setNumThreads(1)
from synthvision.library.procedural.surfaces import surface_assets
from synthvision.library.parameters import Colour
for asset in surface_assets():
    if asset.name in ("wood_floor", "grass", "cloth"):
        params = {n: list(p.palette[0]) if isinstance(p, Colour) else p.default for n, p in asset.parameters.items()}
        material = asset.build(params)
        print(material.base_colour_map.key, material.metallic_roughness_map.key, material.normal_map.key)
"""


def test_the_same_pixels_in_a_fresh_process_on_one_thread():
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "99"}
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT_KEYS], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()
    here = []
    for name in ("wood_floor", "cloth", "grass"):
        material = ASSETS[name].build(default_params(ASSETS[name]))
        here += [material.base_colour_map.key, material.metallic_roughness_map.key, material.normal_map.key]
    assert sorted(printed) == sorted(here)
