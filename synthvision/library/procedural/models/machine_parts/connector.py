"""Electrical connectors: terminal blocks, D-sub plugs, round sensor plugs, wire housings, with all contacts or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.machine_parts.electronics import (
    frusta,
    rounded_boxes,
    screw_terminal,
    slotted_screw,
)
from synthvision.library.procedural.models.machine_parts.finishes import BRASS, charted, lathed, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import around_z, centred, laid_along_x
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.rods import bent_path, tube_along

__all__ = ["CONNECTOR"]

WIRE_COLOURS = (
    (0.5, 0.02, 0.015), (0.015, 0.015, 0.017), (0.6, 0.42, 0.02), (0.02, 0.08, 0.4), (0.03, 0.25, 0.06),
    (0.7, 0.69, 0.66),
)  # fmt: skip
GOLD = (0.83, 0.64, 0.3)

Parts = dict[str, list[Mesh]]


def _build(params: Mapping[str, Any]) -> Model:
    style, seed = str(params["style"]), int(params["wear_seed"])
    makers = {"terminal": _terminal_block, "dsub": _dsub, "circular": _circular, "wired": _wired}
    lost = int(params["missing_index"]) if str(params["missing"]) == "contact" else None
    parts = makers[style](params, lost)
    body = rgb(params["colour"])
    materials = {
        "housing": plastic("housing", body, roughness=0.42, seed=seed),
        "contact": metal(
            "contact", GOLD if style != "terminal" else (0.6, 0.6, 0.6), "rolled", roughness=0.25, seed=seed
        ),
        "shell": metal("shell", (0.62, 0.62, 0.61), "rolled", roughness=0.27, seed=seed),
        "insert": plastic("insert", (0.022, 0.022, 0.025), roughness=0.55, seed=seed),
        "cable": plastic("cable", (0.028, 0.028, 0.03) if seed % 3 else (0.3, 0.31, 0.31), roughness=0.55, seed=seed),
        "missing_contact": metal("missing_contact", BRASS, "cast", roughness=0.7, seed=seed)
        if style == "terminal"
        else plastic("missing_contact", (0.01, 0.01, 0.011), roughness=0.8),
    }
    pieces: list[tuple[Mesh, Material]] = [
        (join(meshes), materials[name]) for name, meshes in parts.items() if meshes and name in materials
    ]
    pieces += _wire_pieces(parts, seed)
    places = np.concatenate([mesh.positions_n3 for mesh, _ in pieces])
    front = float(np.concatenate([mesh.positions_n3 for mesh in parts["housing"]])[:, 0].max())
    low, high = float(places[:, 2].min()), float(places[:, 2].max())
    marks = {"mating_face": (front, 0.0, (low + high) / 2), "back": (float(places[:, 0].min()), 0.0, (low + high) / 2)}
    moved, points = centred(pieces, marks)
    return assembled(
        "connector",
        params,
        moved,
        attributes={"style": style, "missing": str(params["missing"])},
        keypoints=points,
    )


def _wire_pieces(parts: Parts, seed: int) -> list[tuple[Mesh, Material]]:
    """Wires in up to three colours."""
    wires = parts.get("wires", [])
    groups = min(3, len(wires))
    found = []
    for k in range(groups):
        material = plastic(f"wire_{k + 1}", WIRE_COLOURS[(seed + k) % len(WIRE_COLOURS)], roughness=0.45)
        found.append((join(wires[k::groups]), material))
    return found


def _terminal_block(params: Mapping[str, Any], lost: int | None) -> Parts:
    """A screw terminal; a lost contact is an empty clamp without its screw."""
    poles = int(params["poles"])
    pitch = 0.0035 if float(params["scale"]) < 1.05 else 0.00508
    housing, _, dark = screw_terminal(poles, pitch)
    screws, gone = [], []
    for k in range(poles):
        place = (-0.12 * 1.55 * pitch, (k - (poles - 1) / 2) * pitch, 0.93 * 2.0 * pitch)
        if lost is not None and k == lost % poles:
            # The bottom of the empty shaft, where the clamp shows.
            gone.append(
                lathed(
                    filleted(
                        [
                            (0.0, -0.5 * pitch),
                            (0.335 * pitch, -0.5 * pitch),
                            (0.335 * pitch, -0.22 * pitch),
                            (0.0, -0.24 * pitch),
                        ],
                        0.0,
                    ),
                    14,
                ).moved(place)
            )
        else:
            screws.append(slotted_screw(0.32 * pitch, 0.1 * pitch).moved(place))
            screws.append(
                frusta(
                    [((0.3 * pitch, 0.6 * pitch, 0.24 * pitch), (0.58 * pitch, place[1], 0.35 * pitch))], 0.02 * pitch
                )
            )
    pins = frusta(
        [((0.001, 0.001, 0.0038), (-0.1 * pitch, (k - (poles - 1) / 2) * pitch, -0.0036)) for k in range(poles)]
    )
    return {
        "housing": [housing],
        "contact": [*screws, pins],
        "insert": [dark] if lost is None else [],
        "missing_contact": gone,
    }


def _dsub(params: Mapping[str, Any], lost: int | None) -> Parts:
    """A D-sub plug (DIN 41652) facing +x: hood, metal flange, D-shaped shell with two rows of pins."""
    count = 9 if int(params["poles"]) < 5 else 15
    scale = float(params["scale"])
    top = (count + 1) // 2
    pitch, row = 0.00277 * scale, 0.00284 * scale
    half = (top * pitch) / 2 + 0.002 * scale
    high = 0.0042 * scale
    d_ring = outline([(-half + 0.0012, -high), (half - 0.0012, -high), (half, high), (-half, high)], 0.0018 * scale)
    inner = outline(
        [
            (-half + 0.0018, -high + 0.0005),
            (half - 0.0018, -high + 0.0005),
            (half - 0.0006, high - 0.0005),
            (-half + 0.0006, high - 0.0005),
        ],
        0.0015 * scale,
    )
    deep = 0.006 * scale
    skirt, skirt_walls = drilled_plate(Rim(d_ring, edge(0.0, deep, 0.0002)), [Rim(inner, edge(0.0, deep, 0.0002))])
    wide = half + 0.0085 * scale
    flange_ring = outline(
        [(-wide, -0.0062 * scale), (wide, -0.0062 * scale), (wide, 0.0062 * scale), (-wide, 0.0062 * scale)], 0.0018
    )
    holes = [
        Rim(circle(0.0016, 14, (side * (wide - 0.0045 * scale), 0.0)), edge(-0.0008, 0.0004, 0.0002))
        for side in (-1, 1)
    ]
    flange, flange_walls = drilled_plate(Rim(flange_ring, edge(-0.0008, 0.0004, 0.0002)), holes)
    places = [((k - (top - 1) / 2) * pitch, row / 2) for k in range(top)]
    places += [((k - (top - 2) / 2) * pitch, -row / 2) for k in range(top - 1)]
    pin = lathed(filleted([(0.0, 0.0), (0.0005, 0.0), (0.0005, 0.0052), (0.0, 0.0057)], [0.0, 0.0, 0.0002, 0.0]), 8)
    socket = lathed(filleted([(0.0, -0.0004), (0.00085, -0.0004), (0.00085, 0.0019), (0.0, 0.0019)], 0.0), 10)
    base = _prism(inner, -0.0004, 0.0015)
    gone = [socket.moved((*places[lost % count], 0.0))] if lost is not None else []
    pins = [pin.moved((x, y, 0.0015)) for k, (x, y) in enumerate(places) if lost is None or k != lost % count]
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    hood = rounded_boxes(
        [((0.024 * scale, 2 * half + 0.006, 0.0135 * scale), (-0.0128 * scale, 0.0, -0.00675 * scale))], 0.0018
    )
    collar = rounded_boxes(
        [((0.012 * scale, 0.6 * half + 0.006, 0.011 * scale), (-0.027 * scale, 0.0, -0.0055 * scale))], 0.0016
    )
    screw = lathed(_thumb_screw(scale), 16)
    screws = [
        screw.turned(laid_along_x()).moved((-0.02 * scale, side * (wide - 0.0045 * scale), 0.0)) for side in (-1, 1)
    ]
    cable = _cable(-0.031 * scale, 0.0032 * scale, float(params["cable_m"]))
    return {
        "housing": [hood, collar],
        "shell": [charted(join([skirt, *skirt_walls, flange, *flange_walls])).turned(turn), *screws],
        "insert": [charted(base).turned(turn)],
        "contact": [mesh.turned(turn) for mesh in pins],
        "missing_contact": [mesh.turned(turn) for mesh in gone],
        "cable": [cable],
    }


def _thumb_screw(scale: float) -> Any:
    r = 0.0028 * scale
    return filleted(
        [
            (0.0, -0.008 * scale),
            (r, -0.008 * scale),
            (r, 0.0),
            (0.0015, 0.0),
            (0.0013, 0.024 * scale),
            (0.0, 0.025 * scale),
        ],
        [0.0, 0.0005, 0.0005, 0.0, 0.0004, 0.0],
    )


def _prism(ring: Floats, low: float, high: float) -> Mesh:
    body, _ = drilled_plate(Rim(ring, edge(low, high, 0.0)))
    return body


def _circular(params: Mapping[str, Any], lost: int | None) -> Parts:
    """A round sensor plug (IEC 61076-2-101, M12) along +x with coupling nut, grip and cable."""
    scale = float(params["scale"])
    r = 0.006 * scale
    count = min(max(int(params["poles"]), 3), 5)
    nut = filleted(
        [
            (0.7 * r, 0.004),
            (0.7 * r, -0.002),
            (1.2 * r, -0.002),
            (1.2 * r, 0.011 * scale),
            (1.05 * r, 0.013 * scale),
            (0.86 * r, 0.013 * scale),
            (0.86 * r, 0.006),
            (0.7 * r, 0.004),
        ],
        [0.0, 0.0, 0.0006, 0.0008, 0.0006, 0.0002, 0.0002, 0.0],
        step_rad=0.5,
    )
    ridge = rounded_boxes([((0.0012, 0.0011, 0.0085 * scale), (1.2 * r, 0.0, 0.0))], 0.0003)
    grip = filleted(
        [
            (0.0, -0.034 * scale),
            (0.55 * r, -0.034 * scale),
            (0.62 * r, -0.02 * scale),
            (1.0 * r, -0.012 * scale),
            (1.08 * r, -0.0025),
            (0.0, -0.0025),
        ],
        [0.0, 0.0006, 0.004, 0.002, 0.0008, 0.0],
        step_rad=0.5,
    )
    core = filleted(
        [(0.0, -0.003), (0.72 * r, -0.003), (0.72 * r, 0.0115 * scale), (0.0, 0.0115 * scale)], [0.0, 0.0, 0.0004, 0.0]
    )
    turn = laid_along_x()
    pin = lathed(filleted([(0.0, 0.0), (0.00055, 0.0), (0.00055, 0.004), (0.0, 0.0045)], [0.0, 0.0, 0.0002, 0.0]), 8)
    hole = lathed(filleted([(0.0, -0.001), (0.0009, -0.001), (0.0009, 0.0004), (0.0, 0.0004)], 0.0), 10)
    spots = [
        (0.42 * r * np.cos(a), 0.42 * r * np.sin(a), 0.0115 * scale) for a in np.arange(count) * 2 * np.pi / count + 0.6
    ]
    pins = [pin.moved(p).turned(turn) for k, p in enumerate(spots) if lost is None or k != lost % count]
    gone = [hole.moved(spots[lost % count]).turned(turn)] if lost is not None else []
    ribs = [around_z(rounded_boxes([((0.0009, 0.0022, 0.006 * scale), (1.0 * r, 0.0, -0.0105 * scale))], 0.0003), 10)]
    cable = _cable(-0.033 * scale, 0.46 * r, float(params["cable_m"]))
    return {
        "housing": [lathed(grip, 28).turned(turn), *(rib.turned(turn) for rib in ribs)],
        "shell": [lathed(nut, 32).turned(turn), around_z(ridge, 18).turned(turn)],
        "insert": [lathed(core, 24).turned(turn)],
        "contact": pins,
        "missing_contact": gone,
        "cable": [cable],
    }


def _cable(start_x: float, radius: float, length: float) -> Mesh:
    """A stub of cable that bends aside."""
    path = bent_path(
        [
            (start_x + 0.004, 0.0, 0.0),
            (start_x - 0.45 * length, 0.0, 0.0),
            (start_x - 0.9 * length, 0.35 * length, 0.0),
        ],
        0.3 * length,
        8,
    )
    return charted(tube_along(path, radius, 14))


def _wired(params: Mapping[str, Any], lost: int | None) -> Parts:
    """A housing for crimped wires: openings to +x, a latch on top, wires to the back."""
    poles, pitch = max(int(params["poles"]), 3), 0.0025 * float(params["scale"])
    wide, deep, high = poles * pitch + 0.0016, 4.4 * pitch, 2.1 * pitch
    wall = 0.0006
    ring = outline([(-wide / 2, 0.0), (wide / 2, 0.0), (wide / 2, high), (-wide / 2, high)], 0.0005)
    cells = [
        Rim(
            _box_ring((k - (poles - 1) / 2) * pitch, high / 2, pitch - wall, 0.62 * high),
            edge(0.6 * deep, deep, 0.00015, low_bevel_m=0.0),
        )
        for k in range(poles)
    ]
    front, walls = drilled_plate(Rim(ring, edge(0.6 * deep, deep, 0.0003, low_bevel_m=0.0)), cells)
    back = _prism(ring, 0.0, 0.6 * deep + 0.0002)
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    latch = rounded_boxes(
        [
            ((0.8 * deep, 0.32 * wide, 0.0008), (0.48 * deep, 0.0, high - 0.0003)),
            ((0.0016, 0.32 * wide, 0.0016), (0.84 * deep, 0.0, high - 0.0002)),
        ],
        0.0003,
    )
    keys = rounded_boxes(
        [((0.7 * deep, 0.0009, 0.0012), (0.45 * deep, side * 0.42 * wide, high - 0.0003)) for side in (-1, 1)], 0.00025
    )
    contacts, gone, wires = [], [], []
    for k in range(poles):
        y = (k - (poles - 1) / 2) * pitch
        box = ((0.3 * deep, pitch - 2.6 * wall, 0.42 * high), (0.75 * deep, y, 0.29 * high))
        if lost is not None and k == lost % poles:
            gone.append(frusta([((0.0006, pitch - wall - 0.0001, 0.6 * high), (0.62 * deep, y, 0.2 * high))]))
            continue
        contacts.append(frusta([box], 0.0001))
        spread = (k - (poles - 1) / 2) / max(poles - 1, 1)
        length = float(params["cable_m"])
        path = bent_path(
            [
                (0.004, y, high / 2),
                (-0.3 * length, y, high / 2),
                (-0.6 * length, 0.6 * y, 0.62 * high),
                (-length, (0.9 + 0.4 * spread) * y + 0.2 * length, 0.4 * high),
            ],
            0.15 * length,
        )
        wires.append(tube_along(path, 0.3 * pitch, 8))
    return {
        "housing": [charted(join([front, *walls, back])).turned(turn), latch, keys],
        "contact": contacts,
        "missing_contact": gone,
        "wires": wires,
    }


def _box_ring(x: float, y: float, wide: float, high: float) -> Floats:
    return np.array(
        [
            (x - wide / 2, y - high / 2),
            (x + wide / 2, y - high / 2),
            (x + wide / 2, y + high / 2),
            (x - wide / 2, y + high / 2),
        ]
    )


CONNECTOR = ProceduralAsset(
    name="connector",
    kind="model",
    category="connector",
    tags=("part", "inspection", "electronics", "plug", "factory"),
    size_m=0.05,
    description="An electrical connector: screw terminal block, D-sub plug, round sensor plug or wire housing.",
    parameters={
        "style": Choice(("terminal", "dsub", "circular", "wired"), "terminal", (0.35, 0.2, 0.2, 0.25)),
        "poles": Integer(2, 8, 4),
        "scale": Number(0.9, 1.3, 1.0),
        "cable_m": Number(0.02, 0.045, 0.03, "m"),
        "missing": Choice(("none", "contact"), "none", (0.7, 0.3)),
        "missing_index": Integer(0, 7, 1),
        "colour": Colour(
            (
                (0.02, 0.2, 0.05),
                (0.03, 0.03, 0.032),
                (0.3, 0.31, 0.32),
                (0.02, 0.08, 0.35),
                (0.72, 0.71, 0.66),
                (0.7, 0.22, 0.01),
            ),
            0.1,
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("housing", "contact", "shell", "insert", "cable", "wire_1", "wire_2", "wire_3", "missing_contact"),
    keypoints=("mating_face", "back"),
)
