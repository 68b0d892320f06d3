"""How planks and tiles cover a floor: which piece lies under each pixel, and where in the piece the pixel is.

All layouts repeat without a seam. Lengths are metres; images are (size, size) and cover one repeat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import Image

__all__ = [
    "Layout",
    "basket_layout",
    "grid_layout",
    "herringbone_layout",
    "hexagon_layout",
    "plank_layout",
    "sheet_index",
]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The pieces of a floor.

    Args:
        piece_hw: int32 (size, size), index of the piece, 0 to count - 1.
        along_m_hw: float32 (size, size), distance from the start of the piece along its length.
        across_m_hw: float32 (size, size), distance from the side of the piece.
        edge_m_hw: float32 (size, size), distance to the nearest border of the piece.
        count: Number of pieces.
    """

    piece_hw: NDArray[np.int32]
    along_m_hw: Image
    across_m_hw: Image
    edge_m_hw: Image
    count: int


def plank_layout(rng: np.random.Generator, size: int, tile_m: float, rows: int, joints_per_row: int) -> Layout:
    """Return straight planks in `rows` rows, their ends staggered at random.

    Args:
        rng: Generator to draw from.
        size: Pixels along each side.
        tile_m: Metres along each side.
        rows: Planks from top to bottom.
        joints_per_row: Planks that follow one another in a row before it repeats.
    """
    width_m, spacing_m = tile_m / rows, tile_m / joints_per_row
    centre_m = _pixel_centres(size, tile_m)
    piece = np.zeros((rows, size), np.int32)
    along = np.zeros((rows, size), np.float32)
    end = np.zeros((rows, size), np.float32)
    start_m = 0.0
    for row in range(rows):
        # Neighbouring rows are shifted by 30 to 70 % of a plank: joints never line up as they would not in a floor.
        start_m += spacing_m * (0.3 + 0.4 * float(rng.random()))
        wobble = spacing_m * 0.35 * (rng.random(joints_per_row) - 0.5)
        joints = np.sort((start_m + spacing_m * np.arange(joints_per_row) + wobble) % tile_m)
        behind = (np.searchsorted(joints, centre_m, side="right") - 1) % joints_per_row
        ahead = (behind + 1) % joints_per_row
        length = (joints[ahead] - joints[behind]) % tile_m if joints_per_row > 1 else np.full(size, tile_m)
        piece[row] = row * joints_per_row + behind
        along[row] = (centre_m - joints[behind]) % tile_m
        end[row] = length - along[row]
    row_of_pixel = np.minimum((centre_m / width_m).astype(np.int64), rows - 1)
    side = (centre_m - row_of_pixel * width_m).astype(np.float32)
    side_edge = np.minimum(side, np.float32(width_m) - side)
    edge = np.minimum(np.minimum(along, end)[row_of_pixel], side_edge[:, None])
    across = np.broadcast_to(side[:, None], (size, size))
    return Layout(piece[row_of_pixel], along[row_of_pixel], across, edge, rows * joints_per_row)


def herringbone_layout(size: int, tile_m: float, ratio: int, repeats: int) -> Layout:
    """Return blocks laid at right angles to each other in zigzag rows.

    Args:
        size: Pixels along each side.
        tile_m: Metres along each side.
        ratio: Length of a block in widths, 2 or more.
        repeats: How often the pattern of ``2 * ratio`` block widths fits into the tile.
    """
    cells = 2 * ratio * repeats
    width_m = tile_m / cells
    column, row = np.meshgrid(np.arange(cells, dtype=np.int32), np.arange(cells, dtype=np.int32))
    phase = (column - row) % (2 * ratio)
    level = phase < ratio
    step = np.where(level, phase, 2 * ratio - 1 - phase).astype(np.float32)
    start = np.where(level, row * cells + (column - step) % cells, (row - step) % cells * cells + column)
    _, number = np.unique(start, return_inverse=True)
    # From cells to pixels.
    centre_m = _pixel_centres(size, tile_m)
    cell = np.minimum((centre_m / width_m).astype(np.int32), cells - 1)
    rest = (centre_m - cell * width_m).astype(np.float32)
    place = np.ix_(cell, cell)
    is_level = level[place]
    along = step[place] * np.float32(width_m) + np.where(is_level, rest[None, :], rest[:, None])
    across = np.where(is_level, rest[:, None], rest[None, :])
    return _rectangles(number.reshape(cells, cells)[place].astype(np.int32), along, across, ratio * width_m, width_m)


def basket_layout(size: int, tile_m: float, squares: int, strips: int) -> Layout:
    """Return squares of parallel strips, turned by a right angle from square to square.

    Args:
        size: Pixels along each side.
        tile_m: Metres along each side.
        squares: Squares along each side of the tile, an even number.
        strips: Strips in a square.
    """
    square_m = tile_m / squares
    width_m = square_m / strips
    centre_m = _pixel_centres(size, tile_m)
    square = np.minimum((centre_m / square_m).astype(np.int32), squares - 1)
    rest = (centre_m - square * square_m).astype(np.float32)
    level = (square[None, :] + square[:, None]) % 2 == 0
    along = np.where(level, rest[None, :], rest[:, None])
    side = np.where(level, rest[:, None], rest[None, :])
    strip = np.minimum((side / width_m).astype(np.int32), strips - 1)
    piece = ((square[:, None] * squares + square[None, :]) * strips + strip).astype(np.int32)
    return _rectangles(piece, along, side - strip * np.float32(width_m), square_m, width_m)


