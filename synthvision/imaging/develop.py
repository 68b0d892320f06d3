"""From linear light to the 8-bit picture: exposure, white balance, tone curve, sRGB."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import CapturedFrame, LabelImages, Radiance
from synthvision.gpu.block_means import BlockMeans, block_means_of_array, block_means_of_texture
from synthvision.gpu.context import GpuContext
from synthvision.imaging.metering import SATURATION_CONSTANT, exposure_ev100, white_luminance
from synthvision.imaging.tone import FILMIC, filmic_tone, srgb_from_linear
from synthvision.scene import Exposure

__all__ = ["IDENTITY_EXPOSURE", "Developer"]

#: A luminance of 1 cd/m2 becomes white and nothing is bent: sRGB bytes of linear values 0..1.
IDENTITY_EXPOSURE = Exposure(mode="manual", ev100=float(-np.log2(SATURATION_CONSTANT)), tone_curve="linear")

_PACKAGE = "synthvision.imaging"


class Developer:
    """Makes pictures of radiance, on the GPU where the radiance is there, else in numpy with the same result.

    Args:
        context: The context that radiance textures belong to; None develops arrays only.
    """

    def __init__(self, context: GpuContext | None = None) -> None:
        self._context = context
        self._target: moderngl.Framebuffer | None = None

    def develop(self, radiance: Radiance, labels: LabelImages, exposure: Exposure) -> CapturedFrame:
        """Return the picture that a camera would give of a frame.

        Args:
            radiance: Linear light of the frame.
            labels: Its label images, handed on.
            exposure: How light becomes pixel values.

        Raises:
            UsageError: The radiance is a texture and there is no context, or the sizes differ.
        """
        if labels.id_hw.shape != (radiance.height, radiance.width):
            raise UsageError(
                f"radiance and labels must have one size, got {(radiance.height, radiance.width)} and "
                f"{labels.id_hw.shape}"
            )
        if radiance.texture is not None:
            rgb, ev100 = self._develop_texture(radiance.texture, exposure)
        else:
            array = radiance.rgb_hwc
            if array is None:
                raise UsageError("radiance must hold a texture or an array")
            rgb, ev100 = _develop_array(array, exposure)
        return CapturedFrame(rgb, labels, ev100)

    def _develop_texture(self, texture: moderngl.Texture, exposure: Exposure) -> tuple[NDArray[np.uint8], float]:
        context = self._context
        if context is None:
            raise UsageError("a radiance texture needs the context it belongs to: Developer(context)")
        context.take()
        # A renderer that has met the block means on its way leaves them with the texture.
        means = texture.extra if isinstance(texture.extra, BlockMeans) else block_means_of_texture(context, texture)
        ev100 = exposure_ev100(exposure, means)
        target = self._target_of(context, texture.size)
        target.use()
        context.gl.enable_only(moderngl.NOTHING)
        filmic = exposure.tone_curve == "filmic"
        program = context.full_screen_program(_PACKAGE, "develop.frag.glsl", {"FILMIC": 1} if filmic else {})
        program["radiance"] = 0
        program["gain"] = tuple(float(value) for value in _gain(exposure, ev100))
        if filmic:
            program["curve"] = (FILMIC.contrast, FILMIC.contrast * FILMIC.shoulder, FILMIC.b, FILMIC.c)
            program["white_exchange"] = (FILMIC.white_in, FILMIC.exchange)
        texture.use(0)
        context.draw_full_screen(program)
        rgba = context.read(target, components=4, dtype=np.uint8)
        context.check_errors("developing")
        return np.ascontiguousarray(rgba[..., :3]), ev100

    def _target_of(self, context: GpuContext, size_wh: tuple[int, int]) -> moderngl.Framebuffer:
        if self._target is not None and self._target.size == size_wh:
            return self._target
        if self._target is not None:
            attached = self._target.color_attachments
            context.release_framebuffer(self._target)
            for texture in attached:
                texture.release()
        self._target = context.gl.framebuffer([context.gl.texture(size_wh, 4)])
        return self._target


def _gain(exposure: Exposure, ev100: float) -> NDArray[np.float64]:
    return np.asarray(exposure.white_balance_rgb, np.float64) / white_luminance(ev100)


def _develop_array(rgb_hwc: NDArray[np.float32], exposure: Exposure) -> tuple[NDArray[np.uint8], float]:
    ev100 = exposure_ev100(exposure, block_means_of_array(rgb_hwc))
    exposed = rgb_hwc.astype(np.float64) * _gain(exposure, ev100)
    linear = filmic_tone(exposed) if exposure.tone_curve == "filmic" else np.clip(exposed, 0.0, 1.0)
    return np.floor(srgb_from_linear(linear) * 255 + 0.5).astype(np.uint8), ev100
