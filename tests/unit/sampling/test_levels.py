"""Flat areas at several heights: what is found in a mesh, what fits on it, and how objects are placed there."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from pydantic import ValidationError

from synthvision.library.model import Material, MeshPart, Model
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.placement.levels import levels_of
from synthvision.sampling.shapes import make_shape


def box(size, middle):
    mesh = trimesh.creation.box(size)
    mesh.apply_translation(middle)
    return mesh


def rack(heights=(0.3, 0.9), size=(0.5, 1.2), post=0.05, board=0.02):
    """Four posts with boards whose upper sides lie at the given heights."""
    tall = max(heights) + 0.4
    posts = [
        box((post, post, tall), (x * (size[0] - post) / 2, y * (size[1] - post) / 2, tall / 2))
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    return posts + [box((*size, board), (0, 0, height - board / 2)) for height in heights]


def shape_of(meshes, key="rack"):
    mesh = trimesh.util.concatenate(meshes)
    part = MeshPart(
        positions_n3=np.asarray(mesh.vertices, np.float32),
        normals_n3=np.asarray(mesh.vertex_normals, np.float32),
        triangles_m3=np.asarray(mesh.faces, np.uint32),
    )
    return make_shape(Model(key=key, parts=(part,), materials=(Material(name="body"),)), key)


def square(side, middle=(0.0, 0.0)):
    return side / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) + middle


def test_every_board_is_a_level_with_the_space_above_it():
    low, high = levels_of(shape_of(rack()))
    assert (low.height_m, high.height_m) == pytest.approx((0.3, 0.9), abs=1e-6)
    # Up to the lower side of the board above, and without end.
    assert low.space[low.space > 0].max() == pytest.approx(0.58, abs=1e-6)
    assert np.isinf(high.space).any()


def test_an_object_must_fit_below_the_next_level():
    low, high = levels_of(shape_of(rack(), "fit"))
    assert low.rest(square(0.2), np.zeros(2), 0.5, 0.0) == (pytest.approx(0.3, abs=1e-6), "")
    assert low.rest(square(0.2), np.zeros(2), 0.6, 0.0) == (None, "no room up to the next level")
    assert high.rest(square(0.2), np.zeros(2), 0.6, 0.0)[0] == pytest.approx(0.9, abs=1e-6)


def test_posts_are_in_the_way_and_edges_let_fall():
    low, _ = levels_of(shape_of(rack(), "posts"))
    assert low.rest(square(0.2, (0.2, 0.55)), np.array([0.2, 0.55]), 0.2, 0.0)[1] == "no room up to the next level"
    assert low.rest(square(0.2, (0.29, 0.0)), np.array([0.29, 0.0]), 0.2, 0.0)[1] == "would fall off the level"
    assert low.rest(square(0.2, (0.9, 0.0)), np.array([0.9, 0.0]), 0.2, 0.0)[1] == "off the edge of the level"
    # A little may stick out, as long as no edge has to be kept.
    assert low.rest(square(0.2, (0.17, 0.0)), np.array([0.17, 0.0]), 0.2, 0.0)[0] is not None
    assert low.rest(square(0.2, (0.17, 0.0)), np.array([0.17, 0.0]), 0.2, 0.03)[0] is None


def test_two_beams_carry_what_lies_across_both():
    beams = [box((0.06, 1.2, 0.1), (x, 0, 0.45)) for x in (-0.3, 0.3)]
    [level] = levels_of(shape_of([*beams, box((0.9, 1.4, 0.01), (0, 0, 0.005))], "beams"))[-1:]
    assert level.height_m == pytest.approx(0.5, abs=1e-6)
    assert level.rest(square(0.7), np.zeros(2), 0.3, 0.0)[0] == pytest.approx(0.5, abs=1e-6)
    assert level.rest(square(0.4), np.zeros(2), 0.3, 0.0)[0] is None


def test_a_solid_block_has_its_top_alone():
    [top] = levels_of(shape_of([box((0.4, 0.4, 0.3), (0, 0, 0.15))], "block"))
    assert top.height_m == pytest.approx(0.3, abs=1e-6)


def test_objects_stand_on_the_top_of_boxes_in_the_boxes_own_frame(fake):
    objects = {
        "carriers": {
            "pick": "box",
            "params": {"width_m": 0.3, "height_m": 0.2},
            "placement": {"kind": "fixed", "yaw_deg": 90.0, "position_m": [0.5, 0.0]},
        },
        "things": {
            "pick": "ball",
            "placement": {
                "kind": "fixed", "on": "carriers", "level": "highest", "position_m": [0.05, 0.0], "yaw_deg": 0.0,
            },
        },
    }  # fmt: skip
    scene = fake.sampler(objects).sample(0)
    thing = next(item for item in scene.objects if item.name == "things/0")
    # Turned by a quarter, the carrier's x is the world's y.
    assert thing.position_m[:2] == pytest.approx((0.5, 0.05), abs=1e-6)
    assert thing.position_m[2] == pytest.approx(0.2, abs=1e-3)


def test_a_level_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="level"):
        SceneSpec.model_validate(
            {
                "objects": {
                    "racks": {"pick": "box"},
                    "things": {"pick": "ball", "placement": {"kind": "on_surface", "on": "racks", "level": "middle"}},
                }
            }
        )
