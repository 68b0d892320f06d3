"""Glowing surfaces as lights: what gives off light lights its surroundings, approximately.

A sheet becomes a rectangle of its area on each side that glows, any other body a point whose intensity is the mean
over all directions, flux / (4 pi) with flux = pi * luminance * area: exact for a ball, and for a convex body on
average. A hollow body that glows inside counts as if all of it could be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import quaternion_from_rotation
from synthvision.render.opengl.drawlist import Draw, DrawList
from synthvision.render.opengl.lights import MAX_LIGHTS, Lamp
from synthvision.render.opengl.sky import LUMINANCE_WEIGHTS
from synthvision.scene import SHELL, PointLight, RectLight, SunLight

__all__ = ["glow_lamps"]

#: The strongest glowing parts become lights of their own, and the rest together one more.
_MOST_LAMPS = 4
#: A surface gives at most pi times its luminance: below this share of the other light nobody sees that it shines.
_FAINTEST_SHARE = 0.005
#: A body thinner than this share of its width is a sheet.
_SHEET_SHARE = 0.15
#: A part that faces one way with this share of its surface shines that way, as a dome does.
_FACING_SHARE = 0.6

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Glow:
    light: PointLight | RectLight
    flux_lm: float
    draw: int


def glow_lamps(draw_list: DrawList, lamps: tuple[Lamp, ...]) -> tuple[Lamp, ...]:
    """Return the lights that glowing surfaces make, the strongest first.

    Args:
        draw_list: The scene.
        lamps: The scene's other lights.
    """
    room = min(_MOST_LAMPS, MAX_LIGHTS - len(lamps) - 1)
    if room < 1 or not draw_list.is_emissive:
        return ()
    environment = draw_list.scene.environment
    lux = 0.0 if environment is None else environment.illuminance_lux
    lux += sum(lamp.light.illuminance_lux for lamp in lamps if isinstance(lamp.light, SunLight))
    found: list[_Glow] = []
    for index, draw in enumerate(draw_list.draws):
        luminance = _luminance(draw)
        seen_only = not draw.instance_id or SHELL in draw_list.objects[draw.object_index].item.attributes
        if np.pi * float(luminance @ LUMINANCE_WEIGHTS) > _FAINTEST_SHARE * lux and not seen_only:
            found += _glows(draw_list, index, luminance)
    found.sort(key=lambda glow: -glow.flux_lm)
    lamps_found = [Lamp(glow.light, frozenset({glow.draw})) for glow in found[:room]]
    if len(found) > room:
        lamps_found.append(_rest(found[room:]))
    return tuple(lamps_found)


def _luminance(draw: Draw) -> Float:
    """Return the mean luminance of a part per primary, cd/m2."""
    colour = np.asarray(draw.surface.material.emissive, np.float64)
    texture = draw.maps.get("emissive_map")
    return colour if texture is None else colour * texture.mean_rgb


def _glows(draw_list: DrawList, index: int, luminance: Float) -> list[_Glow]:
    """Return the lights of one part: none where it has no surface."""
    draw = draw_list.draws[index]
    world = draw_list.world_from_model[index]
    corners = draw.mesh.positions_n3[draw.mesh.corners_3m].astype(np.float64) @ world[:3, :3].T + world[:3, 3]
    facing = np.cross(corners[1] - corners[0], corners[2] - corners[0]) / 2
    if draw.front_face == "cw":
        facing = -facing
    areas = np.linalg.norm(facing, axis=1)
    area = float(areas.sum())
    if not area > 0:
        return []
    middle = areas @ corners.mean(axis=0) / area
    out = corners - middle
    # Second moments of triangles about the middle: (sum of v v^T + (sum v)(sum v)^T) / 12 times the area of each.
    total = out.sum(axis=0)
    moments = np.einsum("m,kmi,kmj->ij", areas, out, out) + np.einsum("m,mi,mj->ij", areas, total, total)
    spread, axes = np.linalg.eigh(moments / (12 * area))
    widths = np.sqrt(12 * np.maximum(spread, 0.0))
    strength = float(luminance @ LUMINANCE_WEIGHTS)
    red, green, blue = (float(value) for value in luminance / strength)
    colour = (red, green, blue)
    two_sided = 2.0 if not draw.culled else 1.0
    one_way = facing.sum(axis=0)
    if widths[0] <= _SHEET_SHARE * widths[1] or float(np.linalg.norm(one_way)) > _FACING_SHARE * area:
        thin = axes[:, 0] if widths[0] <= _SHEET_SHARE * widths[1] else one_way / np.linalg.norm(one_way)
        across = facing @ thin
        front, back = float(np.maximum(across, 0).sum()), float(np.maximum(-across, 0).sum())
        if not draw.culled:
            front = back = front + back
        sides = [(front, thin), (back, -thin)]
        return [
            _Glow(
                _rectangle(middle, towards, axes[:, 2], widths, size, strength, colour), np.pi * strength * size, index
            )
            for size, towards in sides
            if size > 0.05 * area
        ]
    x, y, z = (float(value) for value in middle)
    point = PointLight(
        position_m=(x, y, z),
        intensity_cd=two_sided * strength * area / 4,
        colour=colour,
        radius_m=float(np.sqrt(area / (4 * np.pi))),
    )
    return [_Glow(point, np.pi * strength * area * two_sided, index)]


def _rectangle(
    middle: Float,
    towards: Float,
    longest: Float,
    widths: Float,
    area: float,
    luminance: float,
    colour: tuple[float, float, float],
) -> RectLight:
    """Return a rectangle of an area with the proportions of a part, that shines along `towards`."""
    along = longest - towards * float(longest @ towards)
    along /= np.linalg.norm(along)
    rotation = np.stack([along, np.cross(towards, along), towards], axis=1)
    w, x, y, z = (float(value) for value in quaternion_from_rotation(rotation))
    ratio = float(np.clip(widths[2] / max(widths[1], 1e-9), 1.0, 100.0))
    px, py, pz = (float(value) for value in middle)
    return RectLight(
        position_m=(px, py, pz),
        rotation_wxyz=(w, x, y, z),
        size_wh_m=(float(np.sqrt(area * ratio)), float(np.sqrt(area / ratio))),
        intensity_cd=luminance * area,
        colour=colour,
    )


def _rest(glows: list[_Glow]) -> Lamp:
    """Return what is too faint for a light of its own as one point in the middle of it all."""
    flux = np.array([glow.flux_lm for glow in glows])
    places = np.array([glow.light.position_m for glow in glows])
    colours = np.array([glow.light.colour for glow in glows])
    middle = flux @ places / flux.sum()
    x, y, z = (float(value) for value in middle)
    red, green, blue = (float(value) for value in flux @ colours / flux.sum())
    light = PointLight(
        position_m=(x, y, z),
        intensity_cd=float(flux.sum()) / (4 * np.pi),
        colour=(red, green, blue),
        radius_m=max(float(np.sqrt(flux @ np.sum((places - middle) ** 2, axis=1) / flux.sum())), 0.01),
    )
    return Lamp(light, frozenset(glow.draw for glow in glows))
