"""Light from all around and light thrown back: shadows of the sky, ground and walls, against form factors."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.library.model import EnvironmentMap
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.lobes import fit_lobes, load_lobes, lobe_density, lobe_places, mirror_density
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.render.opengl.sky import directions, horizontal_illuminance, split_keys
from synthvision.scene import PointLight

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def test_lamps_of_a_map_become_soft_lights_of_their_size():
    vectors = directions(128, 256)
    radiance = np.full((128, 256, 3), 0.01, np.float32)
    places = (np.array([0.6, 0.0, 0.8]), np.array([-0.48, 0.64, 0.6]))
    for place, strength in zip(places, (10.0, 6.0), strict=True):
        radiance[vectors @ place > np.cos(0.25)] = strength
    keys = split_keys(radiance)
    for place, strength in zip(places, (10.0, 6.0), strict=True):
        # A lamp can be taken apart; a disk of radiance L and half angle a gives pi L sin^2 a where it is faced.
        own = [key for key in keys if np.dot(key.direction_xyz, place) > np.cos(0.25)]
        lux = sum(np.dot(key.illuminance_rgb, LUMINANCE) for key in own)
        assert lux == pytest.approx(np.pi * strength * np.sin(0.25) ** 2, rel=0.15)
        assert all(0.2 < key.angular_diameter_rad < 0.65 for key in own)
    assert len(keys) == sum(np.max(np.dot(places, key.direction_xyz)) > np.cos(0.25) for key in keys)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_soft_lights_give_no_more_than_their_map(seed):
    radiance = np.random.Generator(np.random.PCG64(seed)).lognormal(0.0, 1.5, (32, 64, 3)).astype(np.float32)
    keys = split_keys(radiance)
    assert keys
    upward = sum(np.dot(key.illuminance_rgb, LUMINANCE) * key.direction_xyz[2] for key in keys)
    assert 0.3 < upward / horizontal_illuminance(radiance) <= 1.005


def test_a_map_without_light_from_above_has_no_soft_lights():
    radiance = np.zeros((32, 64, 3), np.float32)
    radiance[20:] = 1.0
    assert split_keys(radiance) == ()


def test_a_ball_under_an_even_sky_takes_its_share_of_it(studio):
    # A ball of radius r at distance D, at an angle t from the zenith, covers (r / D)^2 cos t of the sky's light.
    radius = 0.25
    # Both are dark, so that next to nothing is thrown back.
    dark = {"base_colour": (0.02, 0.02, 0.02)}
    ball = studio.thing(2, "sphere", (0.0, 0.0, radius), scale=(0.5, 0.5, 0.5), **dark)
    ground = studio.thing(1, "plane", scale=(8.0, 8.0, 1.0), role="background", **dark)
    camera = studio.camera((0.0, -0.01, 4.0), (0.0, 0.0, 0.0), size_wh=(240, 180), focal_px=400.0)
    renderer = OpenGLRenderer(studio.context, studio.library, OpenGLConfig())
    sky = studio.sky("uniform", lux=1000.0)
    bare = studio.radiance(studio.scene(ground, camera=camera, environment=sky), renderer)[..., 1]
    shaded = studio.radiance(studio.scene(ground, ball, camera=camera, environment=sky), renderer)[..., 1]
    renderer.close()
    x, y = np.meshgrid((np.arange(240) + 0.5 - 120) / 100, (np.arange(180) + 0.5 - 90) / 100)
    away = np.hypot(x, y)
    share = shaded / bare
    for distance in (0.32, 0.4, 0.55, 0.8):
        ring = np.abs(away - distance) < 0.02
        ways = np.hypot(distance, radius)
        expected = 1 - (radius / ways) ** 2 * (radius / ways)
        assert np.abs(share[ring] - expected).max() < 0.17
        assert share[ring].mean() == pytest.approx(expected, abs=0.05)
    # Nearest to the ball it is darkest: things stand on the ground.
    assert share[np.abs(away - 0.28) < 0.02].mean() < 0.75
    assert share[np.abs(away - 1.1) < 0.05].mean() > 0.95


def wall(studio, number, position, rotation):
    return studio.thing(number, "plane", position, rotation_wxyz=rotation, scale=(4.0, 2.0, 1.0), role="background")


def test_a_lit_wall_lights_the_ground_before_it(studio):
    # A white wall across y = 1, 4 m wide and 2 m high, in the light of a level sun: the ground has light from it alone.
    upright = wall(studio, 2, (0.0, 1.0, 1.0), studio.upright)
    ground = studio.thing(1, "plane", scale=(12.0, 12.0, 1.0), role="background", base_colour=(0.5, 0.5, 0.5))
    camera = studio.camera((0.0, -0.01, 3.0), (0.0, 0.0, 0.0))
    sun = studio.sunny((0.0, -1.0, 0.0))
    post = studio.thing(3, "cube", (1.5, 0.0, 0.1), scale=(0.2, 0.2, 0.2))
    picture = studio.radiance(studio.scene(ground, upright, post, camera=camera, lights=(sun,)))[60, 80, 1]
    x, z = np.meshgrid((np.arange(400) + 0.5) / 100 - 2, (np.arange(200) + 0.5) / 100)
    squared = x**2 + 1 + z**2
    share = (z * 1.0 / squared**2).sum() * 1e-4 / np.pi
    # One bounce between wall and ground is added, a few per cent.
    assert picture == pytest.approx(0.5 * share * 1000 / np.pi, rel=0.2)


def test_a_wall_hides_the_sky_behind_it(studio):
    radiance = np.full((64, 128, 3), 1e-3, np.float32)
    north = directions(64, 128) @ np.array([0.0, 0.8, 0.6]) > 0.9
    radiance[north] = 1.0
    studio.library.environments["north"] = EnvironmentMap("test/north", radiance)
    ground = studio.thing(1, "plane", scale=(12.0, 12.0, 1.0), role="background")
    upright = studio.thing(
        2, "plane", (0.0, 0.6, 1.5), rotation_wxyz=studio.upright, scale=(8.0, 3.0, 1.0), role="background"
    )
    post = studio.thing(3, "cube", (1.5, 0.0, 0.1), scale=(0.2, 0.2, 0.2))
    camera = studio.camera((0.0, -0.01, 1.0), (0.0, 0.0, 0.0))
    sky = studio.sky("north", lux=1000.0)
    open_air = studio.radiance(studio.scene(ground, post, camera=camera, environment=sky))[60, 80, 1]
    hidden = studio.radiance(studio.scene(ground, upright, post, camera=camera, environment=sky))[60, 80, 1]
    assert open_air == pytest.approx(1000 / np.pi, rel=0.1)
    # The wall is taken to hide the same from everywhere, so that a part of the light stays.
    assert hidden < 0.5 * open_air


def test_shadows_in_a_room_are_not_black(studio):
    ground = studio.thing(1, "plane", scale=(4.0, 4.0, 1.0), role="background")
    upright = wall(studio, 2, (0.0, 0.8, 1.0), studio.upright)
    block = studio.thing(3, "cube", (0.0, 0.0, 0.2), scale=(0.4, 0.4, 0.4))
    camera = studio.camera((0.0, -0.01, 3.0), (0.0, 0.0, 0.0))
    lamp = PointLight(position_m=(-0.8, 0.0, 0.8), intensity_cd=100.0)
    shadow = {}
    for name, objects in {"open": (ground, block), "room": (ground, upright, block)}.items():
        picture = studio.radiance(studio.scene(*objects, camera=camera, lights=(lamp,)))[..., 1]
        # 0.35 m behind the block, 50 px to the metre.
        shadow[name] = picture[60, 80 + 17]
    assert shadow["open"] < 0.5
    assert shadow["room"] > 1.0


def test_the_kept_lobes_are_those_that_are_fitted():
    few = fit_lobes(5)
    cosines, roughnesses = lobe_places(5)
    u, v = np.meshgrid((np.arange(300) + 0.5) / 300, (np.arange(600) + 0.5) / 600 * 2 * np.pi, indexing="ij")
    sine = np.sqrt(1 - u**2)
    grid = np.stack([sine * np.cos(v), sine * np.sin(v), u], axis=-1)
    area = 2 * np.pi / u.size
    kept = load_lobes()
    for row in range(4):
        for column in range(2, 5):
            exact = mirror_density(grid, cosines[row], np.asarray(roughnesses[column] ** 2))
            exact /= exact.sum() * area
            fitted = lobe_density(grid, few[row, column].astype(np.float64))
            assert np.abs(exact - fitted).sum() * area < 0.25
    side = len(kept)
    assert kept.shape == (side, side, 4)
    for row, column in ((0, side // 2), (side // 2, side // 3), (side // 2, side - 1)):
        cosine, roughness = (values[index] for values, index in zip(lobe_places(side), (row, column), strict=True))
        exact = mirror_density(grid, cosine, np.asarray(roughness**2))
        exact /= exact.sum() * area
        assert np.abs(exact - lobe_density(grid, kept[row, column].astype(np.float64))).sum() * area < 0.1
