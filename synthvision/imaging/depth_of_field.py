"""Depth of field of a thin lens.

A point at the distance d falls on the sensor as a disc of the diameter A f |1/d - 1/s| (A the entrance pupil, f the
focal length in pixels, s the distance that is sharp). The picture is parted into what is sharp or behind it and what
stands before it; each part is blurred at a smaller size by its own discs, and both are laid over each other again.
"""

from __future__ import annotations

import math
from dataclasses import replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.targets import Target
from synthvision.imaging.tools import PACKAGE, ImagingTools, Picture
from synthvision.scene import Camera, Optics

__all__ = ["apply_depth_of_field", "confusion_px"]

Float32 = NDArray[np.float32]

_TILE_PX = 16
#: Discs narrower than this look sharp.
_SHARP_PX = 0.7
#: From this radius on something before the sharp distance is a layer of its own.
_NEAR_FROM_PX = 0.5
#: Largest radius in texels of the smaller pictures: more would be more texels than `_MOST_SAMPLES`.
_MOST_TEXELS = 7.0
_SCALES = (2, 4, 8)
_MOST_SAMPLES = 197


def _offsets() -> list[tuple[float, float, float]]:
    """Return the offsets to the texels around one, the nearest first, with their lengths."""
    steps = range(-9, 10)
    offsets = sorted((math.hypot(x, y), y, x) for y in steps for x in steps)
    return [(float(x), float(y), length) for length, y, x in offsets[:_MOST_SAMPLES]]


_OFFSETS = _offsets()


def confusion_px(camera: Camera, optics: Optics, depth_m: float) -> float:
    """Return the diameter in pixels of the disc that a point becomes.

    Args:
        camera: Its focal length.
        optics: Aperture and the distance that is sharp.
        depth_m: Distance of the point along the camera's z axis; infinity is allowed.
    """
    nearness = 0.0 if math.isinf(depth_m) else 1 / depth_m
    return optics.aperture_m * _focal_px(camera) * abs(nearness - 1 / optics.focus_m)


def apply_depth_of_field(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture with what is out of focus blurred.

    Without optics, with an aperture of 0, or where no disc is as wide as 0.7 px, the picture comes back as it is.

    Args:
        tools: Where to draw.
        picture: A pinhole view with depth.
    """
    optics = picture.scene.camera.optics
    if optics is None or optics.aperture_m == 0:
        return picture
    focus = (optics.aperture_m * _focal_px(picture.scene.camera) / 2, 1 / optics.focus_m)
    tiles = _tile_radii(tools, picture, focus)
    widest = float(tiles.max())
    if 2 * widest < _SHARP_PX:
        return picture
    scale = next((scale for scale in _SCALES if widest <= scale * _MOST_TEXELS), _SCALES[-1])
    before = np.where(tiles[..., 0] > _NEAR_FROM_PX, tiles[..., 0], 0.0).astype(np.float32)
    around = _upload_tiles(tools, _spread(before, math.ceil(float(before.max()) / _TILE_PX + 0.25)))
    parts = _split(tools, picture, focus, scale)
    far = _blur(tools, "far", parts.colours[0], around, scale)
    near = _blur(tools, "near", parts.colours[1], around, scale) if before.any() else None
    return replace(picture, light=_join(tools, picture, focus, far, near, scale))


def _focal_px(camera: Camera) -> float:
    return math.sqrt(camera.focal_xy_px[0] * camera.focal_xy_px[1])


def _tile_radii(tools: ImagingTools, picture: Picture, focus: tuple[float, float]) -> Float32:
    """Return the largest radius before and behind the sharp distance in each tile, the first row at the bottom."""
    context = tools.context
    width, height = picture.light.size
    program = context.full_screen_program(PACKAGE, "focus_tile.frag.glsl", {"TILE": _TILE_PX})
    program["depth_m"] = 0
    program["focus"] = focus
    target = tools.targets.get("focus.radii", (-(-width // _TILE_PX), -(-height // _TILE_PX)), ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    picture.depth.use(0)
    context.draw_full_screen(program)
    radii = context.read(target.framebuffer, components=4, dtype=np.float32)[::-1, :, :2]
    return np.asarray(radii, np.float32)


def _spread(tiles: Float32, reach: int) -> Float32:
    """Return the largest value within `reach` tiles of each."""
    for axis in (0, 1):
        padding = [(reach, reach) if index == axis else (0, 0) for index in range(2)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(tiles, padding), 2 * reach + 1, axis=axis)
        tiles = windows.max(axis=-1)
    return np.ascontiguousarray(tiles)


def _upload_tiles(tools: ImagingTools, tiles: Float32) -> moderngl.Texture:
    texture = tools.targets.get("focus.around", tiles.shape[::-1], ((1, "f4"),)).colours[0]
    texture.write(tiles)
    return texture


def _split(tools: ImagingTools, picture: Picture, focus: tuple[float, float], scale: int) -> Target:
    context = tools.context
    width, height = picture.light.size
    program = context.full_screen_program(
        PACKAGE, "focus_split.frag.glsl", {"SCALE": scale, "NEAR_FROM": str(_NEAR_FROM_PX)}
    )
    program["light"], program["depth_m"] = 0, 1
    program["focus"] = focus
    target = tools.targets.get("focus.parts", (-(-width // scale), -(-height // scale)), ((4, "f4"), (4, "f4")))
    target.framebuffer.use()
    picture.light.use(0)
    picture.depth.use(1)
    context.draw_full_screen(program)
    return target


_BLURS = {"far": "focus_far.frag.glsl", "near": "focus_near.frag.glsl"}


def _blur(tools: ImagingTools, part: str, layer: moderngl.Texture, around: moderngl.Texture, scale: int) -> Target:
    context = tools.context
    defines = {"SCALE": scale, "TILE": _TILE_PX, "MOST_SAMPLES": _MOST_SAMPLES}
    program = context.full_screen_program(PACKAGE, _BLURS[part], defines)
    program["layer"], program["tiles"] = 0, 1
    program["offsets"] = _OFFSETS
    target = tools.targets.get(f"focus.{part}", layer.size, ((4, "f4"),))
    target.colours[0].filter = (moderngl.LINEAR, moderngl.LINEAR)
    target.framebuffer.use()
    layer.use(0)
    around.use(1)
    context.draw_full_screen(program)
    return target


def _join(
    tools: ImagingTools, picture: Picture, focus: tuple[float, float], far: Target, near: Target | None, scale: int
) -> moderngl.Texture:
    context = tools.context
    defines: dict[str, str | int] = {
        "SCALE": scale,
        "NEAR_FROM": str(_NEAR_FROM_PX),
        "BLEND_FROM": str(0.5 * scale),
    }
    program = context.full_screen_program(PACKAGE, "focus.frag.glsl", defines | ({"NEAR": 1} if near else {}))
    program["light"], program["depth_m"], program["far_layer"] = 0, 1, 2
    program["focus"] = focus
    if near is not None:
        program["near_layer"] = 3
        near.colours[0].use(3)
    target = tools.targets.get("focus.light", picture.light.size, ((4, "f4"),))
    target.framebuffer.use()
    picture.light.use(0)
    picture.depth.use(1)
    far.colours[0].use(2)
    context.draw_full_screen(program)
    return target.colours[0]
