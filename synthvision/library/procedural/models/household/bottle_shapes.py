"""Outlines of bottles: wine, beer, soft drinks, water, sauce, oil, juice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from synthvision.library.procedural.shapes.profiles import Profile, filleted

__all__ = ["BOTTLE_STYLES", "BottleShape", "BottleStyle", "shape_of"]

Closure = Literal["crown", "screw_small", "screw_wide", "capsule", "cork", "flip", "nozzle", "open"]


@dataclass(frozen=True, slots=True, eq=False)
class BottleShape:
    """A definite bottle.

    Args:
        outer: From the middle of the bottom over the outside to the mouth's outer edge.
        radius: Largest radius, metres.
        height: Of the glass or plastic without a cap.
        neck_radius: At the mouth.
        neck_low: Height where the neck begins, metres.
        label_low: Lower border of the straight wall for a label.
        label_high: Its upper border.
    """

    outer: Profile
    radius: float
    height: float
    neck_radius: float
    neck_low: float
    label_low: float
    label_high: float


@dataclass(frozen=True, slots=True)
class BottleStyle:
    """A family of bottles.

    Args:
        height: Range of the height in metres.
        slimness: Range of diameter over height.
        material: What it is made of.
        closures: How it may be closed.
        label: Whether a label is a paper front, goes all the way round, or sits on a plastic squeeze bottle.
        outline: Corner points (radius, height) and fillet radii of the wall above the heel, see `shape_of`.
    """

    height: tuple[float, float]
    slimness: tuple[float, float]
    material: Literal["glass", "pet", "squeeze"]
    closures: tuple[Closure, ...]
    label: Literal["front", "wrap"]
    outline: Callable[[float, float, float, float], list[tuple[float, float, float]]]
    label_span: tuple[float, float]
    neck: float
    mouth_radius: float


def shape_of(style: BottleStyle, params: Mapping[str, Any]) -> BottleShape:
    """Return the bottle of a style for the parameters ``height_share``, ``slim_share``, ``shoulder``, ``neck_taper``.

    The wall runs from a rounded heel with a hollow bottom up to a lip.
    """
    height = _between(style.height, float(params["height_share"]))
    radius = 0.5 * height * _between(style.slimness, float(params["slim_share"]))
    shoulder, taper = float(params["shoulder"]), float(params["neck_taper"])
    mouth = style.mouth_radius
    wall = style.outline(height, radius, shoulder, mouth * (1 + 0.12 * taper))
    heel = min(0.12 * radius, 0.006)
    points = [(0.0, 0.09 * radius), (0.62 * radius, 0.0035), (0.82 * radius, 0.0), (wall[0][0], 0.0)]
    radii = [0.0, 0.01, 0.003, heel]
    points += [(r, z) for r, z, _ in wall]
    radii += [fillet for _, _, fillet in wall]
    outer = filleted(points, radii, step_rad=0.36)
    low, high = style.label_span
    move = 0.05 * shoulder
    return BottleShape(
        outer,
        float(np.max(outer.points_k2[:, 0])),
        height,
        mouth,
        (style.neck + move) * height,
        low * height,
        (high + min(move, 0.0)) * height,
    )


def _between(span: tuple[float, float], share: float) -> float:
    return span[0] + (span[1] - span[0]) * share


def _lip(height: float, mouth: float, tall: float, bulge: float) -> list[tuple[float, float, float]]:
    """A ring of glass around the mouth."""
    return [
        (mouth, height - tall - 0.004, 0.004),
        (mouth + bulge, height - tall, 0.0015),
        (mouth + bulge, height - 0.001, 0.0015),
        (mouth - 0.001, height, 0.0008),
    ]


def _bordeaux(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.64 + 0.05 * s) * h
    return [
        (r, 0.012, 0.004),
        (r, z, 0.9 * r),
        (neck, z + 0.85 * (r - neck), 0.8 * r),
        (neck - 0.0005, 0.94 * h, 0.0),
        *_lip(h, neck - 0.0005, 0.016, 0.0013),
    ]


def _burgundy(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.42 + 0.05 * s) * h
    return [
        (r, 0.012, 0.004),
        (r, z, 3.2 * r),
        (neck + 0.002, 0.76 * h, 3.5 * r),
        (neck - 0.0003, 0.95 * h, 0.0),
        *_lip(h, neck - 0.0003, 0.014, 0.0014),
    ]


def _longneck(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.53 + 0.05 * s) * h
    return [
        (r, 0.01, 0.003),
        (r, z, 0.8 * r),
        (neck + 0.005, z + 0.95 * r, 1.4 * r),
        (neck, 0.93 * h, 0.01),
        (neck, h - 0.019, 0.0),
        (neck + 0.0018, h - 0.016, 0.001),
        (neck + 0.0018, h - 0.011, 0.001),
        (neck, h - 0.009, 0.001),
        (neck + 0.0006, h - 0.002, 0.001),
        (neck - 0.001, h, 0.001),
    ]


def _stubby(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.6 + 0.05 * s) * h
    return [
        (r, 0.01, 0.003),
        (r, z, 0.7 * r),
        (neck + 0.002, z + 0.8 * (r - neck), 0.6 * r),
        (neck, 0.9 * h, 0.004),
        (neck, h - 0.015, 0.0),
        (neck + 0.0018, h - 0.012, 0.001),
        (neck + 0.0006, h - 0.002, 0.001),
        (neck - 0.001, h, 0.001),
    ]


def _soda_pet(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    waist = r * (0.9 - 0.04 * s)
    return [
        (0.97 * r, 0.1 * r, 0.01),
        (r, 0.16 * h, 0.02),
        (r, 0.27 * h, 0.03),
        (waist, 0.4 * h, 0.06),
        (r, 0.53 * h, 0.03),
        (r, 0.66 * h, 1.1 * r),
        (neck + 0.001, 0.885 * h, 0.9 * r),
        *_pet_finish(h, neck),
    ]


def _water_pet(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    wall: list[tuple[float, float, float]] = [(0.97 * r, 0.1 * r, 0.008)]
    count = 3 + round(1 + s)
    for k in range(count):
        z = (0.1 + 0.29 * k / count) * h
        deep = 0.055 * r
        wall += [(r, z, 0.001), (r - deep, z + 0.06 * h / count, 0.001), (r, z + 0.12 * h / count, 0.001)]
    return [
        *wall,
        (r, 0.4 * h, 0.004),
        (0.985 * r, 0.405 * h, 0.0),
        (0.985 * r, 0.655 * h, 0.0),
        (r, 0.66 * h, 0.004),
        (r, 0.7 * h, 1.0 * r),
        (neck + 0.001, 0.89 * h, 0.7 * r),
        *_pet_finish(h, neck),
    ]


def _pet_finish(h: float, neck: float) -> list[tuple[float, float, float]]:
    """Support ring and the smooth part under the cap."""
    return [
        (neck, h - 0.026, 0.001),
        (neck + 0.0045, h - 0.0245, 0.0008),
        (neck + 0.0045, h - 0.0228, 0.0008),
        (neck, h - 0.022, 0.0008),
        (neck, h - 0.001, 0.0008),
        (neck - 0.001, h, 0.0005),
    ]


def _ketchup(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    waist = r * (0.86 - 0.08 * s)
    return [
        (0.96 * r, 0.06 * r, 0.006),
        (r, 0.2 * h, 0.08),
        (r, 0.38 * h, 0.08),
        (waist, 0.62 * h, 0.12),
        (0.94 * waist, 0.78 * h, 0.7 * r),
        (neck + 0.002, 0.93 * h, 0.012),
        (neck, h - 0.012, 0.0),
        (neck - 0.001, h, 0.001),
    ]


def _mustard(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.72 + 0.05 * s) * h
    return [
        (0.98 * r, 0.06 * r, 0.004),
        (r, 0.12 * h, 0.02),
        (r, z, 0.95 * r),
        (neck + 0.004, 0.93 * h, 0.5 * r),
        (neck, h - 0.012, 0.001),
        (neck - 0.001, h, 0.001),
    ]


def _hot_sauce(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.52 + 0.06 * s) * h
    return [
        (r, 0.008, 0.003),
        (r, z, 0.9 * r),
        (neck + 0.001, z + 1.1 * r, 0.9 * r),
        (neck, h - 0.014, 0.0),
        (neck + 0.001, h - 0.012, 0.0005),
        (neck, h - 0.002, 0.001),
        (neck - 0.001, h, 0.0008),
    ]


def _oil(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.66 + 0.05 * s) * h
    return [
        (r, 0.01, 0.004),
        (r, z, 0.5 * r),
        (neck + 0.001, z + 0.8 * (r - neck), 0.5 * r),
        (neck, 0.94 * h, 0.0),
        *_lip(h, neck, 0.008, 0.0016),
    ]


def _juice(h: float, r: float, s: float, neck: float) -> list[tuple[float, float, float]]:
    z = (0.62 + 0.05 * s) * h
    return [
        (r, 0.012, 0.005),
        (r, z, 0.9 * r),
        (neck + 0.004, 0.86 * h, 0.7 * r),
        (neck + 0.002, h - 0.02, 0.001),
        (neck, h - 0.018, 0.001),
        (neck, h - 0.001, 0.0008),
        (neck - 0.001, h, 0.0006),
    ]


BOTTLE_STYLES: Mapping[str, BottleStyle] = {
    "wine_straight": BottleStyle(
        (0.285, 0.32),
        (0.235, 0.265),
        "glass",
        ("capsule", "capsule", "cork", "screw_small"),
        "front",
        _bordeaux,
        (0.12, 0.56),
        0.8,
        0.0142,
    ),
    "wine_sloping": BottleStyle(
        (0.28, 0.3),
        (0.265, 0.295),
        "glass",
        ("capsule", "capsule", "cork"),
        "front",
        _burgundy,
        (0.1, 0.37),
        0.8,
        0.0146,
    ),
    "beer_long": BottleStyle(
        (0.21, 0.27), (0.245, 0.28), "glass", ("crown", "crown", "open"), "front", _longneck, (0.1, 0.47), 0.8, 0.0122
    ),
    "beer_stubby": BottleStyle(
        (0.165, 0.2), (0.34, 0.39), "glass", ("crown", "crown", "open"), "front", _stubby, (0.12, 0.54), 0.85, 0.0122
    ),
    "soda": BottleStyle(
        (0.2, 0.34), (0.27, 0.31), "pet", ("screw_wide",), "wrap", _soda_pet, (0.54, 0.65), 0.9, 0.0125
    ),
    "water": BottleStyle(
        (0.19, 0.32), (0.26, 0.31), "pet", ("screw_wide",), "wrap", _water_pet, (0.41, 0.65), 0.9, 0.0125
    ),
    "ketchup": BottleStyle(
        (0.15, 0.21), (0.36, 0.42), "squeeze", ("flip",), "wrap", _ketchup, (0.19, 0.39), 0.93, 0.016
    ),
    "mustard": BottleStyle(
        (0.13, 0.19), (0.33, 0.4), "squeeze", ("nozzle", "flip"), "wrap", _mustard, (0.16, 0.64), 0.93, 0.015
    ),
    "hot_sauce": BottleStyle(
        (0.135, 0.18), (0.26, 0.31), "glass", ("screw_small",), "front", _hot_sauce, (0.1, 0.46), 0.85, 0.0105
    ),
    "oil": BottleStyle(
        (0.24, 0.3), (0.24, 0.28), "glass", ("screw_small", "cork"), "front", _oil, (0.14, 0.58), 0.85, 0.0135
    ),
    "juice": BottleStyle(
        (0.16, 0.25), (0.34, 0.42), "glass", ("screw_wide",), "wrap", _juice, (0.14, 0.56), 0.9, 0.0195
    ),
}
