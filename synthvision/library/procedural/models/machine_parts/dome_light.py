"""Dome lights: a hemisphere that lights from all sides through its white inside, with a hole for the camera."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.electronics import rounded_boxes
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, screw_head
from synthvision.library.procedural.models.machine_parts.finishes import lathed
from synthvision.library.procedural.models.machine_parts.lamps import anodised, cable, diffuser, gland
from synthvision.library.procedural.models.machine_parts.placing import around_z, laid_along_x, named_metal, turned_pose
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["DOME_LIGHT"]

SEGMENTS = 48


def _build(params: Mapping[str, Any]) -> Model:
    r1 = float(params["diameter_m"]) / 2
    high = r1 * float(params["height_ratio"])
    hole = r1 * float(params["opening_ratio"])
    foot = 0.16 * r1 + 0.006
    seed = int(params["wear_seed"])
    wall = 0.004
    flare = 0.18 * r1
    outside, inside, ledge = _sections(r1, high, hole, foot, wall, flare)
    lamp = diffuser(str(params["led"]), str(params["lit"]) == "on", float(params["luminance_cd_m2"]), spots=False)
    pieces: list[tuple[Mesh, Material]] = [
        (lathed(chain(outside, ledge), SEGMENTS), anodised(seed, str(params["finish"]))),
        (revolve(inside, SEGMENTS), lamp),
    ]
    ring_bolt = join(screw_head("socket", ISO_SIZES["M4"], 12)).moved((r1 + 0.55 * flare, 0.0, foot))
    pieces.append((around_z(ring_bolt, 6, np.pi / 6), named_metal("screw", "stainless", "turned", seed)))
    plate = rounded_boxes([((0.004, 0.05, 0.022), (r1 + flare - 0.001, 0.0, 0.1 * foot))], 0.0008)
    pieces.append((plate, named_metal("bracket", "aluminium", "brushed", seed)))
    side = turn_about("x", np.pi / 2)
    mid = 0.5 * foot
    start = -r1 - flare
    pieces.append(
        (
            gland(0.0032).turned(side).moved((0.0, start + 0.001, mid)),
            named_metal("gland", "black_oxide", "moulded", seed),
        )
    )
    loop = [
        (0.0, start - 0.008, mid),
        (0.0, start - 0.03, mid),
        (0.02, start - 0.05, 0.4 * mid),
        (0.07, start - 0.05, 0.003),
    ]
    pieces.append(cable(loop, 0.0026, seed))
    turn = {"down": np.eye(3), "up": turn_about("x", np.pi), "forward": laid_along_x() @ turn_about("x", np.pi)}[
        str(params["facing"])
    ]
    marks = {"centre": (0.0, 0.0, 0.0), "camera_hole": (0.0, 0.0, high), "rim": (r1, 0.0, 0.0)}
    posed, points = turned_pose(pieces, marks, turn)
    return assembled(
        "dome_light", params, posed, attributes={"lit": str(params["lit"]), "led": str(params["led"])}, keypoints=points
    )


def _sections(
    r1: float, high: float, hole: float, foot: float, wall: float, flare: float
) -> tuple[Profile, Profile, Profile]:
    """Outside from the rim below to the edge of the hole, the white inside from there down, and the ring below."""
    top = np.arcsin(min((hole + wall) / r1, 0.9))
    angle = np.linspace(0.12, np.pi / 2 - top, 9)
    arc = [(float((r1 + wall) * np.cos(a)), float(foot + (high - foot) * np.sin(a) / np.sin(angle[-1]))) for a in angle]
    collar = hole + 0.22 * hole + wall
    outside = filleted(
        [
            (r1, 0.0),
            (r1 + flare, 0.0),
            (r1 + flare, foot),
            *arc[1:-1],
            (collar, high - 0.004),
            (collar, high + 0.012),
            (hole, high + 0.012),
        ],
        [0.0, 0.001, 0.002, *([0.12 * r1] * (len(arc) - 2)), 0.001, 0.001, 0.0],
        step_rad=0.3,
    )
    bend = np.linspace(np.pi / 2 - np.arcsin(min(hole / r1, 0.9)), 0.0, 11)
    shell = [
        (float(r1 * np.cos(a)), float(0.75 * foot + (high - 0.75 * foot - wall) * np.sin(a) / np.sin(bend[0])))
        for a in bend
    ]
    inside = filleted(
        [(hole, high + 0.012 - 0.0005), *shell[0:], (r1, 0.0005)], [0.0, *([0.2 * r1] * len(shell)), 0.0], step_rad=0.3
    )
    ledge = filleted([(hole, high + 0.012), (hole, high + 0.0115)], 0.0)
    # The two skins meet at the hole and at the rim below.
    rim = filleted([(r1, 0.0005), (r1, 0.0)], 0.0)
    return outside, chain(inside, rim), ledge


DOME_LIGHT = ProceduralAsset(
    name="dome_light",
    kind="model",
    category="light",
    tags=("light", "inspection", "lamp", "machine", "factory"),
    size_m=0.22,
    description="A dome light for machine vision: a hemisphere, bright inside, with a hole for the camera on top.",
    parameters={
        "diameter_m": Number(0.1, 0.3, 0.18, "m"),
        "height_ratio": Number(0.75, 1.1, 0.92),
        "opening_ratio": Number(0.18, 0.34, 0.25),
        "finish": Choice(("black", "silver", "blue"), "black", (0.55, 0.35, 0.1)),
        "led": Choice(("white", "red", "blue", "green", "infrared"), "white", (0.7, 0.12, 0.06, 0.06, 0.06)),
        "lit": Choice(("off", "on"), "off"),
        "luminance_cd_m2": Number(2000.0, 12000.0, 5000.0, log=True),
        "facing": Choice(("down", "up", "forward"), "down", (0.5, 0.2, 0.3)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("housing", "screen", "screw", "bracket", "gland", "cable"),
    keypoints=("centre", "camera_hole", "rim"),
)
