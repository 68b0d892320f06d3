"""The body of sofas and armchairs: base, arms, back, cushions and legs, put together from measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.procedural.finishes import fabric, in_tiles, wooden_uvs
from synthvision.library.procedural.models.furniture.upholstery import (
    cloth_uvs,
    furniture_legs,
    padded,
    soft_block,
    wood_or_metal,
)
from synthvision.library.procedural.shapes.cushions import Cushion
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about

__all__ = ["SeatBody", "upholstered"]

Colour = tuple[float, float, float]
Keys = dict[str, tuple[float, float, float]]

# A flat cushion stood up: its top faces +x, its length runs along y, its depth up.
_STOOD = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)


@dataclass(frozen=True, slots=True)
class SeatBody:
    """Measures in metres and choices of an upholstered seat.

    Args:
        width_m: Over the arms.
        depth_m: From front to back.
        seat_m: Height of the seat.
        back_m: Height over all.
        arm_m: Width of each arm.
        arm_height_m: Height of the arms.
        seats: Number of seat cushions.
        arm_style: ``block``, ``round`` or ``slim``.
        leg_style: See `furniture_legs`.
        leg_m: Height of the legs.
        leg_finish: Wood or metal.
        weave: Upholstery.
        colour: Its colour.
        pillow_colour: Of loose pillows.
        pillows: Number of loose pillows.
        softness: 0 is firm, 1 is sat out.
        wings: The back has ears on both sides.
        seed: Of folds and placement.
    """

    width_m: float
    depth_m: float
    seat_m: float
    back_m: float
    arm_m: float
    arm_height_m: float
    seats: int
    arm_style: str
    leg_style: str
    leg_m: float
    leg_finish: str
    weave: str
    colour: Colour
    pillow_colour: Colour
    pillows: int
    softness: float
    wings: bool
    seed: int


def upholstered(body: SeatBody) -> tuple[list[tuple[Mesh, Material]], Keys]:
    """Return the pieces and keypoints of a sofa or an armchair."""
    cells = (4, 2, 2)[body.seats - 1]
    inner = body.width_m - 2 * body.arm_m
    base_top = body.seat_m - 0.15
    front = body.depth_m / 2
    parts = [
        soft_block((body.depth_m - 0.03, body.width_m - 0.02, base_top - body.leg_m), 0.025, 0.004, cells=2).moved(
            (0.0, 0.0, (base_top + body.leg_m) / 2)
        )
    ]
    parts += _arms(body)
    lean = turn_about("y", -0.13)
    back_thick = 0.17
    back = soft_block(
        (back_thick, inner + (0.06 if body.arm_style == "slim" else 0.02), body.back_m - base_top + 0.02),
        0.05,
        0.012,
        cells=3,
    )
    parts.append(back.turned(lean).moved((-front + 0.115, 0.0, (body.back_m + base_top) / 2 - 0.02)))
    if body.wings:
        for side in (-1, 1):
            wing = soft_block((0.26, 0.09, body.back_m - body.arm_height_m + 0.06), 0.043, 0.01, cells=2)
            parts.append(
                wing.turned(lean).moved(
                    (-front + 0.21, side * (inner / 2 + 0.02), (body.back_m + body.arm_height_m) / 2 - 0.04)
                )
            )
    cords: list[Mesh] = []
    wide = inner / body.seats
    seat_deep = body.depth_m - 0.2
    soft = body.softness
    for k in range(body.seats):
        y = (k - (body.seats - 1) / 2) * wide
        shape = Cushion(
            (seat_deep, wide - 0.006, 0.15),
            0.045,
            0.028 + 0.02 * soft,
            0.006,
            0.05 * soft,
            0.003 + 0.005 * soft,
            flat_bottom=True,
            cells=cells + 1,
        )
        seat, cord = padded(
            shape, body.seed + k, np.eye(3), (front - seat_deep / 2 + 0.012, y, base_top + 0.077), piping=True
        )
        parts.append(seat)
        tall = body.back_m - body.seat_m + 0.03
        shape = Cushion(
            (wide - 0.008, tall, 0.15),
            0.06,
            0.045 + 0.02 * soft,
            0.008,
            0.01 * soft,
            0.004 + 0.006 * soft,
            cells=cells,
            pinch=0.25,
        )
        rest = turn_about("y", -0.2 - 0.05 * soft) @ _STOOD
        cushion_back, _ = padded(
            shape, body.seed + 7 + k, rest, (-front + 0.27, y, body.seat_m + tall / 2 - 0.015), piping=False
        )
        parts.append(cushion_back)
        cords += [cord] if cord is not None else []
    main = fabric("fabric", body.weave, body.colour, body.seed)
    pieces: list[tuple[Mesh, Material]] = [(cloth_uvs(join(parts)), main)]
    dark = (body.colour[0] * 0.6, body.colour[1] * 0.6, body.colour[2] * 0.6)
    pieces.append((join(cords), Material(name="piping", base_colour=(*dark, 1.0), roughness=0.9)))
    if body.pillows:
        pieces.append(
            (
                cloth_uvs(join(_pillows(body, inner, front))),
                fabric("pillows", "linen", body.pillow_colour, body.seed + 1),
            )
        )
    reach_x, reach_y = body.depth_m / 2 - 0.08, body.width_m / 2 - 0.08
    places = [(x, y) for x in (reach_x, -reach_x) for y in (reach_y, -reach_y)]
    legs = furniture_legs(places, body.leg_m, body.leg_style, 0.02 if body.leg_style == "tapered" else 0.0)
    metallic = body.leg_finish in ("black", "chrome", "brushed", "brass")
    pieces.append((in_tiles(legs) if metallic else wooden_uvs(legs), wood_or_metal("legs", body.leg_finish, body.seed)))
    seat_half = inner / 2
    return pieces, {
        "seat_centre": (0.05, 0.0, body.seat_m),
        "seat_front_left": (front, seat_half, body.seat_m - 0.04),
        "seat_front_right": (front, -seat_half, body.seat_m - 0.04),
        "back_top_left": (-front + 0.06, seat_half, body.back_m),
        "back_top_right": (-front + 0.06, -seat_half, body.back_m),
        "arm_front_left": (front, body.width_m / 2 - body.arm_m / 2, body.arm_height_m),
        "arm_front_right": (front, -body.width_m / 2 + body.arm_m / 2, body.arm_height_m),
        "foot_front_left": (reach_x, reach_y, 0.0),
        "foot_front_right": (reach_x, -reach_y, 0.0),
        "foot_back_left": (-reach_x, reach_y, 0.0),
        "foot_back_right": (-reach_x, -reach_y, 0.0),
    }


def _arms(body: SeatBody) -> list[Mesh]:
    arms = []
    for side in (-1, 1):
        y = side * (body.width_m - body.arm_m) / 2
        low = body.leg_m + 0.01
        if body.arm_style == "round":
            tall = body.arm_height_m - low - 0.5 * body.arm_m
            lower = soft_block((body.depth_m - 0.02, body.arm_m * 0.85, tall), 0.03, 0.006, cells=1)
            arms.append(lower.moved((0.0, y, low + tall / 2)))
            roll = soft_block((body.depth_m, body.arm_m * 1.15, body.arm_m * 1.05), 0.52 * body.arm_m, 0.006, cells=2)
            arms.append(roll.moved((0.0, y + side * 0.02, body.arm_height_m - 0.5 * body.arm_m)))
        else:
            round_off = 0.05 if body.arm_style == "block" else 0.03
            tall = body.arm_height_m - low
            arm = soft_block((body.depth_m, body.arm_m, tall), min(round_off, 0.4 * body.arm_m), 0.012, cells=2)
            arms.append(arm.moved((0.0, y, low + tall / 2)))
    return arms


def _pillows(body: SeatBody, inner: float, front: float) -> list[Mesh]:
    """Loose pillows that lean in the corners."""
    rng = rng_for(body.seed, 0, "seating.pillows")
    out = []
    for k in range(body.pillows):
        size = float(rng.uniform(0.36, 0.44))
        shape = Cushion(
            (size, size, 0.12), 0.055, 0.05, -0.012, 0.0, 0.006, pinch=0.9, cells=1 if body.seats > 2 else 3
        )
        side = (1, -1, 1)[k]
        turn = (
            turn_about("z", side * -0.35 + float(rng.normal(0, 0.1)))
            @ turn_about("y", -0.38)
            @ _STOOD
            @ turn_about("z", float(rng.normal(0, 0.12)))
        )
        y = side * (inner / 2 - 0.22 - 0.24 * (k == 2))
        mesh, _ = padded(
            shape,
            body.seed + 20 + k,
            turn,
            (-front + 0.42 + 0.05 * (k == 2), y, body.seat_m + 0.5 * size),
            piping=False,
        )
        out.append(mesh)
    return out
