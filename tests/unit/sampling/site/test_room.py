"""Rooms and halls as sites: where their walls, lamps and windows are, and that what is drawn agrees with the light."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.library.parameters import Colour
from synthvision.library.procedural.models.furniture.room_shell import ROOM_SHELL, room_plan
from synthvision.library.procedural.models.interior import SLAB_M, on_wall, wall_axes
from synthvision.library.procedural.models.storage.hall_plan import hall_plan
from synthvision.library.procedural.models.storage.hall_shell import HALL_SHELL
from synthvision.sampling.site.room import hall_of, plan_of, returned_lux, room_lights, room_strips, room_sun
from synthvision.scene import SHELL


def defaults(asset, **changes):
    values = {
        name: list(value.palette[0]) if isinstance(value, Colour) else value.default
        for name, value in asset.parameters.items()
    }
    return values | changes


ROOM = defaults(ROOM_SHELL, windows=2, side_windows=1, doors=2, lamps="panels", lux=300.0)
HALL = defaults(HALL_SHELL, aisles=2)


@pytest.mark.parametrize(("asset", "params"), [(ROOM_SHELL, ROOM), (HALL_SHELL, HALL)])
def test_the_floor_is_at_the_height_of_the_slab_and_lamps_glow_where_the_lights_are(asset, params):
    model = asset.build(params)
    plan = plan_of(asset.name, params)
    assert SHELL in model.attributes
    floor = next(part for part in model.parts if part.name == "floor")
    assert floor.positions_n3[:, 2].max() == pytest.approx(SLAB_M, abs=1e-5)
    glow = next(part for part in model.parts if part.name == "lamp_glow").positions_n3
    lamps = [
        light for light in room_lights(plan) if rotation_from_quaternion(np.array(light.rotation_wxyz))[2, 2] < -0.99
    ]
    assert lamps
    for light in lamps:
        x, y, z = light.position_m
        near = glow[np.abs(glow[:, 1] - y) < 1.0]
        assert np.abs(near[:, 2] - SLAB_M - z).min() < 0.03
        assert near[:, 0].min() - 0.05 < x < near[:, 0].max() + 0.05


def test_lamps_give_the_stated_light_on_the_floor():
    plan = room_plan(ROOM)
    flux = sum(np.pi * light.intensity_cd for light in room_lights(plan)[-10:] if light.position_m[2] > 2)
    lamps = sum(np.pi * plan.lamp_cd_m2 * each.size_m[0] * each.size_m[1] for each in plan.fixtures)
    assert lamps / (plan.size_m[0] * plan.size_m[1]) == pytest.approx(1.5 * 300.0)
    assert flux >= lamps * 0.99


def test_windows_shine_into_the_room():
    plan = room_plan(ROOM)
    north = [light for light in room_lights(plan) if light.position_m[1] > plan.size_m[1] / 2 - 0.1]
    assert len(north) == 2
    for light in north:
        facing = rotation_from_quaternion(np.array(light.rotation_wxyz))[:, 2]
        assert facing == pytest.approx([0, -1, 0], abs=1e-9)
    area = sum(
        each.width_m * (each.high_m - each.low_m) for each in plan.openings if each.kind == "window" and each.wall == 1
    )
    assert sum(light.intensity_cd for light in north) == pytest.approx(plan.view_cd_m2 * area)


def test_a_scene_never_has_more_lights_than_a_frame_holds():
    for count in (1, 2, 3, 4):
        for lamps in ("panels", "strips", "pendant", "spots"):
            params = ROOM | {"windows": count, "side_windows": 2, "length_m": 9.0, "width_m": 7.0, "lamps": lamps}
            assert len(room_lights(room_plan(params))) <= 11
    for aisles in (1, 2, 3):
        assert len(room_lights(hall_plan(HALL | {"length_m": 44.0, "aisles": aisles}).plan)) <= 11


def test_the_sun_comes_from_outside_the_windows():
    plan = room_plan(ROOM)
    sun = room_sun(plan, 0.0, np.radians(30), 20_000.0)
    assert sun is not None
    assert sun.direction_xyz == pytest.approx((0.0, np.cos(np.radians(30)), 0.5), abs=1e-9)
    assert room_sun(hall_plan(HALL).plan, 0.0, 0.5, 1.0) is None


def test_walls_have_the_room_on_their_left_and_strips_keep_clear_of_doors():
    plan = room_plan(ROOM)
    for wall in range(4):
        way, inward = wall_axes(plan, wall)
        assert np.cross(way, inward) == pytest.approx([0, 0, 1])
        middle = on_wall(plan, wall, plan.wall_length_m(wall) / 2, 0.0, 1.0)
        assert np.linalg.norm(middle[:2]) < np.linalg.norm(middle[:2] - inward[:2])
    doors = [on_wall(plan, each.wall, each.middle_m, 0.0) for each in plan.openings if each.kind == "door"]
    for strip in room_strips(plan, None):
        if strip.kind == "wall":
            assert strip.inward == "left"
            for share in np.linspace(0, 1, 21):
                point, _ = strip.at(share * strip.length_m)
                assert all(np.linalg.norm(point - door) > 0.45 for door in doors)


def test_racks_of_a_hall_face_their_aisles():
    params = {**HALL}
    plan, hall = plan_of("hall_shell", params), hall_of("hall_shell", params)
    assert hall is not None
    strips = {strip.name: strip for strip in room_strips(plan, hall)}
    for index, (y, _) in enumerate(hall.rack_rows):
        rack = strips[f"rack/{index}"]
        nearest = min(hall.aisles, key=lambda each: abs(each - y))
        point, heading = rack.at(1.0)
        assert abs(nearest - y) == pytest.approx((hall.aisle_m + hall.rack_m) / 2)
        assert float(-rack.outward(heading)[1]) * (nearest - point[1]) > 0
    assert {"aisle/cross", "floor/staging", "corner/0"} <= set(strips)


def test_more_light_comes_back_from_lighter_walls():
    plan = room_plan(ROOM)
    assert returned_lux(plan, 0.6) > 2 * returned_lux(plan, 0.3) > 0
