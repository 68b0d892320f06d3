"""Motion blur from the velocities of camera and objects, about mid-exposure.

Labels are those of mid-exposure, and so are depth and ids here: the exposure is integrated by looking up, for each
instant, which surface has come to lie in a pixel. What a moving thing uncovers was never drawn; it is filled with what
is seen beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.targets import Target
from synthvision.imaging.tools import PACKAGE, ImagingTools, Picture
from synthvision.scene import Scene
from synthvision.scene.motion import CameraMotion, moving_objects, still_motion

__all__ = ["LONGEST_SHARE", "apply_motion_blur", "draw_velocities"]

Float32 = NDArray[np.float32]

#: Longest blur, as a share of the picture's longer side: beyond it nothing can be made out anyway.
LONGEST_SHARE = 0.25
#: Shorter than this, nobody sees it.
_SHORTEST_PX = 0.4
_TILE_PX = 16
_SAMPLES_PER_PX = 0.6
_MOST_SAMPLES = 32


def apply_motion_blur(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture blurred along what moves while the shutter is open.

    The blur of a point is as long as its way during `Optics.exposure_time_s`, centred on where it is at the scene's
    instant. Without optics, or where nothing moves by as much as 0.4 px, the picture comes back as it is.

    Args:
        tools: Where to draw.
        picture: A pinhole view with depth and ids.
    """
    scene = picture.scene
    optics = scene.camera.optics
    if optics is None:
        return picture
    still, moving = still_motion(scene.camera), moving_objects(scene)
    if still.is_still and not moving:
        return picture
    velocity = draw_velocities(tools, picture, optics.exposure_time_s)
    tiles = _longest_in_tiles(tools, velocity)
    longest = float(np.sqrt((tiles**2).sum(axis=2).max()))
    if longest < _SHORTEST_PX:
        return picture
    fastest = _spread(tiles, math.ceil((longest / 2 + 1) / _TILE_PX))
    return replace(picture, light=_integrate(tools, picture.light, velocity, fastest))


def draw_velocities(tools: ImagingTools, picture: Picture, exposure_s: float) -> Target:
    """Return how far each pixel moves during an exposure: x, y in pixels with y up, and its depth (1e9 for none).

    Args:
        tools: Where to draw.
        picture: A pinhole view with depth and ids.
        exposure_s: How long.
    """
    context, scene = tools.context, picture.scene
    camera = scene.camera
    moving = moving_objects(scene)
    program = context.full_screen_program(PACKAGE, "motion_velocity.frag.glsl", {"OBJECTS": 1} if moving else {})
    program["depth_m"] = 0
    program["pinhole"] = (*camera.focal_xy_px, camera.centre_xy_px[0], camera.size_wh[1] - camera.centre_xy_px[1])
    program["exposure_s"] = exposure_s
    program["longest_px"] = LONGEST_SHARE * max(camera.size_wh)
    target = tools.targets.get("motion.velocity", picture.light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    if moving:
        body, motions = _upload_bodies(tools, scene, picture.id_hw, moving)
        program["body"], program["motions"] = 1, 2
        body.use(1)
        motions.use(2)
    else:
        still = still_motion(camera)
        program["turn"], program["drift"] = still.turn_rad_s, still.drift_m_s
    picture.depth.use(0)
    context.draw_full_screen(program)
    return target


def _upload_bodies(
    tools: ImagingTools, scene: Scene, id_hw: NDArray[np.uint16], moving: Mapping[int, CameraMotion]
) -> tuple[moderngl.Texture, moderngl.Texture]:
    """Return the body of each pixel, 0 for what stands still, and the motion of each body."""
    rows = np.zeros(65_536, np.uint16)
    bodies = [still_motion(scene.camera), *moving.values()]
    for row, instance_id in enumerate(moving, start=1):
        rows[instance_id] = row
    height, width = id_hw.shape
    body = tools.targets.get("motion.body", (width, height), ((1, "u2"),)).colours[0]
    body.write(np.ascontiguousarray(rows[id_hw[::-1]]), alignment=1)
    motions = tools.targets.get("motion.motions", (2, len(bodies)), ((4, "f4"),)).colours[0]
    table = np.zeros((len(bodies), 2, 4), np.float32)
    table[:, 0, :3] = [motion.turn_rad_s for motion in bodies]
    table[:, 1, :3] = [motion.drift_m_s for motion in bodies]
    motions.write(table)
    return body, motions


def _longest_in_tiles(tools: ImagingTools, velocity: Target) -> Float32:
    """Return the longest motion in each tile (rows, columns, 2), the first row at the bottom."""
    context = tools.context
    program = context.full_screen_program(PACKAGE, "motion_tile.frag.glsl", {"TILE": _TILE_PX})
    program["source"] = 0
    target = velocity
    for name, along in (("motion.tiles_x", (1, 0)), ("motion.tiles", (0, 1))):
        source = target.colours[0]
        width, height = source.size
        size = (-(-width // (_TILE_PX if along[0] else 1)), -(-height // (_TILE_PX if along[1] else 1)))
        target = tools.targets.get(name, size, ((4, "f4"),))
        program["along"] = along
        target.framebuffer.use()
        source.use(0)
        context.draw_full_screen(program)
    return np.ascontiguousarray(context.read(target.framebuffer, components=4, dtype=np.float32)[::-1, :, :2])


def _spread(tiles: Float32, reach: int) -> Float32:
    """Return the longest motion within `reach` tiles of each."""
    for axis in (0, 1):
        padding = [(reach, reach) if index == axis else (0, 0) for index in range(3)]
        padded = np.pad(tiles, padding)
        best = tiles
        length = (best**2).sum(axis=2)
        for shift in range(2 * reach + 1):
            other = padded[shift : shift + tiles.shape[0]] if axis == 0 else padded[:, shift : shift + tiles.shape[1]]
            other_length = (other**2).sum(axis=2)
            longer = other_length > length
            best = np.where(longer[..., None], other, best)
            length = np.where(longer, other_length, length)
        tiles = best
    return tiles


def _integrate(tools: ImagingTools, light: moderngl.Texture, velocity: Target, fastest: Float32) -> moderngl.Texture:
    context = tools.context
    rows, columns = fastest.shape[:2]
    around = tools.targets.get("motion.fastest", (columns, rows), ((2, "f4"),)).colours[0]
    around.write(np.ascontiguousarray(fastest))
    program = context.full_screen_program(
        PACKAGE, "motion_blur.frag.glsl", {"TILE": _TILE_PX, "MOST_SAMPLES": _MOST_SAMPLES}
    )
    program["light"], program["velocity"], program["fastest"] = 0, 1, 2
    program["samples_per_px"] = _SAMPLES_PER_PX
    target = tools.targets.get("motion.light", light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    velocity.colours[0].use(1)
    around.use(2)
    light.use(0)
    # Whoever made the light reads it by texels, so the filter is this pass's alone.
    light.filter = (moderngl.LINEAR, moderngl.LINEAR)
    context.draw_full_screen(program)
    light.filter = (moderngl.NEAREST, moderngl.NEAREST)
    return target.colours[0]
