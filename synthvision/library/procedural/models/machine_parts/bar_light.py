"""Bar lights: a row of LEDs in an extruded housing on two swivel brackets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.electronics import frusta, rounded_boxes
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, screw_head
from synthvision.library.procedural.models.machine_parts.finishes import charted
from synthvision.library.procedural.models.machine_parts.lamps import anodised, cable, diffuser, gland
from synthvision.library.procedural.models.machine_parts.placing import centred, named_metal
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about

__all__ = ["BAR_LIGHT"]


def _build(params: Mapping[str, Any]) -> Model:
    long, high, deep = float(params["length_m"]), float(params["height_m"]), float(params["depth_m"])
    seed = int(params["wear_seed"])
    fins = int(params["fins"])
    section = _section(high, deep, fins)
    # Drawn in x and z, drawn out along y.
    stand = turn_about("x", np.pi / 2)
    body, _ = drilled_plate(Rim(section, edge(-long / 2, long / 2, 0.0006)))
    caps = [_end_cap(high, deep).turned(stand).moved((0.0, side * (long / 2 + 0.0018), 0.0)) for side in (-1.0, 1.0)]
    housing = anodised(seed, str(params["finish"]))
    front = deep / 2 - 0.0006
    window = frusta([((0.72 * high, long - 0.008, 0.0012), (0.0, 0.0, 0.0))], 0.0002)
    leds = max(round(long / 0.012), 3)
    window = window.with_uvs(window.uvs_n2 * [float(max(round(high / 0.018), 1)), float(leds)])
    face = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    screen = window.turned(face).moved((front - 0.0002, 0.0, 0.0))
    head = [charted(body).turned(stand), *(charted(cap) for cap in caps)]
    tilt = np.radians(float(params["tilt_deg"]))
    lean = turn_about("y", tilt)
    lift = 0.5 * float(np.hypot(high, deep)) + 0.012
    lamp = diffuser(
        str(params["led"]),
        str(params["lit"]) == "on",
        float(params["luminance_cd_m2"]),
        spots=str(params["screen"]) == "leds",
    )

    def raised(mesh: Mesh) -> Mesh:
        return mesh.turned(lean).moved((0.0, 0.0, lift))

    pieces: list[tuple[Mesh, Material]] = [(raised(join(head)), housing), (raised(screen), lamp)]
    steel = named_metal("bracket", "stainless", "brushed", seed)
    bracket = [_foot(lift, deep).moved((0.0, side * (long / 2 + 0.0052), 0.0)) for side in (-1.0, 1.0)]
    pieces.append((charted(join(bracket)), steel))
    bolts = []
    for side in (-1.0, 1.0):
        bolt = join(screw_head("socket", ISO_SIZES["M4"], 14)).turned(turn_about("x", -side * np.pi / 2))
        bolts.append(bolt.moved((0.0, side * (long / 2 + 0.0068), lift)))
    pieces.append((join(bolts), named_metal("screw", "black_oxide", "turned", seed)))
    back = turn_about("y", -np.pi / 2)
    pieces.append(
        (
            raised(gland(0.003).turned(back).moved((-deep / 2, -0.3 * long, 0.0))),
            named_metal("gland", "black_oxide", "moulded", seed),
        )
    )
    start = lean @ np.array([-deep / 2 - 0.008, -0.3 * long, 0.0]) + [0.0, 0.0, lift]
    loop = np.array(
        [
            start,
            start - np.array([0.02, 0.0, 0.0]),
            [start[0] - 0.035, start[1], 0.003],
            [start[0] - 0.05, start[1] - 0.05, 0.003],
        ]
    )
    pieces.append(cable(loop, 0.0026, seed))
    middle = lean @ np.array([front, 0.0, 0.0]) + [0.0, 0.0, lift]
    marks = {
        "centre": (float(middle[0]), 0.0, float(middle[2])),
        "left_end": (float(middle[0]), long / 2, float(middle[2])),
        "right_end": (float(middle[0]), -long / 2, float(middle[2])),
    }
    moved, points = centred(pieces, marks)
    return assembled(
        "bar_light", params, moved, attributes={"lit": str(params["lit"]), "led": str(params["led"])}, keypoints=points
    )


def _section(high: float, deep: float, fins: int) -> Floats:
    """Outline in x (depth) and z: smooth at the front, fins at the back."""
    x, z = deep / 2, high / 2
    corners = [(x, -z), (x, z), (-0.45 * deep, z)]
    pitch = 2 * z / (2 * fins - 1) if fins else 2 * z
    for k in range(fins):
        top = z - 2 * k * pitch
        corners += [(-x, top), (-x, top - pitch)]
        if k < fins - 1:
            corners += [(-0.2 * deep, top - pitch), (-0.2 * deep, top - 2 * pitch)]
    corners.append((-0.45 * deep, -z))
    unique = [corners[0]]
    for corner in corners[1:]:
        if np.hypot(corner[0] - unique[-1][0], corner[1] - unique[-1][1]) > 1e-4:
            unique.append(corner)
    if fins:
        # The outermost fins are flush with the mantle.
        unique = [c for c in unique if c not in ((-0.45 * deep, z), (-0.45 * deep, -z))]
    return outline(unique, 0.0007)


def _end_cap(high: float, deep: float) -> Mesh:
    x, z = deep / 2 + 0.0004, high / 2 + 0.0004
    cap, _ = drilled_plate(Rim(outline([(x, -z), (x, z), (-x, z), (-x, -z)], 0.0016), edge(-0.002, 0.002, 0.0006)))
    return cap


def _foot(lift: float, deep: float) -> Mesh:
    """A bent plate: upright with the pivot and a curved slot, foot with a hole."""
    half = max(0.4 * deep, 0.009)
    ring = outline(
        [
            (half, 0.0),
            (half, 0.5 * lift),
            (0.0085, lift + 0.0085),
            (-0.0085, lift + 0.0085),
            (-half, 0.5 * lift),
            (-half, 0.0),
        ],
        [0.0, 0.004, 0.006, 0.006, 0.004, 0.0],
    )
    hole = Rim(circle(0.0023, 14, (0.0, 0.42 * lift)), edge(-0.0012, 0.0012, 0.0002))
    upright, walls = drilled_plate(Rim(ring, edge(-0.0012, 0.0012, 0.0003)), [hole])
    foot = rounded_boxes([((2 * half, 0.022, 0.0024), (0.0, 0.0, 0.0))], 0.0004).placed_uvs((0.04, 0.04))
    return join([join([upright, *walls]).turned(turn_about("x", np.pi / 2)), foot])


BAR_LIGHT = ProceduralAsset(
    name="bar_light",
    kind="model",
    category="light",
    tags=("light", "inspection", "lamp", "machine", "factory"),
    size_m=0.25,
    description="A bar light for machine vision: a row of LEDs in a finned housing on two swivel brackets.",
    parameters={
        "length_m": Number(0.1, 0.45, 0.24, "m"),
        "height_m": Number(0.024, 0.05, 0.034, "m"),
        "depth_m": Number(0.024, 0.045, 0.03, "m"),
        "fins": Integer(2, 5, 3),
        "tilt_deg": Number(-10.0, 50.0, 20.0, "deg"),
        "finish": Choice(("black", "silver", "blue"), "black", (0.6, 0.3, 0.1)),
        "screen": Choice(("leds", "opal"), "leds", (0.55, 0.45)),
        "led": Choice(("white", "red", "blue", "green", "infrared"), "white", (0.6, 0.15, 0.1, 0.1, 0.05)),
        "lit": Choice(("off", "on"), "off"),
        "luminance_cd_m2": Number(8000.0, 40000.0, 18000.0, log=True),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("housing", "screen", "bracket", "screw", "gland", "cable"),
    keypoints=("centre", "left_end", "right_end"),
)
