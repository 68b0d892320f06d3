"""What a host is made of where a mark lies: decides what is bared by a scratch or a chip, and the colour of ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.decals import Patch
from synthvision.library.model import Model, Texture
from synthvision.library.procedural.defects.sheets import LinearColour

__all__ = ["Tone", "tone_under"]

_STEPS = 16
"""Tones are rounded to this many levels, so that marks on like hosts share their textures."""


@dataclass(frozen=True, slots=True)
class Tone:
    """Look of a surface.

    Args:
        colour: Mean linear base colour.
        is_metal: Whether it is bare metal.
        roughness: Mean roughness.
    """

    colour: LinearColour
    is_metal: bool
    roughness: float

    @property
    def luminance(self) -> float:
        """Brightness 0..1."""
        r, g, b = self.colour
        return 0.2126 * r + 0.7152 * g + 0.0722 * b


def tone_under(host: Model, patch: Patch) -> Tone:
    """Return the look of a host at the middle of a patch of its surface."""
    middle = np.linalg.norm(patch.local.mean(axis=1)[:, :2], axis=1)
    row = int(np.argmin(middle))
    part = host.parts[int(patch.part_m[row])]
    material = host.materials[part.material]
    corner = patch.soup.values_m3k[row].mean(axis=0)
    uv, tint = corner[6:8], corner[8:11]
    colour = np.array(material.base_colour[:3]) * tint
    if material.base_colour_map is not None:
        colour = colour * _texel(material.base_colour_map, uv)
    metallic, roughness = material.metallic, material.roughness
    if material.metallic_roughness_map is not None:
        _, rough, metal = _texel(material.metallic_roughness_map, uv)
        metallic, roughness = metallic * float(metal), roughness * float(rough)
    r, g, b = (round(float(value) ** 0.5 * _STEPS) / _STEPS for value in np.clip(colour, 0.0, 1.0))
    return Tone((r * r, g * g, b * b), metallic > 0.5, round(roughness * 4) / 4)


def _texel(texture: Texture, uv: np.ndarray) -> np.ndarray:
    """Mean of a twelfth of a map about a place, linear, three values."""
    pixels = texture.pixels_hwc
    height, width = pixels.shape[:2]
    reach_x, reach_y = max(width // 24, 1), max(height // 24, 1)
    columns = (int(np.floor(uv[0] * width)) + np.arange(-reach_x, reach_x + 1, max(reach_x // 4, 1))) % width
    rows = (int(np.floor(uv[1] * height)) + np.arange(-reach_y, reach_y + 1, max(reach_y // 4, 1))) % height
    found = pixels[rows[:, None], columns].reshape(-1, pixels.shape[2]).astype(np.float64) / 255.0
    values = np.repeat(found[:, :1], 3, axis=1) if found.shape[1] < 3 else found[:, :3]
    if texture.is_srgb:
        values = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(values.mean(axis=0))
