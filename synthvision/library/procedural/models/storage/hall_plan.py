"""The plan of a hall: rack rows with aisles between, an open floor at the docks, lamps above the ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthvision.core.streams import rng_for
from synthvision.library.procedural.models.interior import Fixture, Opening, Plan

__all__ = ["Hall", "hall_plan"]

#: Free way before the walls at both ends of the rack rows; the east end is a cross aisle.
END_M, CROSS_M = 1.2, 4.2
WALL_GAP_M = 0.25
DOCK_WIDE_M, DOCK_TALL_M = 2.9, 3.1
_DOOR_WIDE_M, _DOOR_TALL_M = 1.0, 2.1
_SEGMENT_M = 16.0


@dataclass(frozen=True, slots=True)
class Hall:
    """Where everything of a hall is.

    Args:
        plan: Size, openings, lamps.
        rack_rows: Middle y of each row of racks and whether it faces +y, from the north.
        rack_m: Space that a row takes across.
        aisles: Middle y of each aisle between rows.
        aisle_m: Width of an aisle.
        staging: Low and high y of the open floor before the docks.
        racks_x: Where the rows begin and end along x.
    """

    plan: Plan
    rack_rows: tuple[tuple[float, bool], ...]
    rack_m: float
    aisles: tuple[float, ...]
    aisle_m: float
    staging: tuple[float, float]
    racks_x: tuple[float, float]


def hall_plan(params: Mapping[str, Any]) -> Hall:
    """Return where the racks, ways, doors and lamps of a hall are, from the parameters of its shell."""
    rng = rng_for(int(params["layout"]), 0, "hall_shell.plan")
    length, height = float(params["length_m"]), float(params["height_m"])
    aisles, aisle, rack = int(params["aisles"]), float(params["aisle_m"]), float(params["rack_m"])
    staging = float(params["staging_m"])
    # From the north, each aisle has a row on both sides; rows of neighbouring aisles stand back to back.
    width = WALL_GAP_M + aisles * (2 * rack + aisle) + (aisles - 1) * 0.15 + staging
    north = width / 2 - WALL_GAP_M
    rows, ways = [], []
    for _ in range(aisles):
        rows.append((north - rack / 2, False))
        ways.append(north - rack - aisle / 2)
        rows.append((north - rack - aisle - rack / 2, True))
        north -= 2 * rack + aisle + 0.15
    floor = (-width / 2, north + 0.15)
    docks = max(min(int(params["docks"]), int((length - 4) / (DOCK_WIDE_M + 1.4))), 1)
    pitch = (length - 4) / docks
    openings = [Opening("door", 3, 2 + pitch * (index + 0.5), DOCK_WIDE_M, 0.0, DOCK_TALL_M) for index in range(docks)]
    # A door for people, in the east wall near the open floor.
    openings.append(
        Opening("door", 0, 0.8 + 0.5 * staging * float(rng.uniform(0.3, 1.0)), _DOOR_WIDE_M, 0.0, _DOOR_TALL_M)
    )
    lamp_rows = [*ways, (floor[0] + floor[1]) / 2]
    dark = int(params["dark_rows"])
    dark_at = set(rng.permutation(len(ways))[:dark].tolist())
    fixtures = []
    face = (0.42, 0.42) if params["lamps"] == "high_bay" else (1.5, 0.16)
    count = max(2, round(length / float(params["lamp_pitch_m"])))
    for row, y in enumerate(lamp_rows):
        for index in range(count):
            share = 0.06 if row in dark_at else 1.0
            # Some lamps are out.
            share *= 0.0 if rng.random() < float(params["failed"]) else float(rng.uniform(0.92, 1.0))
            x = length * ((index + 0.5) / count - 0.5)
            fixtures.append(Fixture((x, y, height - float(params["truss_m"]) - 0.55), face, row, share))
    plan = Plan(
        size_m=(length, width, height),
        openings=tuple(openings),
        fixtures=tuple(fixtures),
        view_cd_m2=float(params["view_cd_m2"]),
        lux=float(params["lux"]),
        lamp_k=float(params["lamp_k"]),
    )
    return Hall(plan, tuple(rows), rack, tuple(ways), aisle, floor, (-length / 2 + END_M, length / 2 - CROSS_M))
