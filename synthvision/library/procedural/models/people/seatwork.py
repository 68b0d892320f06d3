"""Cloth seats, hoods and side panels stretched over frames: closed thin sheets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.subdivision import Cage

__all__ = ["padded_sheet"]


def padded_sheet(
    surface: Callable[[Floats, Floats], Floats],
    rows: int,
    columns: int,
    thickness: float,
    uv_scale: tuple[float, float],
) -> Mesh:
    """Return a closed sheet with a pillowed edge.

    Args:
        surface: Place of share across (0..1) and share along (0..1), float64 (n,) each, as float64 (n, 3).
        rows: Points along.
        columns: Points across.
        thickness: In the middle; metres.
        uv_scale: Texture u and v of a whole sheet.
    """
    s, t = np.linspace(0, 1, columns), np.linspace(0, 1, rows)
    grid_s, grid_t = np.meshgrid(s, t)
    flat_s, flat_t = grid_s.ravel(), grid_t.ravel()
    middle = surface(flat_s, flat_t)
    step = 1e-4
    across = surface(flat_s + step, flat_t) - surface(flat_s - step, flat_t)
    along = surface(flat_s, flat_t + step) - surface(flat_s, flat_t - step)
    normal = np.cross(across, along)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    # Thinner at the rim, where it is sewn.
    rim = np.minimum(np.minimum(flat_s, 1 - flat_s), np.minimum(flat_t, 1 - flat_t))
    half = 0.5 * thickness * (0.35 + 0.65 * np.clip(rim * 6, 0, 1)[:, None] ** 0.5)
    top = (middle + half * normal).reshape(rows, columns, 3)
    low = (middle - half * normal).reshape(rows, columns, 3)
    cage = Cage()
    rings = [cage.ring(np.concatenate([a, b[::-1]]), np.ones(1)) for a, b in zip(top, low, strict=True)]
    u = np.concatenate([s, 1.0 + s, [2.0]]) * uv_scale[0]
    for row in range(rows - 1):
        a, b = rings[row], rings[row + 1]
        cage.strip(
            np.append(a, a[0]), np.append(b, b[0]), u, (float(t[row]) * uv_scale[1], float(t[row + 1]) * uv_scale[1])
        )
    cage.cap(rings[0], (0.1, 0.1), flip=True)
    cage.cap(rings[-1], (0.1, 0.1))
    return cage.coarse_surface(cage.positions_n3()).mesh()
