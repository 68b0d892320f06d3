"""Materials as mitsuba's BSDFs: the metallic-roughness model with masks, glass, coats and normal maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Material, Texture
from synthvision.render.mitsuba.engine import Engine
from synthvision.render.mitsuba.fields import Field, VertexValues, colour_field, one_wrap, scalar_field
from synthvision.render.mitsuba.lobes import Lobes, dielectric_f0
from synthvision.render.parts import ScenePart

__all__ = ["Body", "MaterialMaker", "body_of"]

#: Longest side of a mask that is refined so that its edges are cut between texels.
_MASK_PX = 2048
_COAT_F0 = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What an opaque surface is made of.

    Args:
        base: Linear RGB.
        roughness: Perceptual, 0..1.
        metallic: 0..1.
        f0: Reflectance at normal incidence where it is not metal.
        coat: Strength of the clear coat, 0..1.
        coat_roughness: Perceptual.
    """

    base: Field
    roughness: Field
    metallic: Field
    f0: float
    coat: float
    coat_roughness: float


def body_of(part: ScenePart, vertices: VertexValues, *, mean_colours: bool = False) -> Body:
    """Return what a part's material says of an opaque surface.

    Args:
        part: The part.
        vertices: Keeps values per vertex.
        mean_colours: Whether vertex colours come in with their mean.
    """
    material = part.surface.material
    colours = None if part.mesh.colours_n4 is None else np.ascontiguousarray(part.mesh.colours_n4[:, :3])
    if colours is not None and mean_colours:
        colours = colours.mean(axis=0, keepdims=True)
    red, green, blue, _ = material.base_colour
    return Body(
        base=colour_field((red, green, blue), material.base_colour_map, colours, vertices),
        roughness=scalar_field(material.roughness, material.metallic_roughness_map, 1),
        metallic=scalar_field(material.metallic, material.metallic_roughness_map, 2),
        f0=dielectric_f0(material.ior),
        coat=material.clearcoat,
        coat_roughness=material.clearcoat_roughness,
    )


class MaterialMaker:
    """Makes BSDFs.

    Args:
        engine: mitsuba.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.lobes = Lobes(engine)

    def opaque(self, body: Body) -> Any:
        """Return the BSDF of an opaque body, one-sided, without normal map."""
        lobes = self.lobes
        if float(body.metallic.values.min()) >= 1:
            return lobes.metal(body.base, body.roughness, body.coat, body.coat_roughness)
        if body.coat > 0 and body.f0 > 0:
            # Two lobes under one Fresnel term: their shares are those of the body's own surface and of the coat.
            coat_f0 = _COAT_F0 * body.coat
            share = Field(np.array([coat_f0 / (coat_f0 + body.f0)], np.float32))
            both = coat_f0 + body.f0
            smooth = Field(np.array([body.coat_roughness], np.float32))
            plain = lobes.blend(
                share,
                lobes.dielectric(body.base, body.roughness, both),
                lobes.dielectric(body.base, smooth, both),
            )
        else:
            plain = lobes.dielectric(body.base, body.roughness, body.f0)
        if float(body.metallic.values.max()) <= 0:
            return plain
        metal = lobes.metal(body.base, body.roughness, body.coat, body.coat_roughness)
        return lobes.blend(body.metallic, plain, metal)

    def bumped(self, bsdf: Any, material: Material, *, mirrored: bool) -> Any:
        """Return a BSDF under the material's normal map, or itself where there is none.

        Args:
            bsdf: What is bumped.
            material: Its map and scale.
            mirrored: Whether the texture runs mirrored over the surface, so that its green points down.
        """
        texture = material.normal_map
        if texture is None or material.normal_scale == 0:
            return bsdf
        normals: NDArray[np.float32] = (texture.pixels_hwc[..., :3].astype(np.float32) - np.float32(128)) / np.float32(
            127
        )
        normals[..., :2] *= np.float32(material.normal_scale)
        if mirrored:
            normals[..., 1] *= -1
        normals[..., 2] = np.maximum(normals[..., 2], 1e-3)
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        coded = self._engine.texture(np.asarray(normals / 2 + 0.5, np.float32), one_wrap(texture))
        return self._load({"type": "normalmap", "normalmap": coded, "bsdf": bsdf})

    def finished(self, bsdf: Any, part: ScenePart) -> Any:
        """Return an opaque BSDF with both sides, holes and glass as the part's material asks for."""
        material = part.surface.material
        if material.double_sided:
            bsdf = self._load({"type": "twosided", "bsdf": bsdf})
        if material.alpha_mode == "mask":
            return self._masked(bsdf, material)
        if material.alpha_mode == "blend":
            # The share that alpha leaves is clear glass: it mirrors whatever alpha is. What goes through by
            # transmission is tinted.
            through = {"type": "rgb", "value": list(material.base_colour[:3]) if material.transmission > 0 else 1.0}
            glass = self._load(
                {
                    "type": "thindielectric",
                    "int_ior": max(material.ior, 1.0001),
                    "ext_ior": 1.0,
                    "specular_transmittance": through,
                }
            )
            alpha = min(material.base_colour[3], 1.0 - material.transmission)
            return self.lobes.blend(scalar_field(alpha, material.base_colour_map, 3), glass, bsdf)
        return bsdf

    def emission(self, material: Material) -> Any | None:
        """Return the luminance that a surface gives off, or None where it gives none."""
        if not any(material.emissive):
            return None
        return colour_field(material.emissive, material.emissive_map, None, VertexValues()).texture(self._engine)

    def _masked(self, bsdf: Any, material: Material) -> Any:
        alpha = _refined(material.base_colour_map, material.base_colour[3])
        there = (alpha >= material.alpha_cutoff).astype(np.float32)
        if there.all():
            return bsdf
        wrap = "repeat" if material.base_colour_map is None else one_wrap(material.base_colour_map)
        return self._load({"type": "mask", "opacity": self._engine.texture(there[..., None], wrap), "bsdf": bsdf})

    def _load(self, plugin: dict[str, Any]) -> Any:
        return self._engine.mi.load_dict(plugin)


def _refined(texture: Texture | None, factor: float) -> NDArray[np.float32]:
    """Return the alpha of a texture times a factor, with texels between the texture's own where it is small."""
    if texture is None or texture.pixels_hwc.shape[2] < 4:
        return np.full((1, 1), factor, np.float32)
    alpha = texture.pixels_hwc[..., 3].astype(np.float32) * np.float32(factor / 255)
    times = max(_MASK_PX // max(alpha.shape), 1)
    height, width = alpha.shape
    finer: NDArray[np.float32] = cv2.resize(alpha, (width * times, height * times), interpolation=cv2.INTER_LINEAR)
    return finer
