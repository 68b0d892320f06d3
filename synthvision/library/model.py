"""Loaded assets as plain frozen arrays: textures, materials, mesh parts, models, environment maps.

Space is the project's: right-handed, metres, Z up. Colours of factors are linear with sRGB primaries. Texture rows
run from the top of the image down and texture coordinate v = 0 is the *top* row, as in glTF.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.core.arrays import frozen_array

__all__ = ["SKYLINE_M", "EnvironmentMap", "Material", "MeshPart", "Model", "StateDirection", "Texture", "Wrap"]

Wrap = Literal["repeat", "clamp", "mirror"]

#: How far off the three skylines of an environment map stand, the near one first, in metres.
SKYLINE_M = (115.0, 400.0, 4_000.0)


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """An 8-bit image that a material samples.

    Args:
        key: Equal for equal content, so that a renderer uploads it once.
        pixels_hwc: uint8 (height, width, 1, 3 or 4); row 0 is the top.
        is_srgb: True where the colour channels are sRGB-encoded (base colour, emissive), False for data maps.
        wrap_uv: What happens outside 0..1 along u and v.
    """

    key: str
    pixels_hwc: NDArray[np.uint8]
    is_srgb: bool
    wrap_uv: tuple[Wrap, Wrap] = ("repeat", "repeat")

    def __post_init__(self) -> None:
        pixels = frozen_array("pixels_hwc", self.pixels_hwc, np.uint8, (None, None, None))
        object.__setattr__(self, "pixels_hwc", pixels)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Material:
    """A metallic-roughness material with the meaning that glTF 2.0 gives to each field.

    Args:
        name: Slot name, unique in its model; overrides address it.
        base_colour: Linear RGBA factor, 0..1.
        base_colour_map: sRGB RGB or RGBA, or None.
        metallic: Factor 0..1.
        roughness: Factor 0..1 (perceptual; alpha = roughness squared).
        metallic_roughness_map: Data map, green = roughness, blue = metallic, or None.
        normal_map: Tangent-space normals, +Y up as in glTF (green points to the *top* of the image), or None.
        normal_scale: Multiplies x and y of the mapped normal.
        occlusion_map: Data map, red = occlusion, or None.
        occlusion_strength: 0..1.
        emissive: Linear RGB luminance factor in cd/m2 (glTF's unitless 0..1 is taken as 0..1000 cd/m2 on import).
        emissive_map: sRGB, or None.
        alpha_mode: ``opaque``, ``mask`` (texels under `alpha_cutoff` are not there) or ``blend``.
        alpha_cutoff: 0..1.
        double_sided: False lets a renderer leave out faces seen from behind.
        ior: Index of refraction of the dielectric part, 1 and up.
        clearcoat: Strength of a clear layer on top, 0..1.
        clearcoat_roughness: 0..1.
        transmission: Share of the light entering a ``blend`` surface that goes straight through a thin wall, tinted by
            the base colour; the body scatters the rest. 0 leaves it to alpha alone, which always says what labels
            count.
        tile_m: Real size of one repeat of the maps in metres, for texture sets that cover surfaces; None where the
            mesh's texture coordinates already say everything.
    """

    name: str = "default"
    base_colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base_colour_map: Texture | None = None
    metallic: float = 0.0
    roughness: float = 0.6
    metallic_roughness_map: Texture | None = None
    normal_map: Texture | None = None
    normal_scale: float = 1.0
    occlusion_map: Texture | None = None
    occlusion_strength: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emissive_map: Texture | None = None
    alpha_mode: Literal["opaque", "mask", "blend"] = "opaque"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    ior: float = 1.5
    clearcoat: float = 0.0
    clearcoat_roughness: float = 0.0
    transmission: float = 0.0
    tile_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeshPart:
    """Triangles that share one material, in the model's own frame.

    Args:
        positions_n3: float32 (n, 3), metres.
        normals_n3: float32 (n, 3), unit length.
        uvs_n2: float32 (n, 2), or None.
        colours_n4: float32 (n, 4) linear vertex colours that multiply the base colour, or None.
        triangles_m3: uint32 (m, 3), counter-clockwise seen from outside.
        material: Index into ``Model.materials``.
        name: Name of the part (the node's in glTF).
    """

    positions_n3: NDArray[np.float32]
    normals_n3: NDArray[np.float32]
    triangles_m3: NDArray[np.uint32]
    uvs_n2: NDArray[np.float32] | None = None
    colours_n4: NDArray[np.float32] | None = None
    material: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        count = len(self.positions_n3)
        freeze = object.__setattr__
        freeze(self, "positions_n3", frozen_array("positions_n3", self.positions_n3, np.float32, (None, 3)))
        freeze(self, "normals_n3", frozen_array("normals_n3", self.normals_n3, np.float32, (count, 3)))
        freeze(self, "triangles_m3", frozen_array("triangles_m3", self.triangles_m3, np.uint32, (None, 3)))
        if self.uvs_n2 is not None:
            freeze(self, "uvs_n2", frozen_array("uvs_n2", self.uvs_n2, np.float32, (count, 2)))
        if self.colours_n4 is not None:
            freeze(self, "colours_n4", frozen_array("colours_n4", self.colours_n4, np.float32, (count, 4)))


@dataclass(frozen=True, slots=True)
class StateDirection:
    """One value of a state that depends on how an object lies or is seen, e.g. top_face = "5".

    The state takes the value whose direction, turned with the object, is nearest to the reference.

    Args:
        state: Name of the state, e.g. ``top_face``.
        value: Value it takes.
        direction_xyz: Unit vector in the model's frame.
        towards: ``up`` compares with world +Z, ``camera`` with the direction from the object to the camera.
    """

    state: str
    value: str
    direction_xyz: tuple[float, float, float]
    towards: Literal["up", "camera"] = "up"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """A loaded object in metres, Z up.

    Args:
        key: ``AssetRef.key`` of what was loaded.
        parts: Mesh parts, node hierarchy already applied.
        materials: What the parts' `material` index points to.
        attributes: Facts about the object that classes can match, e.g. ``{"rank": "ten"}``.
        states: Directions that give states (see `StateDirection`).
        keypoints: Named points (x, y, z) in the model's frame, metres.
        warnings: What the file holds that the loader could not honour, one sentence each.
    """

    key: str
    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    states: tuple[StateDirection, ...] = ()
    keypoints: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def bounds_23(self) -> NDArray[np.float64]:
        """Smallest and largest corner of all parts, float64 (2, 3), metres."""
        low = np.min([part.positions_n3.min(axis=0) for part in self.parts], axis=0)
        high = np.max([part.positions_n3.max(axis=0) for part in self.parts], axis=0)
        return np.stack([low, high]).astype(np.float64)

    @property
    def triangle_count(self) -> int:
        """Triangles of all parts."""
        return sum(len(part.triangles_m3) for part in self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class EnvironmentMap:
    """Light from all directions as an equirectangular image.

    The middle column looks along world +Y, columns run clockwise seen from above (towards +X), the top row is +Z.

    Args:
        key: Equal for equal content.
        radiance_hwc: float32 (height, width, 3), linear, in arbitrary units: the scene scales it to a stated
            illuminance. Finite and not negative.
        skyline_3w: float32 (3, width), sine of the elevation up to which things stand on the horizon in each column,
            at each of `SKYLINE_M`: what haze and fog need to know of their distance; -1 for nothing there. None where
            everything in the map counts as endlessly far away.
    """

    key: str
    radiance_hwc: NDArray[np.float32]
    skyline_3w: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        radiance = frozen_array("radiance_hwc", self.radiance_hwc, np.float32, (None, None, 3))
        object.__setattr__(self, "radiance_hwc", radiance)
        if self.skyline_3w is not None:
            skyline = frozen_array("skyline_3w", self.skyline_3w, np.float32, (len(SKYLINE_M), None))
            object.__setattr__(self, "skyline_3w", skyline)
