"""The disc of the sun in the sky, which renderers leave to the camera.

A `SunLight` lights a scene from beyond the environment map, which has no disc of its own: a texel of the map is as wide
as the whole sun. The disc's luminance E / omega, 1.6e9 cd/m2 for a clear noon, is what glare, rays and reflections in
the lens come from.
"""

from __future__ import annotations

import math
from dataclasses import replace

import moderngl
import numpy as np

from synthvision.imaging.tools import PACKAGE, ImagingTools, Picture
from synthvision.scene import Scene, SunLight

__all__ = ["LARGEST_SUN_RAD", "show_suns", "visible_suns"]

#: Wider than this a light from far away is no sun but a lamp that stands for a soft box.
LARGEST_SUN_RAD = math.radians(1.5)
#: Suns drawn at most; nature has one, and the moon another.
_MOST_SUNS = 4
#: A disc whose middle lies outside the picture by less than this may still reach into it.
_MARGIN_PX = 8.0


def visible_suns(scene: Scene) -> list[SunLight]:
    """Return the suns whose discs may be seen in the sky of a pinhole view.

    None without an open, visible sky; none that is farther outside the picture than a few pixels.
    """
    camera = scene.camera
    if scene.environment is None or not scene.environment.visible or scene.backdrop is not None:
        return []
    rotation = camera.world_from_camera[:3, :3]
    found = []
    for light in scene.lights:
        if not isinstance(light, SunLight) or not 0 < light.angular_diameter_rad <= LARGEST_SUN_RAD:
            continue
        x, y, z = rotation.T @ np.asarray(light.direction_xyz, np.float64)
        if z <= 0 or light.illuminance_lux <= 0:
            continue
        column = x / z * camera.focal_xy_px[0] + camera.centre_xy_px[0]
        row = y / z * camera.focal_xy_px[1] + camera.centre_xy_px[1]
        width, height = camera.size_wh
        if -_MARGIN_PX < column < width + _MARGIN_PX and -_MARGIN_PX < row < height + _MARGIN_PX:
            found.append(light)
    return found[:_MOST_SUNS]


def _unhidden(tools: ImagingTools, scene: Scene, suns: list[SunLight]) -> list[SunLight]:
    """Return the suns that stand over the skyline of the environment map; all but without optics where it has none."""
    if not suns or scene.environment is None:
        return suns
    skyline_3w = tools.assets.load_environment(scene.environment.asset).skyline_3w
    if skyline_3w is None:
        return [] if scene.camera.optics is None else suns
    tops = np.maximum(skyline_3w.max(axis=0), 0.0)
    found = []
    for sun in suns:
        x, y, z = sun.direction_xyz
        around = (math.atan2(x, y) + scene.environment.rotation_rad) / (2 * math.pi) + 0.5
        if z > tops[int(around % 1.0 * len(tops)) % len(tops)]:
            found.append(sun)
    return found


def show_suns(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture with the discs of its scene's suns, where nothing hides them.

    Under an environment map that says what stands on its horizon, a made sky, they are always shown; before other maps,
    which may be rooms, where optics are asked for.

    Args:
        tools: Where to draw.
        picture: A pinhole view with depth, before the air dims it.
    """
    scene = picture.scene
    camera = scene.camera
    suns = _unhidden(tools, scene, visible_suns(scene))
    if not suns:
        return picture
    context = tools.context
    rotation = camera.world_from_camera[:3, :3]
    places = np.zeros((_MOST_SUNS, 4))
    discs = np.zeros((_MOST_SUNS, 3))
    for index, light in enumerate(suns):
        sine = math.sin(light.angular_diameter_rad / 2)
        places[index] = (*(rotation.T @ np.asarray(light.direction_xyz, np.float64)), sine)
        discs[index] = np.asarray(light.colour) * light.illuminance_lux / (math.pi * sine**2)
    program = context.full_screen_program(PACKAGE, "suns.frag.glsl", {"SUNS": _MOST_SUNS})
    program["light"], program["depth_m"] = 0, 1
    program["pinhole"] = (*camera.focal_xy_px, camera.centre_xy_px[0], camera.size_wh[1] - camera.centre_xy_px[1])
    program["sun_count"] = len(suns)
    program["sun"] = [tuple(float(value) for value in row) for row in places]
    program["disc"] = [tuple(float(value) for value in row) for row in discs]
    target = tools.targets.get("suns.light", picture.light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    picture.light.use(0)
    picture.depth.use(1)
    context.draw_full_screen(program)
    return replace(picture, light=target.colours[0])
