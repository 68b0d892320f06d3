"""Environment maps on the GPU: a picture to look at, a mirror map by roughness, a diffuse map, and their sun."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.gpu.context import GpuContext
from synthvision.library.model import EnvironmentMap
from synthvision.render.opengl.passes import PACKAGE
from synthvision.render.opengl.sky import SkySun, diffuse_map, horizontal_illuminance, small_map, split_keys, split_sun

__all__ = ["GpuEnvironment", "upload_environment"]

_DIFFUSE_PX = 32
_SMALLEST_LEVEL_PX = 8
_MIRROR_SAMPLES = 96
#: Largest value stored in 16-bit floats; a sun can be brighter in map units than they hold.
_PEAK = 60_000.0


@dataclass(frozen=True, slots=True, eq=False)
class GpuEnvironment:
    """One environment map, in map units.

    Args:
        picture: Equirectangular, all of it.
        picture_scale: Map units per unit of the picture.
        mirror: Octahedral, levels by roughness, without the sun where it was split off.
        mirror_scale: Map units per unit of the mirror map.
        mirror_levels: Index of the level of roughness 1.
        diffuse: Octahedral, illuminance over pi, without the sun where it was split off.
        diffuse_above: The same from the upper half of the map alone, for scenes whose ground hides the lower.
        above_hwc: The same as an array.
        small_hwc: The map without its sun, 64x32 texels.
        illuminance: On a horizontal surface that faces up, all of it.
        sun: The sun, or None.
        keys: The diffuse light from above as a few soft lights, not taken out of the maps.
    """

    picture: moderngl.Texture
    picture_scale: float
    mirror: moderngl.Texture
    mirror_scale: float
    mirror_levels: int
    diffuse: moderngl.Texture
    diffuse_above: moderngl.Texture
    above_hwc: NDArray[np.float32]
    small_hwc: NDArray[np.float64]
    illuminance: float
    sun: SkySun | None
    keys: tuple[SkySun, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes on the GPU, mip levels included."""
        texels = self.picture.width * self.picture.height + self.mirror.width * self.mirror.height
        return int(texels * 8 * 4 // 3 + 2 * _DIFFUSE_PX * _DIFFUSE_PX * 16)

    def release(self) -> None:
        """Give the memory back."""
        for texture in (self.picture, self.mirror, self.diffuse, self.diffuse_above):
            texture.release()


def upload_environment(
    context: GpuContext, environment: EnvironmentMap, *, mirror_px: int, with_shadows: bool
) -> GpuEnvironment:
    """Return an environment map on the GPU, filtered for every roughness.

    Args:
        context: Where to.
        environment: The map.
        mirror_px: Side of the mirror map's sharpest level.
        with_shadows: Whether a dominant bright spot is split off as a light of its own, and the rest taken apart into
            soft lights.

    Raises:
        AssetError: No light comes from above, so the map cannot be scaled to an illuminance.
    """
    radiance = environment.radiance_hwc
    illuminance = horizontal_illuminance(radiance)
    if not illuminance > 0:
        raise AssetError(
            f"environment map {environment.key}: light must come from its upper half to scale it to an illuminance, "
            f"got {illuminance}"
        )
    rest, sun = split_sun(radiance) if with_shadows else (radiance, None)
    picture, picture_scale = _equirectangular(context, radiance)
    source, source_scale = (picture, picture_scale) if sun is None else _equirectangular(context, rest)
    mirror, levels = _mirror(context, source, mirror_px)
    if source is not picture:
        source.release()
    above = diffuse_map(rest, _DIFFUSE_PX, above_only=True)
    diffuse = _octahedral(context, diffuse_map(rest, _DIFFUSE_PX))
    diffuse_above = _octahedral(context, above)
    context.check_errors(f"filtering environment map {environment.key}")
    return GpuEnvironment(
        picture=picture,
        picture_scale=picture_scale,
        mirror=mirror,
        mirror_scale=source_scale,
        mirror_levels=levels,
        diffuse=diffuse,
        diffuse_above=diffuse_above,
        above_hwc=above,
        small_hwc=small_map(rest),
        illuminance=illuminance,
        sun=sun,
        keys=split_keys(rest) if with_shadows else (),
    )


def _equirectangular(context: GpuContext, radiance_hwc: NDArray[np.float32]) -> tuple[moderngl.Texture, float]:
    height, width = radiance_hwc.shape[:2]
    scale = float(radiance_hwc.max()) / _PEAK
    pixels = np.ones((height, width, 4), np.float16)
    pixels[..., :3] = radiance_hwc / np.float32(scale)
    texture = context.gl.texture((width, height), 4, pixels, alignment=1, dtype="f2")
    texture.build_mipmaps()
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    texture.repeat_y = False
    return texture, scale


def _octahedral(context: GpuContext, rgb_hwc: NDArray[np.float32]) -> moderngl.Texture:
    pixels = _with_alpha(rgb_hwc)
    texture = context.gl.texture((_DIFFUSE_PX, _DIFFUSE_PX), 4, pixels, alignment=1, dtype="f4")
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    return texture


def _with_alpha(rgb_hwc: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours with a fourth channel of 1: drivers read four channels faster than three."""
    return np.concatenate([rgb_hwc, np.ones_like(rgb_hwc[..., :1])], axis=2)


def _mirror(context: GpuContext, source: moderngl.Texture, side: int) -> tuple[moderngl.Texture, int]:
    gl = context.gl
    sides = []
    while side >= _SMALLEST_LEVEL_PX:
        sides.append(side)
        side //= 2
    program = context.full_screen_program(PACKAGE, "mirror_level.frag.glsl")
    program["source"] = 0
    if "sample_count" in program:
        program["sample_count"] = _MIRROR_SAMPLES
    mirror = gl.texture((sides[0], sides[0]), 4, dtype="f2")
    mirror.build_mipmaps(0, len(sides) - 1)
    for level, px in enumerate(sides):
        drawn = gl.texture((px, px), 4, dtype="f4")
        target = gl.framebuffer([drawn])
        target.use()
        gl.enable_only(moderngl.NOTHING)
        source.use(0)
        program["roughness"] = level / (len(sides) - 1)
        program["level_px"] = float(px)
        context.draw_full_screen(program)
        pixels = np.frombuffer(drawn.read(), np.float32).astype(np.float16)
        mirror.write(pixels.tobytes(), level=level)
        context.release_framebuffer(target)
        drawn.release()
    mirror.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    mirror.repeat_x = mirror.repeat_y = False
    return mirror, len(sides) - 1
