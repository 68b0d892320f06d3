"""The frozen data that passes between stages: what a renderer returns and what imaging makes of it.

Arrays are read-only and checked on creation. Pixel (0, 0) is the top-left pixel, its centre at (0.5, 0.5); rows run
down. The background id is 0; instance ids are the ids of ``Scene.objects`` and are never blended or resized.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.arrays import frozen_array
from synthvision.core.errors import UsageError

__all__ = ["AmodalCoverage", "CapturedFrame", "CoverageWindow", "LabelImages", "Radiance"]


@dataclass(frozen=True, slots=True)
class CoverageWindow:
    """Part of what one object alone would cover, outside the picture.

    Args:
        mask_hw: bool (height, width).
        offset_xy: Column and row of the window's top-left pixel in picture pixels; may be negative.
    """

    mask_hw: NDArray[np.bool_]
    offset_xy: tuple[int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask_hw", frozen_array("mask_hw", self.mask_hw, np.bool_, (None, None)))


@dataclass(frozen=True, slots=True)
class AmodalCoverage:
    """What one object alone would cover, as if nothing stood before it.

    Args:
        mask_hw: bool (height, width) of the smallest window around the coverage inside the picture.
        offset_xy: Column and row of the window's top-left pixel in the picture.
        alone_pixels: Pixels of the object alone inside the picture (the sum of `mask_hw`).
        alone_pixels_canvas: Pixels of the object alone on a canvas three times the picture about its centre.
        box_xyxy: Half-open box of the object alone in picture pixels, *not* clipped to the picture (but to the
            canvas of three times its size), or None where it covers no pixel centre of the canvas.
        beyond: What it covers on the canvas outside the picture, in windows that do not overlap: together
            `alone_pixels_canvas` - `alone_pixels` pixels. Renderers give it, pictures through a lens need it; the
            coverage in such a picture has none.
    """

    mask_hw: NDArray[np.bool_]
    offset_xy: tuple[int, int]
    alone_pixels: int
    alone_pixels_canvas: int
    box_xyxy: tuple[int, int, int, int] | None
    beyond: tuple[CoverageWindow, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask_hw", frozen_array("mask_hw", self.mask_hw, np.bool_, (None, None)))


@dataclass(frozen=True, slots=True)
class LabelImages:
    """One sample at each pixel centre: who is seen there, how far, and which way the surface faces.

    Args:
        id_hw: uint16 (height, width); instance id, 0 where no object is seen.
        depth_m_hw: float32 (height, width); metres along the camera's z axis, for a fisheye (Kannala-Brandt) the length
            of the ray in metres; +inf where no object is seen.
        normal_hwc: float32 (height, width, 3); unit geometric normal in OpenCV camera axes (x right, y down,
            z forward) facing the camera, zero where no object is seen; None where it was not asked for.
        amodal: Coverage of each object alone by instance id, for the ids that were asked for.
    """

    id_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32]
    normal_hwc: NDArray[np.float32] | None
    amodal: Mapping[int, AmodalCoverage]

    def __post_init__(self) -> None:
        object.__setattr__(self, "id_hw", frozen_array("id_hw", self.id_hw, np.uint16, (None, None)))
        shape = self.id_hw.shape
        object.__setattr__(self, "depth_m_hw", frozen_array("depth_m_hw", self.depth_m_hw, np.float32, shape))
        if self.normal_hwc is not None:
            normal = frozen_array("normal_hwc", self.normal_hwc, np.float32, (*shape, 3))
            object.__setattr__(self, "normal_hwc", normal)


@dataclass(frozen=True, slots=True)
class Radiance:
    """Linear scene light as it reaches the camera, in cd/m2 per sRGB primary, antialiased.

    A backend hands it over either as a texture that stays on the GPU or as an array, never both.

    Args:
        width: Pixels per row.
        height: Rows.
        rgb_hwc: float32 (height, width, 3), or None where `texture` is given.
        texture: The backend's texture object (for the opengl backend a float `moderngl.Texture` whose first row is
            the *bottom* of the picture, valid until the next call of the renderer), or None.
        id_hw: uint16 (height, width); instance id at each pixel centre.
        depth_m_hw: float32 (height, width); metres along the camera's z axis at each pixel centre, +inf where no object
            is seen.
        depth_texture: The same on the GPU where `texture` is given: one float a pixel, 0 where no object is seen.
    """

    width: int
    height: int
    id_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32]
    rgb_hwc: NDArray[np.float32] | None = None
    texture: Any = None
    depth_texture: Any = None

    def __post_init__(self) -> None:
        if (self.rgb_hwc is None) == (self.texture is None):
            raise UsageError("Radiance takes exactly one of rgb_hwc and texture")
        shape = (self.height, self.width)
        object.__setattr__(self, "id_hw", frozen_array("id_hw", self.id_hw, np.uint16, shape))
        object.__setattr__(self, "depth_m_hw", frozen_array("depth_m_hw", self.depth_m_hw, np.float32, shape))
        if self.rgb_hwc is not None:
            rgb = frozen_array("rgb_hwc", self.rgb_hwc, np.float32, (self.height, self.width, 3))
            object.__setattr__(self, "rgb_hwc", rgb)


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """The 8-bit picture that a camera would give, with the labels that go with it.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        labels: The label images in the geometry of the picture.
        exposure_ev100: The exposure value at ISO 100 that was used.
        air_transmittance_hw: float32 (height, width), 0..1: the share of the light from each pixel's centre that the
            air lets through; None in clear air.
        lens_transmittance_hw: The same for drops and dirt on the lens; None for clean glass.
        flow_forward_hwc: float32 (height, width, 2): how many pixels to the right and down the point seen in each pixel
            moves until the next step, NaN where that is not known; None where it was not asked for.
        flow_backward_hwc: The same until the step before.
    """

    rgb_hwc: NDArray[np.uint8]
    labels: LabelImages
    exposure_ev100: float
    air_transmittance_hw: NDArray[np.float32] | None = None
    lens_transmittance_hw: NDArray[np.float32] | None = None
    flow_forward_hwc: NDArray[np.float32] | None = None
    flow_backward_hwc: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgb_hwc", frozen_array("rgb_hwc", self.rgb_hwc, np.uint8, (None, None, 3)))
        shape = self.rgb_hwc.shape[:2]
        for name in ("flow_forward_hwc", "flow_backward_hwc"):
            flow = getattr(self, name)
            if flow is not None:
                object.__setattr__(self, name, frozen_array(name, flow, np.float32, (*shape, 2)))
        for name in ("air_transmittance_hw", "lens_transmittance_hw"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, frozen_array(name, array, np.float32, shape))
