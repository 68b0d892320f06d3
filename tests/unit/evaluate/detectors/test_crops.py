from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.evaluate.detectors.augmentation import vary_colours
from synthvision.evaluate.detectors.config import AugmentationSpec, TrainingSpec
from synthvision.evaluate.detectors.crops import FILL, CropSampler, cut_crop, scaled_picture
from synthvision.evaluate.detectors.pictures import PictureBoxes, TrainingPictures

_GEOMETRY = {"flip_horizontal": True, "flip_vertical": True, "turns": True, "scale": 0.4, "aspect": 0.2}


def _labels(boxes, ignored=()):
    return PictureBoxes(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.arange(len(boxes), dtype=np.int64),
        np.array(ignored, np.float32).reshape(-1, 4),
    )


def _picture(boxes, size_wh=(200, 160)):
    """Black but for white boxes."""
    rgb = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        rgb[y1:y2, x1:x2] = 255
    return rgb


def _spec(**augmentation):
    how = AugmentationSpec.none().model_copy(update=augmentation)
    return TrainingSpec(crop=96, augmentation=how, least_visible=0.4)


@pytest.mark.parametrize("seed", range(40))
def test_boxes_stay_around_their_objects(seed):
    box = (60, 50, 110, 80)
    spec = _spec(**_GEOMETRY)
    crop = cut_crop(_picture([box]), (200, 160), _labels([box]), 0.8, spec, rng_for(seed, 0, "test"))
    white = (crop.rgb_hwc[..., 0] > 127) & (crop.rgb_hwc[..., 1] > 127)
    ys, xs = np.nonzero(white)
    kept = crop.box_xyxy_n4 if len(crop.box_xyxy_n4) else crop.ignored_xyxy_m4
    if not len(xs):
        assert not len(crop.box_xyxy_n4)
        return
    bounds = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    assert kept[0] == pytest.approx(bounds, abs=1.0)


@pytest.mark.parametrize("seed", range(20))
def test_a_crop_about_an_object_holds_it(seed):
    box = (150, 120, 190, 150)
    spec = _spec(**_GEOMETRY).model_copy(update={"object_crops": 1.0})
    crop = cut_crop(_picture([box]), (200, 160), _labels([box]), 1.0, spec, rng_for(seed, 0, "test"))
    sides = crop.box_xyxy_n4[0, 2:] - crop.box_xyxy_n4[0, :2]
    grown = np.exp(2 * 0.4)
    assert sides.prod() == pytest.approx(1200, rel=grown)
    # Whole: its shape is that of the box, stretched by no more than may be.
    assert 40 / 30 / np.exp(0.2) - 0.01 <= max(sides) / min(sides) <= 40 / 30 * np.exp(0.2) + 0.01


def test_nothing_changes_where_nothing_may_change():
    rng = rng_for(0, 0, "test")
    rgb = rng.integers(0, 256, (96, 96, 3)).astype(np.uint8)
    crop = cut_crop(rgb, (96, 96), _labels([(10, 20, 50, 70)]), 1.0, _spec(), rng)
    assert np.array_equal(crop.rgb_hwc, rgb)
    assert crop.box_xyxy_n4.tolist() == [[10, 20, 50, 70]]
    varied = vary_colours(rgb, crop.box_xyxy_n4, AugmentationSpec.none(), rng)
    assert np.array_equal(varied, rgb)


def test_labels_may_speak_of_another_size_than_the_picture_has():
    small = scaled_picture(_picture([(40, 40, 120, 80)]), 100)
    crop = cut_crop(small, (200, 160), _labels([(40, 40, 120, 80)]), 0.48, _spec(), rng_for(0, 0, "test"))
    ys, xs = np.nonzero(crop.rgb_hwc[..., 0] > 200)
    bounds = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    assert crop.box_xyxy_n4[0] == pytest.approx(bounds, abs=1.0)


@pytest.mark.parametrize(("shown", "kept"), [(0.39, False), (0.41, True)])
def test_objects_that_a_crop_cuts_off_are_ignored(shown, kept):
    # A picture of just the crop's size, and a box that reaches beyond it.
    box = (96 - 100 * shown, 10.0, 196 - 100 * shown, 50.0)
    spec = _spec().model_copy(update={"object_crops": 0.0})
    crop = cut_crop(np.zeros((96, 96, 3), np.uint8), (96, 96), _labels([box]), 1.0, spec, rng_for(0, 3, "test"))
    assert (len(crop.box_xyxy_n4), len(crop.ignored_xyxy_m4)) == (int(kept), int(not kept))
    found = crop.box_xyxy_n4 if kept else crop.ignored_xyxy_m4
    assert found[0] == pytest.approx((box[0], 10, 96, 50), abs=1e-3)


