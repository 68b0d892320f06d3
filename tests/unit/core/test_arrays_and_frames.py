"""What passes between stages is checked when it is made and read-only from then on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from synthvision.core.arrays import frozen_array
from synthvision.core.errors import UsageError
from synthvision.core.frames import AmodalCoverage, CapturedFrame, LabelImages, Radiance


def label_images(height: int = 4, width: int = 6, **changes) -> LabelImages:
    arrays = {
        "id_hw": np.zeros((height, width), np.uint16),
        "depth_m_hw": np.full((height, width), np.inf, np.float32),
        "normal_hwc": np.zeros((height, width, 3), np.float32),
        "amodal": {},
    }
    return LabelImages(**{**arrays, **changes})


def test_a_frozen_array_shares_memory_and_cannot_be_written():
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    frozen = frozen_array("box", array, np.int32, (None, 3))
    assert np.shares_memory(frozen, array)
    assert array.flags.writeable  # the caller's own name for it stays as it was
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0] = 1


@pytest.mark.parametrize(
    ("array", "dtype", "shape", "message"),
    [
        (np.zeros((2, 3)), np.float32, (2, 3), "depth must have dtype float32, got float64"),
        (np.zeros((2, 3), np.int16), np.uint16, (2, 3), "depth must have dtype uint16, got int16"),
        (np.zeros((2, 3), ">u2"), np.uint16, (2, 3), "depth must have dtype uint16, got >u2"),
        (np.zeros((2, 3)), np.float64, (3, 2), "depth must have shape (3, 2), got (2, 3)"),
        (np.zeros((2, 3)), np.float64, (None,), "depth must have shape (None,), got (2, 3)"),
        (np.zeros((2, 3)), np.float64, (2, 3, None), "depth must have shape (2, 3, None), got (2, 3)"),
    ],
)
def test_what_differs_is_refused_and_nothing_is_converted(array, dtype, shape, message):
    with pytest.raises(UsageError) as info:
        frozen_array("depth", array, dtype, shape)
    assert str(info.value) == message


def test_label_images_must_all_have_the_size_of_the_ids():
    assert not label_images().id_hw.flags.writeable
    assert not label_images().depth_m_hw.flags.writeable
    assert not label_images().normal_hwc.flags.writeable
    assert label_images(normal_hwc=None).normal_hwc is None
    with pytest.raises(UsageError, match=r"^depth_m_hw must have shape \(4, 6\), got \(6, 4\)$"):
        label_images(depth_m_hw=np.zeros((6, 4), np.float32))
    with pytest.raises(UsageError, match=r"^normal_hwc must have shape \(4, 6, 3\), got \(4, 6\)$"):
        label_images(normal_hwc=np.zeros((4, 6), np.float32))
    with pytest.raises(UsageError, match=r"^id_hw must have dtype uint16, got int32$"):
        label_images(id_hw=np.zeros((4, 6), np.int32))


def test_amodal_masks_are_boolean():
    with pytest.raises(UsageError, match=r"^mask_hw must have dtype bool, got uint8$"):
        AmodalCoverage(np.zeros((2, 2), np.uint8), (0, 0), 0, 0, None)
    assert not AmodalCoverage(np.ones((2, 2), bool), (0, 0), 4, 4, (0, 0, 2, 2)).mask_hw.flags.writeable


def centres(height, width):
    return np.zeros((height, width), np.uint16), np.full((height, width), np.inf, np.float32)


def test_radiance_takes_exactly_one_of_array_and_texture():
    rgb = np.zeros((4, 6, 3), np.float32)
    assert not Radiance(6, 4, *centres(4, 6), rgb_hwc=rgb).rgb_hwc.flags.writeable
    assert Radiance(6, 4, *centres(4, 6), texture=object()).rgb_hwc is None
    for arguments in ({}, {"rgb_hwc": rgb, "texture": object()}):
        with pytest.raises(UsageError, match="exactly one of rgb_hwc and texture"):
            Radiance(6, 4, *centres(4, 6), **arguments)


def test_radiance_takes_width_before_height():
    with pytest.raises(UsageError, match=r"^rgb_hwc must have shape \(6, 4, 3\), got \(4, 6, 3\)$"):
        Radiance(4, 6, *centres(6, 4), rgb_hwc=np.zeros((4, 6, 3), np.float32))


def test_a_captured_picture_has_three_8_bit_channels():
    labels = label_images()
    assert not CapturedFrame(np.zeros((4, 6, 3), np.uint8), labels, 12.0).rgb_hwc.flags.writeable
    with pytest.raises(UsageError, match=r"^rgb_hwc must have shape \(None, None, 3\), got \(4, 6, 4\)$"):
        CapturedFrame(np.zeros((4, 6, 4), np.uint8), labels, 12.0)
    with pytest.raises(UsageError, match=r"^rgb_hwc must have dtype uint8, got float32$"):
        CapturedFrame(np.zeros((4, 6, 3), np.float32), labels, 12.0)


@pytest.mark.parametrize("kind", [AmodalCoverage, CapturedFrame, LabelImages, Radiance])
def test_the_classes_are_frozen_and_have_slots(kind):
    assert kind.__dataclass_params__.frozen
    assert "__dict__" not in dir(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        label_images().id_hw = None
