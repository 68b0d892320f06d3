"""The disc of the sun in the sky, which renderers leave to the camera.

A `SunLight` lights a scene from beyond the environment map, which has no disc of its own. Where optics are asked for,
the disc matters: its luminance E / omega, 1.6e9 cd/m2 for a clear noon, is what glare, rays and reflections come from.
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


def show_suns(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture with the discs of its scene's suns, where optics are asked for and nothing hides them.

    Args:
        tools: Where to draw.
        picture: A pinhole view with depth, before the air dims it.
    """
    scene = picture.scene
    camera = scene.camera
    suns = [] if camera.optics is None else visible_suns(scene)
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
