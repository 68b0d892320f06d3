"""Boards, blocks and grids of pallets, shared by the pallet itself and by what stands on one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about

__all__ = ["PALLET_SIZES", "PalletSize", "block_pallet", "plastic_pallet", "stringer_pallet"]

BOARD_M = 0.022


@dataclass(frozen=True, slots=True)
class PalletSize:
    """Length, width and height over all, metres, and widths of the boards of the top deck."""

    length_m: float
    width_m: float
    height_m: float
    top_boards_m: tuple[float, ...]


PALLET_SIZES = {
    # EUR pallet 1200 x 800 x 144 mm, EN 13698-1: boards of 145 and 100 mm, all 22 mm thick, blocks of 78 mm.
    "euro": PalletSize(1.2, 0.8, 0.144, (0.145, 0.1, 0.145, 0.1, 0.145)),
    # 1200 x 1000 x 162 mm, EN 13698-2, simplified to seven boards across.
    "industrial": PalletSize(1.2, 1.0, 0.162, (0.145, 0.1, 0.1, 0.145, 0.1, 0.1, 0.145)),
    # Half of an EUR pallet, 800 x 600 mm.
    "half": PalletSize(0.8, 0.6, 0.144, (0.12, 0.1, 0.12, 0.1, 0.12)),
}


def block_pallet(size: PalletSize, rng: np.random.Generator, looseness: float, missing: int) -> tuple[Mesh, Mesh]:
    """Return boards and blocks of a pallet in metres of grain; `missing` boards of the top deck are broken off."""
    length, width, height = size.length_m, size.width_m, size.height_m
    boards, blocks = BoxSet(rng), BoxSet(rng)
    block_tall = height - 3 * BOARD_M

    def loose(scale: float) -> float:
        return float(rng.normal(0, scale)) * looseness

    def turned() -> np.ndarray:
        return turn_about("z", loose(0.006)) @ turn_about("y", loose(0.001))

    total = sum(size.top_boards_m)
    gap = (width - total) / (len(size.top_boards_m) - 1)
    broken = {int(k) for k in rng.permutation(len(size.top_boards_m))[:missing]}
    y = -width / 2
    for index, wide in enumerate(size.top_boards_m):
        long = length + loose(0.004)
        centre = (loose(0.004), y + wide / 2 + loose(0.003), height - BOARD_M / 2)
        if index in broken:
            # A splintered rest stays nailed to the outer stringer.
            long = length * float(rng.uniform(0.35, 0.6))
            centre = (length / 2 - long / 2, centre[1], centre[2])
        boards.add((long, wide, BOARD_M), centre, "x", turned())
        y += wide + gap
    rows = [(-width / 2 + 0.05, 0.1), (0.0, 0.145), (width / 2 - 0.05, 0.1)]
    for x in (-length / 2 + 0.0725, 0.0, length / 2 - 0.0725):
        wide = 0.145
        boards.add((wide, width, BOARD_M - 0.0006), (x, loose(0.003), height - 1.5 * BOARD_M), "y")
        for across, block_wide in rows:
            blocks.add(
                (wide + loose(0.003), block_wide, block_tall),
                (x + loose(0.003), across + loose(0.002), BOARD_M + block_tall / 2),
                "y",
                turn_about("z", loose(0.015)),
            )
    for across, wide in rows:
        boards.add((length + loose(0.004), wide, BOARD_M), (loose(0.003), across, BOARD_M / 2), "x", turned())
    return boards.mesh(0.002, 0.22), blocks.mesh(0.003, 0.25)


def stringer_pallet(rng: np.random.Generator, looseness: float, missing: int) -> tuple[Mesh, Mesh]:
    """Return boards and stringers of a 48 by 40 inch pallet with notched stringers (ASME MH1 calls it two-way)."""
    length, width, board, tall = 1.219, 1.016, 0.016, 0.09
    boards, beams = BoxSet(rng), BoxSet(rng)
    broken = {int(k) for k in rng.permutation(7)[:missing]}
    for level, count in ((tall + 1.5 * board, 7), (board / 2, 5)):
        for k in range(count):
            x = -length / 2 + 0.045 + k * (length - 0.09) / (count - 1)
            if level > tall and k in broken:
                continue
            skew = turn_about("z", float(rng.normal(0, 0.006)) * looseness)
            boards.add((0.09, width + float(rng.normal(0, 0.004)) * looseness, board), (x, 0.0, level), "y", skew)
    for y in (-width / 2 + 0.019, 0.0, width / 2 - 0.019):
        # Notches for forks leave feet at the ends and in the middle.
        beams.add((length, 0.038, 0.05), (0.0, y, board + tall - 0.025), "x")
        for x, long in ((-0.48, 0.25), (0.0, 0.26), (0.48, 0.25)):
            beams.add((long, 0.0376, 0.0415), (x, y, board + 0.02), "x")
    return boards.mesh(0.0015, 0.22), beams.mesh(0.002, 0.22)


def plastic_pallet(size: PalletSize, rng: np.random.Generator, runners: bool) -> Mesh:
    """Return a moulded pallet: a grid deck in a rim, nine feet, with or without runners."""
    length, width, height = size.length_m, size.width_m, size.height_m
    bars = BoxSet(rng)
    deck = 0.035
    z = height - deck / 2
    for side in (-1, 1):
        bars.add((length, 0.05, deck + 0.012), (0.0, side * (width / 2 - 0.025), z), "x")
        bars.add((0.05, width - 0.09, deck + 0.01), (side * (length / 2 - 0.025), 0.0, z), "y")
    columns, rows = round(length / 0.105), round(width / 0.1)
    for k in range(1, columns):
        x = -length / 2 + k * length / columns
        bars.add((0.02, width - 0.08, deck), (x, 0.0, z - 0.001), "y")
    for k in range(1, rows):
        y = -width / 2 + k * width / rows
        bars.add((length - 0.08, 0.02, deck - 0.004), (0.0, y, z - 0.0015), "x")
    feet = []
    low = 0.022 if runners else 0.0
    for x in (-1, 0, 1):
        for y in (-1, 0, 1):
            foot = rounded_box((0.15, 0.13, height - deck + 0.01 - low), 0.014, 1)
            middle = (x * (length / 2 - 0.08), y * (width / 2 - 0.07), low + (height - deck + 0.01 - low) / 2)
            feet.append(foot.moved(middle))
            bars.add((0.15, 0.14, 0.01), (middle[0], middle[1], height - 0.0092), "x")
    if runners:
        for y in (-1, 0, 1):
            bars.add((length - 0.01, 0.12, 0.024), (0.0, y * (width / 2 - 0.07), 0.012), "x")
    return join([bars.mesh(0.004), *feet])
