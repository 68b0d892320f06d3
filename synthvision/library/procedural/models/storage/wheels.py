"""Wheels, castors and grips of things that are pushed or driven about."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["castor_fork", "wheel"]

_LAID = turn_about("x", np.pi / 2)


def wheel(radius: float, width: float, hub: float, *, tread: float = 0.0, segments: int = 20) -> tuple[Mesh, Mesh]:
    """Return the tyre and the hub of a wheel about the origin whose axle lies along y, in metres of texture.

    Args:
        radius: Outer radius.
        width: Of the tyre.
        hub: Radius where the tyre ends.
        tread: How round the tyre is: 0 is a flat roller, 1 a balloon.
        segments: Around.
    """
    half = width / 2
    shoulder = (0.12 + 0.3 * tread) * width
    drop = (0.03 + 0.25 * tread) * (radius - hub)
    tyre = filleted(
        [
            (hub, -0.42 * width),
            (radius - drop, -half),
            (radius, -half + shoulder),
            (radius, half - shoulder),
            (radius - drop, half),
            (hub, 0.42 * width),
            (hub, -0.42 * width),
        ],
        [0.0, 0.5 * shoulder, shoulder, shoulder, 0.5 * shoulder, 0.0, 0.0],
        step_rad=0.9,
    )
    disc = filleted(
        [
            (0.0, -0.34 * width),
            (0.36 * hub, -0.34 * width),
            (0.42 * hub, -0.14 * width),
            (0.84 * hub, -0.18 * width),
            (hub * 1.01, -0.4 * width),
            (hub * 1.01, 0.4 * width),
            (0.84 * hub, 0.18 * width),
            (0.42 * hub, 0.14 * width),
            (0.36 * hub, 0.34 * width),
            (0.0, 0.34 * width),
        ],
        0.0,
    )
    around = 2 * np.pi * radius
    outer, inner = (
        revolve(part, segments, v_per_metre=1.0).placed_uvs((around, 1.0)).turned(_LAID) for part in (tyre, disc)
    )
    return outer, inner


def castor_fork(rng: np.random.Generator, radius: float, width: float, top: float, trail: float) -> Mesh:
    """Return the fork, axle and plate of a castor whose swivel axis is the z axis and whose wheel trails along -x."""
    boxes = BoxSet(rng)
    boxes.add((0.085, 0.075, 0.006), (0.0, 0.0, top - 0.003))
    reach = float(np.hypot(trail, top - radius - 0.02))
    turn = turn_about("y", float(np.arctan2(trail, top - radius - 0.02)))
    for side in (-1, 1):
        boxes.add(
            (0.032, 0.004, reach + 0.03), (-trail / 2, side * (width / 2 + 0.006), (top - 0.02 + radius) / 2), "z", turn
        )
    boxes.add((0.045, width + 0.016, 0.006), (0.0, 0.0, top - 0.022))
    axle = rods(
        [(-trail, -width / 2 - 0.012, radius), (0.0, 0.0, top - 0.025)],
        [(-trail, width / 2 + 0.012, radius), (0.0, 0.0, top - 0.002)],
        np.array([0.007, 0.02]),
        8,
    )
    return join([boxes.mesh(0.0015), axle])
