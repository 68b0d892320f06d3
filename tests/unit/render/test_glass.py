"""Blended surfaces and glass: what comes through, what is mirrored, in which order."""

from dataclasses import replace

import numpy as np
import pytest

from synthvision.library.model import Material
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.blending import find_blended
from synthvision.render.opengl.cache import GpuCache
from synthvision.render.opengl.drawlist import build_draw_list
from synthvision.render.opengl.renderer import OpenGLRenderer

#: Mirrors nothing.
NO_MIRROR = {"ior": 1.0, "roughness": 0.05, "alpha_mode": "blend"}


def pane(studio, instance_id, y, name, side_m=0.6, **material):
    """An upright sheet before the camera at (0, -2, 0)."""
    studio.library.models[name] = studio.make_model(name, studio.plane_mesh(1, 1), Material(**material))
    return studio.thing(instance_id, name, (0.0, y, 0.0), scale=(side_m, side_m, 1.0), rotation_wxyz=studio.upright)


def wall(studio, **changes):
    return studio.thing(1, "plane", (0.0, 1.0, 0.0), scale=(8.0, 8.0, 1.0), rotation_wxyz=studio.upright, **changes)


def sides(studio):
    return studio.thing(9, "cube", (0.7, 0.2, 0.0), scale=(0.3, 0.3, 0.3), rotation_wxyz=(0.9, 0.1, 0.2, 0.3))


MIDDLE = np.s_[50:70, 70:90]


def test_perfectly_clear_glass_changes_nothing(studio):
    clear = pane(studio, 2, -0.5, "clear", base_colour=(1.0, 1.0, 1.0, 0.6), transmission=1.0, **NO_MIRROR)
    scene = studio.scene(wall(studio), sides(studio), lights=())
    scene = replace(scene, environment=studio.sky())
    empty = studio.radiance(scene)
    seen = studio.radiance(replace(scene, objects=(*scene.objects, clear)))
    np.testing.assert_allclose(seen[MIDDLE], empty[MIDDLE], rtol=0.01)


@pytest.mark.parametrize("count", [1, 2])
def test_tinted_glass_multiplies_by_its_colour_once_a_wall(studio, count):
    tint = np.array([0.4, 0.8, 1.0])
    panes = [
        pane(studio, 2 + k, -0.5 - 0.3 * k, "tinted", base_colour=(*tint, 0.6), transmission=1.0, **NO_MIRROR)
        for k in range(count)
    ]
    bright = studio.thing(
        1, "plane", (0.0, 1.0, 0.0), scale=(8.0, 8.0, 1.0), rotation_wxyz=studio.upright, base_colour=(0.8, 0.8, 0.8)
    )
    # From the side, so that the panes' shadow falls beside them.
    light = (studio.sunny((0.9, -0.4, 0.0), lux=3000.0),)
    scene = studio.scene(bright, lights=light)
    empty, seen = studio.radiance(scene), studio.radiance(replace(scene, objects=(bright, *panes)))
    middle = np.s_[58:62, 76:84]
    np.testing.assert_allclose(seen[middle], empty[middle] * tint**count, rtol=0.02)


def test_both_faces_of_a_wall_mirror(studio):
    glass = pane(
        studio,
        2,
        -0.5,
        "glass",
        base_colour=(1.0, 1.0, 1.0, 0.6),
        ior=1.5,
        roughness=0.045,
        alpha_mode="blend",
        transmission=1.0,
    )
    scene = studio.scene(glass, environment=studio.sky(lux=1000.0, visible=False))
    picture = studio.radiance(scene)[MIDDLE]
    # 2 r / (1 + r) of the sky's 1000 / pi at r = 0.04.
    assert picture.mean() == pytest.approx(2 * 0.04 / 1.04 * 1000 / np.pi, rel=0.05)


