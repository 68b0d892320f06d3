"""Light that the ground throws back at what stands on it.

Floors fill the lower half of what an object sees, and without their light every side that faces down or away from the
lamps would be black. The raster backend takes the ground as evenly lit: its mean colour times what falls on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.lights import Lamp, rect_axes
from synthvision.render.surface_weather import mean_albedo
from synthvision.scene import PointLight, RectLight, SunLight
from synthvision.scene.lights import Light

__all__ = ["GroundBounce", "ground_light", "ground_object"]

#: The ground is flat: no higher than this share of its width.
_FLATNESS = 0.02


@dataclass(frozen=True, slots=True)
class GroundBounce:
    """Light from the ground.

    Args:
        light: Mean radiance in cd/m2 per primary, where nothing shades it.
        height_m: World z of its upper side.
    """

    light: tuple[float, float, float]
    height_m: float


def ground_object(draw_list: DrawList) -> int | None:
    """Return the index of the flat background object that lies under everything else, or None."""
    for index, item in enumerate(draw_list.objects):
        low, high = item.world_23
        width = float(max(high[0] - low[0], high[1] - low[1]))
        if item.item.role != "background" or high[2] - low[2] > _FLATNESS * width or not item.draws:
            continue
        # Walls may reach through the floor.
        others = [other.world_23 for other in draw_list.objects if other.item.role != "background"]
        if all(other[1, 2] >= high[2] and other[0, 2] >= high[2] - _FLATNESS * width for other in others):
            return index
    return None


def ground_light(
    draw_list: DrawList,
    ground: int,
    lamps: tuple[Lamp, ...],
    environment: GpuEnvironment | None,
) -> GroundBounce:
    """Return the light of the ground.

    Args:
        draw_list: The scene.
        ground: What `ground_object` returned.
        lamps: What shines, the environment's own sun among it.
        environment: Light from all around, or None.
    """
    item = draw_list.objects[ground]
    others = [other.world_23.mean(axis=0) for number, other in enumerate(draw_list.objects) if number != ground]
    centre = np.mean(others, axis=0) if others else item.world_23.mean(axis=0)
    centre = np.array([centre[0], centre[1], item.world_23[1, 2]])
    lux = np.zeros(3)
    for lamp in lamps:
        lux += np.asarray(lamp.light.colour) * _illuminance(lamp.light, centre)
    if environment is not None and draw_list.scene.environment is not None:
        scale = draw_list.scene.environment.illuminance_lux / environment.illuminance
        lux += scale * np.pi * environment.upward
    draw = draw_list.draws[item.draws[0]]
    colour = np.asarray(draw.surface.material.base_colour[:3], np.float64)
    texture = draw.maps.get("base_colour_map")
    if texture is not None:
        colour = colour * texture.mean_rgb
    colour = mean_albedo(colour, draw_list.scene.weather)
    red, green, blue = (float(value) for value in colour * lux / np.pi)
    return GroundBounce((red, green, blue), float(item.world_23[1, 2]))


def _illuminance(light: Light, point: NDArray[np.float64]) -> float:
    """Return the illuminance in lux on a horizontal surface at a point, without shadows."""
    if isinstance(light, SunLight):
        return light.illuminance_lux * max(float(light.direction_xyz[2]), 0.0)
    away = np.asarray(light.position_m, np.float64) - point
    if isinstance(light, RectLight):
        return _rectangle_illuminance(light, away)
    distance = max(float(np.linalg.norm(away)), light.radius_m, 1e-6)
    lux = light.intensity_cd * max(float(away[2]), 0.0) / distance**3
    if isinstance(light, PointLight):
        return lux
    along = -float(away @ np.asarray(light.direction_xyz)) / distance
    inner, outer = np.cos(light.inner_angle_rad), np.cos(light.outer_angle_rad)
    inside = float(np.clip((along - outer) / max(inner - outer, 1e-4), 0.0, 1.0))
    return lux * inside * inside * (3 - 2 * inside)


def _rectangle_illuminance(light: RectLight, away: NDArray[np.float64]) -> float:
    """Return what a rectangle gives on a horizontal surface: the mean over a grid of small ones."""
    along, up, towards = rect_axes(light)
    places = (np.arange(6) + 0.5) / 6 - 0.5
    x, y = (grid.ravel()[:, None] for grid in np.meshgrid(places * light.size_wh_m[0], places * light.size_wh_m[1]))
    ways = away + x * along + y * up
    distance2 = np.maximum(np.sum(ways**2, axis=1), 1e-6)
    share = np.maximum(ways[:, 2], 0.0) * np.maximum(-(ways @ towards), 0.0) / distance2**2
    return light.intensity_cd * float(share.mean())
