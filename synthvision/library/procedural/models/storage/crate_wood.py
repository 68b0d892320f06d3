"""Boards, posts and nails of wooden crates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.procedural.models.storage.crate_stencil import stencil_piece
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.timber import BoardMaps, board_maps

__all__ = ["closed_pieces", "slatted_pieces"]

Size = tuple[float, float, float]
BEVEL_M = 0.0012

# Local axes of a board (length, width, depth) as columns of the rotation, by the axes of the crate they lie along.
_ALONG_X_UPRIGHT = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
_ALONG_Y_UPRIGHT = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64)
_ALONG_X_FLAT = np.eye(3)
_ALONG_Y_FLAT = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float64)
_ALONG_Z_FRONT = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float64)


class _Boards:
    """Boards that are collected and then made into one mesh, each a little different."""

    def __init__(self, rng: np.random.Generator, looseness: float) -> None:
        self.rng, self.looseness = rng, looseness
        self.sizes: list[tuple[float, float, float]] = []
        self.centres: list[tuple[float, float, float]] = []
        self.frames: list[Floats] = []
        self.nails: list[tuple[Floats, Floats]] = []

    def add(
        self,
        length: float,
        width: float,
        depth: float,
        centre: tuple[float, float, float],
        frame: Floats,
        *,
        nails: int = 2,
    ) -> None:
        """Add one board with `nails` nails at each end of its outer face (local +z)."""
        rng, loose = self.rng, self.looseness
        length *= 1.0 + 0.004 * loose * float(rng.normal())
        width *= 1.0 + 0.03 * loose * float(rng.uniform(-1, 1))
        tilt = 0.006 * loose * float(rng.normal())
        c, s = np.cos(tilt), np.sin(tilt)
        frame = frame @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        place = np.array(centre) + frame @ np.array([0.0015 * loose * rng.normal(), 0.001 * loose * rng.normal(), 0.0])
        self.sizes.append((length, width, depth))
        self.centres.append((float(place[0]), float(place[1]), float(place[2])))
        self.frames.append(frame)
        for end in (-1, 1):
            for k in range(nails):
                offset = np.array(
                    [
                        end * (length / 2 - 0.009),
                        width * (0.3 - 0.6 * k / max(nails - 1, 1)) if nails > 1 else 0.0,
                        depth / 2 + 0.0002,
                    ]
                )
                offset[:2] += 0.0015 * rng.normal(size=2)
                self.nails.append((place + frame @ offset, frame))

    def mesh(self, maps: BoardMaps) -> Mesh:
        """All boards, tinted one by one, textured at the real size of the wood."""
        count = len(self.sizes)
        seeds = self.rng.uniform(0, 1, (count, 2)) * [1.0, 1.0]
        boards = bevelled_boxes(
            np.array(self.sizes), np.array(self.centres), BEVEL_M, np.array(self.frames), seeds * maps.tile_m
        )
        tone = 1.0 + self.rng.uniform(-0.16, 0.1, (count, 1)) * [[1.0, 1.05, 1.15]]
        per_board = len(boards.positions_n3) // count
        return boards.placed_uvs((1 / maps.tile_m, 1 / maps.tile_m)).tinted(np.repeat(tone, per_board, axis=0))

    def nail_mesh(self) -> Mesh | None:
        """Flat heads of all nails."""
        if not self.nails:
            return None
        radius, corners = 0.0021, 7
        angle = np.arange(corners) * 2 * np.pi / corners
        disc = np.concatenate(
            [
                [[0, 0, 0.0005]],
                np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(corners, -0.0004)], axis=1),
            ]
        )
        places, frames = (np.array([nail[k] for nail in self.nails]) for k in (0, 1))
        points = np.einsum("nij,kj->nki", frames, disc) + places[:, None]
        lean = np.concatenate(
            [[[0, 0, 1.0]], np.stack([0.55 * np.cos(angle), 0.55 * np.sin(angle), np.full(corners, 0.83)], axis=1)]
        )
        normals = np.einsum("nij,kj->nki", frames, lean)
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        fan = np.stack(
            [np.zeros(corners, np.int64), 1 + np.arange(corners), 1 + (np.arange(corners) + 1) % corners], axis=1
        )
        triangles = fan[None] + (np.arange(len(places)) * (corners + 1))[:, None, None]
        return Mesh(
            points.reshape(-1, 3),
            normals.reshape(-1, 3),
            np.zeros((points.shape[0] * points.shape[1], 2)),
            triangles.reshape(-1, 3),
        )


def slatted_pieces(params: Mapping[str, Any], size: Size) -> list[tuple[Mesh, Material]]:
    """Return an open box: corner posts, slats around, a slatted floor."""
    length, width, height = size
    board = float(params["board_m"])
    rng = rng_for(int(params["wear_seed"]), 0, "crate.boards")
    boards = _Boards(rng, float(params["looseness"]))
    post = 1.9 * board
    high_ends = str(params["grip"]) == "high_ends"
    inner_x, inner_y = length / 2 - board, width / 2 - board
    for sign_x in (-1, 1):
        for sign_y in (-1, 1):
            centre = (sign_x * (inner_x - post / 2), sign_y * (inner_y - post / 2), height * 0.5 + board * 0.4)
            boards.add(height - 0.9 * board, post, post, centre, _ALONG_Z_FRONT, nails=0)
    slats = int(params["slat_count"])
    pitch = height / slats
    tall = pitch * float(params["slat_fill"])
    for row in range(slats):
        z = pitch * (row + 0.5)
        for side in (-1, 1):
            frame = _ALONG_X_UPRIGHT @ np.diag([-side, 1.0, -side])
            boards.add(length, tall, board, (0.0, side * (width - board) / 2, z), frame)
    _ends(boards, params, size, board, high_ends)
    count = int(params["floor_slats"])
    for k in range(count):
        y = (k - (count - 1) / 2) * (width - 2 * board) / count
        boards.add(
            length - 2.2 * board,
            (width - 2 * board) / count * 0.86,
            0.8 * board,
            (0.0, y, 0.55 * board),
            _ALONG_X_FLAT,
            nails=0,
        )
    return _finished(boards, params)


def _ends(boards: _Boards, params: Mapping[str, Any], size: Size, board: float, high_ends: bool) -> None:
    """The short sides: slats, or wide boards with a gap to hold the crate by."""
    length, width, height = size
    thick = board * 1.15
    span = width - 2 * board
    grip = str(params["grip"])
    slats = int(params["slat_count"])
    for side in (-1, 1):
        frame = _ALONG_Y_UPRIGHT @ np.diag([side, 1.0, side])
        x = side * (length - thick) / 2
        if grip == "slot":
            gap = min(0.03, 0.16 * height)
            low = 0.52 * height
            boards.add(span, low, thick, (x, 0.0, low / 2), frame)
            top = height - low - gap
            boards.add(span, top, thick, (x, 0.0, height - top / 2), frame)
            for end in (-1, 1):
                boards.add(0.26 * span, gap * 0.98, thick * 0.98, (x, end * 0.37 * span, low + gap / 2), frame, nails=0)
        else:
            pitch = height / slats
            tall = pitch * float(params["slat_fill"])
            for row in range(slats):
                extra = 0.22 * height if high_ends and row == slats - 1 else 0.0
                boards.add(span, tall + extra, thick, (x, 0.0, pitch * (row + 0.5) + extra / 2), frame)


def closed_pieces(params: Mapping[str, Any], size: Size) -> list[tuple[Mesh, Material]]:
    """Return a closed shipping crate: boards on all sides, battens around every side, some with a brace."""
    length, width, height = size
    board = float(params["board_m"])
    rng = rng_for(int(params["wear_seed"]), 0, "crate.boards")
    boards = _Boards(rng, 0.6 * float(params["looseness"]))
    battens = _Boards(rng, 0.5 * float(params["looseness"]))
    skid = 1.6 * board
    low, high = skid, height - board
    count = int(params["slat_count"]) + 2
    batten = min(0.16 * min(size), 0.055)
    inset = board
    box_l, box_w = length - 2 * inset, width - 2 * inset
    pitch = (high - low) / count
    for row in range(count):
        z = low + pitch * (row + 0.5)
        for side in (-1, 1):
            boards.add(
                box_l,
                pitch * 0.985,
                board,
                (0.0, side * (box_w - board) / 2, z),
                _ALONG_X_UPRIGHT @ np.diag([-side, 1.0, -side]),
                nails=0,
            )
            boards.add(
                box_w - 2 * board,
                pitch * 0.985,
                board,
                (side * (box_l - board) / 2, 0.0, z),
                _ALONG_Y_UPRIGHT @ np.diag([side, 1.0, side]),
                nails=0,
            )
    across = max(round(box_w / (pitch * 1.1)), 3)
    for k in range(across):
        y = (k - (across - 1) / 2) * box_w / across
        boards.add(box_l, box_w / across * 0.985, board, (0.0, y, high + board / 2), _ALONG_X_FLAT)
        boards.add(box_l, box_w / across * 0.97, 0.8 * board, (0.0, y, low + 0.4 * board), _ALONG_X_FLAT, nails=0)
    for side in (-1, 1):
        face_x, face_y = _ALONG_X_UPRIGHT @ np.diag([-side, 1.0, -side]), _ALONG_Y_UPRIGHT @ np.diag([side, 1.0, side])
        y, x = side * (width - inset) / 2, side * (length - inset) / 2
        _frame(battens, box_l + 2 * inset, low, height, batten, inset, (0.0, y), face_x, str(params["brace"]))
        _frame(
            battens,
            box_w,
            low,
            height,
            batten,
            inset,
            (x, 0.0),
            face_y,
            "none" if str(params["brace"]) == "none" else "diagonal",
        )
        battens.add(
            width, 2.4 * board, skid, (side * (length / 2 - 0.14 * length), 0.0, skid / 2), _ALONG_Y_FLAT, nails=0
        )
    pieces = _finished(boards, params)
    extra = battens.mesh(_maps(params)).tinted((1.06, 1.04, 1.0))
    pieces[0] = (join([pieces[0][0], extra]), pieces[0][1])
    nails = battens.nail_mesh()
    if nails is not None:
        pieces.append((nails, pieces[-1][1] if len(pieces) > 1 and pieces[-1][1].name == "nails" else _nail_material()))
    # Crossed battens leave no room for letters.
    if str(params["stencil"]) != "none" and str(params["brace"]) != "cross":
        pieces.append(stencil_piece(params, size[0], box_w, (low, high)))
    return pieces


def _frame(
    battens: _Boards,
    span: float,
    low: float,
    high: float,
    wide: float,
    depth: float,
    place: tuple[float, float],
    frame: Floats,
    brace: str,
) -> None:
    """Two upright and two level battens on one side, with a brace between them."""
    x, y = place
    along = frame[:, 0]
    middle = (low + high) / 2
    upright = frame @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], np.float64)
    for end in (-1, 1):
        offset = along * end * (span - wide) / 2
        battens.add(high - low, wide, depth, (x + float(offset[0]), y + float(offset[1]), middle), upright)
        level = high - wide / 2 if end > 0 else low + wide / 2
        battens.add(span - 2 * wide, wide, depth * 0.97, (x, y, level), frame)
    if brace == "none":
        return
    inner_w, inner_h = span - 2 * wide, high - low - 2 * wide
    angle = np.arctan2(inner_h, inner_w)
    reach = np.hypot(inner_w, inner_h) - 0.9 * wide
    for k, turn in enumerate((angle, -angle) if brace == "cross" else (angle,)):
        c, s = np.cos(turn), np.sin(turn)
        slanted = frame @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        battens.add(reach, 0.85 * wide, depth * (0.9 - 0.12 * k), (x, y, middle), slanted, nails=0)


def _maps(params: Mapping[str, Any]) -> BoardMaps:
    return board_maps(str(params["species"]), int(params["wear_seed"]) % 2, 0.75 * round(float(params["dirt"])))


def _finished(boards: _Boards, params: Mapping[str, Any]) -> list[tuple[Mesh, Material]]:
    maps = _maps(params)
    wood = Material(
        name="boards",
        base_colour_map=maps.colour,
        normal_map=maps.normal,
        metallic_roughness_map=maps.rough,
        roughness=0.95,
        normal_scale=1.5,
    )
    pieces = [(boards.mesh(maps), wood)]
    nails = boards.nail_mesh()
    if nails is not None:
        pieces.append((nails, _nail_material()))
    return pieces


@lru_cache(maxsize=1)
def _nail_material() -> Material:
    return Material(name="nails", base_colour=(0.16, 0.14, 0.125, 1.0), metallic=0.8, roughness=0.55)
