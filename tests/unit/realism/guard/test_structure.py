"""What one picture explains of the other, against sums written out by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.realism.guard.patches import new_patches
from synthvision.realism.guard.structure import overall_shift_px, structure_maps
from synthvision.realism.guard.targets import targets_of


def test_what_is_explained_is_the_least_squares_fit_in_a_window():
    rng = rng_for(0, 0, "test.guard.fit")
    first = rng.integers(0, 256, size=(40, 40, 3)).astype(np.uint8)
    second = np.clip(0.5 * first + rng.normal(60, 25, size=first.shape), 0, 255).astype(np.uint8)
    maps = structure_maps(first, second, np.zeros((40, 40), np.uint16), noise=0.0)
    # Grey in full, differences of colour half.
    axes = np.array([[1, 1, 1], [0.5, -0.5, 0], [0.5, 0.5, -1]]) / np.sqrt([[3], [2], [6]])
    small = [cv2.resize(p, (20, 20), interpolation=cv2.INTER_AREA).astype(float) @ axes.T for p in (first, second)]
    a, b = (p[7:14, 7:14].reshape(-1, 3) - p[7:14, 7:14].reshape(-1, 3).mean(0) for p in small)
    assert maps.render_hw[10, 10] == pytest.approx((a**2).sum() / 49, rel=1e-3)
    # Ridge regression with a tenth of the floor on the diagonal: the part that the fit predicts, C S^-1 C^T.
    for one, other, found in ((a, b, maps.lost_hw), (b, a, maps.new_hw)):
        cross = one.T @ other / 49
        explained = np.trace(cross @ np.linalg.solve(other.T @ other / 49 + 0.1 * maps.floor * np.eye(3), cross.T))
        assert found[10, 10] == pytest.approx((one**2).sum() / 49 - explained, rel=1e-2)


def test_another_colour_of_everything_loses_nothing(drawn):
    mix = np.array([[0.2, 0.5, 0.1], [-0.3, 0.2, 0.5], [0.4, -0.1, 0.3]])
    other = np.clip(drawn.rgb @ mix.T + 60, 0, 255).astype(np.uint8)
    maps = structure_maps(drawn.rgb, other, drawn.ids, 1.0)
    for target in targets_of(drawn.ids, drawn.labels):
        assert maps.lost(target) < 0.06
    assert new_patches(maps, [], (180, 240)).largest_px == 0


def test_a_flat_picture_has_lost_all_structure(drawn):
    maps = structure_maps(drawn.rgb, np.full_like(drawn.rgb, 128), drawn.ids, 1.0)
    assert [round(maps.lost(target), 6) for target in targets_of(drawn.ids, drawn.labels)] == [1.0] * 4
    assert maps.picture_lost() == pytest.approx(1)


def test_nothing_can_be_lost_where_there_is_nothing(label_of):
    ids = np.zeros((60, 60), np.uint16)
    ids[20:40, 20:40] = 1
    flat = np.full((60, 60, 3), 90, np.uint8)
    maps = structure_maps(flat, flat, ids, 0.3)
    assert maps.lost(targets_of(ids, [label_of(1, ids)])[0]) is None
    assert maps.picture_lost() is None


@pytest.mark.parametrize("size", [(61, 47), (60, 47), (9, 9), (8, 300)])
def test_odd_sizes_and_single_pixels_have_a_place_in_the_maps(size, label_of):
    height, width = size
    rgb = rng_for(0, 0, "test.guard.odd").integers(0, 256, size=(height, width, 3)).astype(np.uint8)
    ids = np.zeros(size, np.uint16)
    ids[-1, -1] = 1
    ids[0, 0] = 2
    maps = structure_maps(rgb, rgb, ids, 0.3)
    for target in targets_of(ids, [label_of(1, ids), label_of(2, ids)]):
        assert maps.lost(target) < 0.02


def test_an_object_that_comes_out_of_a_ground_of_its_colour_is_nothing_new(drawn):
    render = rng_for(0, 0, "test.guard.hidden").normal(120, 1, size=drawn.rgb.shape).astype(np.uint8)
    refined = render.copy()
    refined[drawn.ids == 1] //= 2
    refined[drawn.ids == 3] = 255 - refined[drawn.ids == 3] // 3
    assert new_patches(structure_maps(render, refined, drawn.ids, 1.0), [], (180, 240)).largest_px == 0
    beside = structure_maps(render, np.roll(refined, 12, axis=1), drawn.ids, 1.0)
    assert new_patches(beside, [], (180, 240)).largest_px > 25


def test_a_new_thing_is_a_patch_where_it_stands(drawn):
    refined = drawn.rgb.copy()
    refined[70:100, 105:135] = 255 - refined[70:100, 105:135] // 2
    targets = targets_of(drawn.ids, drawn.labels)
    patches = new_patches(structure_maps(drawn.rgb, refined, drawn.ids, 1.0), targets, (180, 240))
    number = patches.number_hw[85, 106]
    assert patches.sides_px[number] == patches.largest_px
    assert 25 < patches.largest_px < 50
    assert patches.owners[number] == 0
    ys, xs = np.nonzero(patches.number_hw == number)
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == pytest.approx((100, 139, 65, 104), abs=4)
    place = patches.number_hw == number
    assert patches.within(place)[number]
    place[ys[0], xs[0]] = False
    assert not patches.within(place)[number]


def test_a_patch_belongs_to_the_instance_that_holds_most_of_it(drawn):
    refined = drawn.rgb.copy()
    refined[drawn.ids == 3] = rng_for(0, 0, "test.guard.patch").integers(0, 256, size=((drawn.ids == 3).sum(), 3))
    patches = new_patches(
        structure_maps(drawn.rgb, refined, drawn.ids, 1.0), targets_of(drawn.ids, drawn.labels), (180, 240)
    )
    assert patches.largest_in(3) == patches.largest_px > 20
    assert patches.largest_in(1) == 0


@pytest.mark.parametrize("light", [0.5, 1.6])
def test_a_slow_change_of_light_is_no_patch(light):
    render = np.full((180, 240, 3), 120, np.uint8)
    shade = np.linspace(1, light, 80)[None, :, None]
    refined = np.full((180, 240, 3), 120.0)
    refined[:, 80:160] *= shade
    refined[:, 160:] *= light
    assert (
        new_patches(
            structure_maps(render, refined.astype(np.uint8), np.zeros((180, 240), np.uint16), 0.3), [], (180, 240)
        ).largest_px
        == 0
    )


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (-2, 4), (6, 5)])
def test_the_way_of_the_whole_picture_is_found(drawn, shift):
    moved = np.roll(drawn.rgb, shift, axis=(1, 0))
    way, sure = overall_shift_px(drawn.rgb, moved)
    assert way == pytest.approx(np.hypot(*shift), abs=0.5)
    assert sure > 0.15
