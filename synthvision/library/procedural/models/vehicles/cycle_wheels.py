"""Wheels of two-wheelers: tyres as rings, rims, wire spokes that cross, hubs, brake discs; lying across y."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, rounded_rectangle
from synthvision.library.procedural.shapes.rods import bar_along, circle, rods

__all__ = ["CycleWheel", "arc_guard", "cycle_wheel", "ring"]


@dataclass(frozen=True, slots=True)
class CycleWheel:
    """One wheel.

    Args:
        radius: With tyre, metres.
        tyre: Half the thickness of the tyre.
        rim: Height of the rim's section.
        spokes: Number of wire spokes, or of cast arms where `cast`.
        cast: Thick arms instead of wires.
        hub: Half the width of the hub.
        disc: Radius of a brake disc on the left, 0 for none.
        segments: Around.
    """

    radius: float
    tyre: float
    rim: float
    spokes: int
    cast: bool = False
    hub: float = 0.035
    disc: float = 0.0
    segments: int = 28


@lru_cache(maxsize=16)
def cycle_wheel(spec: CycleWheel) -> dict[str, Mesh]:
    """Return ``tyre``, ``rim``, ``spoke`` and ``metal`` about the origin."""
    middle = spec.radius - spec.tyre
    bed = spec.radius - 2.0 * spec.tyre + 0.004
    rim_width = 1.15 * spec.tyre
    return {
        "tyre": ring(middle, circle(spec.tyre, 8), spec.segments),
        "rim": ring(
            bed - spec.rim / 2,
            rounded_rectangle(spec.rim, rim_width, 0.25 * min(spec.rim, rim_width), 1),
            spec.segments,
        ),
        "spoke": _arms(spec, bed - 0.8 * spec.rim) if spec.cast else _wires(spec, bed - 0.6 * spec.rim),
        "metal": _hub(spec),
    }


def ring(radius_m: float, section: Profile, segments: int) -> Mesh:
    """Return a closed ring about the y axis; the section's x points away from the axis and its y along it."""
    return _swept(_circle_path(radius_m, segments), section, closed=True)


def arc_guard(
    radius_m: float, half_width_m: float, arc_rad: tuple[float, float], centre_xz: tuple[float, float], steps: int = 14
) -> Mesh:
    """Return a mudguard: a thin arched strip over a wheel.

    Args:
        radius_m: Of the strip.
        half_width_m: Half its width.
        arc_rad: First and last angle from +x towards +z.
        centre_xz: The wheel's axle.
        steps: Pieces along the arc.
    """
    angle = np.linspace(*arc_rad, steps + 1)
    x, z = centre_xz
    path = np.stack([x + radius_m * np.cos(angle), np.zeros(steps + 1), z + radius_m * np.sin(angle)], axis=1)
    section = rounded_rectangle(0.012, 2 * half_width_m, 0.004, 1)
    return _swept(path, section, closed=False)


def _circle_path(radius: float, segments: int) -> Floats:
    angle = 2 * np.pi * np.arange(segments) / segments
    return np.stack([radius * np.cos(angle), np.zeros(segments), radius * np.sin(angle)], axis=1)


def _swept(path: Floats, section: Profile, *, closed: bool) -> Mesh:
    """A bar in the plane of x and z whose section keeps its y along the model's y axis."""
    return bar_along(path, section, up_xyz=(0.0, 1.0, 0.0), closed=closed)


def _wires(spec: CycleWheel, outer: float) -> Mesh:
    """Spokes from both flanges, each leading or trailing, so that neighbours cross."""
    count = spec.spokes
    number = np.arange(count)
    at = 2 * np.pi * number / count
    side = np.where(number % 2 == 0, 1.0, -1.0)
    lead = np.where((number // 2) % 2 == 0, 1.0, -1.0) * min(0.9, 18.0 / count)
    flange = 0.022
    start = np.stack([flange * np.cos(at + lead), side * 0.72 * spec.hub, flange * np.sin(at + lead)], axis=1)
    end = np.stack([outer * np.cos(at), np.zeros(count), outer * np.sin(at)], axis=1)
    return rods(start, end, 0.0013, 3)


def _arms(spec: CycleWheel, outer: float) -> Mesh:
    at = 2 * np.pi * np.arange(spec.spokes) / spec.spokes
    zeros = np.zeros(spec.spokes)
    start = np.stack([0.03 * np.cos(at), zeros, 0.03 * np.sin(at)], axis=1)
    end = np.stack([outer * np.cos(at + 0.12), zeros, outer * np.sin(at + 0.12)], axis=1)
    return rods(start, end, 0.016, 6)


def _hub(spec: CycleWheel) -> Mesh:
    wide = spec.hub
    pieces = [rods([[0, -wide, 0]], [[0, wide, 0]], 0.014 if not spec.cast else 0.035, 10)]
    pieces.append(rods([[0, -wide - 0.012, 0]], [[0, wide + 0.012, 0]], 0.007, 6))
    pieces += [rods([[0, side * 0.66 * wide, 0]], [[0, side * 0.80 * wide, 0]], 0.026, 10) for side in (-1, 1)]
    if spec.disc > 0:
        pieces.append(
            ring(0.82 * spec.disc, rounded_rectangle(0.36 * spec.disc, 0.004, 0.001, 1), 12).moved((0, 0.85 * wide, 0))
        )
        arms = 2 * np.pi * np.arange(5) / 5
        inner = np.stack([np.zeros(5), np.full(5, 0.85 * wide), np.zeros(5)], axis=1)
        outer = inner + 0.7 * spec.disc * np.stack([np.cos(arms), np.zeros(5), np.sin(arms)], axis=1)
        pieces.append(rods(inner, outer, 0.004, 4))
    return join(pieces)
