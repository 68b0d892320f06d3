"""Caps of tubes, cartons and bottles."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.lofts import circle_ring, loft, stacked
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["disc", "lathe", "screw_cap"]


def lathe(points: list[tuple[float, float]], segments: int, fillet_m: float = 0.0008) -> Mesh:
    """Return a solid of revolution through (radius, height) corners, each rounded; it starts and ends on the axis."""
    radii = [0.0, *([fillet_m] * (len(points) - 2)), 0.0]
    return revolve(filleted(points, radii, step_rad=0.55), segments)


def disc(radius_m: float, low_m: float, high_m: float, segments: int, fillet_m: float = 0.0006) -> Mesh:
    """Return a round plate whose edges are rounded."""
    return lathe([(0.0, low_m), (radius_m, low_m), (radius_m, high_m), (0.0, high_m)], segments, fillet_m)


def screw_cap(radius_m: float, height_m: float, ridges: int, *, skirt: bool = True, taper: float = 0.0) -> Mesh:
    """Return a ridged screw cap that stands on z = 0.

    Args:
        radius_m: Outer radius at the foot.
        height_m: Height with its skirt.
        ridges: Grips around.
        skirt: With a wider smooth ring under the cap.
        taper: Share of the radius lost from foot to top.
    """
    count = 4 * ridges
    wave = np.array([1.0, 1.0, 0.955, 0.955])[np.arange(count) % 4][:, None]
    round_ring = circle_ring(radius_m, count)
    foot = 0.22 * height_m if skirt else 0.0
    edge = 0.1 * height_m
    top = 1.0 - taper
    gripped = loft(
        stacked(
            [
                (round_ring * 0.96, foot),
                (round_ring * wave, foot + 0.0004),
                (round_ring * wave * top, height_m - edge),
                (round_ring * 0.955 * top, height_m - 0.35 * edge),
                (round_ring * 0.88 * top, height_m),
                (round_ring * 0.3 * top, height_m),
            ]
        ),
        crease_rad=0.5,
    )
    if not skirt:
        return gripped
    return join(
        [disc(1.1 * radius_m, 0.0, foot - 0.0005, 32), disc(0.9 * radius_m, foot - 0.0008, foot + 0.001, 24), gripped]
    )
