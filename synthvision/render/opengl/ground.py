"""Light that the ground throws back at what stands on it.

Floors fill the lower half of what an object sees, and without their light every side that faces down or away from the
lamps would be black. The raster backend takes the ground as evenly lit: its mean colour times what falls on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.direct_light import lamps_lux, sky_lux, sky_radiance
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.lights import Lamp
from synthvision.render.opengl.walls import Wall, lit_walls, mean_colour, middle_of_things, share_seen
from synthvision.render.surface_weather import mean_albedo

__all__ = ["GroundBounce", "bounced_light", "ground_object"]

#: The ground is flat: no higher than this share of its width.
_FLATNESS = 0.02

Float = NDArray[np.float64]


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


def bounced_light(
    draw_list: DrawList,
    ground: int | None,
    walls: tuple[Wall, ...],
    lamps: tuple[Lamp, ...],
    environment: GpuEnvironment | None,
) -> tuple[GroundBounce | None, tuple[Wall, ...]]:
    """Return the ground and the walls with the light that they throw back, to things and to each other.

    Args:
        draw_list: The scene.
        ground: What `ground_object` returned.
        walls: What `find_walls` returned.
        lamps: What shines, the environment's own sun among it.
        environment: Light from all around, or None.
    """
    scene_environment = draw_list.scene.environment

    def sky(normal: Float) -> Float:
        if environment is None or scene_environment is None:
            return np.zeros(3)
        return sky_lux(scene_environment, environment, normal)

    def illuminance(places_n3: Float, normal: Float) -> Float:
        return lamps_lux(lamps, places_n3, normal) + sky(normal)

    walls = tuple(_before_sky(draw_list, wall, environment) for wall in walls)

    if ground is None:
        return None, lit_walls(draw_list, walls, illuminance, np.zeros(3))
    item = draw_list.objects[ground]
    things = [other.world_23.mean(axis=0) for other in draw_list.objects if other.item.role != "background"]
    centre = np.mean(things, axis=0) if things else item.world_23.mean(axis=0)
    centre = np.array([centre[0], centre[1], item.world_23[1, 2]])
    upward = np.array([0.0, 0.0, 1.0])
    shares = [share_seen(wall, centre, upward) for wall in walls]
    hidden = sum((share * np.asarray(wall.hidden) for share, wall in zip(shares, walls, strict=True)), np.zeros(3))
    lux = lamps_lux(lamps, centre[None], upward)[0] + np.maximum(sky(upward) - np.pi * hidden, 0.0)
    colour = mean_albedo(mean_colour(draw_list, ground), draw_list.scene.weather)
    light = colour * lux / np.pi
    lit = lit_walls(draw_list, walls, illuminance, light)
    light = light + colour * sum(
        (share * np.asarray(wall.light) for share, wall in zip(shares, lit, strict=True)), np.zeros(3)
    )
    red, green, blue = (float(value) for value in light)
    return GroundBounce((red, green, blue), float(item.world_23[1, 2])), lit


def _before_sky(draw_list: DrawList, wall: Wall, environment: GpuEnvironment | None) -> Wall:
    """Return a wall with the light that it hides from the middle of the things."""
    scene_environment = draw_list.scene.environment
    if environment is None or scene_environment is None:
        return wall
    ways = wall.places() - middle_of_things(draw_list)
    squared = np.sum(ways**2, axis=1)
    directions = ways / np.sqrt(squared)[:, None]
    # By the angle that each part of it takes up, and how much that lights what faces up.
    weight = np.maximum(-(directions @ wall.normal), 0.0) / squared * np.maximum(directions[:, 2], 0.05) + 1e-12
    behind = weight @ sky_radiance(scene_environment, environment, directions) / weight.sum()
    # From other places the wall hides other parts: half of it is taken as the mean of the sky.
    mean = sky_lux(scene_environment, environment, np.array([0.0, 0.0, 1.0])) / np.pi
    radiance = 0.5 * (behind + mean)
    red, green, blue = (float(value) for value in radiance)
    return replace(wall, hidden=(red, green, blue))
