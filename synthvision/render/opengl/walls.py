"""Walls: they hide what lies behind them and throw back the light that falls on them.

A wall is a flat, upright sheet of role ``background``. To everything before it, it is a rectangle of one luminance in
place of the surroundings there: its mean colour times the light on it, as seen from the middle of the things in the
scene. Walls and the ground light each other (a radiosity of a few patches).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.drawlist import DrawList, DrawObject

__all__ = ["MAX_WALLS", "Wall", "find_walls", "lit_walls", "mean_colour", "middle_of_things", "share_seen"]

#: The widest walls count; a room shows three.
MAX_WALLS = 3
#: A wall is thinner than this share of its width, and leans less than this from upright (as a sine).
_FLATNESS = 0.02
_LEAN = 0.2
#: A wall is so many times as large as most things.
_SMALLEST_SIZES = 3.0
_GRID = 9

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """A rectangle before which everything happens.

    Args:
        index: Of its object in the draw list.
        middle: World place of its centre.
        along: Half its width, level.
        up: Half its height; ``cross(along, up)`` points to where the things are.
        light: Radiance in cd/m2 per primary.
        hidden: Mean radiance of the surroundings behind it.
    """

    index: int
    middle: Float
    along: Float
    up: Float
    light: tuple[float, float, float] = (0.0, 0.0, 0.0)
    hidden: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def normal(self) -> Float:
        """Unit vector to where the things are."""
        across = np.cross(self.along, self.up)
        unit: Float = across / np.linalg.norm(across)
        return unit

    def places(self) -> Float:
        """Return a grid of points on it, (n, 3)."""
        steps = (np.arange(_GRID) + 0.5) / _GRID * 2 - 1
        x, y = (grid.ravel()[:, None] for grid in np.meshgrid(steps, steps))
        points: Float = self.middle + x * self.along + y * self.up
        return points


def find_walls(draw_list: DrawList, ground: int | None) -> tuple[Wall, ...]:
    """Return the walls of a scene, the widest first, from the ground up.

    Args:
        draw_list: The scene.
        ground: What `ground_object` returned.
    """
    things = middle_of_things(draw_list)
    floor_z = -np.inf if ground is None else float(draw_list.objects[ground].world_23[1, 2])
    found = []
    for index, item in enumerate(draw_list.objects):
        if item.item.role == "background" and index != ground and item.draws:
            wall = _as_wall(index, item, things, floor_z)
            size = 0.0 if wall is None else 2 * float(min(np.linalg.norm(wall.along), np.linalg.norm(wall.up)))
            if wall is not None and size > _SMALLEST_SIZES * draw_list.typical_size_m:
                found.append((-size, index, wall))
    return tuple(wall for _, _, wall in sorted(found, key=lambda entry: entry[:2])[:MAX_WALLS])


def lit_walls(
    draw_list: DrawList,
    walls: tuple[Wall, ...],
    illuminance: Callable[[Float, Float], Float],
    ground_light: Float,
) -> tuple[Wall, ...]:
    """Return the walls with their light.

    Args:
        draw_list: The scene.
        walls: What `find_walls` returned.
        illuminance: Takes places (n, 3) and the direction they face, and returns lux per primary (n, 3).
        ground_light: Radiance of the ground.
    """
    things = middle_of_things(draw_list)
    colours = [mean_colour(draw_list, wall.index) for wall in walls]
    direct = []
    for wall in walls:
        places = wall.places()
        ways = things - places
        squared = np.sum(ways**2, axis=1)
        # As bright as the part of it that lights the things.
        weight = np.maximum(ways @ wall.normal, 0.0) ** 2 / squared**2 + 1e-12
        direct.append(weight @ illuminance(places, wall.normal) / weight.sum())
    radiance = [colour * lux / np.pi for colour, lux in zip(colours, direct, strict=True)]
    for _ in range(2):
        # What an upright sheet sees of the ground is half of all it sees.
        radiance = [
            colour
            * (
                lux / np.pi
                + 0.5 * ground_light
                + sum(
                    (
                        share_seen(other, wall.middle, wall.normal) * light
                        for other, light in zip(walls, radiance, strict=True)
                    ),
                    np.zeros(3),
                )
            )
            for wall, colour, lux in zip(walls, colours, direct, strict=True)
        ]
    lit = []
    for wall, light in zip(walls, radiance, strict=True):
        red, green, blue = (float(value) for value in light)
        lit.append(replace(wall, light=(red, green, blue)))
    return tuple(lit)


def share_seen(wall: Wall, place: Float, normal: Float) -> float:
    """Return which share of what a small surface sees, by the cosine law, is a wall."""
    ways = wall.places() - place
    squared = np.maximum(np.sum(ways**2, axis=1), 1e-9)
    area = 4 * float(np.linalg.norm(wall.along) * np.linalg.norm(wall.up)) / len(ways)
    share = np.maximum(ways @ normal, 0.0) * np.maximum(-(ways @ wall.normal), 0.0) / squared**2
    return min(float(share.sum()) * area / np.pi, 1.0)


def mean_colour(draw_list: DrawList, index: int) -> Float:
    """Return the mean base colour of an object's first part, linear."""
    draw = draw_list.draws[draw_list.objects[index].draws[0]]
    colour = np.asarray(draw.surface.material.base_colour[:3], np.float64)
    texture = draw.maps.get("base_colour_map")
    return colour if texture is None else colour * texture.mean_rgb


def middle_of_things(draw_list: DrawList) -> Float:
    """Return the mean place of the things in a scene, or the camera's where there are none."""
    things = [item.world_23.mean(axis=0) for item in draw_list.objects if item.item.role != "background"]
    middle: Float = np.mean(things, axis=0) if things else np.asarray(draw_list.scene.camera.position_m, np.float64)
    return middle


def _as_wall(index: int, item: DrawObject, things: Float, floor_z: float) -> Wall | None:
    """Return an object as a wall that faces the things, or None where it is none."""
    corners = item.corners_world_83
    # A box's corners count along x slowest.
    edges = corners[[4, 2, 1]] - corners[0]
    lengths = np.linalg.norm(edges, axis=1)
    thin = int(np.argmin(lengths))
    if lengths[thin] > _FLATNESS * lengths.max():
        return None
    first, second = edges[(thin + 1) % 3], edges[(thin + 2) % 3]
    normal = np.cross(first, second)
    length = np.linalg.norm(normal)
    if length == 0 or abs(normal[2]) > _LEAN * length:
        return None
    level, upright = sorted((first, second), key=lambda edge: abs(float(edge[2])))
    if abs(level[2]) > _LEAN * np.linalg.norm(level) or upright[2] == 0:
        return None
    upright = upright * np.sign(upright[2])
    middle = corners.mean(axis=0)
    # Only what stands above the floor.
    hidden = float(np.clip((floor_z - (middle[2] - upright[2] / 2)) / upright[2], 0.0, 1.0))
    if hidden >= 1.0:
        return None
    middle = middle + upright * (hidden / 2)
    upright = upright * (1 - hidden)
    if np.cross(level, upright) @ (things - middle) < 0:
        level = -level
    return Wall(index, middle, level / 2, upright / 2)
