"""Mesh parts as pyrender's meshes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Texture, Wrap
from synthvision.render.parts import ScenePart

__all__ = ["MeshMaker"]

_GL_WRAP: dict[Wrap, int] = {"repeat": 10497, "clamp": 33071, "mirror": 33648}


class MeshMaker:
    """Makes meshes; textures of the last scene are kept.

    Args:
        pyrender: The module.
    """

    def __init__(self, pyrender: Any) -> None:
        self._pyrender = pyrender
        self._known: dict[str, Any] = {}
        self._used: dict[str, Any] = {}

    def begin_frame(self) -> None:
        """Keep the textures of the last scene only."""
        self._known, self._used = self._used, {}

    def make(self, part: ScenePart, unit: float) -> Any:
        """Return a mesh in the world's axes about the model's origin, with its material.

        pyrender draws every texel of an alpha mask, and of a two-sided face the front alone: two-sided parts get their
        faces twice, once for each side.

        Args:
            part: The part.
            unit: cd/m2 that the scene calls 1.
        """
        mesh = part.mesh
        positions = part.world_positions() - part.world_from_model[:3, 3]
        normals, uvs, triangles = part.world_normals(), part.map_uvs_n2.copy(), part.triangles_m3
        # pyrender's textures stand on their last row.
        uvs[:, 1] = 1 - uvs[:, 1]
        colours = mesh.colours_n4
        if part.surface.material.double_sided:
            count = np.uint32(len(positions))
            triangles = np.concatenate([triangles, triangles[:, ::-1] + count])
            positions, normals = np.concatenate([positions, positions]), np.concatenate([normals, -normals])
            uvs = np.concatenate([uvs, uvs])
            colours = None if colours is None else np.concatenate([colours, colours])
        primitive = self._pyrender.Primitive(
            positions=positions.astype(np.float32),
            normals=normals.astype(np.float32),
            texcoord_0=uvs,
            color_0=colours,
            indices=triangles,
            material=self._material(part, unit),
        )
        return self._pyrender.Mesh([primitive])

    def _material(self, part: ScenePart, unit: float) -> Any:
        material = part.surface.material
        blended = material.alpha_mode == "blend"
        red, green, blue, alpha = material.base_colour
        # pyrender multiplies emission by its factor twice.
        glow = np.sqrt(np.maximum(np.asarray(material.emissive, np.float64) / unit, 0))
        return self._pyrender.MetallicRoughnessMaterial(
            alphaMode="BLEND" if blended else "OPAQUE",
            baseColorFactor=(red, green, blue, alpha if blended else 1.0),
            baseColorTexture=self._texture(material.base_colour_map, "RGBA" if blended else "RGB"),
            metallicFactor=material.metallic,
            roughnessFactor=material.roughness,
            metallicRoughnessTexture=self._texture(material.metallic_roughness_map, "GB"),
            normalTexture=self._texture(material.normal_map, "RGB"),
            occlusionTexture=self._texture(material.occlusion_map, "R"),
            emissiveFactor=glow,
            emissiveTexture=self._texture(material.emissive_map, "RGB"),
        )

    def _texture(self, texture: Texture | None, channels: str) -> Any | None:
        if texture is None:
            return None
        key = f"{texture.key}|{texture.wrap_uv}|{channels}"
        if key not in self._used:
            self._used[key] = self._known.get(key) or self._upload(texture, channels)
        return self._used[key]

    def _upload(self, texture: Texture, channels: str) -> Any:
        wrap_s, wrap_t = (_GL_WRAP[wrap] for wrap in texture.wrap_uv)
        pixels: NDArray[np.uint8] = np.array(texture.pixels_hwc)
        if channels == "R":
            # A single channel comes as rows alone, which pyrender cannot turn over.
            pixels = np.repeat(pixels[..., :1], 3, axis=2)
            channels = "RGB"
        return self._pyrender.Texture(
            source=pixels, source_channels=channels, sampler=self._pyrender.Sampler(wrapS=wrap_s, wrapT=wrap_t)
        )