def grid_layout(size: int, tile_m: float, columns: int, rows: int, shift: float = 0.0) -> Layout:
    """Return equal rectangles in rows.

    Args:
        size: Pixels along each side.
        tile_m: Metres along each side.
        columns: Rectangles in a row.
        rows: Rows; even where `shift` is not 0.
        shift: Part of a length by which every second row is shifted: 0.5 is a brick bond.
    """
    length_m, width_m = tile_m / columns, tile_m / rows
    centre_m = _pixel_centres(size, tile_m)
    row = np.minimum((centre_m / width_m).astype(np.int32), rows - 1)
    shifted = (centre_m[None, :] - (row % 2)[:, None] * (shift * length_m)) % tile_m
    column = np.minimum((shifted / length_m).astype(np.int32), columns - 1)
    along = (shifted - column * length_m).astype(np.float32)
    across = np.broadcast_to((centre_m - row * width_m).astype(np.float32)[:, None], (size, size))
    return _rectangles((row[:, None] * columns + column).astype(np.int32), along, across, length_m, width_m)


def hexagon_layout(size: int, tile_m: float, columns: int) -> Layout:
    """Return hexagons with a corner at the top, in rows shifted by half a width.

    Args:
        size: Pixels along each side.
        tile_m: Metres along each side.
        columns: Hexagons in a row; the number of rows is the even number that keeps them nearest to regular.
    """
    pitch_x = tile_m / columns
    rows = 2 * max(round(tile_m / (pitch_x * np.sqrt(3.0))), 1)
    # Stretched by at most a few percent so that whole rows fit.
    squeeze = (pitch_x * np.sqrt(3.0) / 2) / (tile_m / rows)
    pitch_y = tile_m / rows
    centre_m = _pixel_centres(size, tile_m)
    x, y = centre_m[None, :].astype(np.float32), centre_m[:, None].astype(np.float32)
    nearest = np.full((size, size), np.inf, np.float32)
    piece = np.zeros((size, size), np.int32)
    from_x = np.zeros((size, size), np.float32)
    from_y = np.zeros((size, size), np.float32)
    for parity in (0, 1):
        row = 2 * np.round((y / pitch_y - parity) / 2) + parity
        column = np.round(x / pitch_x - 0.5 * parity)
        offset_x = x - (column + 0.5 * parity) * np.float32(pitch_x)
        offset_y = (y - row * np.float32(pitch_y)) * np.float32(squeeze)
        distance = offset_x * offset_x + offset_y * offset_y
        closer = distance < nearest
        np.copyto(nearest, distance, where=closer)
        np.copyto(piece, ((row % rows) * columns + column % columns).astype(np.int32), where=closer)
        np.copyto(from_x, np.broadcast_to(offset_x, distance.shape), where=closer)
        np.copyto(from_y, np.broadcast_to(offset_y, distance.shape), where=closer)
    reach = np.maximum(np.abs(from_x), 0.5 * np.abs(from_x) + np.float32(np.sqrt(0.75)) * np.abs(from_y))
    edge = np.float32(pitch_x / 2) - reach
    half = np.float32(pitch_x)
    return Layout(piece, from_x + half, from_y + half, edge, rows * columns)


def sheet_index(rng: np.random.Generator, layout: Layout, pixel_m: float) -> NDArray[np.int32]:
    """Return where each pixel reads in an image of the floor's size so that every piece shows another part of it.

    Args:
        rng: Generator to draw from.
        layout: The pieces.
        pixel_m: Size of a pixel in metres.

    Returns:
        int32 (size, size), flat indices for `numpy.take`; the image's columns run along the pieces.
    """
    size = len(layout.piece_hw)
    start = rng.integers(0, size, (2, layout.count)).astype(np.int32)
    column = (layout.along_m_hw * np.float32(1 / pixel_m)).astype(np.int32) + start[0][layout.piece_hw]
    row = (layout.across_m_hw * np.float32(1 / pixel_m)).astype(np.int32) + start[1][layout.piece_hw]
    return np.asarray(row % size * size + column % size, np.int32)


def _rectangles(piece: NDArray[np.int32], along: Image, across: Image, length_m: float, width_m: float) -> Layout:
    along, across = np.asarray(along, np.float32), np.asarray(across, np.float32)
    edge = np.minimum(np.minimum(along, np.float32(length_m) - along), np.minimum(across, np.float32(width_m) - across))
    return Layout(piece, along, across, edge, int(piece.max()) + 1)


def _pixel_centres(size: int, tile_m: float) -> NDArray[np.float64]:
    return np.asarray((np.arange(size) + 0.5) * (tile_m / size), np.float64)
