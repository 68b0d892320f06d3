"""A fire hydrant that stands above the ground: barrel with flanges, bonnet, capped outlets on chains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    cast_concrete,
    lathe,
    over_height,
    painted_steel,
    worn_steel,
)
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import rounded_polygon
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import rods, tube_along

__all__ = ["HYDRANT"]


def _build(params: Mapping[str, Any]) -> Model:
    h, r = float(params["height_m"]), float(params["radius_m"])
    seed, dirt, scuff = int(params["wear_seed"]), float(params["dirt"]), float(params["scuff"])
    barrel, bolts = _barrel(params, h, r)
    outlet_z = h * float(params["outlet_at"])
    hose, pumper = 0.036 + 0.12 * r, 0.055 + 0.16 * r
    necks, caps, ends = [], [], {}
    outlets = {"outlet_left": (np.pi / 2, hose), "outlet_right": (-np.pi / 2, hose), "outlet_front": (0.0, pumper)}
    for name, (yaw, size) in outlets.items():
        z = outlet_z - (0.03 if name == "outlet_front" else 0.0)
        neck, cap, reach = _outlet(size, r)
        turn = turn_about("z", yaw) @ turn_about("y", np.pi / 2)
        necks.append(neck.turned(turn).moved((0.0, 0.0, z)))
        caps.append(cap.turned(turn).moved((0.0, 0.0, z)))
        ends[name] = (float(np.cos(yaw)) * reach, float(np.sin(yaw)) * reach, z)
    bonnet, nut = _bonnet(params, h, r)
    body = rgb(params["colour"])
    accent = rgb(params["cap_colour"]) if str(params["two_tone"]) == "yes" else body
    chains = _chains(ends, r, outlet_z)
    ground = lathe([(0, 0), (1.9 * r, 0.0), (1.86 * r, 0.018), (0, 0.022)], 0.004, 28)
    pieces: list[tuple[Mesh, Material]] = [
        (over_height(join([barrel, *necks]), h, 0.7), painted_steel("barrel", (body, seed, dirt, scuff))),
        (over_height(join([bonnet, *caps]), h, 0.7), painted_steel("caps", (accent, (seed + 1) % 8, dirt, scuff))),
        (over_height(join([bolts, chains, nut]), h), worn_steel("iron", seed)),
        (ground.placed_uvs((1.0, 0.2)), cast_concrete("pad", seed)),
    ]
    return assembled(
        "hydrant",
        params,
        pieces,
        attributes={"two_tone": str(params["two_tone"]), "bonnet": str(params["bonnet"])},
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, h), **{name: ends[name] for name in sorted(ends)}},
    )


def _barrel(params: Mapping[str, Any], h: float, r: float) -> tuple[Mesh, Mesh]:
    """The upright pipe with its two bolted flanges."""
    low, high = 0.13 * h, h * float(params["outlet_at"]) + 0.14 * h
    flange = 1.48 * r
    outline = [
        (0.0, 0.0), (1.1 * r, 0.0), (1.08 * r, low - 0.035), (flange, low - 0.03), (flange, low - 0.003),
        (flange - 0.006, low), (flange, low + 0.003), (flange, low + 0.03), (1.05 * r, low + 0.04),
        (r, low + 0.12 * h), (r, high - 0.06), (1.22 * r, high - 0.03), (1.22 * r, high), (0.0, high),
    ]  # fmt: skip
    radii = [0, 0.004, 0.012, 0.004, 0.002, 0.001, 0.002, 0.004, 0.012, 0.02, 0.02, 0.008, 0.004, 0]
    count = 8
    angle = np.arange(count) * 2 * np.pi / count + 0.2
    spots: Floats = np.stack([1.29 * r * np.cos(angle), 1.29 * r * np.sin(angle), np.zeros(count)], axis=1)
    studs = rods(np.add(spots, (0, 0, low - 0.05)), np.add(spots, (0, 0, low + 0.052)), 0.008, 6)
    nuts = rods(np.add(spots, (0, 0, low + 0.028)), np.add(spots, (0, 0, low + 0.044)), 0.014, 6)
    return lathe(outline, radii, 22), join([studs, nuts])


def _outlet(size: float, r: float) -> tuple[Mesh, Mesh, float]:
    """A neck along z from inside the barrel, its cap with lugs and a five-sided nut, and where it ends."""
    start, rim = 0.5 * r, 1.28 * r
    neck = lathe(
        [
            (0, start),
            (1.02 * size, start),
            (0.9 * size, rim),
            (1.0 * size, rim),
            (1.0 * size, rim + 0.012),
            (0, rim + 0.012),
        ],
        0.006,
        14,
    )
    low = rim + 0.012
    cap = lathe(
        [
            (0, low),
            (1.12 * size, low),
            (1.12 * size, low + 0.03),
            (0.95 * size, low + 0.045),
            (0.4 * size, low + 0.055),
            (0, low + 0.055),
        ],
        0.007,
        14,
    )
    lugs = rods(
        [(1.1 * size * np.cos(a), 1.1 * size * np.sin(a), low + 0.003) for a in np.arange(8) * np.pi / 4],
        [(1.1 * size * np.cos(a), 1.1 * size * np.sin(a), low + 0.026) for a in np.arange(8) * np.pi / 4],
        0.007,
        5,
    )
    nut = extrude(rounded_polygon(_pentagon(0.42 * size), 0.003, 2), low + 0.05, low + 0.085, bevel_m=0.003)
    return neck, join([cap, lugs, nut]), low + 0.085


def _bonnet(params: Mapping[str, Any], h: float, r: float) -> tuple[Mesh, Mesh]:
    """The cover of the barrel, with ribs or smooth, and the nut that opens the valve."""
    low, high = h * float(params["outlet_at"]) + 0.14 * h - 0.002, h - 0.045
    wide = 1.32 * r
    rise = high - low
    if str(params["bonnet"]) == "dome":
        angle = np.linspace(0.0, 0.5 * np.pi, 5)
        curve = [
            (float(1.12 * r * np.cos(a)) + 0.001, low + 0.03 + (rise - 0.03) * float(np.sin(a))) for a in angle[:-1]
        ]
        outline = [(0.0, low), (wide, low), (wide, low + 0.028), *curve, (0.3 * r, high), (0.0, high)]
    else:
        outline = [(0.0, low), (wide, low), (wide, low + 0.028), (1.12 * r, low + 0.034), (1.0 * r, low + 0.45 * rise)]
        outline += [(0.52 * r, low + 0.82 * rise), (0.42 * r, high), (0.0, high)]
    # Wide roundings run into each other: the cover is one smooth curve above its rim.
    radii = [0.0, 0.006, 0.006, 0.008, *([0.09] * (len(outline) - 6)), 0.012, 0.0]
    body = lathe(outline, radii, 22)
    ribs = []
    for k in range(6):
        a = k * np.pi / 3 + 0.3
        c, s = float(np.cos(a)), float(np.sin(a))
        path: Floats = np.array(
            [
                (1.13 * r * c, 1.13 * r * s, low + 0.03),
                (0.99 * r * c, 0.99 * r * s, low + 0.5 * rise),
                (0.5 * r * c, 0.5 * r * s, high - 0.16 * rise),
            ]
        )
        ribs.append(tube_along(path, 0.011, 6))
    nut = extrude(rounded_polygon(_pentagon(0.026), 0.003, 2), high - 0.005, h, bevel_m=0.004)
    return join([body, *ribs]), nut


def _pentagon(radius: float) -> Floats:
    angle = np.arange(5) * 2 * np.pi / 5
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _chains(ends: Mapping[str, tuple[float, float, float]], r: float, z: float) -> Mesh:
    """Links that hang from each cap to the barrel."""
    links = []
    for x, y, end_z in ends.values():
        reach = float(np.hypot(x, y))
        c, s = x / reach, y / reach
        # From the cap's rim, down in a bow, back to the barrel a little to the side.
        start = np.array([(reach - 0.06) * c, (reach - 0.06) * s, end_z - 0.055])
        side = 0.45
        c2, s2 = c * np.cos(side) - s * np.sin(side), s * np.cos(side) + c * np.sin(side)
        end = np.array([0.99 * r * c2, 0.99 * r * s2, z - 0.11])
        count = 6
        for k in range(count):
            t0, t1 = k / count - 0.02, (k + 1) / count + 0.02
            a, b = (start + (end - start) * t - [0.0, 0.0, 0.26 * t * (1 - t)] for t in (t0, t1))
            along = (b - a) / np.linalg.norm(b - a)
            across = np.cross(along, [0.0, 0.0, 1.0] if k % 2 else [c, s, 0.0])
            across = across / np.linalg.norm(across) * 0.006
            links.append(np.array([a - across, b - across, b + across, a + across]))
    corners: Floats = np.array(links)
    return rods(corners.reshape(-1, 3), np.roll(corners, -1, axis=1).reshape(-1, 3), 0.0022, 4)


HYDRANT = ProceduralAsset(
    name="hydrant",
    kind="model",
    category="hydrant",
    tags=("street", "fire", "hydrant", "outdoor", "city", "water"),
    size_m=0.8,
    description="A cast-iron fire hydrant with three capped outlets on chains and a bolted flange.",
    parameters={
        "height_m": Number(0.66, 0.95, 0.8, "m"),
        "radius_m": Number(0.085, 0.125, 0.1, "m"),
        "outlet_at": Number(0.52, 0.62, 0.57),
        "bonnet": Choice(("dome", "cone"), "dome"),
        "two_tone": Choice(("no", "yes"), "no"),
        "colour": Colour(
            ((0.6, 0.015, 0.012), (0.6, 0.015, 0.012), (0.8, 0.5, 0.02), (0.75, 0.17, 0.01), (0.7, 0.7, 0.68)), 0.1
        ),
        "cap_colour": Colour(((0.7, 0.7, 0.68), (0.02, 0.1, 0.4), (0.02, 0.22, 0.07), (0.02, 0.021, 0.022)), 0.1),
        "dirt": Number(0.0, 1.0, 0.35),
        "scuff": Number(0.0, 1.0, 0.5),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("barrel", "caps", "iron", "pad"),
    keypoints=("base", "top", "outlet_front", "outlet_left", "outlet_right"),
)
