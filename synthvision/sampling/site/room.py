"""Rooms and halls as sites: their lamps, windows and sun as lights, their walls, aisles and floors as strips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_rotation
from synthvision.library.procedural.models.furniture.room_shell import room_plan
from synthvision.library.procedural.models.interior import WALLS, Fixture, Opening, Plan, on_wall, wall_axes
from synthvision.library.procedural.models.storage.hall_plan import Hall, hall_plan
from synthvision.sampling.colours import temperature_colour
from synthvision.sampling.site.strips import Strip
from synthvision.scene import RectLight, SunLight

__all__ = ["hall_of", "plan_of", "returned_lux", "room_lights", "room_strips", "room_sun"]

Float = NDArray[np.float64]

# Things along a wall stand off its skirting.
_OFF_WALL_M = 0.03
# Nothing stands so near to a door, and no strip is shorter than this.
_DOOR_GAP_M, _SHORTEST_M = 0.18, 0.35
# One light stands for so much of a row of lamps, and there are at most so many: each throws a shadow.
_LONGEST_LIGHT_M, _MOST_LIGHTS = 12.0, 9
_LIGHT_GAP_M = 0.012
_WALKING_M_S, _DRIVING_M_S = 1.3, 2.2


def plan_of(name: str, params: Mapping[str, Any]) -> Plan:
    """Return the plan of a shell by the name of its asset: ``room_shell`` or ``hall_shell``."""
    return hall_plan(params).plan if name == "hall_shell" else room_plan(params)


def hall_of(name: str, params: Mapping[str, Any]) -> Hall | None:
    """Return the racks and aisles of a hall, or None for a room."""
    return hall_plan(params) if name == "hall_shell" else None


def room_strips(plan: Plan, hall: Hall | None) -> tuple[Strip, ...]:
    """Return the strips of a room or hall.

    ``wall/east/0`` and so on run along what is free of each wall, the room on the left; ``window/north/0`` below its
    windows; ``corner/0`` to ``corner/3`` look into the room from its corners; ``floor/0`` is all of the floor. A hall
    has ``rack/0`` and so on, lines along which racks stand with their fronts inward, ``aisle/0`` between them,
    ``aisle/cross`` at their end, and ``floor/staging`` before its docks.
    """
    strips = [*_wall_strips(plan), *_corners(plan)]
    x, y, _ = plan.size_m
    if hall is None:
        return (
            *strips,
            Strip("floor/0", "floor", _line(-x / 2 + 0.1, 0.0, x / 2 - 0.1, 0.0), y - 0.2, _WALKING_M_S, "none"),
        )
    x0, x1 = hall.racks_x
    for index, (middle, up) in enumerate(hall.rack_rows):
        path = _line(x0, middle, x1, middle)
        strips.append(Strip(f"rack/{index}", "building_line", path, hall.rack_m, 0.0, "left" if up else "right"))
    for index, middle in enumerate(hall.aisles):
        path = _line(x0 - 0.5, middle, x1 + 1.0, middle)
        strips.append(Strip(f"aisle/{index}", "lane", path, hall.aisle_m, _DRIVING_M_S, "none"))
    low, high = hall.staging
    cross = (x1 + x / 2) / 2
    strips.append(
        Strip(
            "aisle/cross", "lane", _line(cross, low + 1.0, cross, y / 2 - 0.8), x / 2 - x1 - 0.8, _DRIVING_M_S, "none"
        )
    )
    staging = _line(-x / 2 + 0.6, (low + high) / 2, x1, (low + high) / 2)
    strips.append(Strip("floor/staging", "floor", staging, high - low - 1.2, _WALKING_M_S, "none"))
    return tuple(strips)


def room_lights(plan: Plan) -> tuple[RectLight, ...]:
    """Return lamps and windows as rectangles: a few for a row of lamps, up to two for the windows of a wall."""
    lights = []
    for wall, group in groupby(plan.openings, lambda each: each.wall):
        windows = [each for each in group if each.kind == "window"]
        # Two lights for a wall: one that stood for a whole row of windows would throw hard shadows from its middle.
        half = (len(windows) + 1) // 2
        lights += [_window_light(plan, wall, some) for some in (windows[:half], windows[half:]) if some]
    rows = [list(row) for _, row in groupby(plan.fixtures, lambda each: each.row)]
    for row in rows:
        lights += _row_lights(plan, row, max(_MOST_LIGHTS // len(rows), 1))
    return tuple(lights)


def returned_lux(plan: Plan, reflectance: float) -> float:
    """Return the light that comes back from all surfaces of a room, on each of them, as in an integrating sphere.

    Args:
        plan: The room.
        reflectance: Mean reflectance of its surfaces, 0..1.
    """
    x, y, z = plan.size_m
    area = 2 * (x * y + x * z + y * z)
    flux = sum(
        np.pi * plan.view_cd_m2 * each.width_m * (each.high_m - each.low_m)
        for each in plan.openings
        if each.kind == "window"
    )
    flux += sum(np.pi * plan.lamp_cd_m2 * each.share * each.size_m[0] * each.size_m[1] for each in plan.fixtures)
    return float(flux * reflectance / (area * (1 - reflectance)))


def room_sun(plan: Plan, azimuth_rad: float, elevation_rad: float, lux: float) -> SunLight | None:
    """Return the sun as it shines through the windows of the first wall that has some, or None where none has.

    Args:
        plan: The room.
        azimuth_rad: From straight through the windows, counter-clockwise seen from above.
        elevation_rad: Above the horizon.
        lux: On a surface that faces it.
    """
    walls = [each.wall for each in plan.openings if each.kind == "window"]
    if not walls:
        return None
    outward = -wall_axes(plan, walls[0])[1]
    heading = float(np.arctan2(outward[1], outward[0])) + azimuth_rad
    level = np.cos(elevation_rad)
    # Low sun is warm.
    colour = temperature_colour(3200.0 + 2300.0 * min(elevation_rad / np.radians(45.0), 1.0))
    return SunLight(
        direction_xyz=_triple(np.array([level * np.cos(heading), level * np.sin(heading), np.sin(elevation_rad)])),
        illuminance_lux=lux,
        colour=colour,
    )


def _window_light(plan: Plan, wall: int, windows: list[Opening]) -> RectLight:
    """Return the windows of a wall as one rectangle of the same light."""
    start, end = min(each.span_m[0] for each in windows), max(each.span_m[1] for each in windows)
    low, high = min(each.low_m for each in windows), max(each.high_m for each in windows)
    area = sum(each.width_m * (each.high_m - each.low_m) for each in windows)
    way, inward = wall_axes(plan, wall)
    rotation = np.column_stack([way, np.cross(inward, way), inward])
    return RectLight(
        position_m=_triple(on_wall(plan, wall, (start + end) / 2, (low + high) / 2, _LIGHT_GAP_M)),
        rotation_wxyz=_quadruple(quaternion_from_rotation(rotation)),
        size_wh_m=(end - start, high - low),
        intensity_cd=plan.view_cd_m2 * area,
        colour=temperature_colour(plan.view_k),
    )


def _row_lights(plan: Plan, lamps: list[Fixture], most: int) -> Iterator[RectLight]:
    lit = [each for each in lamps if each.share > 0]
    if not lit or plan.lux <= 0:
        return
    reach = max(each.centre_m[0] for each in lit) - min(each.centre_m[0] for each in lit) + lit[0].size_m[0]
    count = min(max(1, int(np.ceil(reach / _LONGEST_LIGHT_M))), most, len(lit))
    down = np.column_stack([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    for index in range(count):
        some = lit[index * len(lit) // count : (index + 1) * len(lit) // count]
        low, high = some[0].centre_m[0] - some[0].size_m[0] / 2, some[-1].centre_m[0] + some[-1].size_m[0] / 2
        _, y, z = some[0].centre_m
        area = sum(each.size_m[0] * each.size_m[1] * each.share for each in some)
        yield RectLight(
            position_m=((low + high) / 2, y, z - _LIGHT_GAP_M),
            rotation_wxyz=_quadruple(quaternion_from_rotation(down)),
            size_wh_m=(high - low, some[0].size_m[1]),
            intensity_cd=plan.lamp_cd_m2 * area,
            colour=temperature_colour(plan.lamp_k),
        )


def _wall_strips(plan: Plan) -> Iterator[Strip]:
    for wall, name in enumerate(WALLS):
        length = plan.wall_length_m(wall)
        holes = sorted((each for each in plan.openings if each.wall == wall), key=lambda each: each.middle_m)
        at, free, below = 0.0, 0, 0
        for each in holes:
            start, end = each.span_m
            gap = _DOOR_GAP_M if each.kind == "door" else 0.05
            if start - gap - at >= _SHORTEST_M:
                yield _wall_strip(plan, wall, f"wall/{name}/{free}", at, start - gap)
                free += 1
            if each.kind == "window":
                yield _wall_strip(plan, wall, f"window/{name}/{below}", start, end)
                below += 1
            at = end + gap
        if length - at >= _SHORTEST_M:
            yield _wall_strip(plan, wall, f"wall/{name}/{free}", at, length)


def _wall_strip(plan: Plan, wall: int, name: str, start_m: float, end_m: float) -> Strip:
    path = np.stack([on_wall(plan, wall, at, 0.0, _OFF_WALL_M) for at in (start_m, end_m)])
    return Strip(name, "wall", path, 0.0, 0.0, "left")


def _corners(plan: Plan) -> Iterator[Strip]:
    for wall in range(4):
        way, inward = wall_axes(plan, wall)
        here = on_wall(plan, wall, 0.0, 0.0)
        path = np.stack([here + 0.5 * inward + 0.25 * way, here + 0.25 * inward + 0.5 * way])
        yield Strip(f"corner/{wall}", "verge", path, 0.0, 0.0, "left")


def _line(x0: float, y0: float, x1: float, y1: float) -> Float:
    return np.array([[x0, y0, 0.0], [x1, y1, 0.0]])


def _triple(values: Float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _quadruple(values: Float) -> tuple[float, float, float, float]:
    w, x, y, z = (float(value) for value in values)
    return w, x, y, z
