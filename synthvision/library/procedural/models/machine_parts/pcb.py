"""Printed circuit boards with chips, passives and connectors, and one component that can be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.electronics import (
    Box,
    can_capacitor,
    frusta,
    pin_header,
    rounded_boxes,
    screw_terminal,
)
from synthvision.library.procedural.models.machine_parts.finishes import metal, plastic
from synthvision.library.procedural.models.machine_parts.pcb_layout import Component, Layout, board_layout
from synthvision.library.procedural.models.machine_parts.pcb_print import board_maps, chip_marks
from synthvision.library.procedural.models.machine_parts.placing import parted
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about

__all__ = ["PCB"]

BOARD_M = 0.0016
SOLDER_M = 0.00035
MISSING = {
    "chip": ("qfp",),
    "capacitor": ("can", "chip_capacitor"),
    "resistor": ("resistor",),
    "connector": ("terminal",),
}


class _Pieces:
    """Meshes of a board, collected under the part that they belong to."""

    def __init__(self) -> None:
        self.meshes: dict[str, list[Mesh]] = {}
        self.boxes: dict[str, list[tuple[Box, float]]] = {}

    def add(self, part: str, *meshes: Mesh) -> None:
        """Take finished meshes."""
        self.meshes.setdefault(part, []).extend(meshes)

    def box(self, part: str, size: tuple[float, float, float], base: tuple[float, float, float], inset: float) -> None:
        """Take a frustum; all of a part are made at once."""
        self.boxes.setdefault(part, []).append(((size, base), inset))

    def joined(self, part: str) -> Mesh | None:
        """Return all meshes of a part as one, None where there are none."""
        found = list(self.meshes.get(part, []))
        if part in self.boxes:
            found.append(frusta([box for box, _ in self.boxes[part]], [inset for _, inset in self.boxes[part]]))
        return join(found) if found else None


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["layout"])
    # Boards come in sizes of whole five millimetres, which also lets pictures of equal boards be shared.
    length, width = (round(float(params[name]) / 0.005) * 0.005 for name in ("length_m", "width_m"))
    density, cans = round(4 * float(params["density"])) / 4, int(params["cans"])
    layout = board_layout(seed, length, width, density, can_count=cans)
    missing = str(params["missing"])
    wanted = MISSING.get(missing, ())
    candidates = [part for part in layout.components if part.kind in wanted]
    left_out = candidates[int(params["missing_index"]) % len(candidates)] if candidates else None
    pieces = _Pieces()
    for part in layout.components:
        if part is left_out:
            for x, y, w, h in part.pads():
                pieces.box("missing_component", (w, h, 0.0003), (x, y, BOARD_M), 0.0001)
        else:
            _place(part, pieces)
    faces, rim = _board(layout, float(params["corner_m"]))
    colour, rough = board_maps(seed, length, width, density, cans, str(params["mask"]), str(params["plating"]))
    board = Material(
        name="board",
        base_colour_map=colour,
        metallic=1.0,
        roughness=1.0,
        metallic_roughness_map=rough,
        clearcoat=0.25,
        clearcoat_roughness=0.15,
    )
    built: list[tuple[Mesh, Material]] = [
        (faces, board),
        (rim, plastic("substrate", (0.32, 0.26, 0.11), roughness=0.75)),
    ]
    for name, material in _materials(params, seed).items():
        mesh = pieces.joined(name)
        if mesh is not None:
            built.append((mesh, material))
    return assembled(
        "pcb",
        params,
        built,
        attributes={"missing": missing if left_out else "none", "mask": str(params["mask"])},
        keypoints={
            "corner_front_left": (length / 2, width / 2, BOARD_M),
            "corner_front_right": (length / 2, -width / 2, BOARD_M),
            "corner_back_right": (-length / 2, -width / 2, BOARD_M),
            "corner_back_left": (-length / 2, width / 2, BOARD_M),
        },
    )


def _materials(params: Mapping[str, Any], seed: int) -> dict[str, Material]:
    tin, gold = (0.72, 0.71, 0.69), (0.83, 0.64, 0.3)
    pads = gold if str(params["plating"]) == "gold" else tin
    connector = {"green": (0.02, 0.2, 0.05), "blue": (0.02, 0.09, 0.35), "black": (0.025, 0.025, 0.027)}
    return {
        "solder": metal("solder", tin, "cast", roughness=0.22, seed=seed, marks=0.4),
        "chip": Material(name="chip", base_colour_map=chip_marks(seed % 4), roughness=0.55),
        "resistor": plastic("resistor", (0.022, 0.022, 0.024), roughness=0.35),
        "capacitor": plastic("capacitor", (0.36, 0.22, 0.11), roughness=0.5),
        "terminal": metal("terminal", tin, "rolled", roughness=0.28, seed=seed),
        "can": metal("can", (0.74, 0.74, 0.74), "rolled", roughness=0.27, seed=seed),
        "plastic": plastic("plastic", (0.022, 0.022, 0.024), roughness=0.5, seed=seed),
        "connector": plastic("connector", connector[str(params["connector_colour"])], roughness=0.45, seed=seed),
        "pins": metal("pins", gold, "rolled", roughness=0.25, seed=seed),
        "led": plastic("led", ((0.75, 0.7, 0.5), (0.6, 0.05, 0.03), (0.1, 0.5, 0.1))[seed % 3], roughness=0.15),
        "missing_component": metal("missing_component", pads, "rolled", roughness=0.25, seed=seed, marks=0.5),
    }


def _board(layout: Layout, corner: float) -> tuple[Mesh, Mesh]:
    """Faces with texture coordinates over the whole board, and the cut edges."""
    x, y = layout.length / 2, layout.width / 2
    ring = outline([(x, -y), (x, y), (-x, y), (-x, -y)], corner)
    section = edge(0.0, BOARD_M, 0.0)
    holes = [
        Rim(circle(0.0016, 18, (sx * (x - layout.hole_inset), sy * (y - layout.hole_inset))), section)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    shell, walls = drilled_plate(Rim(ring, section), holes)
    is_face = np.abs(shell.normals_n3[shell.triangles_m3[:, 0], 2]) > 0.5
    faces, rim = parted(shell, is_face)
    place = faces.positions_n3[:, :2] / [layout.length, -layout.width] + 0.5
    return faces.with_uvs(place), join([rim, *walls])


def _place(part: Component, pieces: _Pieces) -> None:
    """One component on the board, and its solder."""
    {"qfp": _chip, "soic": _chip, "header": _header, "terminal": _terminal, "socket": _socket, "can": _can}.get(
        part.kind, _passive
    )(part, pieces)


def _chip(part: Component, pieces: _Pieces) -> None:
    if part.kind == "qfp":
        wide = tall = part.count // 4 * 0.0008 + 0.0012
        high = 0.0014
    else:
        wide, tall = part.count / 2 * 0.00127, 0.0039
        high = 0.0017
        if part.turned:
            wide, tall = tall, wide
    low = BOARD_M + 0.00035
    pieces.box("chip", (wide, tall, high), (part.x, part.y, low), 0.00022)
    for x, y, w, h in part.pads():
        along_x = w > h
        side = np.sign(x - part.x) if along_x else np.sign(y - part.y)
        out = 0.0004 * side
        # A gull wing: the shoulder in the air at half the body, and the foot on its pad.
        body_edge = (wide if along_x else tall) / 2
        reach = abs((x - part.x) if along_x else (y - part.y)) - body_edge
        lead = 0.62 * min(w, h)
        middle = body_edge + reach / 2 - 0.0001
        shoulder = (reach + 0.0003, lead, 0.0003) if along_x else (lead, reach + 0.0003, 0.0003)
        centre = (part.x + side * middle, y) if along_x else (x, part.y + side * middle)
        pieces.box("terminal", shoulder, (*centre, low + 0.45 * high), 0.0)
        leg = (0.0004, lead, 0.5 * high) if along_x else (lead, 0.0004, 0.5 * high)
        place = (x, y)
        pieces.box("terminal", leg, (*place, BOARD_M + 0.0002), 0.0)
        foot = (0.9 * w, 0.8 * h, SOLDER_M) if along_x else (0.8 * w, 0.9 * h, SOLDER_M)
        shift = (x + out * 0.5, y) if along_x else (x, y + out * 0.5)
        pieces.box("solder", foot, (*shift, BOARD_M), 0.00012)


def _passive(part: Component, pieces: _Pieces) -> None:
    high = {"inductor": 0.0042, "crystal": 0.0022, "chip_capacitor": 0.0012, "led": 0.0011}.get(part.kind, 0.0007)
    name = {"chip_capacitor": "capacitor", "inductor": "plastic", "crystal": "can", "led": "led"}.get(
        part.kind, "resistor"
    )
    low = BOARD_M + 0.0001
    wide, tall = (0.8 * part.size_x, 0.86 * part.size_y) if not part.turned else (0.86 * part.size_x, 0.8 * part.size_y)
    if part.kind in ("inductor", "crystal"):
        pieces.add(name, rounded_boxes([((wide, tall, high), (part.x, part.y, low))], 0.0004))
    else:
        body = (0.6 * wide, tall, high) if not part.turned else (wide, 0.6 * tall, high)
        pieces.box(name, body, (part.x, part.y, low), 0.0)
    for x, y, w, h in part.pads():
        side_x, side_y = np.sign(x - part.x), np.sign(y - part.y)
        if name not in ("plastic", "can"):
            cap = (
                (0.21 * wide, 1.02 * tall, high + 0.0001)
                if not part.turned
                else (1.02 * wide, 0.21 * tall, high + 0.0001)
            )
            base = (part.x + side_x * 0.4 * wide, part.y) if not part.turned else (part.x, part.y + side_y * 0.4 * tall)
            pieces.box("terminal", cap, (*base, low), 0.0)
        pieces.box("solder", (w, h, SOLDER_M), (x, y, BOARD_M), 0.00022)


def _can(part: Component, pieces: _Pieces) -> None:
    radius = 0.46 * part.size_x
    can, base = can_capacitor(radius, 0.0035 + 0.75 * part.size_x, (part.x, part.y, BOARD_M))
    # The dark half of the top shows which pole is which.
    pieces.add("can", can)
    pieces.add("plastic", base)
    z = BOARD_M + 0.0035 + 0.75 * part.size_x - 0.0002
    pieces.box("plastic", (0.5 * radius, 1.1 * radius, 0.0003), (part.x - 0.42 * radius, part.y, z), 0.0001)
    for x, y, w, h in part.pads():
        pieces.box("solder", (w, 0.35 * h, SOLDER_M), (x, y, BOARD_M), 0.0002)


def _header(part: Component, pieces: _Pieces) -> None:
    body, pins = pin_header(part.count, 1, (part.x, part.y, BOARD_M), np.pi / 2 if part.turned else 0.0)
    pieces.add("plastic", body)
    pieces.add("pins", pins)


def _terminal(part: Component, pieces: _Pieces) -> None:
    housing, screws, dark = screw_terminal(part.count, 0.005)
    place = (part.x, part.y, BOARD_M)
    pieces.add("connector", housing.moved(place))
    pieces.add("terminal", screws.moved(place))
    pieces.add("plastic", dark.moved(place))


def _socket(part: Component, pieces: _Pieces) -> None:
    """A metal socket whose mouth reaches over the edge of the board towards -x."""
    turn = turn_about("z", np.pi)
    deep, wide, high, wall = part.size_x, 0.0089, 0.0032, 0.0004
    sheets: list[Box] = [
        ((deep, wide, wall), (0.0, 0.0, 0.0)),
        ((deep, wide, wall), (0.0, 0.0, high - wall)),
        ((deep, wall, high), (0.0, wide / 2 - wall / 2, 0.0)),
        ((deep, wall, high), (0.0, -wide / 2 + wall / 2, 0.0)),
        ((wall, wide, high), (-deep / 2 + wall / 2, 0.0, 0.0)),
    ]
    shell = rounded_boxes(sheets, 0.0001)
    tongue = frusta([((0.8 * deep, 0.75 * wide, 0.0007), (0.0, 0.0, 0.4 * high))])
    place = (part.x - 0.0008, part.y, BOARD_M)
    pieces.add("can", shell.turned(turn).moved(place))
    pieces.add("plastic", tongue.turned(turn).moved(place))


PCB = ProceduralAsset(
    name="pcb",
    kind="model",
    category="circuit_board",
    tags=("part", "inspection", "pcb", "electronics", "factory"),
    size_m=0.075,
    description="A printed circuit board with traces, chips and connectors, complete or with one component left out.",
    parameters={
        "layout": Integer(0, 15, 0),
        "length_m": Number(0.045, 0.1, 0.07, "m"),
        "width_m": Number(0.035, 0.065, 0.05, "m"),
        "corner_m": Number(0.0008, 0.0035, 0.002, "m"),
        "density": Number(0.25, 1.0, 0.6),
        "cans": Integer(0, 3, 2),
        "mask": Choice(
            ("green", "dark_green", "blue", "black", "red", "white"), "green", (0.4, 0.15, 0.15, 0.15, 0.1, 0.05)
        ),
        "plating": Choice(("tin", "gold"), "tin", (0.6, 0.4)),
        "connector_colour": Choice(("green", "blue", "black"), "green", (0.5, 0.3, 0.2)),
        "missing": Choice(("none", "chip", "capacitor", "resistor", "connector"), "none", (0.6, 0.1, 0.1, 0.1, 0.1)),
        "missing_index": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "board",
        "substrate",
        "solder",
        "chip",
        "resistor",
        "capacitor",
        "terminal",
        "can",
        "plastic",
        "connector",
        "pins",
        "led",
        "missing_component",
    ),
    keypoints=("corner_front_left", "corner_front_right", "corner_back_right", "corner_back_left"),
)
