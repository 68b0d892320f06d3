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
from synthvision.imaging.lens import LensView, join_views, keep_field
from synthvision.imaging.lens_surface import apply_lens_surface
from synthvision.imaging.metering import SATURATION_CONSTANT, exposure_ev100, white_luminance
from synthvision.imaging.motion import apply_motion_blur
from synthvision.imaging.precipitation import apply_precipitation
from synthvision.imaging.rolling import plan_row_shift, shift_labels, shift_light
from synthvision.imaging.sensor import read_sensor
from synthvision.imaging.suns import show_suns
from synthvision.imaging.tone import set_tone, tone_defines
from synthvision.imaging.tools import PACKAGE, EnvironmentSource, ImagingTools, Picture, upload_radiance
from synthvision.scene import Camera, Exposure, Scene

__all__ = ["IDENTITY_EXPOSURE", "Developer", "bare_camera"]

#: A luminance of 1 cd/m2 becomes white and nothing is bent: sRGB bytes of linear values 0..1.
IDENTITY_EXPOSURE = Exposure(mode="manual", ev100=float(-np.log2(SATURATION_CONSTANT)), tone_curve="linear")

# The faces of a cube.
_MOST_VIEWS = 6


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
        self._kept = 0

    def expose(self, picture_scene: Scene, radiance: Radiance, *, keep: bool = False) -> Picture:
        """Return one view as it reaches the lens: through the air, blurred by motion and focus, behind drops.

        Args:
            picture_scene: What the view shows; its camera is a pinhole's.
            radiance: Light of the view as a renderer returned it.
            keep: Copy the light, which must outlive the renderer's next call where a picture has several views.
        """
        tools = self._tools
        tools.context.take()
        picture = upload_radiance(tools, picture_scene, radiance)
        picture = show_suns(tools, picture)
        picture = apply_air(tools, picture)
        picture = apply_motion_blur(tools, picture)
        picture = apply_depth_of_field(tools, picture)
        picture = apply_precipitation(tools, picture)
        return replace(picture, light=self._copy(picture.light)) if keep else picture

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
        shift = plan_row_shift(scene, labels)
        if shift is not None:
            light, labels = shift_light(tools, light, shift), shift_labels(scene, labels, shift)
        light, lens_transmittance = apply_lens_surface(tools, scene, light)
        if lens_transmittance is not None:
            light = keep_field(tools, scene, light)
        light = apply_glass(tools, scene, light)
        ev100 = self._meter(scene, light)
        if scene.camera.sensor is None:
            rgb = self._tone(scene.camera.exposure, light, ev100)
        else:
            rgb = read_sensor(tools, scene, light, ev100)
        transmittance = air_transmittance(tools, scene, labels)
        tools.context.check_errors("developing")
        return CapturedFrame(rgb, labels, ev100, transmittance, lens_transmittance)

    def rolled_labels(self, scene: Scene, labels: LabelImages) -> LabelImages:
        """Return label images as they go with the finished picture: moved where a rolling shutter slants what moves.

        Args:
            scene: What the picture shows.
            labels: Its label images at the scene's instant.
        """
        shift = plan_row_shift(scene, labels)
        return labels if shift is None else shift_labels(scene, labels, shift)

    def transmittance(self, scene: Scene, labels: LabelImages) -> NDArray[np.float32] | None:
        """Return the share of each pixel's light that the air lets through, float32 (height, width); None in clear air.

        Args:
            scene: What the frame shows.
            labels: Its label images.
        """
        self._tools.context.take()
        return air_transmittance(self._tools, scene, labels)

    def _copy(self, light: moderngl.Texture) -> moderngl.Texture:
        """Return a copy that lives until as many more were made as a picture can have views."""
        context = self._tools.context
        self._kept = (self._kept + 1) % _MOST_VIEWS
        target = self._tools.targets.get(f"kept.{self._kept}", light.size, ((4, "f4"),))
        source = context.gl.framebuffer([light])
        context.gl.copy_framebuffer(target.framebuffer, source)
        context.release_framebuffer(source)
        return target.colours[0]

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
        program = context.full_screen_program(PACKAGE, "develop.frag.glsl", tone_defines(exposure))
        program["radiance"] = 0
        gain = np.asarray(exposure.white_balance_rgb, np.float64) / white_luminance(ev100)
        program["gain"] = tuple(float(value) for value in gain)
        set_tone(program, exposure)
        light.use(0)
        context.draw_full_screen(program)
        rgba = context.read(target, components=4, dtype=np.uint8)
        return np.ascontiguousarray(rgba[..., :3])
