"""Ring lights for cameras: LEDs around an opening, housing with fins, cable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, screw_head
from synthvision.library.procedural.models.machine_parts.finishes import lathed
from synthvision.library.procedural.models.machine_parts.lamps import anodised, cable, diffuser, gland
from synthvision.library.procedural.models.machine_parts.placing import around_z, laid_along_x, named_metal, turned_pose
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["RING_LIGHT"]

SEGMENTS = 52


def _build(params: Mapping[str, Any]) -> Model:
    r1 = float(params["diameter_m"]) / 2
    r0 = r1 * float(params["opening_ratio"])
    deep = float(params["depth_m"])
    seed = int(params["wear_seed"])
    slope = np.radians(float(params["cone_deg"]))
    width = r1 - r0
    lip = 0.06 * width + 0.001
    # The screen leans inwards, so that the light meets the middle (a low-angle ring has a steep one).
    drop = min((width - 2 * lip) * np.tan(slope), 0.8 * deep)
    housing = _housing(r0, r1, deep, lip, drop, int(params["fins"]))
    pieces: list[tuple[Mesh, Material]] = [(lathed(housing, SEGMENTS), anodised(seed, str(params["finish"])))]
    inner, outer = (r0 + lip, deep - drop - 0.0008), (r1 - lip, deep - 0.0008)
    screen = revolve(_screen(inner, outer), SEGMENTS)
    count = max(round(2 * np.pi * (r0 + r1) / 2 / 0.011), 8)
    rows = max(round((width - 2 * lip) / 0.01), 1)
    screen = screen.placed_uvs((float(count), float(rows)))
    pieces.append(
        (
            screen,
            diffuser(
                str(params["led"]),
                str(params["lit"]) == "on",
                float(params["luminance_cd_m2"]),
                spots=str(params["screen"]) == "leds",
            ),
        )
    )
    screws = (
        join(screw_head("socket", ISO_SIZES["M3"], 12))
        .turned(turn_about("x", np.pi))
        .moved((0.5 * (r0 + r1), 0.0, 0.0))
    )
    pieces.append((around_z(screws, 4, np.pi / 4), named_metal("screw", "stainless", "turned", seed)))
    # Cable and gland leave the mantle on the side that will be below the middle of the back.
    side = turn_about("x", np.pi / 2)
    pieces.append(
        (
            gland(0.0032).turned(side).moved((0.0, -r1 + 0.001, 0.45 * deep)),
            named_metal("gland", "black_oxide", "moulded", seed),
        )
    )
    start = -r1 - 0.008
    facing = str(params["facing"])
    # Standing, it hangs down; lying, it bends back.
    aside = 0.06 if facing == "forward" else -0.06
    low = 0.45 * deep
    loop = [
        (0.0, start, low),
        (0.0, start - 0.03, low),
        (aside / 3, start - 0.045, 0.8 * low),
        (aside, start - 0.04, 0.7 * low),
    ]
    pieces.append(cable(loop, 0.0026, seed))
    # Turned so that the screen faces its way; standing, the cable comes out at the side.
    turn = {
        "up": np.eye(3),
        "down": turn_about("x", np.pi),
        "forward": laid_along_x(),
    }[facing]
    marks = {"centre": (0.0, 0.0, deep), "back_centre": (0.0, 0.0, 0.0), "rim": (r1, 0.0, deep)}
    posed, points = turned_pose(pieces, marks, turn)
    return assembled(
        "ring_light",
        params,
        posed,
        attributes={"lit": str(params["lit"]), "led": str(params["led"])},
        keypoints=points,
    )


def _housing(r0: float, r1: float, deep: float, lip: float, drop: float, fins: int) -> Profile:
    """Section of the housing with a channel for the screen, and grooves around the mantle."""
    points: list[tuple[float, float]] = [(r0, 0.5 * (deep - drop)), (r0, 0.0), (r1, 0.0)]
    radii = [0.0, 0.0008, 0.0012]
    pitch = 0.55 * deep / max(fins, 1)
    cut = min(0.12 * (r1 - r0), 0.004)
    for k in range(fins):
        z = 0.2 * deep + k * pitch
        points += [(r1, z), (r1 - cut, z), (r1 - cut, z + 0.5 * pitch), (r1, z + 0.5 * pitch)]
        radii += [0.0, 0.0, 0.0, 0.0]
    points += [(r1, deep), (r1 - lip, deep), (r1 - lip, deep - 0.0018), (r0 + lip, deep - drop - 0.0018)]
    points += [(r0 + lip, deep - drop), (r0, deep - drop), (r0, 0.5 * (deep - drop))]
    radii += [0.0008, 0.0002, 0.0, 0.0, 0.0002, 0.0004, 0.0]
    return filleted(points, radii, step_rad=0.8)


def _screen(inner: tuple[float, float], outer: tuple[float, float]) -> Profile:
    """Section of the screen: its face from the outer to the inner edge, then back below it."""
    thick = 0.0006
    low_in, low_out = (inner[0], inner[1] - thick), (outer[0], outer[1] - thick)
    return filleted([low_in, low_out, outer, inner, low_in], 0.0)


RING_LIGHT = ProceduralAsset(
    name="ring_light",
    kind="model",
    category="light",
    tags=("light", "inspection", "lamp", "machine", "factory"),
    size_m=0.14,
    description="A ring light for machine vision: LEDs behind a ring-shaped screen around the opening for the camera.",
    parameters={
        "diameter_m": Number(0.07, 0.2, 0.12, "m"),
        "opening_ratio": Number(0.35, 0.62, 0.48),
        "depth_m": Number(0.018, 0.034, 0.024, "m"),
        "cone_deg": Number(0.0, 40.0, 15.0, "deg"),
        "fins": Integer(0, 4, 2),
        "finish": Choice(("black", "silver", "blue"), "black", (0.65, 0.2, 0.15)),
        "screen": Choice(("leds", "opal"), "leds", (0.6, 0.4)),
        "led": Choice(("white", "red", "blue", "green", "infrared"), "white", (0.6, 0.15, 0.1, 0.1, 0.05)),
        "lit": Choice(("off", "on"), "off"),
        "luminance_cd_m2": Number(8000.0, 40000.0, 18000.0, log=True),
        "facing": Choice(("forward", "up", "down"), "forward", (0.6, 0.25, 0.15)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("housing", "screen", "screw", "gland", "cable"),
    keypoints=("centre", "back_centre", "rim"),
)
