"""Wheels of motor vehicles: tyre, rim with spokes or cover, brake behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted
from synthvision.library.procedural.shapes.quads import quad_mesh
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["RIM_STYLES", "WheelSpec", "placed_wheels", "tyre_material", "wheel"]

RIM_STYLES = ("five", "twin", "multi", "turbine", "cover", "steel")
DARK = np.array([0.055, 0.055, 0.06])


@dataclass(frozen=True, slots=True)
class WheelSpec:
    """One wheel.

    Args:
        radius: With tyre, metres.
        width: Of the tyre.
        rim_share: Radius of the rim as a share of the whole.
        style: One of `RIM_STYLES`.
        spokes: How many spokes, or holes of a cover or steel wheel.
        segments: Around the tyre.
        dish: How deep the spokes lie behind the outer face, metres; a lorry's front wheels bulge out (negative).
    """

    radius: float
    width: float
    rim_share: float = 0.66
    style: str = "five"
    spokes: int = 5
    segments: int = 20
    dish: float = 0.02


@lru_cache(maxsize=16)
def wheel(spec: WheelSpec) -> dict[str, Mesh]:
    """Return ``tyre`` and ``rim`` about the origin, the axle along y and the outer face towards +y."""
    rim = spec.rim_share * spec.radius
    face = [_barrel(spec, rim), _lip(spec, rim), *_face(spec, rim)]
    turn = turn_about("x", -np.pi / 2)
    return {"tyre": _tyre(spec, rim).turned(turn), "rim": join(face).turned(turn)}


def placed_wheels(spec: WheelSpec, centres: Mapping[str, tuple[float, float, float]]) -> dict[str, Mesh]:
    """Return tyres and rims of all wheels joined, each turned by some angle; those at y < 0 face right."""
    base = wheel(spec)
    out: dict[str, list[Mesh]] = {name: [] for name in base}
    for number, (x, y, z) in enumerate(centres.values()):
        roll = turn_about("y", 0.7 * number + 0.3)
        facing = turn_about("z", 0.0 if y >= 0 else np.pi)
        for name, mesh in base.items():
            out[name].append(mesh.turned(roll @ facing).moved((x, y, z)))
    return {name: join(meshes) for name, meshes in out.items()}


def tyre_material(dirt: float, seed: int, name: str = "tyre") -> Material:
    """Return rubber with the dust of the road; few grades, so that vehicles share the texture."""
    grade = round(3 * dirt) / 3
    return Material(
        name=name,
        base_colour_map=worn_paint(
            (0.021, 0.021, 0.022), seed % 2, dirt=0.15 + 0.5 * grade, scuff=0.25, scuff_colour=(0.07, 0.068, 0.065)
        ),
        roughness=0.88,
        metallic_roughness_map=roughness_map(seed % 2, 0.25),
    )


def _tyre(spec: WheelSpec, rim: float) -> Mesh:
    radius, half = spec.radius, spec.width / 2
    wall = radius - rim
    points = [
        (rim + 0.002, -0.84 * half),
        (radius - 0.30 * wall, -half),
        (radius, -0.60 * half),
        (radius, 0.60 * half),
        (radius - 0.10 * wall, 0.90 * half),
        (rim + 0.45 * wall, half),
        (rim + 0.002, 0.84 * half),
    ]
    curve = np.array(points)
    tangent = np.gradient(curve, axis=0)
    normals = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    skin = Profile(curve, normals / np.linalg.norm(normals, axis=1, keepdims=True))
    bed = filleted([points[-1], points[0]], 0.0)
    joined = Profile(np.concatenate([skin.points_k2, bed.points_k2]), np.concatenate([skin.normals_k2, bed.normals_k2]))
    return revolve(joined, spec.segments)


def _barrel(spec: WheelSpec, rim: float) -> Mesh:
    """The dark inside: bed of the rim, and the brake as its bottom."""
    half = spec.width / 2
    outer = 0.80 * half
    deep = min(outer - 0.05, outer - max(spec.dish, 0.0) - 0.03)
    profile = filleted([(0.0, -0.7 * half), (rim - 0.003, outer), (0.8 * rim, deep), (0.0, deep)], 0.0)
    return revolve(profile, 16).tinted(DARK)


def _lip(spec: WheelSpec, rim: float) -> Mesh:
    """The bright edge of the rim."""
    half = 0.80 * spec.width / 2
    path = [
        (rim - 0.026, half - 0.02),
        (rim + 0.006, half + 0.016),
        (rim - 0.014, half + 0.012),
        (rim - 0.026, half - 0.02),
    ]
    return revolve(filleted(path, 0.0), spec.segments)


def _face(spec: WheelSpec, rim: float) -> list[Mesh]:
    """What lies between hub and lip."""
    outer = 0.80 * spec.width / 2
    hub_z = outer - spec.dish + 0.012
    hub = 0.2 * rim
    pieces = [
        revolve(
            filleted([(0.0, hub_z - 0.04), (hub, hub_z - 0.02), (0.9 * hub, hub_z + 0.008), (0.0, hub_z + 0.01)], 0.0),
            10,
        )
    ]
    if spec.style == "steel":
        pieces.append(_disc(0.86 * rim, outer - 0.055, outer - 0.03, spec.segments))
        pieces.append(_studs(0.62 * rim, outer - 0.03, 0.085 * rim, spec.spokes).tinted(0.5 * DARK))
        return pieces
    if spec.style == "cover":
        pieces.append(_disc(0.95 * rim, outer - 0.04, outer - 0.012, spec.segments).tinted([0.5, 0.5, 0.5]))
        blades = _spokes(
            min(spec.spokes, 9), (0.30 * rim, 0.92 * rim), (0.05 * rim, 0.15 * rim), (outer - 0.02, outer + 0.002), 0.12
        )
        return [*pieces, blades]
    reach = (0.14 * rim, rim - 0.012)
    levels = (hub_z, outer + 0.004)
    if spec.style == "five":
        return [*pieces, _spokes(5, reach, (0.24 * rim, 0.20 * rim), levels, 0.0)]
    if spec.style == "turbine":
        return [*pieces, _spokes(min(max(spec.spokes, 8), 9), reach, (0.12 * rim, 0.17 * rim), levels, 0.35)]
    if spec.style == "twin":
        pair = [
            _spokes(5, reach, (0.11 * rim, 0.10 * rim), levels, side, turn=0.06 * np.sign(side))
            for side in (-0.16, 0.16)
        ]
        return [*pieces, *pair]
    return [*pieces, _spokes(min(max(spec.spokes, 9), 10), reach, (0.11 * rim, 0.10 * rim), levels, 0.0)]


def _spokes(
    count: int,
    reach: tuple[float, float],
    widths: tuple[float, float],
    levels: tuple[float, float],
    skew: float,
    turn: float = 0.0,
) -> Mesh:
    """Tapered bars with slanted flanks from hub to lip; `skew` turns their outer ends, radians."""
    quads = []
    rings = []
    for share in (0.0, 0.55, 1.0):
        radius = reach[0] + (reach[1] - reach[0]) * share
        width = widths[0] + (widths[1] - widths[0]) * share
        top = levels[0] + (levels[1] - levels[0]) * share**1.6
        angle = turn + skew * share
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        section = [(-0.5, -0.03), (0.5, -0.03), (0.32, 0.0), (-0.32, 0.0)]
        rings.append([[*(radius * along + width * side * across), top + depth] for side, depth in section])
    ring = np.array(rings)
    for low, high in ((0, 1), (1, 2)):
        for k in range(4):
            after = (k + 1) % 4
            quads.append([ring[low, k], ring[low, after], ring[high, after], ring[high, k]])
    quads += [ring[0][::-1], ring[2]]
    spoke = quad_mesh(np.array(quads)[:, ::-1])
    return join([spoke.turned(turn_about("z", 2 * np.pi * k / count)) for k in range(count)])


def _disc(radius: float, low: float, high: float, segments: int) -> Mesh:
    """A disc whose rim is bevelled."""
    bevel = min(0.008, 0.2 * radius)
    path = [(0.0, low), (radius, low), (radius, high - bevel), (radius - bevel, high), (0.0, high)]
    return revolve(filleted(path, 0.0), segments)


def _ring_of(radius: float, count: int) -> Floats:
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(count)], axis=1)


def _studs(radius: float, z: float, size: float, count: int) -> Mesh:
    ring = _ring_of(radius, count)
    return rods(ring + np.array([0, 0, z - 0.02]), ring + np.array([0, 0, z + 0.003]), size, 6)
