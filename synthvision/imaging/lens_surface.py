"""Drops and dirt on the front glass."""

from __future__ import annotations

import math

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.imaging.pyramid import LEVEL_SIGMA_PX, build_pyramid
from synthvision.imaging.surface_maps import surface_maps
from synthvision.imaging.tools import PACKAGE, ImagingTools
from synthvision.scene import Scene

__all__ = ["apply_lens_surface"]

_LEVELS = 6
#: Level of the pyramid for what grease scatters and what lights dirt: a few degrees.
_WIDE_LEVEL = 4
#: What dirt sends on of the light around it; it is seen against the light, from behind.
_DIRT_GLOW = 0.06


def apply_lens_surface(
    tools: ImagingTools, scene: Scene, light: moderngl.Texture
) -> tuple[moderngl.Texture, NDArray[np.float32] | None]:
    """Return the light behind drops and dirt, and the share of each pixel's own light that they let through.

    Args:
        tools: Where to draw.
        scene: Its camera's `lens_surface` says what lies on the glass; None returns the light as it is, and None.
        light: Float texture, cd/m2 per primary, first row the bottom of the picture.

    Returns:
        The light, and float32 (height, width), 0..1, first row at the top.
    """
    camera = scene.camera
    surface = camera.lens_surface
    if surface is None or (surface.drops == 0 and surface.specks == 0 and surface.smudge == 0):
        return light, None
    maps = surface_maps(surface, light.size, math.sqrt(camera.focal_xy_px[0] * camera.focal_xy_px[1]))
    pyramid = build_pyramid(tools, "surface", light, _LEVELS)
    wanted = round(math.log2(max(maps.spread_px, 1.0) / LEVEL_SIGMA_PX)) - 1
    context = tools.context
    program = context.full_screen_program(PACKAGE, "lens_surface.frag.glsl")
    drops = np.array(maps.drops_hwc[::-1])
    drops[..., 1] *= -1
    textures = {
        "light": light,
        "drops": _upload(tools, "surface.drops", drops),
        "film": _upload(tools, "surface.film", np.ascontiguousarray(maps.film_hwc[::-1])),
        "narrow_view": pyramid[min(max(wanted, 1), len(pyramid) - 1)].colours[0],
        "wide_view": pyramid[min(_WIDE_LEVEL, len(pyramid) - 1)].colours[0],
    }
    for unit, (name, texture) in enumerate(textures.items()):
        program[name] = unit
        texture.use(unit)
    program["dirt_glow"] = _DIRT_GLOW
    target = tools.targets.get("surface.light", light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    context.draw_full_screen(program)
    return target.colours[0], maps.transmittance_hw


def _upload(tools: ImagingTools, name: str, values: NDArray[np.float32]) -> moderngl.Texture:
    rows, columns, channels = values.shape
    texture = tools.targets.get(name, (columns, rows), ((channels, "f4"),)).colours[0]
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.write(values)
    return texture
