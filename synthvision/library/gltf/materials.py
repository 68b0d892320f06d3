"""glTF materials to `Material`: factors, maps, samplers, and the material extensions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.gltf.document import GltfDocument
from synthvision.library.images import TextureReader
from synthvision.library.model import Material, Texture, Wrap

__all__ = ["EMISSIVE_CD_M2", "GltfMaterial", "read_material"]

EMISSIVE_CD_M2 = 1000.0
"""Luminance that glTF's unitless emissive factor of 1 stands for: a bright lamp shade or screen."""

GLASS_ALPHA = 0.5
"""Opacity of a fully transmitting surface: the least that still counts as the object in label images."""

_WRAPS: dict[int, Wrap] = {10497: "repeat", 33071: "clamp", 33648: "mirror"}


@dataclass(frozen=True, slots=True, eq=False)
class GltfMaterial:
    """A material and how its maps read the mesh's texture coordinates.

    Args:
        material: The material.
        uv_set: Which ``TEXCOORD_n`` its maps use.
        uv_matrix_23: Affine transform (2, 3) of these coordinates, or None for none.
    """

    material: Material
    uv_set: int = 0
    uv_matrix_23: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class _UvUse:
    uv_set: int
    matrix: tuple[float, ...] | None


class _Maps:
    """Reads the maps of one material; all must share texture coordinates, which the first one read decides."""

    def __init__(self, document: GltfDocument, reader: TextureReader, name: str) -> None:
        self._document = document
        self._reader = reader
        self._name = name
        self.use: _UvUse | None = None

    def read(self, info: Any, what: str, *, is_srgb: bool, channels: int = 3, convert: str = "") -> Texture | None:
        """Return the texture of a textureInfo, or None where there is none or its coordinates differ."""
        if info is None:
            return None
        use = _uv_use(info)
        if self.use is not None and use != self.use:
            self._document.warn(
                f"material {self._name!r}: the {what} map uses other texture coordinates "
                f"({_describe(use)}) than the maps before it ({_describe(self.use)}) and is left out"
            )
            return None
        texture = self._document.item("textures", info.get("index"))
        source = texture.get("extensions", {}).get("EXT_texture_webp", {}).get("source", texture.get("source"))
        if source is None:
            self._document.warn(f"material {self._name!r}: the {what} map is in a format that cannot be read")
            return None
        data, label = self._document.image_bytes(source)
        wrap = self._wrap(texture)
        function = _CONVERSIONS[convert] if convert else None
        self.use = use
        return self._reader.read(
            data, label, is_srgb=is_srgb, wrap_uv=wrap, channels=channels, convert=function, convert_name=convert
        )

    def _wrap(self, texture: dict[str, Any]) -> tuple[Wrap, Wrap]:
        sampler = self._document.item("samplers", texture["sampler"]) if "sampler" in texture else {}
        modes = (sampler.get("wrapS", 10497), sampler.get("wrapT", 10497))
        if not all(mode in _WRAPS for mode in modes):
            raise self._document.fault(f"a sampler's wrap mode must be one of {sorted(_WRAPS)}, got {modes}")
        if sampler.get("magFilter") == 9728:
            self._document.warn("a sampler asks for hard texel edges (NEAREST); textures are drawn smooth")
        return _WRAPS[modes[0]], _WRAPS[modes[1]]


def _uv_use(info: dict[str, Any]) -> _UvUse:
    transform = info.get("extensions", {}).get("KHR_texture_transform")
    if transform is None:
        return _UvUse(int(info.get("texCoord", 0)), None)
    matrix = _transform_matrix(transform)
    flat = tuple(float(value) for value in matrix.ravel())
    return _UvUse(int(transform.get("texCoord", info.get("texCoord", 0))), flat if flat != _IDENTITY else None)


_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def _transform_matrix(transform: dict[str, Any]) -> NDArray[np.float64]:
    """Return translation * rotation * scale of KHR_texture_transform as (2, 3).

    The extension's text says that coordinates turn counter-clockwise, which with v running down is this matrix; the
    GLSL beside the text turns the other way (https://github.com/KhronosGroup/glTF/issues/1563). Its test model and
    the Khronos viewer follow the text.
    """
    offset, scale = transform.get("offset", [0, 0]), transform.get("scale", [1, 1])
    angle = float(transform.get("rotation", 0))
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c * scale[0], s * scale[1], offset[0]], [-s * scale[0], c * scale[1], offset[1]]], np.float64)


