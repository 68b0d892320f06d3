"""The path-traced backend: mitsuba 3 behind the `Renderer` protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages, Radiance
from synthvision.core.id_colours import encode_id_colours, linear_from_srgb8
from synthvision.gpu.context import GpuContext
from synthvision.render.assets import RenderAssets
from synthvision.render.config import MitsubaConfig
from synthvision.render.cutouts import AlphaPyramid
from synthvision.render.mitsuba.engine import Engine
from synthvision.render.mitsuba.labels import LabelCaster
from synthvision.render.mitsuba.picture import trace_picture
from synthvision.render.mitsuba.shapes import ShapeMaker
from synthvision.render.parts import PartSource
from synthvision.render.renderer import Shading
from synthvision.scene import Scene

__all__ = ["MitsubaRenderer"]

#: Where ids are looked at in id shading, from the pixel's centre: the raster backend's four samples.
_ID_SAMPLES = ((-0.125, 0.375), (0.375, 0.125), (-0.375, -0.125), (0.125, -0.375))


class MitsubaRenderer:
    """Traces paths through scenes; see `synthvision.render.renderer.Renderer` for the methods.

    Labels are rays through the pixel centres, worked out in double precision. The picture is path traced with
    `MitsubaConfig.samples_per_pixel` paths and returned as an array.

    Args:
        context: Not used: everything is computed outside of OpenGL.
        library: Where assets come from.
        config: Options; None for the defaults.

    Raises:
        MissingExtraError: mitsuba is not installed.
        UsageError: The variant or the denoiser that the config asks for does not work on this machine.
    """

    def __init__(self, context: GpuContext, library: RenderAssets, config: MitsubaConfig | None = None) -> None:
        del context
        self._assets = library
        self._config = config or MitsubaConfig.model_validate({})
        self._engine = Engine(self._config)
        self._check_denoiser()
        self._shapes = ShapeMaker(self._engine, self._config.cache_mib << 20)
        self._parts = PartSource(library)
        self._pyramids: dict[str, AlphaPyramid] = {}
        self._prepared: tuple[Scene, LabelCaster] | None = None

    def fingerprint(self) -> Mapping[str, str]:
        """Return what decides the exact bytes of its pictures: backend, variant, version, compiler."""
        return self._engine.fingerprint()

    def render_labels(
        self, scene: Scene, *, normals: bool = False, amodal_ids: Collection[int] = (), light_follows: bool = True
    ) -> LabelImages:
        """Return ids, depth and on request normals at pixel centres, and the coverage of each asked object alone."""
        caster = self._prepare(scene)
        normal_hwc = caster.normals() if normals else None
        return LabelImages(caster.id_hw, caster.depth_m_hw, normal_hwc, caster.amodal(amodal_ids))

    def render_radiance(self, scene: Scene, *, shading: Shading = "full") -> Radiance:
        """Return the linear light of the picture as an array."""
        caster = self._prepare(scene)
        width, height = scene.camera.size_wh
        if shading == "ids":
            light = _id_light(caster)
        else:
            light = trace_picture(self._engine, scene, caster, self._assets, self._shapes, self._config)
        return Radiance(width, height, caster.id_hw, caster.depth_m_hw, rgb_hwc=light)

    def close(self) -> None:
        """Release everything."""
        self._prepared = None
        self._pyramids.clear()
        self._parts.clear()
        self._shapes.clear()

    def _prepare(self, scene: Scene) -> LabelCaster:
        """Return what rays through the pixel centres meet, worked out once for labels and colour."""
        if self._prepared is None or self._prepared[0] is not scene:
            self._shapes.begin_frame()
            parts = self._parts.parts_of(scene)
            used = {texture.key for part in parts if (texture := part.surface.material.base_colour_map) is not None}
            self._pyramids = {key: pyramid for key, pyramid in self._pyramids.items() if key in used}
            self._prepared = scene, LabelCaster(self._engine, scene, parts, self._pyramids)
        return self._prepared[1]

    def _check_denoiser(self) -> None:
        if self._config.denoise and self._engine.variant.name != "cuda_ad_rgb":
            raise UsageError(
                "mitsuba's denoiser is OptiX, which needs an NVIDIA GPU: render.denoise must be false, or "
                f"render.variant cuda_ad_rgb, got variant {self._engine.variant.name}"
            )


def _id_light(caster: LabelCaster) -> NDArray[np.float32]:
    """Return the colours that code ids: four samples a pixel where objects meet, the centre's elsewhere."""
    mixed = linear_from_srgb8(encode_id_colours(caster.samples(_ID_SAMPLES))).mean(axis=0)
    plain = linear_from_srgb8(encode_id_colours(caster.id_hw))
    kernel = np.ones((3, 3), np.uint8)
    meeting = cv2.dilate(caster.id_hw, kernel) != cv2.erode(caster.id_hw, kernel)
    return np.where(meeting[..., None], mixed, plain).astype(np.float32)
