"""The body of a motor scooter: leg shield, floor, rear hull, seat."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.models.vehicles.motorcycle_parts import Chassis, hull
from synthvision.library.procedural.models.vehicles.slabs import blocks
from synthvision.library.procedural.shapes.lofts import loft
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["scooter_body"]


def scooter_body(base: Chassis) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    """Return painted hulls (leg shield, rear body, front), the seat, and the black floor."""
    rx, fx = float(base.rear[0]), float(base.front[0])
    sz = float(base.saddle[1])
    low = base.radius + 0.03
    rear = hull(
        [
            (rx - 0.24, sz - 0.16, 0.07, 0.05, 2.4),
            (rx - 0.10, sz - 0.22, 0.15, 0.12, 2.6),
            (rx + 0.15, sz - 0.26, 0.19, 0.19, 2.8),
            (rx + 0.40, sz - 0.29, 0.17, 0.21, 2.8),
            (rx + 0.52, sz - 0.33, 0.12, 0.17, 2.8),
        ]
    )
    seat = hull(
        [
            (rx - 0.22, sz - 0.05, 0.07, 0.02, 2.6),
            (rx - 0.12, sz - 0.035, 0.13, 0.05, 2.8),
            (rx + 0.10, sz - 0.04, 0.15, 0.05, 3.0),
            (rx + 0.25, sz - 0.06, 0.15, 0.045, 3.0),
            (rx + 0.48, sz - 0.05, 0.11, 0.04, 2.8),
            (rx + 0.56, sz - 0.07, 0.05, 0.02, 2.4),
        ]
    )
    # The shield leans with the steering head: lofted from the floor up in rings across it.
    yx, yz = float(base.yoke[0]), float(base.yoke[1])
    rings = []
    for share, wide, deep in (
        (0.0, 0.17, 0.05),
        (0.15, 0.21, 0.055),
        (0.5, 0.22, 0.06),
        (0.8, 0.19, 0.06),
        (1.0, 0.12, 0.04),
    ):
        x, z = fx - 0.36 + (yx + 0.02 - fx + 0.36) * share, low - 0.02 + (yz - low - 0.04) * share
        angle = 2 * np.pi * np.arange(14) / 14
        bow = 0.10 * np.sin(angle) ** 2
        rings.append(np.stack([x + deep * np.cos(angle) + 0.09 - bow, wide * np.sin(angle), np.full(14, z)], axis=1))
    shield = loft(rings, crease_rad=0.9)
    bx, bz = float(base.bar[0]), float(base.bar[1])
    head = hull(
        [
            (bx - 0.10, bz - 0.01, 0.12, 0.035, 2.4),
            (bx, bz, 0.17, 0.06, 2.4),
            (bx + 0.10, bz - 0.01, 0.12, 0.07, 2.2),
            (bx + 0.14, bz - 0.02, 0.07, 0.05, 2.0),
        ]
    )
    floor = blocks([((fx - 0.30 - rx - 0.40, 0.40, 0.06), ((fx - 0.30 + rx + 0.40) / 2, 0.0, low))], 0.02)
    under = blocks(
        [
            ((0.42, 0.20, 0.16), (rx + 0.12, 0.04, base.radius + 0.02)),
            ((0.5, 0.24, 0.08), ((fx + rx) / 2, 0.0, low - 0.06)),
        ],
        0.03,
    )
    nose = hull(
        [
            (fx - 0.24, base.radius + 0.16, 0.07, 0.10, 2.4),
            (fx - 0.12, base.radius + 0.17, 0.075, 0.11, 2.4),
            (fx + 0.02, base.radius + 0.235, 0.07, 0.05, 2.4),
            (fx + 0.16, base.radius + 0.19, 0.055, 0.03, 2.2),
        ]
    )
    return [rear, shield, head, nose], [seat], [floor, under]
