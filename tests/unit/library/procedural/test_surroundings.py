"""What is special in houses, trees, hedges and fences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number
from synthvision.library.procedural.models.surroundings import ASSETS
from synthvision.library.procedural.models.surroundings.branches import Crown
from synthvision.library.procedural.shapes.quads import box_quads, plain_boxes, quad_mesh, ring_quads, solid_of_faces
from synthvision.library.procedural.shapes.tubes import tapered_tubes

BY_NAME = {asset.name: asset for asset in ASSETS}


def built(name: str, number: int = 0, **fixed: Any) -> Model:
    """One object with the default parameters, or random ones where `number` is above 0."""
    values: dict[str, Any] = {}
    for key, parameter in BY_NAME[name].parameters.items():
        rng = rng_for(5, number, f"test.{name}.{key}")
        if isinstance(parameter, Number):
            values[key] = float(rng.uniform(parameter.low, parameter.high)) if number else parameter.default
        elif isinstance(parameter, Integer):
            low, high = parameter.low, parameter.high
            values[key] = int(rng.integers(low, high, endpoint=True)) if number else parameter.default
        elif isinstance(parameter, Choice):
            values[key] = parameter.values[int(rng.integers(len(parameter.values)))] if number else parameter.default
        else:
            values[key] = list(parameter.palette[0])
    return BY_NAME[name].build(values | fixed)


def triangles_of(model: Model, name: str) -> int:
    return sum(len(part.triangles_m3) for part in model.parts if part.name == name)


def volume(mesh: Any) -> float:
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


@pytest.mark.parametrize("storeys", [1, 4, 8])
def test_height_of_a_building_follows_its_storeys(storeys):
    model = built("building", storeys=storeys, storey_height_m=3.0, roof="flat")
    eave = model.keypoints["front_left_eave"][2]
    assert eave == pytest.approx(3.0 * storeys + 0.1)
    assert model.attributes["storeys"] == str(storeys)


def test_buildings_fill_a_stated_front_so_that_they_line_a_street():
    for number in range(1, 6):
        model = built("building", number, roof="flat")
        wall = np.concatenate([part.positions_n3 for part in model.parts if part.name == "wall"])
        left, right = model.keypoints["front_left_eave"], model.keypoints["front_right_eave"]
        assert wall[:, 1].max() == pytest.approx(left[1], abs=1e-3)
        assert wall[:, 1].min() == pytest.approx(right[1], abs=1e-3)
        # Trim may stand out a little; neighbours in a row hide that.
        assert model.bounds_23[1, 1] <= left[1] + 0.2


def test_door_is_in_the_front():
    for number in range(1, 6):
        model = built("building", number)
        x, y, z = model.keypoints["door"]
        assert x == pytest.approx(model.keypoints["front_left_eave"][0])
        assert abs(y) < model.keypoints["front_left_eave"][1]
        assert z == pytest.approx(0.0, abs=1e-6)


def test_share_of_lit_windows_is_kept():
    lit = []
    for share in (0.0, 0.5, 1.0):
        model = built("building", storeys=8, width_m=14.0, lit_windows=share)
        bright, dark = triangles_of(model, "lit_glass"), triangles_of(model, "glass")
        lit.append(bright / (bright + dark))
        assert model.attributes["lit"] == ("yes" if share > 0 else "no")
    assert lit[0] == 0.0
    assert 0.35 < lit[1] < 0.65
    assert lit[2] > 0.8  # windows in the roof stay dark
    shining = [m for m in built("building", lit_windows=1.0).materials if max(m.emissive) > 0]
    assert [m.name for m in shining] == ["lit_glass"]


@pytest.mark.parametrize("kind", ["deciduous", "conifer", "winter"])
def test_trees_have_the_stated_height(kind):
    for number in range(1, 5):
        model = built("tree", number, kind=kind, height_m=8.0)
        assert 6.4 < model.bounds_23[1, 2] < 9.4, f"{kind} {number}"
        assert ("leaves" in {part.name for part in model.parts}) == (kind != "winter")


def test_trunk_of_a_tree_stands_on_the_ground_at_the_origin():
    for number in range(1, 6):
        model = built("tree", number)
        bark = np.concatenate([part.positions_n3 for part in model.parts if part.name == "bark"])
        foot = bark[bark[:, 2] < 0.2]
        assert np.linalg.norm(foot[:, :2].mean(axis=0)) < 0.1


def test_leaves_are_cut_out_of_their_cards():
    for name in ("tree", "hedge"):
        leaves = next(m for m in built(name).materials if m.name == "leaves")
        assert leaves.alpha_mode == "mask"
        assert leaves.double_sided
        alpha = leaves.base_colour_map.pixels_hwc[:, :, 3]
        assert 0.2 < (alpha > 128).mean() < 0.85


def test_reach_of_a_crown_ends_on_its_outline():
    crown = Crown(2.0, 8.0, 2.5)
    rng = rng_for(0, 0, "test.crown")
    heading = rng.normal(size=(40, 3))
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    start = np.tile([0.3, -0.2, 4.0], (40, 1))
    ends = start + crown.reach(start, heading)[:, None] * heading
    assert crown.depth(ends) == pytest.approx(np.ones(40), abs=1e-9)


def test_keypoints_lie_in_or_on_their_objects():
    for name in BY_NAME:
        for number in range(1, 5):
            model = built(name, number)
            low, high = model.bounds_23
            for key, point in model.keypoints.items():
                assert (np.array(point) >= low - 0.05).all(), f"{name} {number} {key}"
                assert (np.array(point) <= high + 0.05).all(), f"{name} {number} {key}"


def test_plain_boxes_hold_their_volume():
    mesh = plain_boxes(np.array([[0, 0, 0], [2, 0, 0]]), np.array([[1, 2, 3], [3, 1, 1]]))
    assert volume(mesh) == pytest.approx(7.0)
    assert len(mesh.triangles_m3) == 24


def test_recess_of_rings_is_closed():
    face = box_quads((0, 0, 0), (1, 1, 1))
    front = face[4]
    inner = front * 0.5 + [0.25, 0.25, 0.5]
    deep = inner - [0.0, 0.0, 0.4]
    around = np.delete(face, 4, axis=0)
    walls = [around, ring_quads(front, inner), ring_quads(inner, deep), np.stack([deep])]
    mesh = quad_mesh(np.concatenate(walls))
    assert volume(mesh) == pytest.approx(1.0 - 0.25 * 0.4)


def test_solid_of_faces_faces_outwards():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    assert volume(solid_of_faces(points, [(0, 2, 1), (0, 1, 3), (1, 2, 3), (0, 3, 2)])) == pytest.approx(1 / 6)


def test_tapered_tubes_hold_their_volume():
    paths = np.array([[[0, 0, 0], [0, 0, 1.0]], [[2, 0, 0], [2, 0.8, 0.6]]])
    mesh = tapered_tubes(paths, np.full((2, 2), 0.1), 48)
    assert volume(mesh) == pytest.approx(2 * np.pi * 0.01, rel=0.01)
