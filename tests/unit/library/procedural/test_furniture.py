"""Furniture and fittings: sizes, opening parts, lamps, and keypoints where they should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthvision.library.model import Model
from synthvision.library.parameters import Colour, ProceduralAsset
from synthvision.library.procedural.models.furniture import ASSETS

FURNITURE = {asset.name: asset for asset in ASSETS}


def built(asset: ProceduralAsset, **fixed: Any) -> Model:
    values = {
        name: list(parameter.palette[0]) if isinstance(parameter, Colour) else parameter.default
        for name, parameter in asset.parameters.items()
    }
    return asset.build(values | fixed)


def size_of(model: Model) -> np.ndarray:
    low, high = model.bounds_23
    return high - low


@pytest.mark.parametrize("name", list(FURNITURE))
def test_furniture_is_found_in_a_room_and_is_more_than_one_material(name):
    asset = FURNITURE[name]
    assert "room" in asset.tags
    assert len(built(asset).materials) >= 2


@pytest.mark.parametrize("name", list(FURNITURE))
def test_keypoints_lie_on_or_in_the_object(name):
    model = built(FURNITURE[name])
    low, high = model.bounds_23
    for key, place in model.keypoints.items():
        assert (np.array(place) >= low - 0.06).all(), key
        assert (np.array(place) <= high + 0.06).all(), key


@pytest.mark.parametrize("style", ["wooden", "office", "shell"])
def test_chairs_are_sat_on_at_the_stated_height_and_face_forward(style):
    model = built(FURNITURE["chair"], style=style, seat_m=0.45)
    assert model.keypoints["seat_centre"][2] == pytest.approx(0.45, abs=0.05)
    assert model.keypoints["back_top_left"][0] < 0 < model.keypoints["seat_front_left"][0]


@pytest.mark.parametrize("name", ["floor_lamp", "desk_lamp"])
def test_lamps_give_light_only_when_lit(name):
    for state, light in (("off", False), ("on", True)):
        model = built(FURNITURE[name], lit=state)
        assert any(max(material.emissive) > 100 for material in model.materials) is light


def test_laptop_lid_rises_as_it_opens_and_goes_back_beyond_upright():
    tops = [built(FURNITURE["laptop"], open_deg=angle).keypoints["lid_top_left"] for angle in (60.0, 90.0, 130.0)]
    assert tops[0][2] < tops[1][2]
    assert tops[0][0] > tops[1][0] > tops[2][0]


def test_clock_hands_point_at_the_time():
    model = built(FURNITURE["clock"], kind="wall", hour=3, minute=0)
    centre = np.array(model.keypoints["centre"])
    three, twelve = (np.array(model.keypoints[name]) - centre for name in ("three", "twelve"))
    hour, minute = (np.array(model.keypoints[f"{name}_hand_tip"]) - centre for name in ("hour", "minute"))

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert cosine(hour, three) == pytest.approx(1, abs=1e-6)
    assert cosine(minute, twelve) == pytest.approx(1, abs=1e-6)


def test_door_opens_by_its_angle():
    shut, wide = (built(FURNITURE["door"], open_deg=angle) for angle in (0.0, 80.0))
    for model, expected in ((shut, 0.0), (wide, 80.0)):
        edge, hinge = (np.array(model.keypoints[f"{name}_bottom"])[:2] for name in ("edge", "hinge"))
        swing = edge - hinge
        assert abs(np.degrees(np.arctan2(swing[0], abs(swing[1])))) == pytest.approx(expected, abs=0.5)


def test_desk_top_is_at_the_stated_height():
    model = built(FURNITURE["desk"], height_m=0.73)
    assert float(model.attributes["surface_height_m"]) == pytest.approx(0.73)
    assert model.keypoints["top_centre"][2] == pytest.approx(0.73, abs=0.003)


@pytest.mark.parametrize(("size", "width"), [("single", 0.9), ("queen", 1.4), ("king", 1.8)])
def test_beds_have_standard_mattresses(size, width):
    model = built(FURNITURE["bed"], size=size)
    left, right = model.keypoints["head_left"], model.keypoints["head_right"]
    assert left[1] - right[1] == pytest.approx(width)


def test_monitor_has_the_stated_diagonal():
    model = built(FURNITURE["monitor"], diagonal_in=24.0)
    corner, other = (np.array(model.keypoints[f"screen_{name}"]) for name in ("top_left", "bottom_right"))
    assert np.linalg.norm(corner - other) == pytest.approx(24 * 0.0254, rel=1e-3)
