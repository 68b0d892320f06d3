"""Conditions: known answers on small pictures."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.realism.networks.conditions import (
    CLASS_WIDTH,
    build_conditions,
    condition_channels,
    flip_conditions,
    id_edges,
)

IDS = np.zeros((6, 8), np.uint16)
IDS[2:5, 3:6] = 7


def test_edges_are_one_pixel_wide_on_both_sides():
    edges = id_edges(IDS)
    inside, outside = edges & (IDS == 7), edges & (IDS == 0)
    # A square of 3 x 3 pixels: all but its centre, and the 12 pixels that touch one of its sides.
    assert inside.sum() == 8
    assert not edges[3, 4]
    assert outside.sum() == 12
    assert not edges[1, 2]


def test_nothing_of_one_id_is_an_edge():
    assert not id_edges(np.full((4, 4), 3, np.uint16)).any()


def test_depth_is_a_half_at_the_median_and_zero_where_nothing_is():
    depth = np.full((6, 8), 2.0, np.float32)
    depth[0, 0], depth[0, 1], depth[0, 2] = np.inf, 6.0, 0.0
    found = build_conditions(("depth",), id_hw=IDS, depth_m_hw=depth)
    assert found.shape == (2, 6, 8)
    assert found[0, 3, 3] == pytest.approx(0.5)
    assert found[0, 0, 0] == 0
    assert found[0, 0, 1] == pytest.approx(0.25)
    assert found[0, 0, 2] == pytest.approx(1, abs=1e-3)
    assert (found[1] == 1).all()


def test_depth_does_not_depend_on_the_unit():
    depth = np.linspace(1, 9, 48, dtype=np.float32).reshape(6, 8)
    near = build_conditions(("depth",), id_hw=IDS, depth_m_hw=depth)
    far = build_conditions(("depth",), id_hw=IDS, depth_m_hw=depth * 64)
    np.testing.assert_allclose(near, far, rtol=1e-6)


def test_depth_of_an_empty_picture_is_zero():
    found = build_conditions(("depth",), id_hw=IDS, depth_m_hw=np.full((6, 8), np.inf, np.float32))
    assert (found[0] == 0).all()


def test_a_class_has_the_same_code_in_every_job():
    one = build_conditions(("classes",), id_hw=IDS, class_of_id={7: "ace", 2: "king"})
    other = build_conditions(("classes",), id_hw=IDS, class_of_id={7: "ace"})
    np.testing.assert_array_equal(one, other)
    king = build_conditions(("classes",), id_hw=IDS, class_of_id={7: "king"})
    assert np.abs(king[:CLASS_WIDTH, 3, 4] - one[:CLASS_WIDTH, 3, 4]).max() > 0.5
    assert (one[:CLASS_WIDTH, 0, 0] == 0).all()


def test_mirrored_conditions_are_those_of_the_mirrored_picture():
    normals = np.zeros((6, 8, 3), np.float32)
    normals[..., 0], normals[..., 2] = np.linspace(-0.9, 0.4, 8), -0.5
    depth = np.linspace(1, 9, 48, dtype=np.float32).reshape(6, 8)
    names = ("edges", "depth", "normals", "classes")
    found = build_conditions(names, id_hw=IDS, depth_m_hw=depth, normal_hwc=normals, class_of_id={7: "ace"})
    assert found.shape[0] == condition_channels(names) == 1 + 1 + 3 + CLASS_WIDTH + 1
    turned = normals[:, ::-1] * np.array([-1, 1, 1], np.float32)
    mirrored = build_conditions(
        names,
        id_hw=np.ascontiguousarray(IDS[:, ::-1]),
        depth_m_hw=np.ascontiguousarray(depth[:, ::-1]),
        normal_hwc=turned,
        class_of_id={7: "ace"},
    )
    np.testing.assert_array_equal(flip_conditions(names, found), mirrored)


def test_no_names_no_channels():
    assert build_conditions((), id_hw=IDS).shape == (0, 6, 8)


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (("depth",), {}, "depth must be given depth_m_hw, got none"),
        (("normals",), {}, "normals must be given normal_hwc"),
        (("classes",), {}, "classes must be given class_of_id"),
        (("depth",), {"depth_m_hw": np.zeros((6, 9), np.float32)}, "depth_m_hw must have shape"),
        (("normals", "edges"), {}, "in the order edges, depth, normals, classes"),
    ],
)
def test_what_is_missing_is_named(names, given, message):
    with pytest.raises(UsageError, match=message):
        build_conditions(names, id_hw=IDS, **given)
