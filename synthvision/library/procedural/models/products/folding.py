"""Flaps of folding boxes."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.lofts import loft, rectangle_ring
from synthvision.library.procedural.shapes.mesh import Mesh, turn_about

__all__ = ["flap", "flaps_around"]


def flap(width_m: float, length_m: float, thickness_m: float, taper: float = 0.08, sag: float = 0.0) -> Mesh:
    """Return a flap hinged at x = 0 that reaches along +x, its upper side at z = 0.

    Args:
        width_m: Along the hinge.
        length_m: From the hinge to the free edge.
        thickness_m: Of the board.
        taper: Share of the width lost at the free edge.
        sag: How far the free edge bends down, as a share of the length.
    """
    rings = []
    for t in (0.0, 0.2, 0.45, 0.7, 0.92, 1.0):
        narrow = taper * np.clip((t - 0.0) / 0.3, 0.0, 1.0) + 0.04 * (t > 0.95)
        section = rectangle_ring(width_m * (1 - narrow), thickness_m, 0.3 * thickness_m, steps=1, cells_xy=(8, 1))
        x = np.full((len(section), 1), t * length_m)
        z = section[:, 1:] - thickness_m / 2 - sag * length_m * t * t
        rings.append(np.concatenate([x, section[:, :1], z], axis=1))
    mesh = loft(np.array(rings), crease_rad=0.6)
    return mesh.with_uvs(mesh.positions_n3[:, :2] * [1.0, -1.0])


def flaps_around(
    size_xy: tuple[float, float], height_m: float, length_m: float, thickness_m: float, angles_rad: tuple[float, ...]
) -> list[Mesh]:
    """Return the four flaps of an open box: at +x, +y, -x and -y.

    Args:
        size_xy: Outer size of the box.
        height_m: Of its upper edge.
        length_m: Of the flaps.
        thickness_m: Of the board.
        angles_rad: Of each flap: 0 is level outwards, pi / 2 upright, negative hangs down.
    """
    flaps = []
    for k, angle in enumerate(angles_rad):
        reach, wide = (size_xy[0], size_xy[1]) if k % 2 == 0 else (size_xy[1], size_xy[0])
        mesh = flap(wide - 3 * thickness_m, length_m, thickness_m, sag=0.04).turned(turn_about("y", -angle))
        mesh = mesh.moved((reach / 2 - 0.5 * thickness_m, 0.0, height_m + (k % 2) * 0.001))
        flaps.append(mesh.turned(turn_about("z", k * np.pi / 2)))
    return flaps
