"""Sheets: what a mark looks like over its rectangle, painted as images and turned into a material."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.noise import Image, encode_srgb, make_texture, normal_map, quantise

__all__ = ["Canvas", "LinearColour", "Sheet", "material_of_sheet"]

LinearColour = tuple[float, float, float]
_CLAMPED: tuple[Literal["clamp"], Literal["clamp"]] = ("clamp", "clamp")
_LEAST_PX = 32


@dataclass(frozen=True, slots=True)
class Canvas:
    """The rectangle of a mark in metres and pixels.

    Args:
        length_m: Along u.
        width_m: Along v.
        size_wh: Pixels.
    """

    length_m: float
    width_m: float
    size_wh: tuple[int, int]

    @classmethod
    def of(cls, length_m: float, width_m: float, long_px: int) -> Canvas:
        """Return a canvas whose longer side has a number of pixels, the other one at least that density."""
        longest = max(length_m, width_m)
        width, height = (
            min(long_px, max(_LEAST_PX, 2 ** int(np.ceil(np.log2(long_px * side / longest) - 1e-9))))
            for side in (length_m, width_m)
        )
        return cls(length_m, width_m, (width, height))

    @property
    def shape_hw(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.size_wh[1], self.size_wh[0]

    @property
    def pixel_m(self) -> tuple[float, float]:
        """Width and height of a pixel in metres."""
        return self.length_m / self.size_wh[0], self.width_m / self.size_wh[1]

    def grid_m(self) -> tuple[Image, Image]:
        """Return the places of the pixels' centres in metres from the middle: along, and across (upwards)."""
        (width, height), (step_x, step_y) = self.size_wh, self.pixel_m
        x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) * np.float32(step_x)
        y = (height / 2 - np.arange(height, dtype=np.float32) - 0.5) * np.float32(step_y)
        return np.broadcast_to(x[None], self.shape_hw), np.broadcast_to(y[:, None], self.shape_hw)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What a mark looks like, float32 images of one size.

    Args:
        alpha: Where it is: 0.5 and more counts for labels.
        colour: Linear base colour (height, width, 3), also where alpha is 0.
        roughness: 0..1.
        metallic: 0..1.
        height_m: Out of the surface, metres.
        soft: Mixed with the host by alpha; else texels under 0.5 are not there.
    """

    alpha: Image
    colour: Image
    roughness: Image
    metallic: Image
    height_m: Image
    soft: bool = False


def material_of_sheet(name: str, sheet: Sheet, canvas: Canvas) -> Material:
    """Return the material of a sheet; nothing of it is left at the border of its rectangle."""
    alpha = sheet.alpha.copy()
    alpha[[0, -1], :] = 0.0
    alpha[:, [0, -1]] = 0.0
    colour = np.concatenate([encode_srgb(sheet.colour), quantise(alpha)[:, :, None]], axis=2)
    data = np.stack([np.full(alpha.shape, 255, np.uint8), quantise(sheet.roughness), quantise(sheet.metallic)], axis=-1)
    return Material(
        name=name,
        base_colour_map=make_texture(colour, is_srgb=True, wrap_uv=_CLAMPED),
        metallic=1.0,
        roughness=1.0,
        metallic_roughness_map=make_texture(data, is_srgb=False, wrap_uv=_CLAMPED),
        normal_map=make_texture(normal_map(sheet.height_m, canvas.pixel_m), is_srgb=False, wrap_uv=_CLAMPED),
        alpha_mode="blend" if sheet.soft else "mask",
        alpha_cutoff=0.5,
    )
