"""Screw threads as geometry: one helical skin, closed at both ends."""

from __future__ import annotations

import numpy as np

from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles

__all__ = ["screw_thread", "thread_depth"]

CREST, FLANK = 0.14, 0.36
"""Share of the pitch that the flat of a crest, and each flank, takes (ISO 68-1: 1/8 and 5/16, the root rounded)."""


def thread_depth(pitch_m: float) -> float:
    """Return the depth of an ISO metric thread, 0.6134 times its pitch."""
    return 0.6134 * pitch_m


def screw_thread(
    radius_m: float, pitch_m: float, low_m: float, high_m: float, segments: int, *, inside: bool = False
) -> Mesh:
    """Return the skin of a thread between two heights, without caps.

    At both ends it runs out to a plain circle: of the root of a bolt, of the crest of a nut.

    Args:
        radius_m: Plain circle at the ends: root radius of an outer thread, largest radius of the hole of a nut.
        pitch_m: Height of one turn.
        low_m: Height of the lower end.
        high_m: Height of the upper end.
        segments: Around, a multiple of 4.
        inside: The skin is the wall of a hole: ridges stand inwards.
    """
    rise_at = np.array([0.0, FLANK, FLANK + CREST, 2 * FLANK + CREST])
    rise = np.array([0.0, 1.0, 1.0, 0.0])
    per_turn = len(rise)
    turns = int(np.ceil((high_m - low_m) / pitch_m)) + 2
    row = np.arange(turns * per_turn)
    s = np.arange(segments + 1)
    # The height is a function of whole numbers, so that both sides of the seam come out equal to the last bit.
    turn = (row // per_turn)[:, None] * segments + s[None, :]
    z = low_m + (turn / segments - 1.0 + rise_at[row % per_turn][:, None]) * pitch_m
    z = np.clip(z, low_m, high_m)
    runout = np.clip(np.minimum(z - low_m, high_m - z) / (0.7 * pitch_m), 0.0, 1.0)
    height = thread_depth(pitch_m) * rise[row % per_turn][:, None] * runout
    radius = radius_m + (-height if inside else height)
    angle = np.linspace(0.0, 2 * np.pi, segments + 1)
    angle[-1] = 0.0
    c, si = np.cos(angle)[None], np.sin(angle)[None]
    grid = np.stack([radius * c, radius * si, z], axis=-1)
    return _flanked(grid, c, si, np.arctan2(thread_depth(pitch_m), FLANK * pitch_m), inside)


def _flanked(grid: Floats, c: Floats, s: Floats, steep_rad: float, inside: bool) -> Mesh:
    """Bands of the grid with normals of their own, so that flanks and crests meet in edges."""
    rows, columns = grid.shape[:2]
    side = -1.0 if inside else 1.0
    lean = {0: -1.0, 1: 0.0, 2: 1.0, 3: 0.0}
    positions, normals = [], []
    for k in range(rows - 1):
        tilt = lean[k % 4] * steep_rad
        facing = np.stack(
            np.broadcast_arrays(side * np.cos(tilt) * c[0], side * np.cos(tilt) * s[0], np.sin(tilt)), axis=-1
        )
        positions.append(grid[k : k + 2])
        normals.append(np.stack([facing, facing]))
    place = np.array(positions).reshape(-1, 3)
    facing = np.array(normals).reshape(-1, 3)
    band = grid_triangles(2, columns)
    triangles = (band[None] + np.arange(rows - 1)[:, None, None] * 2 * columns).reshape(-1, 3)
    if inside:
        triangles = triangles[:, ::-1]
    u = np.tile(np.linspace(0.0, 1.0, columns), 2 * (rows - 1))
    uvs = np.stack([u, -place[:, 2]], axis=1)
    return Mesh(place, facing, uvs, triangles).without_slivers()
