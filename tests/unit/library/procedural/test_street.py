"""What is special in the things of a street: known sizes, lamps that shine, signs that say what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthvision.core.streams import rng_for
from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number
from synthvision.library.procedural.models.street import ASSETS
from synthvision.library.procedural.models.street.sign_faces import (
    LIMITS,
    SIGNS,
    WARNINGS,
    SignFace,
    face_texture,
    sign_outline,
)

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


def part_points(model: Model, name: str) -> np.ndarray[Any, Any]:
    return np.concatenate([part.positions_n3 for part in model.parts if part.name == name])


def glowing(model: Model) -> set[str]:
    return {material.name for material in model.materials if max(material.emissive) > 0}


def test_every_kind_belongs_to_the_street():
    for asset in ASSETS:
        assert "street" in asset.tags, asset.name
        assert asset.description.endswith(".")


@pytest.mark.parametrize("style", BY_NAME["street_lamp"].parameters["style"].values)
def test_keypoint_of_a_lamp_lies_in_its_diffuser(style):
    for number in range(1, 4):
        model = built("street_lamp", number, style=style)
        points = part_points(model, "diffuser")
        if style == "double":
            points = points[points[:, 0] > 0]
        if style == "globe":
            points = points[np.hypot(points[:, 0], points[:, 1]) < 0.3]
        low, high = points.min(axis=0) - 0.03, points.max(axis=0) + 0.03
        lamp = np.array(model.keypoints["lamp"])
        assert (lamp >= low).all(), style
        assert (lamp <= high).all(), style


@pytest.mark.parametrize("lit", ["off", "on"])
def test_lamps_shine_when_they_are_lit(lit):
    model = built("street_lamp", lit=lit)
    assert glowing(model) == ({"diffuser"} if lit == "on" else set())
    assert model.attributes["lit"] == lit


@pytest.mark.parametrize("state", ["red", "amber", "green", "off"])
def test_one_lamp_of_a_traffic_light_shines(state):
    model = built("traffic_light", state=state)
    assert glowing(model) == ({state} if state != "off" else set())
    assert model.attributes["state"] == state


def test_red_is_above_amber_above_green_and_faces_forward():
    for number in range(1, 5):
        model = built("traffic_light", number)
        heights = [model.keypoints[name][2] for name in ("red", "amber", "green")]
        assert heights == sorted(heights, reverse=True)
        for name in ("red", "amber", "green"):
            centre = part_points(model, name).mean(axis=0)
            assert np.linalg.norm(centre - np.array(model.keypoints[name])) < 0.1
        assert part_points(model, "red")[:, 0].min() > part_points(model, "post")[:, 0].min()


@pytest.mark.parametrize("sign", SIGNS)
def test_signs_say_what_they_are_and_face_forward(sign):
    model = built("traffic_sign", sign=sign, lean_deg=0.0)
    assert model.attributes["sign"] == sign
    assert ("limit" in model.attributes) == (sign == "speed_limit")
    face = next(part for part in model.parts if part.name == "face")
    front = face.normals_n3[:, 0] > 0.99
    assert front.any()
    # The image is upright and not mirrored: u grows to the left (+y seen from the front is right), v downwards.
    y, z = face.positions_n3[front, 1], face.positions_n3[front, 2]
    assert np.corrcoef(y, face.uvs_n2[front, 0])[0, 1] > 0.99
    assert np.corrcoef(z, face.uvs_n2[front, 1])[0, 1] < -0.99


def test_outlines_of_signs_are_the_known_ones():
    corners = {sign: len(sign_outline(sign)[0]) for sign in SIGNS}
    assert corners["stop"] == 8
    assert corners["yield"] == corners["warning"] == 3
    assert sign_outline("yield")[0][:, 1].argmin() == 1  # one corner points down
    assert sign_outline("warning")[0][:, 1].argmax() == 2
    for sign in SIGNS:
        assert np.abs(sign_outline(sign)[0]).max() <= 0.5 / np.cos(np.pi / 8) + 1e-9


def test_faces_of_signs_all_differ():
    faces = [SignFace(sign, "", "", 0) for sign in SIGNS if sign not in ("speed_limit", "warning")]
    faces += [SignFace("speed_limit", limit, "", 0) for limit in LIMITS]
    faces += [SignFace("warning", "", warning, 0) for warning in WARNINGS]
    keys = {face_texture(face, 0, 0.0, False).key for face in faces}
    assert len(keys) == len(faces)
    whole, torn = (face_texture(faces[0], 3, 0.0, state).pixels_hwc.astype(int) for state in (False, True))
    changed = (np.abs(whole - torn).max(axis=2) > 40).mean()
    assert 0.02 < changed < 0.5


def test_jersey_barriers_have_the_standard_height():
    model = built("barrier", style="jersey", height_ratio=1.0, width_ratio=1.0)
    low, high = np.array([part_points(model, "concrete").min(axis=0), part_points(model, "concrete").max(axis=0)])
    assert high[2] - low[2] == pytest.approx(0.81, abs=0.02)
    assert high[0] - low[0] == pytest.approx(0.61, abs=0.03)


def test_beam_of_a_guard_rail_has_the_standard_section():
    model = built("guard_rail", dent=0.0)
    size = np.ptp(part_points(model, "beam"), axis=0)
    assert size[2] == pytest.approx(0.312, abs=0.015)
    assert size[0] == pytest.approx(0.081, abs=0.02)


@pytest.mark.parametrize(
    ("name", "shortest", "tallest"),
    [
        ("traffic_sign", 1.8, 3.9), ("traffic_light", 2.7, 5.5), ("street_lamp", 2.6, 9.8), ("bollard", 0.6, 1.3),
        ("bench", 0.38, 1.0), ("litter_bin", 0.7, 1.3), ("hydrant", 0.6, 1.0), ("post_box", 1.0, 1.75),
        ("bus_shelter", 2.2, 3.0), ("guard_rail", 0.65, 1.1), ("barrier", 0.6, 1.6),
    ],
)  # fmt: skip
def test_heights_are_real(name, shortest, tallest):
    for number in range(1, 7):
        height = float(built(name, number).bounds_23[1, 2])
        assert shortest <= height <= tallest, f"{name} {number}: {height:.2f} m"


def test_keypoints_lie_in_or_on_their_objects():
    for name in BY_NAME:
        for number in range(1, 5):
            model = built(name, number)
            low, high = model.bounds_23
            for key, point in model.keypoints.items():
                assert (np.array(point) >= low - 0.03).all(), f"{name} {number} {key}"
                assert (np.array(point) <= high + 0.03).all(), f"{name} {number} {key}"


def test_outlets_of_a_hydrant_point_to_three_sides():
    points = built("hydrant").keypoints
    assert points["outlet_front"][0] > 0.1
    assert points["outlet_left"][1] == pytest.approx(-points["outlet_right"][1])
    assert points["outlet_left"][1] > 0.1


def test_seat_of_a_bench_has_the_height_of_a_chair():
    for number in range(1, 5):
        model = built("bench", number)
        assert 0.38 <= model.keypoints["seat_centre"][2] <= 0.5


@pytest.mark.parametrize("number", range(1, 13))
def test_narrow_bands_of_small_cones_lie_on_the_wall(number):
    # They are narrower than the steps of the wall under them.
    model = built("traffic_cone", number, height_m=0.3, band_count=3, band_height_ratio=0.1, lower_band_ratio=0.6)
    bands = part_points(model, "band")
    assert np.isfinite(bands).all()
    assert np.ptp(bands[:, 2]) > 0.03
