"""What closes a bottle: crown caps, screw caps, foil capsules, corks, flip tops, nozzles."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.assembly import opaque
from synthvision.library.procedural.models.household.bottle_shapes import BottleShape, Closure
from synthvision.library.procedural.noise import cell_noise, encode_srgb, fbm, jittered_points, make_texture
from synthvision.library.procedural.shapes.deformation import deformed, eased, shifted, widened
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["closure"]

LinearColour = tuple[float, float, float]


def closure(kind: Closure, shape: BottleShape, colour: LinearColour, *, gold: bool) -> list[tuple[Mesh, Material]]:
    """Return the meshes and materials that close a bottle; nothing for an open one.

    Args:
        kind: What to close it with.
        shape: The bottle.
        colour: Linear RGB of caps that are painted.
        gold: Metal closures are bare gold-coloured metal.
    """
    if kind == "open":
        return []
    metal = Material(name="cap", base_colour=opaque(colour), metallic=1.0 if gold else 0.55, roughness=0.34)
    plastic = Material(name="cap", base_colour=opaque(colour), roughness=0.42)
    if kind == "crown":
        return [(_crown(shape), metal)]
    if kind == "screw_small":
        return [(_screw(shape, 0.028, 0.0, 28, low=True), metal)]
    if kind == "screw_wide":
        return [(_screw(shape, 0.0195, 0.0022, 24, low=False), plastic)]
    if kind == "capsule":
        foil = Material(name="cap", base_colour=opaque(colour), metallic=1.0 if gold else 0.35, roughness=0.4)
        return [(_capsule(shape), foil)]
    if kind == "cork":
        return [(_cork(shape), Material(name="cap", base_colour_map=_cork_texture(), roughness=0.9))]
    if kind == "flip":
        return [(_flip(shape), plastic)]
    return [(_nozzle(shape), plastic)]


def _top(radius: float, low: float, high: float, edge: float, lip: float = 0.0) -> Profile:
    """A cylinder closed below and above, its upper edge rounded, its lower one `lip` wider."""
    return filleted(
        [
            (0.0, low),
            (radius + lip, low),
            (radius + lip, low + 0.0012),
            (radius, low + 0.0016),
            (radius, high),
            (0.0, high),
        ]
        if lip
        else [(0.0, low), (radius, low), (radius, high), (0.0, high)],
        [0.0, 0.0, 0.0003, 0.0, edge, 0.0] if lip else [0.0, 0.0, edge, 0.0],
        step_rad=0.55,
    )


def _crown(shape: BottleShape) -> Mesh:
    """A crown cap with its 21 teeth."""
    high = shape.height + 0.0006
    radius = shape.neck_radius + 0.0012
    outline = filleted(
        [
            (0.0, high - 0.0058),
            (radius + 0.0022, high - 0.0060),
            (radius + 0.0002, high - 0.002),
            (radius - 0.0016, high),
            (0.0, high + 0.0003),
        ],
        [0.0, 0.0, 0.003, 0.0018, 0.0],
        step_rad=0.6,
    )

    def fluted(points: Floats) -> Floats:
        r, angle = np.hypot(points[:, 0], points[:, 1]), np.arctan2(points[:, 1], points[:, 0])
        skirt = np.clip((high - 0.0015 - points[:, 2]) / 0.0045, 0.0, 1.0) * np.clip((r - 0.006) / 0.004, 0.0, 1.0)
        factor = 1.0 + 0.055 * skirt * np.cos(21 * angle)
        return widened(points, factor)

    return deformed(revolve(outline, 84), fluted)


def _screw(shape: BottleShape, tall: float, lip: float, ridges: int, *, low: bool) -> Mesh:
    """A screw cap, ridged all around; `low` for long smooth metal ones, ridged only near the top."""
    high = shape.height + 0.0012
    radius = float(_neck(shape, high - tall).points_k2[:, 0].max()) + 0.0011
    outline = _top(radius, high - tall, high, 0.0014, lip)

    def ridged(points: Floats) -> Floats:
        angle = np.arctan2(points[:, 1], points[:, 0])
        r = np.hypot(points[:, 0], points[:, 1])
        first = high - (0.012 if low else tall - 0.0035)
        where = eased(first, first + 0.0008, points[:, 2]) * eased(high - 0.0014, high - 0.0022, points[:, 2])
        factor = 1.0 + 0.018 * where * np.clip((r - 0.8 * radius) / (0.15 * radius), 0, 1) * np.cos(ridges * angle)
        return widened(points, factor)

    first = high - (0.012 if low else tall - 0.0035)
    z = outline.points_k2[:, 1]
    wall = int(np.flatnonzero((z < first) & (outline.points_k2[:, 0] > 0.9 * radius))[-1])
    extra = [(radius, first), (radius, first + 0.0008), (radius, high - 0.0022), (radius, high - 0.0014)]
    points = np.insert(outline.points_k2, wall + 1, extra, axis=0)
    normals = np.insert(outline.normals_k2, wall + 1, [(1.0, 0.0)] * 4, axis=0)
    return deformed(revolve(Profile(points, normals), 3 * ridges), ridged)


def _capsule(shape: BottleShape) -> Mesh:
    """Foil over the neck, following its shape."""
    low = shape.neck_low + 0.02
    sleeve = _neck(shape, low).offset(0.0004)
    start, end = sleeve.points_k2[0], sleeve.points_k2[-1]
    hem = filleted([(start[0] - 0.002, start[1]), (start[0], start[1])], 0.0)
    lid = filleted(
        [(end[0], end[1]), (end[0] - 0.0006, shape.height + 0.0006), (0.0, shape.height + 0.0006)], [0.0, 0.0005, 0.0]
    )
    return revolve(chain(hem, sleeve, lid), 36)


def _neck(shape: BottleShape, low: float) -> Profile:
    """The outline from a height on the neck to the outer edge of the mouth."""
    points, normals = shape.outer.points_k2, shape.outer.normals_k2
    first = int(np.flatnonzero(points[:, 1] < low)[-1])
    share = (low - points[first, 1]) / (points[first + 1, 1] - points[first, 1])
    start = points[first] + share * (points[first + 1] - points[first])
    return Profile(np.concatenate([start[None], points[first + 1 :]]), normals[first:])


def _cork(shape: BottleShape) -> Mesh:
    """A cork that stands out of the mouth."""
    radius = shape.neck_radius - 0.0025
    high = shape.height + 0.011
    mesh = revolve(
        filleted(
            [
                (0.0, shape.height - 0.02),
                (radius, shape.height - 0.02),
                (radius, shape.height + 0.001),
                (radius + 0.0012, high),
                (0.0, high),
            ],
            [0.0, 0.001, 0.004, 0.0014, 0.0],
        ),
        24,
    )
    return mesh.with_uvs(mesh.positions_n3[:, [0, 2]] * 20.0 + mesh.positions_n3[:, [1, 1]] * 14.0)


def _flip(shape: BottleShape) -> Mesh:
    """A wide plastic cap with the step of its hinged lid."""
    low, radius = shape.height - 0.011, min(shape.radius * 0.78, shape.neck_radius + 0.011)
    tall = 0.026
    outline = filleted(
        [
            (0.0, low),
            (radius, low),
            (radius * 0.97, low + 0.55 * tall),
            (radius * 0.955, low + 0.555 * tall),
            (radius * 0.955, low + 0.59 * tall),
            (radius * 0.97, low + 0.6 * tall),
            (radius * 0.94, low + tall),
            (0.0, low + tall * 1.03),
        ],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.004, 0.0],
        step_rad=0.5,
    )
    thumb = radius * 0.97

    def notched(points: Floats) -> Floats:
        front = np.exp(
            -(((points[:, 1] + thumb) / 0.006) ** 2)
            - ((points[:, 0] / 0.006) ** 2)
            - (((points[:, 2] - low - 0.58 * tall) / 0.003) ** 2)
        )
        return shifted(points, y=0.0022 * front)

    return deformed(revolve(outline, 48), notched)


def _nozzle(shape: BottleShape) -> Mesh:
    """A pointed spout on a ridged collar."""
    low, radius = shape.height - 0.01, shape.neck_radius + 0.006
    outline = filleted(
        [
            (0.0, low),
            (radius, low),
            (radius, low + 0.012),
            (0.42 * radius, low + 0.019),
            (0.16 * radius, low + 0.052),
            (0.1 * radius, low + 0.053),
            (0.0, low + 0.05),
        ],
        [0.0, 0.0006, 0.002, 0.006, 0.0008, 0.0006, 0.0],
        step_rad=0.6,
    )

    def ridged(points: Floats) -> Floats:
        angle = np.arctan2(points[:, 1], points[:, 0])
        collar = (
            np.clip((low + 0.0105 - points[:, 2]) / 0.001, 0, 1)
            * np.clip(np.hypot(points[:, 0], points[:, 1]) / radius - 0.9, 0, 0.1)
            * 10
        )
        factor = 1.0 + 0.015 * collar * np.cos(24 * angle)
        return widened(points, factor)

    return deformed(revolve(outline, 72), ridged)


@lru_cache(maxsize=1)
def _cork_texture() -> Texture:
    rng = rng_for(0, 0, "bottle.cork")
    grain = fbm(rng, (128, 128), (12, 12), 3)
    near, _, _ = cell_noise(jittered_points(rng, (14, 14), 0.9), (128, 128))
    pores = np.clip(1.4 - near / 1.6, 0, 1)
    tone = np.clip(0.5 + 0.1 * grain, 0.1, 1)[:, :, None] * np.array([0.95, 0.62, 0.36]) * (1 - 0.7 * pores[:, :, None])
    return make_texture(encode_srgb(tone), is_srgb=True)
