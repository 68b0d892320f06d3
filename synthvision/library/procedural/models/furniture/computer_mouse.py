"""A computer mouse: a rounded shell with two buttons, a wheel, a seam, corded or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, plastic, rubber
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.shapes.section_bodies import section_body

__all__ = ["COMPUTER_MOUSE"]


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["wear_seed"])
    long, wide, tall = float(params["length_m"]), float(params["width_m"]), float(params["height_m"])
    hump, waist = float(params["hump"]), float(params["waist"])
    colour, second = rgb(params["colour"]), rgb(params["side_colour"])
    body = section_body(_rings(long, wide, tall, hump, waist, 0.0, 1.0))
    skin = section_body(_rings(long, wide * 1.012, tall * 1.025, hump, waist, 0.36, 1.0, lift=0.32))
    buttons = str(params["buttons"])
    pieces: list[tuple[Mesh, Material]] = [
        (in_tiles(body, seed), plastic("body", second, seed, dirt=0.15, roughness=0.5)),
        (in_tiles(skin, seed), plastic("shell", colour, seed, dirt=0.15, roughness=0.38)),
    ]
    # The front is where the cord leaves: +x.
    grooves = []
    profile_x = np.linspace(0.04 * long, 0.47 * long, 12)
    split = np.array([(x, 0.0, _top(x, long, tall * 1.025, hump) + 0.0001) for x in profile_x])
    grooves.append(tube_along(split, 0.0008, 6))
    across = np.linspace(-0.92, 0.92, 21)
    half = 0.5 * wide * 1.012 * _plan(0.04 * long, long, waist)
    seam = np.array(
        [
            (0.04 * long, half * s, _section_height(s, _top(0.04 * long, long, tall * 1.025, hump), tall, 0.32))
            for s in across
        ]
    )
    grooves.append(tube_along(seam + np.array([0, 0, 0.0001]), 0.0007, 6))
    if buttons == "side":
        for k in range(2):
            x = -0.02 * long + 0.11 * long * k
            y = 0.5 * wide * _plan(x, long, waist) * 0.985
            grooves.append(rods([(x - 0.045 * long, y, 0.5 * tall)], [(x + 0.045 * long, y, 0.51 * tall)], 0.0026, 8))
    wheel_x = 0.3 * long
    wheel_z = _top(wheel_x, long, tall * 1.025, hump) - 0.006
    wheel = rods([(wheel_x, -0.0035, wheel_z)], [(wheel_x, 0.0035, wheel_z)], 0.0092, 24)
    slot = rods([(wheel_x - 0.012, 0.0, wheel_z + 0.0052)], [(wheel_x + 0.012, 0.0, wheel_z + 0.0044)], 0.0042, 10)
    pieces.append((in_tiles(join([*grooves, slot])), plastic("seams", (0.012, 0.012, 0.012), seed)))
    pieces.append((in_tiles(wheel), rubber("wheel", seed, dirt=0.2)))
    skids = rods(
        [(x * long, 0.0, -0.0006) for x in (-0.36, 0.36)], [(x * long, 0.0, 0.0015) for x in (-0.36, 0.36)], 0.009, 14
    )
    pieces.append((in_tiles(skids), plastic("skids", (0.4, 0.4, 0.4), seed)))
    nose = (0.5 * long, 0.0, 0.35 * tall)
    if str(params["cable"]) == "yes":
        bend = float(params["cord_bend_m"])
        path = bent_path(
            [
                (0.47 * long, 0, 0.2 * tall),
                (0.5 * long + 0.03, 0, 0.006),
                (0.5 * long + 0.07, bend, 0.0022),
                (0.5 * long + 0.05, bend * 2.0, 0.0022),
            ],
            0.03,
            4,
        )
        relief = rods([(0.46 * long, 0, 0.22 * tall)], [(0.5 * long + 0.012, 0, 0.16 * tall)], 0.0034, 10)
        pieces.append(
            (in_tiles(join([tube_along(path, 0.002, 8), relief])), plastic("cable", (0.03, 0.03, 0.03), seed))
        )
    return assembled(
        "computer_mouse",
        params,
        pieces,
        attributes={"corded": str(params["cable"])},
        keypoints={
            "nose": nose,
            "heel": (-0.5 * long, 0.0, 0.3 * tall),
            "wheel": (wheel_x, 0.0, wheel_z + 0.009),
            "top": (-0.08 * long, 0.0, tall),
        },
    )


def _plan(x: float | Floats, long: float, waist: float) -> Any:
    """Half width along the mouse as a share, round at both ends and drawn in at the waist."""
    t = np.asarray(x) / (0.5 * long)
    ends = np.maximum(1 - np.abs(t) ** 3.2, 0.0) ** 0.5
    return ends * (1 - waist * np.exp(-(((t - 0.1) / 0.45) ** 2)))


def _top(x: float | Floats, long: float, tall: float, hump: float) -> Any:
    """Height of the ridge along the mouse, highest behind the middle."""
    t = np.asarray(x) / (0.5 * long)
    return tall * (np.maximum(1 - np.abs((t + 0.16) / 1.17) ** 2.4, 0.0) ** (0.55 + 0.3 * hump) * 0.9 + 0.1)


def _section_height(s: float, top: float, tall: float, lift: float) -> float:
    low = lift * tall * 0.9
    return low + (top - low) * float(max(1 - abs(s) ** 3.0, 0.0) ** 0.5) if top > low else top


def _rings(
    long: float, wide: float, tall: float, hump: float, waist: float, low: float, high: float, lift: float = 0.0
) -> Floats:
    """Sections from the heel to the nose, flat below; `lift` raises the lower edge of an upper shell."""
    del low, high
    rings = []
    angle = np.linspace(0, np.pi, 17)
    for t in np.sin(np.linspace(-np.pi / 2, np.pi / 2, 25)):
        x = float(t) * 0.4999 * long
        half = 0.5 * wide * float(_plan(x, long, waist)) + 0.0006
        top = float(_top(x, long, tall, hump))
        floor = min(lift * tall * 0.9, 0.8 * top)
        c, s = np.cos(angle), np.sin(angle)
        y = half * np.sign(c) * np.abs(c) ** 0.72
        z = floor + (top - floor) * np.abs(s) ** 0.75
        under = np.linspace(-0.9, 0.9, 7) * half
        ring_y, ring_z = np.concatenate([y, under]), np.concatenate([z, np.full(7, floor - 0.0006)])
        rings.append(np.stack([np.full(len(ring_y), x), ring_y, ring_z], axis=1))
    return np.array(rings)


COMPUTER_MOUSE = ProceduralAsset(
    name="computer_mouse",
    kind="model",
    category="computer_mouse",
    tags=("computer", "room", "office", "electronics", "indoor"),
    size_m=0.12,
    description="A computer mouse with two buttons and a wheel, corded or not.",
    parameters={
        "length_m": Number(0.098, 0.128, 0.115, "m"),
        "width_m": Number(0.054, 0.072, 0.062, "m"),
        "height_m": Number(0.03, 0.043, 0.037, "m"),
        "hump": Number(0.0, 1.0, 0.4),
        "waist": Number(0.0, 0.16, 0.06),
        "buttons": Choice(("two", "side"), "side"),
        "cable": Choice(("yes", "no"), "yes"),
        "cord_bend_m": Number(-0.06, 0.06, 0.03, "m"),
        "colour": Colour(
            (
                (0.028, 0.028, 0.03),
                (0.028, 0.028, 0.03),
                (0.68, 0.67, 0.65),
                (0.28, 0.29, 0.3),
                (0.4, 0.03, 0.03),
                (0.05, 0.1, 0.3),
            ),
            0.1,
        ),
        "side_colour": Colour(((0.022, 0.022, 0.023), (0.12, 0.12, 0.125), (0.5, 0.5, 0.5)), 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "shell", "seams", "wheel", "skids", "cable"),
    keypoints=("nose", "heel", "wheel", "top"),
)
