"""Values of a material over a surface: one value, a texture, or values per vertex, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.id_colours import linear_from_srgb8
from synthvision.library.model import Texture, Wrap
from synthvision.render.mitsuba.engine import Engine

__all__ = ["Field", "VertexValues", "colour_field", "one_wrap", "scalar_field"]

Float = NDArray[np.float32]
_LINEAR_OF_BYTE = linear_from_srgb8(np.arange(256, dtype=np.uint8)).astype(np.float32)


@dataclass(slots=True)
class VertexValues:
    """Values per vertex that the fields of one mesh refer to, float32 (n, 1) or (n, 3) by attribute name."""

    by_name: dict[str, Float] = field(default_factory=dict)

    def add(self, values: Float) -> str:
        """Take values in and return the name of their attribute."""
        name = f"vertex_value{len(self.by_name)}"
        self.by_name[name] = values
        return name


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One quantity over a surface.

    Args:
        values: float32: (c,) for one value, (height, width, c) for a texture, (n, c) per vertex.
        wrap: How a texture goes on beyond its border.
        vertices: Where values per vertex are kept; None for the other two.
        attribute: Name of an attribute that the mesh brings; `values` then tells its range alone.
    """

    values: Float
    wrap: Wrap = "repeat"
    vertices: VertexValues | None = None
    attribute: str | None = None

    @property
    def mean(self) -> Float:
        """Mean over the texels or vertices, (c,)."""
        mean: Float = self.values.reshape(-1, self.values.shape[-1]).mean(axis=0)
        return mean

    @property
    def is_constant(self) -> bool:
        """Whether it has one value everywhere."""
        flat = self.values.reshape(-1, self.values.shape[-1])
        return bool((flat == flat[0]).all())

    def map(self, change: Callable[[Float], Float]) -> Field:
        """Return the field of changed values; `change` takes and returns (..., c)."""
        return Field(np.asarray(change(self.values), np.float32), self.wrap, self.vertices)

    def texture(self, engine: Engine) -> Any:
        """Return the field as a texture object of mitsuba."""
        flat = self.values.reshape(-1, self.values.shape[-1])
        if self.attribute is not None:
            return engine.mi.load_dict({"type": "mesh_attribute", "name": self.attribute})
        if self.vertices is not None and not self.is_constant:
            return engine.mi.load_dict({"type": "mesh_attribute", "name": self.vertices.add(flat)})
        # One texel rather than mitsuba's own constants: these refuse values above 1.
        image = flat[:1].reshape(1, 1, -1) if self.is_constant else self.values
        return engine.texture(image, self.wrap)


def one_wrap(texture: Texture) -> Wrap:
    """Return the wrap mode for both axes of a texture: mitsuba has one, so where they differ clamping gives way."""
    u, v = texture.wrap_uv
    return u if u == v else "mirror" if "mirror" in (u, v) else "repeat"


def colour_field(
    factor_rgb: tuple[float, float, float], texture: Texture | None, colours_n3: Float | None, vertices: VertexValues
) -> Field:
    """Return a linear colour: a factor times a texture or vertex colours.

    Where there are both, vertex colours come in with their mean: mitsuba multiplies no two textures.

    Args:
        factor_rgb: Linear.
        texture: sRGB or linear, or None.
        colours_n3: Linear, or None.
        vertices: Keeps values per vertex.
    """
    factor = np.asarray(factor_rgb, np.float32)
    if texture is None:
        return Field(factor) if colours_n3 is None else Field(colours_n3 * factor, vertices=vertices)
    if colours_n3 is not None:
        factor = factor * colours_n3.mean(axis=0)
    pixels = texture.pixels_hwc[..., :3]
    linear = _LINEAR_OF_BYTE[pixels] if texture.is_srgb else pixels.astype(np.float32) / np.float32(255)
    wide: Float = np.broadcast_to(np.asarray(linear, np.float32), (*pixels.shape[:2], 3))
    return Field(wide * factor, one_wrap(texture))


def scalar_field(factor: float, texture: Texture | None, channel: int) -> Field:
    """Return a factor times one channel of a data map; a map without that channel has the same in all.

    Args:
        factor: Any number.
        texture: The map, or None.
        channel: 0 red, 1 green, 2 blue, 3 alpha (1 where the map has none).
    """
    if texture is None or (channel == 3 and texture.pixels_hwc.shape[2] < 4):
        return Field(np.array([factor], np.float32))
    pixels = texture.pixels_hwc
    taken = pixels[..., min(channel, pixels.shape[2] - 1)][..., None]
    return Field(taken.astype(np.float32) * np.float32(factor / 255), one_wrap(texture))
