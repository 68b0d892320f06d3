"""Frame, bars, drive and luggage of bicycles, placed by a few joints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthvision.library.procedural.models.vehicles.cycle_wheels import ring
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import rounded_rectangle
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["Joints", "bar_meshes", "basket", "chain_meshes", "fork_mesh", "frame_mesh", "joints", "rack", "saddle_mesh"]


@dataclass(frozen=True, slots=True)
class Joints:
    """Where the tubes of a bicycle meet, (x, z) in metres; x runs forward.

    Args:
        rear: Rear axle.
        front: Front axle.
        bottom: Bottom bracket.
        seat: Top of the seat tube.
        saddle: Middle of the saddle's top.
        head_low: Lower end of the head tube.
        head_top: Its upper end.
        bar: Middle of the handlebar.
        steer: Unit vector up the steering axis.
    """

    rear: Floats
    front: Floats
    bottom: Floats
    seat: Floats
    saddle: Floats
    head_low: Floats
    head_top: Floats
    bar: Floats
    steer: Floats


def joints(params: Mapping[str, Any], radius: float) -> Joints:
    """Return the joints for a style and size; seat tube 73 degrees, head tube 70-72 degrees, fork rake 45 mm."""
    style, size = str(params["style"]), float(params["frame_m"])
    upright = style in ("city", "step_through")
    base = {"road": 0.99, "mountain": 1.12}.get(style, 1.07) + 0.4 * (size - 0.54)
    rear, front = np.array([-base / 2, radius]), np.array([base / 2, radius])
    bottom = rear + np.array([0.43 if style != "road" else 0.41, -0.06 if style != "mountain" else -0.03])
    seat_way = np.array([-np.cos(np.radians(72.5)), np.sin(np.radians(72.5))])
    seat = bottom + seat_way * (size - 0.04)
    saddle = bottom + seat_way * float(params["saddle_m"])
    angle = np.radians(72.5 if style == "road" else 69.5)
    steer = np.array([-np.cos(angle), np.sin(angle)])
    ahead = np.array([np.sin(angle), np.cos(angle)])
    travel = 0.44 if style == "mountain" else 0.375
    head_low = front - 0.045 * ahead + steer * travel
    head_top = head_low + steer * max(0.30 * size, 0.11)
    rise = float(params["bar_rise_m"]) + (0.10 if upright else 0.02)
    reach = 0.02 if upright else 0.09
    bar = head_top + steer * (0.04 + rise) + ahead * reach
    return Joints(rear, front, bottom, seat, saddle, head_low, head_top, bar, steer)


def _at(point: Floats, y: float = 0.0) -> list[float]:
    return [float(point[0]), y, float(point[1])]


def frame_mesh(params: Mapping[str, Any], at: Joints) -> Mesh:
    """Return all tubes of the frame."""
    thick = 0.021 if str(params["style"]) in ("road", "mountain") else 0.0165
    down = at.head_low + 0.02 * at.steer
    top = at.head_top - 0.02 * at.steer
    tubes = [rods([_at(at.head_low - 0.01 * at.steer)], [_at(at.head_top + 0.01 * at.steer)], 0.0205, 10)]
    if str(params["style"]) == "step_through":
        low = at.bottom + 0.30 * (at.seat - at.bottom)
        bend = np.array([at.bottom[0] + 0.17, low[1] + 0.02])
        tubes.append(tube_along(bent_path([_at(top), _at(bend), _at(low)], 0.2, 5), thick * 0.9, 8))
        sag = np.array([at.bottom[0] + 0.14, at.bottom[1] + 0.06])
        tubes.append(tube_along(bent_path([_at(down), _at(sag), _at(at.bottom)], 0.2, 5), thick, 8))
    else:
        drop = {"mountain": 0.06, "city": 0.03}.get(str(params["style"]), 0.015)
        seat_end = at.seat + (at.bottom - at.seat) / np.linalg.norm(at.bottom - at.seat) * drop
        tubes.append(rods([_at(top), _at(down)], [_at(seat_end), _at(at.bottom)], np.array([0.85 * thick, thick]), 10))
    tubes.append(rods([_at(at.bottom)], [_at(at.seat)], 0.0165, 10))
    tubes.append(rods([[at.bottom[0], -0.036, at.bottom[1]]], [[at.bottom[0], 0.036, at.bottom[1]]], 0.022, 10))
    stay_top = at.seat + 0.12 * (at.bottom - at.seat)
    for y in (-1, 1):
        rear = _at(at.rear, y * 0.066)
        tubes.append(rods([_at(stay_top, y * 0.02), _at(at.bottom, y * 0.03)], [rear, rear], 0.0085, 7))
        tubes.append(bevelled_boxes(np.array([[0.045, 0.006, 0.04]]), np.array([rear]), 0.0015))
    return join(tubes)


def fork_mesh(params: Mapping[str, Any], at: Joints) -> Mesh:
    """Return the fork: blades with rake, or the legs of a suspension fork."""
    crown = at.head_low - 0.012 * at.steer
    pieces = []
    wide = 0.062 if str(params["style"]) == "mountain" else 0.05
    for y in (-1, 1):
        if str(params["style"]) == "mountain":
            ahead = np.array([at.steer[1], -at.steer[0]])
            leg = crown + 0.03 * ahead
            low = leg - at.steer * (np.linalg.norm(crown - at.front) - 0.03)
            half = leg - 0.48 * (leg - low)
            pieces.append(
                rods(
                    [_at(leg + 0.03 * at.steer, y * wide), _at(half, y * wide)],
                    [_at(half, y * wide), _at(low, y * wide)],
                    np.array([0.016, 0.022]),
                    8,
                )
            )
        else:
            knee = crown + 0.72 * (at.front - 0.045 * np.array([at.steer[1], -at.steer[0]]) - crown)
            path = bent_path([_at(crown, y * 0.034), _at(knee, y * wide), _at(at.front, y * 0.054)], 0.12, 4)
            pieces.append(tube_along(path, 0.0115, 7, scale_k=np.linspace(1.15, 0.75, len(path))))
    pieces.append(rods([_at(crown, -wide - 0.01)], [_at(crown, wide + 0.01)], 0.017, 8))
    return join(pieces)


def bar_meshes(params: Mapping[str, Any], at: Joints) -> tuple[Mesh, Mesh, dict[str, tuple[float, float, float]]]:
    """Return handlebar with stem and levers, the grips, and the middles of the grips."""
    half = float(params["bar_width_m"]) / 2
    bar = at.bar
    style = str(params["bar"])
    if style == "drop":
        side = [
            (0.0, 0.0, 0.0),
            (0.0, 0.17, 0.0),
            (0.075, 0.205, -0.005),
            (0.10, 0.21, -0.06),
            (0.055, 0.21, -0.125),
            (-0.05, 0.21, -0.13),
        ]
        grip = (2, 5)
    elif style == "swept":
        side = [
            (0.0, 0.0, 0.0),
            (0.05, 0.08, 0.04),
            (0.02, 0.72 * half, 0.055),
            (-0.08, 0.94 * half, 0.045),
            (-0.19, half, 0.03),
        ]
        grip = (3, 4)
    else:
        side = [(0.0, 0.0, 0.0), (0.0, 0.08, 0.012), (-0.015, half - 0.13, 0.025), (-0.03, half, 0.025)]
        grip = (2, 3)
    left = np.array(side) + _at(bar)
    mirror = np.array([1.0, -1.0, 1.0])
    path = bent_path(np.concatenate([(left * mirror)[:0:-1], left]), 0.05, 3)
    stem = rods(
        [_at(at.head_top), _at(at.head_top + 0.03 * at.steer)],
        [_at(at.head_top + 0.05 * at.steer), _at(bar)],
        np.array([0.016, 0.014]),
        8,
    )
    grips, levers, middles = [], [], {}
    for name, sign in (("left_grip", 1.0), ("right_grip", -1.0)):
        row = left * [1.0, sign, 1.0]
        held = bent_path(row[grip[0] : grip[1] + 1], 0.05, 2)
        grips.append(tube_along(held, 0.0165, 8))
        middle = (row[grip[1] - 1] + row[grip[1]]) / 2
        middles[name] = (float(middle[0]), float(middle[1]), float(middle[2]))
        inner, outer = row[grip[0]], row[grip[1]]
        reach = np.array([0.045, 0.0, -0.02]) if style != "drop" else np.array([0.03, 0.0, 0.0])
        levers.append(rods([inner], [inner + reach], 0.008, 6))
        levers.append(
            rods(
                [inner + reach], [inner + 0.75 * (outer - inner) + reach * (0.8 if style != "drop" else 0.9)], 0.006, 6
            )
        )
    return join([tube_along(path, 0.0125, 8), stem, *levers]), join(grips), middles


def saddle_mesh(at: Joints, width_m: float) -> tuple[Mesh, Mesh]:
    """Return the saddle, and the seat post with rails."""

    def shape(points: Floats) -> Floats:
        x, y, z = points.T
        share = np.clip((x + 0.135) / 0.27, 0.0, 1.0)
        narrow = 0.30 + 0.70 * np.clip(1.0 - 1.35 * share, 0.0, 1.0) ** 0.7 * np.clip(1.25 - share, 0, 1)
        lift = 0.022 * (2 * share - 1) ** 2 + 0.012 * (1 - share)
        droop = -0.35 * np.abs(y) * (1 - 0.3 * share)
        return np.stack([x, y * narrow, z + lift + droop], axis=1)

    seat = deformed(rounded_box((0.27, width_m, 0.05), 0.022, 2, 2), shape).moved(_at(at.saddle - [0.0, 0.03]))
    clamp = at.saddle - [0.0, 0.065]
    post = rods([_at(at.seat - 0.05 * (at.seat - at.bottom))], [_at(clamp)], 0.0132, 8)
    rails = rods(
        [[clamp[0] - 0.08, y, clamp[1] + 0.02] for y in (-0.022, 0.022)],
        [[clamp[0] + 0.10, 0.6 * y, clamp[1] + 0.03] for y in (-0.022, 0.022)],
        0.0035,
        5,
    )
    block = bevelled_boxes(np.array([[0.05, 0.05, 0.03]]), np.array([_at(clamp)]), 0.006)
    return seat, join([post, rails, block])


def chain_meshes(at: Joints, crank_rad: float) -> tuple[dict[str, Mesh], dict[str, tuple[float, float, float]]]:
    """Return ``chain``, ``metal`` (cranks, chainring) and ``rubber`` (pedals), and where the pedals are."""
    y = -0.045
    big, small = 0.085, 0.038
    way = at.rear - at.bottom
    normal = np.array([way[1], -way[0]]) / np.linalg.norm(way)
    up = normal if normal[1] > 0 else -normal
    runs = [(at.bottom + sign * up * big, at.rear + sign * up * small) for sign in (1, -1)]
    chain = rods([_at(a, y) for a, _ in runs], [_at(b, y) for _, b in runs], 0.0045, 5)
    discs = [
        ring(big - 0.008, rounded_rectangle(0.022, 0.004, 0.001, 1), 18).moved(_at(at.bottom, y)),
        ring(0.5 * small, rounded_rectangle(small, 0.018, 0.004, 1), 14).moved(_at(at.rear, y)),
    ]
    arms = crank_rad + 2 * np.pi * np.arange(5) / 5
    spider = [[at.bottom[0] + (big - 0.012) * np.cos(t), y, at.bottom[1] + (big - 0.012) * np.sin(t)] for t in arms]
    discs.append(rods(np.tile(_at(at.bottom, y), (5, 1)), np.array(spider), 0.006, 5))
    pedals, places = [], {}
    for name, side, turn in (("right_pedal", -1.0, crank_rad), ("left_pedal", 1.0, crank_rad + np.pi)):
        reach = at.bottom + 0.17 * np.array([np.cos(turn), np.sin(turn)])
        discs.append(rods([_at(at.bottom, side * 0.062)], [_at(reach, side * 0.075)], 0.0105, 7))
        discs.append(rods([_at(reach, side * 0.07)], [_at(reach, side * 0.175)], 0.006, 6))
        pedals += [((0.022, 0.09, 0.024), (reach[0] + d, side * 0.13, reach[1])) for d in (-0.036, 0.036)]
        pedals.append(((0.09, 0.02, 0.018), (reach[0], side * 0.13, reach[1])))
        places[name] = (float(reach[0]), side * 0.13, float(reach[1]) + 0.012)
    discs.append(rods([_at(at.bottom, -0.068)], [_at(at.bottom, 0.068)], 0.010, 8))
    blocks = bevelled_boxes(np.array([size for size, _ in pedals]), np.array([place for _, place in pedals]), 0.004)
    return {"chain": chain, "metal": join(discs), "rubber": blocks}, places


def basket(centre: Floats, size: tuple[float, float, float]) -> Mesh:
    """Return a wire basket, open above, wider at the top."""
    length, width, height = size
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64) / 2
    starts, ends = [], []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        grow = 0.82 + 0.18 * share
        level = [[c[0] * length * grow, c[1] * width * grow, share * height] for c in corners]
        starts += level
        ends += level[1:] + level[:1]
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        for share in np.linspace(0, 1, 6)[:-1]:
            x, y = (a + (b - a) * share) * [length, width]
            starts.append([0.82 * x, 0.82 * y, 0.0])
            ends.append([x, y, height])
    for share in np.linspace(-0.4, 0.4, 4):
        starts += [[-0.41 * length, 0.82 * share * width, 0.0], [0.82 * share * length, -0.41 * width, 0.0]]
        ends += [[0.41 * length, 0.82 * share * width, 0.0], [0.82 * share * length, 0.41 * width, 0.0]]
    return rods(np.array(starts), np.array(ends), 0.0022, 4).moved(centre)


def rack(at: Joints, radius: float) -> Mesh:
    """Return the carrier over the rear wheel with its stays."""
    z = 2 * radius + 0.05
    x = float(at.rear[0])
    path = bent_path(
        [[x + 0.20, 0.055, z], [x - 0.20, 0.055, z], [x - 0.20, -0.055, z], [x + 0.20, -0.055, z]], 0.03, 3
    )
    starts = [
        [x + 0.20, 0.0, z],
        [x + 0.05, 0.055, z],
        [x + 0.05, -0.055, z],
        [x - 0.12, 0.055, z],
        [x - 0.12, -0.055, z],
    ]
    ends = [[x - 0.20, 0.0, z], *([x, side * 0.072, radius] for side in (1, -1, 1, -1))]
    cross = [([x + d, -0.055, z], [x + d, 0.055, z]) for d in (-0.08, 0.06, 0.19)]
    tie = [
        ([x + 0.19, side * 0.055, z], [*_at(at.seat + 0.2 * (at.bottom - at.seat), side * 0.02)]) for side in (1, -1)
    ]
    starts += [a for a, _ in (*cross, *tie)]
    ends += [b for _, b in (*cross, *tie)]
    return join([tube_along(path, 0.006, 6), rods(np.array(starts), np.array(ends), 0.005, 5)])
