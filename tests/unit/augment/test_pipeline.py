"""Pipelines at work: reproducible, and picture and labels never apart."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.augment import pipeline as pipeline_module
from synthvision.augment.alignment import check_alignment
from synthvision.augment.catalogue import HOLES, PIXELS, TRANSFORMS, WARPS, WINDOWS
from synthvision.augment.extra import load_albumentations
from synthvision.augment.pipeline import Pipeline
from synthvision.augment.pipeline_file import parse_pipeline
from synthvision.core.errors import FrameError, UsageError
from synthvision.core.streams import rng_for

SIZE = (160, 120)
# Arguments that a transform must have, or with which it does more than by default.
ARGUMENTS = {
    "Affine": "{rotate: [-30, 30], scale: [0.7, 1.3], shear: [-8, 8]}",
    "AtLeastOneBBoxRandomCrop": "{height: 80, width: 80}",
    "CenterCrop": "{height: 80, width: 80}",
    "Crop": "{x_min: 10, x_max: 100, y_max: 90}",
    "CropAndPad": "{px: [-10, 10, 20, -5]}",
    "ElasticTransform": "{alpha: 100, sigma: 10}",
    "GridElasticDeform": "{num_grid_xy: [4, 4], magnitude: 6}",
    "LongestMaxSize": "{max_size: 100}",
    "OpticalDistortion": "{distort_limit: 0.3}",
    "Pad": "{padding: 10}",
    "PadIfNeeded": "{min_height: 200, min_width: 200}",
    "RandomCrop": "{height: 60, width: 70}",
    "RandomResizedCrop": "{size: [100, 100]}",
    "RandomScale": "{scale_limit: 0.5}",
    "RandomSizedBBoxSafeCrop": "{height: 100, width: 100}",
    "RandomSizedCrop": "{min_max_height: [50, 90], size: [100, 100]}",
    "Resize": "{height: 77, width: 133}",
    "SmallestMaxSize": "{max_size: 100}",
}


def picture(size_wh=SIZE):
    return rng_for(1, 0, "test.picture").integers(0, 256, size=(size_wh[1], size_wh[0], 3)).astype(np.uint8)


def run(text: str, **options):
    settings = {"rgb_hwc": picture(), "seed": 0, "frame": 0} | options
    return Pipeline(parse_pipeline(f"transforms: [{text}]")).apply(**settings)


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_every_transform_that_may_be_named_works_and_does_to_pixels_what_the_catalogue_says(name):
    spec = parse_pipeline(f"transforms: [{{{name}: {ARGUMENTS.get(name, '{}')}}}]")
    check_alignment(spec, SIZE)
    certain = ARGUMENTS.get(name, "{p: 1}").replace("}", ", p: 1}") if name in ARGUMENTS else "{p: 1}"
    made = [run(f"{{{name}: {certain}}}", frame=frame, boxes=[(20, 20, 60, 70)]) for frame in range(3)]
    again = [run(f"{{{name}: {certain}}}", frame=frame, boxes=[(20, 20, 60, 70)]) for frame in range(3)]
    for one, other in zip(made, again, strict=True):
        assert one.applied == (name,)
        np.testing.assert_array_equal(one.rgb_hwc, other.rgb_hwc)
        np.testing.assert_array_equal(one.source.column_hw, other.source.column_hw)
        if name in PIXELS | HOLES:
            assert one.source.is_identity
        if name in WINDOWS:
            assert one.source.grid_move.is_window
        if name in PIXELS | HOLES | {"NoOp"}:
            continue
        # Where pixels move as a whole, the picture is exactly what the map says.
        if one.source.grid_move is not None:
            np.testing.assert_array_equal(one.rgb_hwc, one.source.gather(picture(), 0))
    if name in WARPS:
        assert any(one.source.grid_move is None or not one.source.grid_move.is_window for one in made)


def test_neighbouring_transforms_draw_numbers_of_their_own():
    # With one seed for all, as albumentations gives it, both flips would always happen together.
    steps = "{HorizontalFlip: {p: 0.5}}, {VerticalFlip: {p: 0.5}}"
    applied = {run(steps, frame=frame).applied for frame in range(24)}
    assert applied == {(), ("HorizontalFlip",), ("VerticalFlip",), ("HorizontalFlip", "VerticalFlip")}


def test_a_frame_depends_on_seed_frame_and_variant_alone():
    pipeline = Pipeline(parse_pipeline("transforms: [{GaussNoise: {p: 1}}, {Rotate: {p: 1}}]"))
    first = {key: pipeline.apply(picture(), *key).rgb_hwc for key in [(0, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0)]}
    for key in reversed(first):
        np.testing.assert_array_equal(pipeline.apply(picture(), *key).rgb_hwc, first[key])
    assert len({pixels.tobytes() for pixels in first.values()}) == 4


def test_a_crop_that_is_too_large_is_an_error_that_says_so():
    with pytest.raises(FrameError, match="the pipeline fails on a picture of 160 x 120 px: "):
        run("{CenterCrop: {height: 500, width: 20, p: 1}}")
    spec = parse_pipeline("transforms: [{OneOf: {transforms: [{CenterCrop: {height: 500, width: 20}}], p: 0.01}}]")
    with pytest.raises(UsageError, match="the pipeline fails on a picture of 160 x 120 px: "):
        check_alignment(spec, SIZE)


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (0, 0)])
@pytest.mark.parametrize("steps", ["HorizontalFlip", "{Rotate: {limit: 30}}", "{Resize: {height: 60, width: 80}}"])
def test_masks_that_are_a_pixel_off_the_picture_are_found_before_any_frame(monkeypatch, steps, shift):
    build = pipeline_module._build

    def broken(library, step):
        made = build(library, step)
        apply = made.apply_to_mask
        made.apply_to_mask = lambda mask, *args, **params: np.roll(apply(mask, *args, **params), shift, axis=(0, 1))
        return made

    spec = parse_pipeline(f"transforms: [{steps}]")
    monkeypatch.setattr(pipeline_module, "_build", broken)
    if shift == (0, 0):
        check_alignment(spec, SIZE)
        return
    with pytest.raises(
        UsageError, match=r"must move picture and labels alike, but after \w+ they part by [01]\.\d+ px"
    ):
        check_alignment(spec, SIZE)


def test_flips_and_turns_are_those_of_numpy():
    np.testing.assert_array_equal(run("{HorizontalFlip: {p: 1}}").rgb_hwc, picture()[:, ::-1])
    for frame in range(6):
        turned = run("{RandomRotate90: {p: 1}}", frame=frame)
        quarter = next(k for k in range(4) if np.array_equal(np.rot90(picture(), k), turned.rgb_hwc))
        ids = rng_for(2, frame, "test.ids").integers(0, 9, size=(120, 160)).astype(np.uint16)
        np.testing.assert_array_equal(turned.source.gather(ids, 0), np.rot90(ids, quarter))
    twice = run("{HorizontalFlip: {p: 1}}, {HorizontalFlip: {p: 1}}")
    assert twice.source.is_identity
    np.testing.assert_array_equal(twice.rgb_hwc, picture())


def test_the_library_is_the_one_that_was_tested():
    assert load_albumentations().__version__ == "2.0.8"