def _describe(use: _UvUse) -> str:
    return f"TEXCOORD_{use.uv_set}" + (", transformed" if use.matrix else "")


def _one_minus_alpha_to_green(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Glossiness in alpha becomes roughness in green."""
    rough = 255 - pixels[..., 3] if pixels.shape[2] == 4 else np.zeros(pixels.shape[:2], np.uint8)
    return np.stack([np.full_like(rough, 255), rough, np.full_like(rough, 255)], axis=-1)


_CONVERSIONS = {"gloss": _one_minus_alpha_to_green}


def read_material(document: GltfDocument, reader: TextureReader, entry: dict[str, Any], name: str) -> GltfMaterial:
    """Return one material of the file.

    Args:
        document: The file; gathers warnings.
        reader: Makes textures.
        entry: The JSON object.
        name: Slot name, unique in the model.

    Raises:
        AssetError: A value is out of its range, or a picture cannot be read.
    """
    maps = _Maps(document, reader, name)
    extensions = entry.get("extensions", {})
    alpha_mode = {"OPAQUE": "opaque", "MASK": "mask", "BLEND": "blend"}.get(entry.get("alphaMode", "OPAQUE"))
    if alpha_mode is None:
        raise document.fault(f"alphaMode must be OPAQUE, MASK or BLEND, got {entry['alphaMode']!r}")
    surface = Material(
        name=name,
        alpha_mode=alpha_mode,  # type: ignore[arg-type]  # one of the three literals
        alpha_cutoff=_unit(document, entry.get("alphaCutoff", 0.5), "alphaCutoff", high=np.inf),
        double_sided=bool(entry.get("doubleSided", False)),
    )
    channels = 3 if alpha_mode == "opaque" else 4
    if "KHR_materials_pbrSpecularGlossiness" in extensions:
        surface = _specular_glossiness(document, maps, extensions["KHR_materials_pbrSpecularGlossiness"], surface,
                                       channels)  # fmt: skip
    else:
        surface = _metallic_roughness(document, maps, entry.get("pbrMetallicRoughness", {}), surface, channels)
    normal, occlusion = entry.get("normalTexture"), entry.get("occlusionTexture")
    glow = [_unit(document, value, "emissiveFactor", np.inf) for value in entry.get("emissiveFactor", [0, 0, 0])]
    strength = float(extensions.get("KHR_materials_emissive_strength", {}).get("emissiveStrength", 1.0))
    surface = replace(
        surface,
        normal_map=maps.read(normal, "normal", is_srgb=False),
        normal_scale=float(normal.get("scale", 1.0)) if normal else 1.0,
        occlusion_map=maps.read(occlusion, "occlusion", is_srgb=False),
        occlusion_strength=_unit(document, occlusion.get("strength", 1.0), "strength") if occlusion else 1.0,
        emissive_map=maps.read(entry.get("emissiveTexture"), "emissive", is_srgb=True),
        emissive=_triple([value * strength * EMISSIVE_CD_M2 for value in glow]),
    )
    surface = _with_extensions(document, extensions, surface)
    if maps.use is None:
        return GltfMaterial(surface)
    matrix = None if maps.use.matrix is None else np.array(maps.use.matrix).reshape(2, 3)
    return GltfMaterial(surface, maps.use.uv_set, matrix)


def _metallic_roughness(
    document: GltfDocument, maps: _Maps, entry: dict[str, Any], surface: Material, channels: int
) -> Material:
    colour = [_unit(document, value, "baseColorFactor") for value in entry.get("baseColorFactor", [1, 1, 1, 1])]
    return replace(
        surface,
        base_colour=_quadruple(colour),
        base_colour_map=maps.read(entry.get("baseColorTexture"), "base colour", is_srgb=True, channels=channels),
        metallic=_unit(document, entry.get("metallicFactor", 1.0), "metallicFactor"),
        roughness=_unit(document, entry.get("roughnessFactor", 1.0), "roughnessFactor"),
        metallic_roughness_map=maps.read(entry.get("metallicRoughnessTexture"), "metallic-roughness", is_srgb=False),
    )


def _specular_glossiness(
    document: GltfDocument, maps: _Maps, entry: dict[str, Any], surface: Material, channels: int
) -> Material:
    """Convert the older model: metalness is what makes diffuse and specular factors agree with one base colour."""
    diffuse = [_unit(document, value, "diffuseFactor") for value in entry.get("diffuseFactor", [1, 1, 1, 1])]
    specular = [_unit(document, value, "specularFactor") for value in entry.get("specularFactor", [1, 1, 1])]
    gloss = _unit(document, entry.get("glossinessFactor", 1.0), "glossinessFactor")
    packed = entry.get("specularGlossinessTexture")
    metallic, colour = (0.0, diffuse[:3]) if packed is not None else _metal_from_specular(diffuse[:3], specular)
    roughness_map = None
    if packed is not None:
        document.warn(
            f"material {surface.name!r}: its specular-glossiness map gives roughness only; "
            "the surface is taken as no metal"
        )
        if gloss == 1.0:
            roughness_map = maps.read(packed, "specular-glossiness", is_srgb=False, channels=4, convert="gloss")
    return replace(
        surface,
        base_colour=_quadruple([*colour, diffuse[3]]),
        base_colour_map=maps.read(entry.get("diffuseTexture"), "diffuse", is_srgb=True, channels=channels),
        metallic=metallic,
        roughness=1.0 if roughness_map is not None else 1.0 - gloss,
        metallic_roughness_map=roughness_map,
    )


def _metal_from_specular(diffuse: list[float], specular: list[float]) -> tuple[float, list[float]]:
    """Return metalness m and base colour b of the same surface in the metallic-roughness model.

    There the diffuse part is b (1 - d) (1 - m) and the mirrored part d (1 - m) + b m with d = 0.04; here they are
    diffuse (1 - max specular) and specular. Taking the brightest channel of each gives a square equation in m.
    """
    d = 0.04
    kept = 1 - max(specular)
    shine = max(specular)
    metallic = 0.0
    if shine > d:
        b = max(diffuse) * kept / (1 - d) + shine - 2 * d
        metallic = float(np.clip((-b + np.sqrt(max(b * b - 4 * d * (d - shine), 0.0))) / (2 * d), 0, 1))
    matt = [value * kept / (1 - d) / max(1 - metallic, 1e-6) for value in diffuse]
    shiny = [(value - d * (1 - metallic)) / max(metallic, 1e-6) for value in specular]
    share = metallic * metallic  # near either end only one of the two is well defined
    mixed = [(1 - share) * low + share * high for low, high in zip(matt, shiny, strict=True)]
    return metallic, [float(np.clip(value, 0, 1)) for value in mixed]


def _with_extensions(document: GltfDocument, extensions: dict[str, Any], surface: Material) -> Material:
    ior = float(extensions.get("KHR_materials_ior", {}).get("ior", 1.5))
    if ior < 1:
        document.warn(f"material {surface.name!r}: an index of refraction of {ior:g} has no meaning; 1.5 is used")
        ior = 1.5
    surface = replace(surface, ior=ior)
    coat = extensions.get("KHR_materials_clearcoat")
    if coat:
        for key in ("clearcoatTexture", "clearcoatRoughnessTexture", "clearcoatNormalTexture"):
            if key in coat:
                document.warn(f"material {surface.name!r}: {key} is left out; its factor counts everywhere")
        surface = replace(
            surface,
            clearcoat=_unit(document, coat.get("clearcoatFactor", 0.0), "clearcoatFactor"),
            clearcoat_roughness=_unit(document, coat.get("clearcoatRoughnessFactor", 0.0), "clearcoatRoughnessFactor"),
        )
    glass = extensions.get("KHR_materials_transmission")
    if glass:
        share = _unit(document, glass.get("transmissionFactor", 0.0), "transmissionFactor")
        if "transmissionTexture" in glass:
            document.warn(f"material {surface.name!r}: transmissionTexture is left out; its factor counts everywhere")
        if share > 0 and surface.alpha_mode == "opaque":
            red, green, blue, _ = surface.base_colour
            alpha = 1 - share * (1 - GLASS_ALPHA)
            surface = replace(surface, alpha_mode="blend", base_colour=(red, green, blue, alpha), transmission=share)
    return surface


def _unit(document: GltfDocument, value: Any, name: str, high: float = 1.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise document.fault(f"{name} must be a number from 0 to {high:g}, got {value!r}")
    if not 0 <= value <= high:
        document.warn(f"{name} must be 0 to {high:g}; {value:g} was moved to the nearer end")
    return float(np.clip(value, 0, high))


def _triple(values: list[float]) -> tuple[float, float, float]:
    if len(values) != 3:
        raise AssetError(f"a colour must have three numbers, got {values}")
    return values[0], values[1], values[2]


def _quadruple(values: list[float]) -> tuple[float, float, float, float]:
    if len(values) != 4:
        raise AssetError(f"a colour with alpha must have four numbers, got {values}")
    return values[0], values[1], values[2], values[3]
