"""Mesh parts as mitsuba's shapes, with what is dear to make kept between frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import EnvironmentMap, Material, Texture
from synthvision.render.mitsuba.engine import Engine
from synthvision.render.mitsuba.fields import VertexValues
from synthvision.render.mitsuba.labels import LabelCaster
from synthvision.render.mitsuba.materials import MaterialMaker, body_of
from synthvision.render.mitsuba.weather import VertexMasks, Vertices, WeatherPainter
from synthvision.render.opengl.cache import GpuCache
from synthvision.render.parts import ScenePart
from synthvision.scene import Environment, Scene

__all__ = ["ShapeMaker"]


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """An object of mitsuba's that stays between frames."""

    item: Any
    size_bytes: int

    def release(self) -> None:
        """Python frees it with its last reference."""


class ShapeMaker:
    """Makes shapes with their materials.

    Args:
        engine: mitsuba.
        bound_bytes: What is kept between frames at most.
    """

    def __init__(self, engine: Engine, bound_bytes: int) -> None:
        self._engine = engine
        self._materials = MaterialMaker(engine)
        self._cache = GpuCache(bound_bytes)

    def begin_frame(self) -> None:
        """Forget what the last frame needed, and evict down to the bound."""
        self._cache.begin_frame()

    def clear(self) -> None:
        """Forget everything."""
        self._cache.clear()

    def kept_environment(
        self,
        environment: Environment,
        loaded: EnvironmentMap,
        make: Callable[[Engine, Environment, EnvironmentMap], Any],
    ) -> Any:
        """Return the emitter of an environment map, made by `make` on first use."""
        key = f"{loaded.key}|{environment.illuminance_lux}|{environment.rotation_rad}"
        # mitsuba keeps the map and a table to draw directions from.
        size = loaded.radiance_hwc.nbytes * 2
        return self._cache.get("environment", key, lambda: _Kept(make(self._engine, environment, loaded), size)).item

    def shapes_of(self, scene: Scene, parts: Sequence[ScenePart], caster: LabelCaster) -> dict[str, Any]:
        """Return mitsuba's scene entries of parts.

        Faces that the camera sees from behind, of materials that show one side only, are left out of the picture as
        the labels leave them out: mitsuba would show them black.
        """
        eye = np.asarray(caster.camera.position_m, np.float64)
        painter = WeatherPainter(scene, caster)
        found: dict[str, Any] = {}
        for number, part in enumerate(parts):
            positions, triangles = part.world_positions(), part.triangles_m3
            if number in caster.target.seen_from_behind:
                triangles = _turned_to(eye, positions, triangles)
            vertices = Vertices(positions, part.world_normals(), part.map_uvs_n2, triangles)
            vertices, masks = painter.masks(part, vertices)
            material = part.surface.material
            for mirrored, chosen in _by_handedness(vertices.triangles_m3, vertices.uvs_n2, material):
                values = VertexValues()
                extras = {"bsdf": self._bsdf(part, values, painter, masks, mirrored=mirrored)}
                radiance = self._materials.emission(material)
                if radiance is not None:
                    extras["emitter"] = self._engine.mi.load_dict({"type": "area", "radiance": radiance})
                found[f"part_{number}_{int(mirrored)}"] = self._engine.mesh(
                    f"{part.item.name}#{number}",
                    vertices.positions_n3,
                    chosen,
                    normals_n3=vertices.normals_n3,
                    uvs_n2=vertices.uvs_n2,
                    attributes=values.by_name | masks.by_name,
                    extras=extras,
                )
        return found

    def _bsdf(
        self, part: ScenePart, values: VertexValues, painter: WeatherPainter, masks: VertexMasks, *, mirrored: bool
    ) -> Any:
        material = part.surface.material

        def bump(bsdf: Any) -> Any:
            return self._materials.bumped(bsdf, material, mirrored=mirrored)

        def make() -> Any:
            # Vertices that are split have no colours of their own: the mean stands for them under weather.
            body = body_of(part, values, mean_colours=bool(masks.kinds))
            dry = bump(self._materials.opaque(body))
            return self._materials.finished(painter.painted(self._materials, dry, body, masks, bump), part)

        if part.mesh.colours_n4 is not None:
            return make()
        key = f"{_material_key(material, mirrored)}|{masks.kinds}|{painter.snow_albedo}"
        return self._cache.get("bsdf", key, lambda: _Kept(make(), _bytes(material))).item


def _material_key(material: Material, mirrored: bool) -> str:
    maps = (
        material.base_colour_map, material.metallic_roughness_map, material.normal_map, material.emissive_map,
    )  # fmt: skip
    named = [None if texture is None else (texture.key, texture.is_srgb, texture.wrap_uv) for texture in maps]
    numbers = (
        material.base_colour, material.metallic, material.roughness, material.normal_scale, material.alpha_mode,
        material.alpha_cutoff, material.double_sided, material.ior, material.clearcoat, material.clearcoat_roughness,
    )  # fmt: skip
    return repr((named, numbers, mirrored))


def _bytes(material: Material) -> int:
    maps: list[Texture | None] = [material.base_colour_map, material.metallic_roughness_map, material.normal_map]
    texels = sum(texture.pixels_hwc.shape[0] * texture.pixels_hwc.shape[1] for texture in maps if texture is not None)
    # Three to five lobes share a colour of three floats each.
    return int(1024 + texels * 12 * 2)


def _turned_to(
    eye: NDArray[np.float64], positions: NDArray[np.float64], triangles: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    a, b, c = np.moveaxis(positions[triangles], 1, 0)
    towards = np.einsum("nc,nc->n", np.cross(b - a, c - a), eye - a) > 0
    kept: NDArray[np.uint32] = triangles[towards]
    return kept


def _by_handedness(
    triangles: NDArray[np.uint32], uvs: NDArray[np.float32], material: Material
) -> list[tuple[bool, NDArray[np.uint32]]]:
    """Return triangles whose texture runs as on the image, and those on which it is mirrored.

    mitsuba takes the upward direction of a normal map from the surface and the rightward direction alone.
    """
    if material.normal_map is None:
        return [(False, triangles)] if len(triangles) else []
    a, b, c = np.moveaxis(uvs[triangles].astype(np.float64), 1, 0)
    (du1, dv1), (du2, dv2) = (b - a).T, (c - a).T
    # v runs down the image, so that a face seen upright turns the other way round in its coordinates.
    mirrored = du1 * dv2 - du2 * dv1 > 0
    groups = [(flag, triangles[mirrored == flag]) for flag in (False, True)]
    return [(flag, chosen) for flag, chosen in groups if len(chosen)]
