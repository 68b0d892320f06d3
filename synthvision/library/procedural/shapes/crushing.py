"""Crushing thin-walled things: buckling along the axis, flattening, twisting, bending and sharp creases.

Each function makes a map of space (`Move`) that depends on nothing but its arguments and a seed. Points at one place
move together, so that closed meshes stay closed and labels stay on their walls. `crushed` applies maps in order and
takes new normals from the triangles, hard along the creases. Meshes need cells well under the size of the folds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.procedural.shapes.deformation import eased
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.shading import auto_smooth

__all__ = ["Move", "bending", "buckling", "composed", "crumpling", "crushed", "flattening", "pinching", "twisting"]

Move = Callable[[Floats], Floats]

ROUND_TO_FLAT = np.pi / 2 - 1.0
"""How much half a circle's width grows until it is pressed flat, its length around being kept."""


def crushed(mesh: Mesh, *moves: Move, crease_rad: float = 0.75) -> Mesh:
    """Return the mesh moved by all `moves` in order, its normals taken anew.

    Args:
        mesh: What to crush.
        moves: Maps of float64 (n, 3) points.
        crease_rad: Faces that meet at a larger angle afterwards keep a hard edge.
    """
    if not moves:
        return mesh
    return auto_smooth(replace(mesh, positions_n3=composed(*moves)(mesh.positions_n3)), crease_rad)


def composed(*moves: Move) -> Move:
    """Return the map that does `moves` one after the other."""

    def move(points: Floats) -> Floats:
        for step in moves:
            points = step(points)
        return points

    return move


def crumpling(
    seed: int,
    stream: str,
    *,
    depth_m: float,
    size_m: float,
    folds: int = 7,
    weight: Callable[[Floats], Floats] | None = None,
) -> Move:
    """Return a map that folds a surface into flat facets with sharp creases.

    It is a sum of triangle waves that run through space in random directions: between two kinks each is linear, so
    the surface breaks into polygons as foil, paper and PET do.

    Args:
        seed: Which creases.
        stream: What it is for.
        depth_m: Largest movement, roughly.
        size_m: Typical size of a facet.
        folds: Number of waves; more make more and smaller polygons.
        weight: Share 0..1 of the movement at each of float64 (n, 3) points; None is everywhere the same.
    """
    rng = rng_for(seed, 0, f"{stream}.crumpling")
    waves = rng.standard_normal((folds, 3))
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    pushes = rng.standard_normal((folds, 3))
    # Movement along a wave would only stretch the surface.
    pushes -= waves * np.einsum("ij,ij->i", waves, pushes)[:, None]
    pushes /= np.linalg.norm(pushes, axis=1, keepdims=True)
    rate = rng.uniform(0.35, 0.9, folds) / size_m
    # Broad folds are deep, narrow ones shallow.
    pushes *= (0.6 * depth_m * rate.mean() / rate / np.sqrt(folds / 2))[:, None]
    phase = rng.random(folds)

    def move(points: Floats) -> Floats:
        wave = _triangle_wave(points @ (waves * rate[:, None]).T + phase)
        shift = wave @ pushes
        return points + (shift if weight is None else shift * weight(points)[:, None])

    return move


def buckling(
    seed: int,
    stream: str,
    *,
    low_m: float,
    high_m: float,
    amount: float,
    folds: float = 4.0,
    lobes: int = 3,
    lean: float = 0.25,
) -> Move:
    """Return a map that presses the wall between two heights together into ring-shaped, wandering folds.

    Args:
        seed: Which folds.
        stream: What it is for.
        low_m: Below this nothing moves.
        high_m: Above this everything moves down as one piece.
        amount: Share of the height between them that is lost, 0..0.9.
        folds: Number of folds.
        lobes: How often a fold wanders up and down around the axis.
        lean: How far the upper end tilts, radians at full amount.
    """
    rng = rng_for(seed, 0, f"{stream}.buckling")
    phase, turn, yaw = rng.uniform(0, 2 * np.pi, 3)
    tall = high_m - low_m
    fold_m = tall / folds
    # A wall of constant length that zigzags: what it loses in height it gains in width.
    depth = 0.32 * fold_m * np.sqrt(1.0 - (1.0 - amount) ** 2)
    tilt = lean * amount * float(rng.uniform(0.3, 1.0))

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        share = np.clip((z - low_m) / tall, 0.0, 1.0)
        angle = np.arctan2(y, x)
        wander = 0.22 * np.sin(lobes * angle + phase) + 0.12 * np.sin((lobes + 2) * angle - 2 * phase)
        inside = np.minimum(np.minimum(share, 1.0 - share) * 5.0, 1.0)
        shift = depth * inside * (_triangle_wave(share * folds + wander + turn) - 0.35)
        radius = np.maximum(np.hypot(x, y), 1e-9)
        grow = 1.0 + shift * np.minimum(radius / (3 * depth + 1e-9), 1.0) / radius
        # Folds close where they are: height is lost unevenly.
        lost = share + 0.06 * np.sin(2 * np.pi * folds * share) / folds
        down = amount * tall * lost
        slant = tilt * share * (x * np.cos(yaw) + y * np.sin(yaw))
        side = 0.5 * tilt * tall * share**2
        return np.stack([x * grow + side * np.cos(yaw), y * grow + side * np.sin(yaw), z - down - slant], axis=1)

    return move


