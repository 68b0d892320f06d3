"""From linear light to the 8-bit picture that a camera gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import CapturedFrame, LabelImages, Radiance
from synthvision.gpu.block_means import BlockMeans, block_means_of_texture
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.imaging.air import air_transmittance, apply_air
from synthvision.imaging.depth_of_field import apply_depth_of_field
from synthvision.imaging.glass import apply_glass
from synthvision.imaging.lens import LensView, join_views
from synthvision.imaging.lens_surface import apply_lens_surface
from synthvision.imaging.metering import SATURATION_CONSTANT, exposure_ev100, white_luminance
from synthvision.imaging.motion import apply_motion_blur
from synthvision.imaging.precipitation import apply_precipitation
from synthvision.imaging.sensor import read_sensor
from synthvision.imaging.tone import FILMIC
from synthvision.imaging.tools import PACKAGE, EnvironmentSource, ImagingTools, Picture, upload_radiance
from synthvision.scene import Camera, Exposure, Scene

__all__ = ["IDENTITY_EXPOSURE", "Developer", "bare_camera"]

#: A luminance of 1 cd/m2 becomes white and nothing is bent: sRGB bytes of linear values 0..1.
IDENTITY_EXPOSURE = Exposure(mode="manual", ev100=float(-np.log2(SATURATION_CONSTANT)), tone_curve="linear")


def bare_camera(camera: Camera) -> Camera:
    """Return a camera without lens, optics, dirt, sensor, motion or tone: bytes are the light, sRGB-encoded."""
    return replace(
        camera,
        exposure=IDENTITY_EXPOSURE,
        lens=None,
        optics=None,
        lens_surface=None,
        sensor=None,
        velocity_m_s=(0.0, 0.0, 0.0),
        angular_velocity_rad_s=(0.0, 0.0, 0.0),
    )


class Developer:
    """Makes pictures of radiance: air, lens, glass, exposure, sensor, tone, all on the GPU.

    Args:
        context: Where everything is drawn; radiance textures belong to it.
        assets: Where environment maps come from.
    """

    def __init__(self, context: GpuContext, assets: EnvironmentSource) -> None:
        self._tools = ImagingTools(context, TargetPool(context), assets)

    def expose(self, picture_scene: Scene, radiance: Radiance, *, keep: bool = False) -> Picture:
        """Return one view as it reaches the lens: through the air, blurred by motion and focus, behind drops.

        Args:
            picture_scene: What the view shows; its camera is a pinhole's.
            radiance: Light of the view as a renderer returned it.
            keep: Copy what must outlive the renderer's next call, where a picture has several views.
        """
        tools = self._tools
        tools.context.take()
        picture = upload_radiance(tools, picture_scene, radiance)
        picture = apply_air(tools, picture)
        picture = apply_motion_blur(tools, picture)
        picture = apply_depth_of_field(tools, picture)
        return apply_precipitation(tools, picture)

    def develop(
        self, scene: Scene, views: Sequence[LensView], pictures: Sequence[Picture], labels: LabelImages
    ) -> CapturedFrame:
        """Return the picture that the scene's camera gives, with the labels that go with it.

        Args:
            scene: What the frame shows.
            views: From `lens_views`.
            pictures: From `expose`, one for each view.
            labels: From `join_labels`.

        Raises:
            UsageError: The labels have another size than the camera's pictures.
        """
        tools = self._tools
        tools.context.take()
        width, height = scene.camera.size_wh
        if labels.id_hw.shape != (height, width):
            raise UsageError(
                f"labels must have the size of the camera's pictures, {(height, width)}, got {labels.id_hw.shape}"
            )
        light = join_views(tools, scene, views, pictures)
        light, lens_transmittance = apply_lens_surface(tools, scene, light)
        light = apply_glass(tools, scene, light)
        ev100 = self._meter(scene, light)
        if scene.camera.sensor is None:
            rgb = self._tone(scene.camera.exposure, light, ev100)
        else:
            rgb = read_sensor(tools, scene, light, ev100)
        transmittance = air_transmittance(tools, scene, labels)
        tools.context.check_errors("developing")
        return CapturedFrame(rgb, labels, ev100, transmittance, lens_transmittance)

    def _meter(self, scene: Scene, light: moderngl.Texture) -> float:
        # A renderer that has met the block means on its way leaves them with the texture.
        known = light.extra
        means = known if isinstance(known, BlockMeans) else block_means_of_texture(self._tools.context, light)
        return exposure_ev100(scene.camera.exposure, means)

    def _tone(self, exposure: Exposure, light: moderngl.Texture, ev100: float) -> NDArray[np.uint8]:
        context = self._tools.context
        target = self._tools.targets.get("tone", light.size, ((4, "f1"),)).framebuffer
        target.use()
        context.gl.enable_only(moderngl.NOTHING)
        filmic = exposure.tone_curve == "filmic"
        program = context.full_screen_program(PACKAGE, "develop.frag.glsl", {"FILMIC": 1} if filmic else {})
        program["radiance"] = 0
        gain = np.asarray(exposure.white_balance_rgb, np.float64) / white_luminance(ev100)
        program["gain"] = tuple(float(value) for value in gain)
        if filmic:
            program["curve"] = (FILMIC.contrast, FILMIC.contrast * FILMIC.shoulder, FILMIC.b, FILMIC.c)
            program["white_exchange"] = (FILMIC.white_in, FILMIC.exchange)
        light.use(0)
        context.draw_full_screen(program)
        rgba = context.read(target, components=4, dtype=np.uint8)
        return np.ascontiguousarray(rgba[..., :3])
