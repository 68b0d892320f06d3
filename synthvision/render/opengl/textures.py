"""Textures of materials on the GPU."""

from __future__ import annotations

from dataclasses import replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.id_colours import linear_from_srgb8
from synthvision.gpu.context import GpuContext
from synthvision.library.model import Texture

__all__ = ["GpuTexture", "upload_normal_map", "upload_photo", "upload_texture"]

_SRGB8_ALPHA8 = 0x8C43
_MIP_SHARE = 4 / 3


class GpuTexture:
    """A mipmapped texture with the sampler state of its material.

    Args:
        texture: The moderngl texture.
        mean_rgb: Mean colour, linear, float64 (3,).
    """

    def __init__(self, texture: moderngl.Texture, mean_rgb: NDArray[np.float64]) -> None:
        self.texture = texture
        self.mean_rgb = mean_rgb
        width, height = texture.size
        bytes_per_texel = texture.components * {"f1": 1, "f2": 2, "f4": 4}[texture.dtype]
        self._size_bytes = int(width * height * bytes_per_texel * _MIP_SHARE)

    @property
    def size_bytes(self) -> int:
        """Bytes it takes, mip levels included."""
        return self._size_bytes

    def use(self, unit: int) -> None:
        """Bind it to a texture unit."""
        self.texture.use(unit)

    def release(self) -> None:
        """Give the memory back."""
        self.texture.release()


def upload_normal_map(context: GpuContext, texture: Texture, anisotropy: int) -> GpuTexture:
    """Return a map of tangent-space normals on the GPU with mip levels.

    Texels are brought to unit length first. Lossy files hold normals of any length, and the shader takes a short mean
    of a mip level for a rough surface.
    """
    normals = texture.pixels_hwc[..., :3].astype(np.float32)
    normals -= np.float32(128)
    length = np.sqrt(np.einsum("hwc,hwc->hw", normals, normals))
    normals *= (np.float32(127) / np.maximum(length, np.float32(1)))[..., None]
    pixels = np.rint(normals + np.float32(128)).astype(np.uint8)
    return upload_texture(context, replace(texture, pixels_hwc=pixels), anisotropy)


def upload_texture(context: GpuContext, texture: Texture, anisotropy: int) -> GpuTexture:
    """Return `texture` on the GPU with mip levels.

    Colour textures are filtered in linear light (the hardware decodes sRGB texels before it filters).

    Args:
        context: Where to.
        texture: One, three or four channels; three are padded, as drivers do it themselves but slower.
        anisotropy: Largest anisotropy on hardware drivers; software drivers triple the frame time with any.
    """
    pixels = _with_four_channels(texture.pixels_hwc)
    height, width, components = pixels.shape
    uploaded = context.gl.texture(
        (width, height),
        components,
        np.ascontiguousarray(pixels),
        alignment=1,
        internal_format=_SRGB8_ALPHA8 if texture.is_srgb and components == 4 else None,
    )
    uploaded.build_mipmaps()
    # A blend of two mip levels is seen in colours, hardly in data maps, and costs a software driver twice the time.
    between = (
        moderngl.LINEAR_MIPMAP_NEAREST if context.is_software and not texture.is_srgb else moderngl.LINEAR_MIPMAP_LINEAR
    )
    uploaded.filter = (between, moderngl.LINEAR)
    uploaded.repeat_x, uploaded.repeat_y = (wrap == "repeat" for wrap in texture.wrap_uv)
    if not context.is_software:
        uploaded.anisotropy = float(anisotropy)
    return GpuTexture(uploaded, _mean_rgb(texture))


def upload_photo(context: GpuContext, pixels_hwc: NDArray[np.uint8]) -> GpuTexture:
    """Return a photo (height, width, 3), sRGB, on the GPU with mip levels, clamped at its border."""
    return upload_texture(context, Texture("", pixels_hwc, is_srgb=True, wrap_uv=("clamp", "clamp")), 1)


def _mean_rgb(texture: Texture) -> NDArray[np.float64]:
    # Every eighth texel is enough for a mean.
    pixels = texture.pixels_hwc[::8, ::8, :3].reshape(-1, min(texture.pixels_hwc.shape[2], 3))
    linear = linear_from_srgb8(pixels) if texture.is_srgb else pixels / 255.0
    mean: NDArray[np.float64] = np.broadcast_to(linear.mean(axis=0), (3,)).copy()
    return mean


def _with_four_channels(pixels_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, channels = pixels_hwc.shape
    if channels != 3:
        return pixels_hwc
    padded = np.full((height, width, 4), 255, np.uint8)
    padded[..., :3] = pixels_hwc
    return padded