def flattening(radius_m: float, amount: float, *, low_m: float = -np.inf, high_m: float = np.inf) -> Move:
    """Return a map that presses a tube along y: its sides come together and it grows wider along x.

    Args:
        radius_m: Largest radius of what is pressed.
        amount: 0 leaves it round, 1 makes it a sheet.
        low_m: Where the pressed part begins, z.
        high_m: Where it ends; it fades over one radius at both ends.
    """

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        here = np.full_like(z, amount)
        if np.isfinite(low_m):
            here = here * eased(low_m - radius_m, low_m, z)
        if np.isfinite(high_m):
            here = here * eased(high_m + radius_m, high_m, z)
        share = np.minimum(np.abs(y) / (1.02 * radius_m), 1.0)
        flat = 1.0 - (1.0 - share) ** (1.0 + 1.5 * here)
        pressed = np.sign(y) * radius_m * (1.0 - here) * np.maximum(flat, share)
        return np.stack([x * (1.0 + ROUND_TO_FLAT * here), np.where(here > 0, pressed, y), z], axis=1)

    return move


def pinching(height_m: float, reach_m: float, share: float, yaw_rad: float = 0.0) -> Move:
    """Return a map that squeezes a vessel at one height from two sides, as a hand does.

    Args:
        height_m: Middle of the squeezed place.
        reach_m: Height over which it fades.
        share: Share of the width that is lost, 0..0.8.
        yaw_rad: Direction of the squeeze, counter-clockwise from +x.
    """
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        here = share * np.maximum(1.0 - np.abs(z - height_m) / reach_m, 0.0)
        along, across = x * c + y * s, -x * s + y * c
        along = along * (1.0 - here)
        across = across * (1.0 + 0.45 * here)
        return np.stack([along * c - across * s, along * s + across * c, z], axis=1)

    return move


def twisting(low_m: float, high_m: float, turn_rad: float) -> Move:
    """Return a map that turns everything about z, not at all below `low_m` and by `turn_rad` above `high_m`."""

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        angle = turn_rad * np.clip((z - low_m) / (high_m - low_m), 0.0, 1.0)
        c, s = np.cos(angle), np.sin(angle)
        return np.stack([x * c - y * s, x * s + y * c, z], axis=1)

    return move


def bending(low_m: float, high_m: float, turn_rad: float, yaw_rad: float = 0.0) -> Move:
    """Return a map that bends an upright thing over sideways.

    Args:
        low_m: Where the bend begins, z; below it nothing moves.
        high_m: Where it ends; above it everything is turned as one piece.
        turn_rad: Angle of the bend, not 0.
        yaw_rad: Direction it bends to, counter-clockwise from +x.
    """
    length = high_m - low_m
    radius = length / turn_rad
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)

    def move(points: Floats) -> Floats:
        x, y, z = points.T
        along, across = x * c + y * s, -x * s + y * c
        bent = turn_rad * np.clip((z - low_m) / length, 0.0, 1.0)
        beyond = np.maximum(z - high_m, 0.0)
        side = radius * (1 - np.cos(bent)) + along * np.cos(bent) + beyond * np.sin(bent)
        rise = np.minimum(z, low_m) + radius * np.sin(bent) - along * np.sin(bent) + beyond * np.cos(bent)
        return np.stack([side * c - across * s, side * s + across * c, rise], axis=1)

    return move


def _triangle_wave(turns: Floats) -> Floats:
    """A wave of period 1 between -1 and 1 made of straight lines."""
    return np.asarray(4.0 * np.abs(turns - np.floor(turns + 0.5)) - 1.0, np.float64)
