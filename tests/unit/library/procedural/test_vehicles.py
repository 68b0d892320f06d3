"""Vehicles: real sizes, wheels on the road, points where riders and detectors look for them, lamps that shine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, ProceduralAsset
from synthvision.library.procedural.models.vehicles import ASSETS
from synthvision.library.procedural.models.vehicles.car import CAR
from synthvision.library.procedural.models.vehicles.car_figure import STYLES
from synthvision.library.procedural.models.vehicles.fittings import PLATE_SIZE_M
from synthvision.library.procedural.shapes.creased_subdivision import refined

BY_NAME = {asset.name: asset for asset in ASSETS}

SIZES_M = {
    "car": ((3.3, 5.1), (1.75, 2.25), (1.25, 1.95)),
    "van": ((4.0, 6.4), (1.9, 2.5), (1.7, 3.0)),
    "lorry": ((6.8, 10.8), (2.5, 3.2), (2.4, 4.1)),
    "bus": ((8.8, 13.5), (2.4, 3.2), (2.8, 3.6)),
    "bicycle": ((1.55, 1.95), (0.4, 0.8), (0.9, 1.3)),
    "motorcycle": ((1.65, 2.5), (0.65, 1.0), (0.95, 1.45)),
    "trailer": ((2.9, 13.9), (1.2, 2.6), (0.7, 4.2)),
    "kick_scooter": ((1.0, 1.4), (0.4, 0.65), (0.98, 1.3)),
}
"""Least and greatest length, width with mirrors, and height."""


def built(name: str, **fixed: Any) -> Model:
    asset = BY_NAME[name]
    values = {key: getattr(parameter, "default", None) for key, parameter in asset.parameters.items()}
    for key, parameter in asset.parameters.items():
        if values[key] is None:
            values[key] = list(parameter.palette[0])  # type: ignore[union-attr]
    return asset.build(values | fixed)


def main_choice(asset: ProceduralAsset) -> tuple[str, tuple[str, ...]]:
    return next((key, p.values) for key, p in asset.parameters.items() if isinstance(p, Choice))


@pytest.mark.parametrize("name", list(BY_NAME))
def test_all_vehicles_are_tagged_for_the_street(name):
    assert {"street", "vehicle"} <= set(BY_NAME[name].tags)
    assert BY_NAME[name].category == name


@pytest.mark.parametrize("name", list(BY_NAME))
def test_sizes_are_real(name):
    key, values = main_choice(BY_NAME[name])
    for value in values:
        low, high = built(name, **{key: value}).bounds_23
        for size, (least, most) in zip(high - low, SIZES_M[name], strict=True):
            assert least <= size <= most, f"{name} {value}: {np.round(high - low, 2)}"


@pytest.mark.parametrize("name", list(BY_NAME))
def test_wheels_stand_on_the_ground(name):
    model = built(name)
    wheels = {key: point for key, point in model.keypoints.items() if key.endswith("wheel")}
    assert wheels
    tyre = np.concatenate([part.positions_n3 for part in model.parts if part.name == "tyre"])
    for key, (x, y, z) in wheels.items():
        around = tyre[(np.abs(tyre[:, 0] - x) < 1.1 * z) & (np.abs(tyre[:, 1] - y) < 0.3)]
        assert abs(around[:, 2].min()) < 0.012, key
        assert around[:, 2].max() == pytest.approx(2 * z, abs=0.03), key


@pytest.mark.parametrize("name", ["car", "van", "lorry", "bus"])
def test_fronts_face_x_and_left_is_y(name):
    points = built(name).keypoints
    assert points["front_centre"][0] > 0 > points["rear_centre"][0]
    assert points["front_left_wheel"][0] > points["rear_left_wheel"][0]
    assert points["front_left_wheel"][1] > 0 > points["front_right_wheel"][1]
    assert points["left_head_lamp"][1] > 0 > points["right_tail_lamp"][1]
    assert points["left_head_lamp"][0] > points["front_left_wheel"][0]


@pytest.mark.parametrize("name", ["bicycle", "motorcycle"])
def test_riders_find_saddle_grips_and_pedals(name):
    key, values = main_choice(BY_NAME[name])
    for value in values:
        points = built(name, **{key: value}).keypoints
        saddle = np.array(points["saddle"])
        assert 0.6 < saddle[2] < 1.1
        for side, sign in (("left", 1.0), ("right", -1.0)):
            grip, pedal = (np.array(points[f"{side}_{part}"]) for part in ("grip", "pedal"))
            assert np.sign(grip[1]) == np.sign(pedal[1]) == sign
            assert 0.35 < np.linalg.norm(grip - saddle) < 1.1, f"{value}: an arm does not reach"
            assert 0.3 < np.linalg.norm(pedal - saddle) < 1.0, f"{value}: a leg does not reach"
            assert 0.05 < pedal[2] < 0.6


def test_pedals_are_half_a_turn_apart():
    points = built("bicycle", crank_rad=1.2).keypoints
    axle = np.array(points["bottom_bracket"])
    left, right = (np.array(points[f"{side}_pedal"]) - axle for side in ("left", "right"))
    assert np.allclose((left + right)[[0]], 0.0, atol=1e-6)
    # Cranks are 170 mm long.
    assert np.hypot(left[0], left[2] - 0.012) == pytest.approx(0.17, abs=1e-6)


@pytest.mark.parametrize("style", STYLES)
def test_every_car_has_glass_lamps_and_plates(style):
    model = built("car", body_style=style)
    assert {"paint", "window", "head_lamp", "tail_lamp", "plate", "tyre", "rim"} <= {part.name for part in model.parts}
    assert model.attributes["body_style"] == style


def test_plates_have_the_size_of_european_ones():
    plate = next(part for part in built("car").parts if part.name == "plate")
    assert np.ptp(plate.positions_n3[:, 1]) == pytest.approx(PLATE_SIZE_M[0], abs=1e-6)


def test_lamps_shine_only_when_they_are_lit():
    glow = {}
    for lit in ("off", "day", "night"):
        materials = {material.name: material for material in built("car", lit=lit).materials}
        glow[lit] = [max(materials[name].emissive) for name in ("head_lamp", "tail_lamp")]
    assert glow["off"] == [0.0, 0.0]
    assert glow["day"][0] > 0.0
    assert glow["day"][1] == 0.0
    assert min(glow["night"]) > 0.0


def test_cars_of_one_figure_share_their_topology():
    first, second = built("car"), built("car", length_scale=1.04)
    assert first.triangle_count == second.triangle_count
    assert CAR.parameters["body_style"].default in STYLES  # type: ignore[union-attr]


def test_subdivision_keeps_hard_edges_and_rounds_the_others():
    cube = np.array(
        [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [2, 3, 7, 6], [1, 2, 6, 5], [0, 4, 7, 3]], np.int64
    )  # fmt: skip
    corners = np.array([[x, y, z] for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))], np.float64)
    soft = refined(cube, {}).surface(corners)
    # A corner of valence three goes to two ninths.
    assert np.allclose(soft.places_v3[0], 2 / 9)
    edges = {
        (int(min(a, b)), int(max(a, b))): np.inf for row in cube for a, b in zip(row, np.roll(row, -1), strict=True)
    }
    hard = refined(cube, edges, levels=2).surface(corners)
    assert np.allclose(np.ptp(hard.places_v3, axis=0), 1.0)
    # Six flat sides of their own normals.
    assert np.allclose(np.abs(hard.normals_g3).max(axis=1), 1.0)
