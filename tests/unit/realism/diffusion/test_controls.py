"""Pictures for ControlNets, against answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.realism.diffusion.config import ControlSpec
from synthvision.realism.diffusion.controls import (
    class_colour,
    control_picture,
    depth_picture,
    edge_picture,
    id_edges,
    normal_picture,
    segmentation_picture,
)
from synthvision.realism.diffusion.padding import crop_back, pad_to_factor


def test_depth_is_inverse_and_near_is_white():
    depth = np.array([[1.0, 2.0, 4.0, np.inf]], np.float32)
    assert depth_picture(depth)[0, :, 0].tolist() == [255, 128, 64, 0]
    # Without sky the farthest thing is black: 1/4 is 0, 1 is 255, 1/2 is a third of the way.
    assert depth_picture(depth[:, :3])[0, :, 1].tolist() == [255, 85, 0]


def test_depth_of_nothing_and_of_a_wall():
    assert not depth_picture(np.full((3, 4), np.inf, np.float32)).any()
    assert (depth_picture(np.full((3, 4), 2.5, np.float32)) == 255).all()


def test_one_pixel_at_the_lens_does_not_turn_the_rest_black():
    depth = np.full((50, 50), 2.0, np.float32)
    depth[:25] = 4.0
    depth[0, 0] = 0.001
    picture = depth_picture(depth)[..., 0]
    assert picture[49, 49] == 255
    assert picture[10, 10] == 0


def test_edges_hold_every_contour_even_without_contrast():
    ids = np.zeros((20, 30), np.uint16)
    ids[5:15, 10:20] = 1
    flat = np.full((20, 30, 3), 90, np.uint8)
    edges = edge_picture(flat, ids)[..., 0] > 0
    assert np.array_equal(edges, id_edges(ids))
    assert edges[5:15, 9].all()
    assert edges[5:15, 19].all()
    assert edges[4, 10:20].all()
    assert edges[14, 10:20].all()
    assert edges.sum() == 39  # the lower right corner is on two sides
    textured = flat.copy()
    textured[:, 25:] = 200
    assert (edge_picture(textured, ids)[3:17, 24:26, 0] > 0).any(axis=1).all()


def test_normals_point_right_up_and_at_the_camera():
    normals = np.zeros((1, 4, 3), np.float32)
    normals[0, 0] = (1, 0, 0)
    normals[0, 1] = (0, -1, 0)  # up, since y runs down
    normals[0, 2] = (0, 0, -1)
    assert normal_picture(normals)[0].tolist() == [[255, 128, 128], [128, 255, 128], [128, 128, 255], [0, 0, 0]]


def test_classes_have_unlike_colours_and_a_palette_wins():
    colours = np.array([class_colour(number) for number in range(40)], int)
    apart = np.abs(colours[:, None] - colours[None]).max(axis=2) + 255 * np.eye(40, dtype=int)
    assert apart.min() >= 8
    assert np.abs(colours[1:-1] - colours[2:]).max(axis=1).min() > 100
    classes = np.array([[0, 1, 2, 2]], np.uint16)
    ids = np.array([[0, 7, 8, 9]], np.uint16)
    names = {7: "card", 8: "disc", 9: "disc"}
    picture = segmentation_picture(classes, ids, names, {"disc": (1, 2, 3)})
    assert picture[0].tolist() == [[0, 0, 0], list(class_colour(1)), [1, 2, 3], [1, 2, 3]]


def test_every_kind_has_the_size_of_the_render(frames):
    (given,) = frames()
    for kind in ("depth", "edges", "normals", "render", "segmentation"):
        picture = control_picture(ControlSpec(picture=kind), given)
        assert picture.shape == given.rgb_hwc.shape
        assert picture.dtype == np.uint8
        assert len(np.unique(picture)) > 1
    bare = type(given)(given.record, given.rgb_hwc, given.id_hw, given.class_hw, None, None, given.seed)
    with pytest.raises(UsageError, match=r"control by normals must be given normals; render with output\.normals"):
        control_picture(ControlSpec(picture="normals"), bare)


@pytest.mark.parametrize("size_wh", [(1, 1), (2, 3), (7, 5), (8, 8), (31, 17)])
@pytest.mark.parametrize("factor", [1, 2, 8, 16])
def test_padding_reflects_and_crops_back(size_wh, factor):
    width, height = size_wh
    picture = np.arange(width * height * 3, dtype=np.uint16).reshape(height, width, 3)
    padded = pad_to_factor(picture, factor)
    assert padded.shape[0] % factor == 0
    assert padded.shape[1] % factor == 0
    assert np.array_equal(padded[:height, :width], picture)
    assert np.array_equal(crop_back(padded, size_wh), picture)
    if width > 1 and padded.shape[1] > width:
        assert np.array_equal(padded[:height, width], picture[:, -2])


def test_a_picture_that_is_too_small_is_not_cropped():
    with pytest.raises(UsageError, match="must be at least 4x4, got 3x5"):
        crop_back(np.zeros((5, 3), np.uint8), (4, 4))
    with pytest.raises(UsageError, match="got 0 and"):
        pad_to_factor(np.zeros((5, 3), np.uint8), 0)