def test_ignored_boxes_move_along_and_pictures_may_be_empty():
    spec = _spec(turns=True)
    crop = cut_crop(
        _picture([(10, 20, 90, 90)], (96, 96)), (96, 96), _labels([], [(10, 20, 90, 90)]), 1.0, spec,
        rng_for(1, 0, "test"),
    )  # fmt: skip
    ys, xs = np.nonzero(crop.rgb_hwc[..., 0] > 127)
    assert crop.ignored_xyxy_m4[0] == pytest.approx([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], abs=0.01)
    assert crop.box_xyxy_n4.shape == (0, 4)


def test_a_small_picture_is_surrounded_by_grey():
    crop = cut_crop(np.zeros((40, 30, 3), np.uint8), (30, 40), _labels([]), 1.0, _spec(), rng_for(0, 0, "test"))
    assert (crop.rgb_hwc == 0).all(axis=2).sum() == pytest.approx(1200, rel=0.1)
    assert (crop.rgb_hwc == FILL).all(axis=2).sum() == pytest.approx(96 * 96 - 1200, rel=0.05)


def test_the_ellipse_of_a_turned_box_is_right_for_a_circle():
    rgb = np.zeros((160, 160, 3), np.uint8)
    y, x = np.mgrid[:160, :160]
    rgb[(x + 0.5 - 80) ** 2 + (y + 0.5 - 80) ** 2 < 30**2] = 255
    spec = _spec(rotation_deg=30.0)
    crop = cut_crop(rgb, (160, 160), _labels([(50, 50, 110, 110)]), 1.0, spec, rng_for(4, 0, "test"))
    ys, xs = np.nonzero(crop.rgb_hwc[..., 0] > 127)
    found = [*crop.box_xyxy_n4, *crop.ignored_xyxy_m4][0]
    assert found == pytest.approx([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], abs=1.0)


def test_crops_are_the_same_whenever_they_are_drawn_and_memory_is_bounded(make_set, tiny_spec):
    spec = tiny_spec.model_copy(update={"augmentation": AugmentationSpec(), "cache_mib": 1})
    pictures = TrainingPictures([make_set(6)], None, ("red", "blue"))
    first, second = CropSampler(spec, pictures, 96), CropSampler(spec, pictures, 96)
    second._most_bytes = 50_000
    later = second.batch(3)
    for one, other in zip(first.batch(3), later, strict=True):
        assert np.array_equal(one.rgb_hwc, other.rgb_hwc)
        assert np.array_equal(one.box_xyxy_n4, other.box_xyxy_n4)
    for step in range(6):
        second.batch(step)
    assert second.held_bytes <= 50_000
    assert not np.array_equal(first.batch(0)[0].rgb_hwc, first.batch(1)[0].rgb_hwc)


@pytest.mark.parametrize(
    "setting",
    [
        *("brightness", "contrast", "gamma", "colour", "saturation", "hue_deg"),
        *("grey", "blur_px", "noise", "jpeg", "shadow", "cutout"),
    ],
)
def test_each_setting_of_the_variation_does_something_and_stays_in_bounds(setting):
    rng = rng_for(0, 0, "test")
    # Smooth and coloured, so that blur and saturation show.
    rgb = np.stack([np.tile(np.linspace(30, 220, 64), (64, 1)), np.full((64, 64), 90.0), np.full((64, 64), 160.0)], 2)
    rgb = (rgb + 25 * rng.standard_normal(rgb.shape)).clip(0, 255).astype(np.uint8)
    most = 1.0 if setting in ("grey", "jpeg", "shadow", "cutout") else AugmentationSpec.model_fields[setting].default
    how = AugmentationSpec.none().model_copy(update={setting: most})
    none = np.zeros((0, 4), np.float32)
    found = [vary_colours(rgb, none, how, rng_for(seed, 0, "test")) for seed in range(12)]
    assert any(not np.array_equal(picture, rgb) for picture in found)
    assert all(picture.shape == rgb.shape and picture.dtype == np.uint8 for picture in found)


def test_pasted_things_leave_objects_to_be_seen():
    how = AugmentationSpec.none().model_copy(update={"cutout": 1.0})
    rgb = np.full((64, 64, 3), 7, np.uint8)
    box = np.array([[20, 20, 32, 32]], np.float32)
    hidden = [
        (vary_colours(rgb, box, how, rng_for(k, 0, "t"))[20:32, 20:32] != 7).any(axis=2).mean() for k in range(60)
    ]
    assert 0 < max(hidden) <= 0.75 + 1e-6
    assert np.mean(np.array(hidden) > 0) > 0.1