def test_glass_without_transmission_blends_by_alpha(studio):
    half = pane(studio, 2, -0.5, "half", base_colour=(0.0, 0.0, 0.0, 0.6), **NO_MIRROR)
    light = (studio.sunny((0.9, -0.4, 0.0), lux=3000.0),)
    scene = studio.scene(wall(studio), lights=light)
    empty, seen = studio.radiance(scene), studio.radiance(replace(scene, objects=(*scene.objects, half)))
    middle = np.s_[58:62, 76:84]
    np.testing.assert_allclose(seen[middle], 0.4 * empty[middle], rtol=0.02)


@pytest.mark.parametrize("near_first", [True, False])
def test_the_nearer_of_two_panes_covers_the_farther(studio, near_first):
    red = pane(studio, 2, -0.9, "red", base_colour=(1.0, 0.0, 0.0, 0.7), **NO_MIRROR)
    green = pane(studio, 3, -0.3, "green", base_colour=(0.0, 1.0, 0.0, 0.7), **NO_MIRROR)
    order = (red, green) if near_first else (green, red)
    lights = (studio.sunny((0.0, -1.0, 0.0), lux=3000.0, angular_diameter_rad=0.01),)
    for first, ratio in ((order, 0.3), ((replace(red, position_m=(0.0, -0.1, 0.0)), green), 1 / 0.3)):
        scene = studio.scene(*first, lights=lights, environment=studio.sky(visible=False))
        red_light, green_light, _ = studio.radiance(scene)[MIDDLE].mean(axis=(0, 1))
        assert (green_light / red_light < 1) == (ratio < 1)


def test_labels_see_the_glass(studio):
    glass = pane(studio, 2, -0.5, "labelled", base_colour=(1.0, 1.0, 1.0, 0.54), transmission=0.95, **NO_MIRROR)
    labels = studio.render(studio.scene(wall(studio), glass))
    assert (labels.id_hw[MIDDLE] == 2).all()
    np.testing.assert_allclose(labels.depth_m_hw[MIDDLE], 1.5, rtol=1e-4)


def test_only_the_part_of_the_picture_with_glass_is_drawn_anew(studio):
    glass = pane(studio, 2, -0.5, "small", side_m=0.3, base_colour=(0.5, 0.5, 0.5, 0.6), transmission=0.5, **NO_MIRROR)
    scene = studio.scene(sides(studio), studio.thing(8, "sphere", (-0.8, 0.5, 0.1)), environment=studio.sky())
    # The reach of occlusion and the fit of shadow maps depend on all things.
    renderer = OpenGLRenderer(
        studio.context, studio.library, OpenGLConfig(ambient_occlusion=False, environment_shadows=False)
    )
    empty = studio.radiance(scene, renderer)
    labels = studio.render(scene)
    with_glass = replace(scene, objects=(*scene.objects, glass))
    seen = studio.radiance(with_glass, renderer)
    renderer.close()
    changed = np.abs(seen - empty).max(axis=2) > 0
    rows, columns = np.nonzero(changed & (labels.id_hw == 0))
    # 0.3 m at 1.5 m and 150 px are 30 px, and a pixel of margin.
    assert 64 <= columns.min() < 67
    assert 94 < columns.max() + 1 <= 96
    assert 44 <= rows.min() < 47
    assert 74 < rows.max() + 1 <= 76


def test_glass_out_of_the_picture_costs_nothing(studio):
    behind = pane(studio, 2, -5.0, "behind", base_colour=(1.0, 1.0, 1.0, 0.6), transmission=1.0, **NO_MIRROR)
    ahead = replace(behind, position_m=(0.0, 0.0, 0.0))
    cache = GpuCache(2**24, tidy=studio.context.return_memory)
    for item, expected in ((behind, False), (ahead, True)):
        draws = build_draw_list(studio.context, cache, studio.library, studio.scene(wall(studio), item), 1)
        assert (find_blended(draws) is not None) == expected
        draws.release()
    cache.clear()
