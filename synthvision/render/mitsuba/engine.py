"""mitsuba itself, in the variant that this machine can run: the one place that imports it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.render.config import MitsubaConfig
from synthvision.render.mitsuba.variant import ChosenVariant, choose_variant

__all__ = ["Engine"]

#: Rays in one launch of a compiled variant: bounds the memory that a wavefront takes.
_RAYS_AT_ONCE = 1 << 21


class Engine:
    """mitsuba with its variant set.

    Args:
        config: Names the variant.

    Attributes:
        mi: The module.
        variant: What was chosen, and why.
        compiled: Whether calls take arrays instead of single values.

    Raises:
        MissingExtraError: mitsuba is not installed.
        UsageError: The variant that the config names cannot run here.
    """

    def __init__(self, config: MitsubaConfig) -> None:
        self.variant: ChosenVariant = choose_variant(config.variant)
        import mitsuba

        self.mi: Any = mitsuba
        # What it warns of is dealt with here; worker processes keep their standard error for faults.
        mitsuba.set_log_level(mitsuba.LogLevel.Error)
        self.take()
        self.compiled = self.variant.name != "scalar_rgb"

    def take(self) -> None:
        """Make this variant the current one of the process; two renderers may use different ones."""
        if self.mi.variant() != self.variant.name:
            self.mi.set_variant(self.variant.name)

    def fingerprint(self) -> Mapping[str, str]:
        """Return variant, version and compiler."""
        found = {"backend": "mitsuba", "variant": self.variant.name, "version": str(self.mi.__version__)}
        if self.variant.llvm is not None:
            found["llvm"] = self.variant.llvm
        return found

    def mesh(
        self,
        name: str,
        positions_n3: NDArray[Any],
        triangles_m3: NDArray[Any],
        *,
        normals_n3: NDArray[Any] | None = None,
        uvs_n2: NDArray[Any] | None = None,
        attributes: Mapping[str, NDArray[Any]] | None = None,
        extras: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return a triangle mesh.

        Args:
            name: For messages.
            positions_n3: World positions.
            triangles_m3: Vertex numbers.
            normals_n3: Unit normals, or None for flat faces.
            uvs_n2: Texture coordinates, or None.
            attributes: Values per vertex, (n, 1) or (n, 3), by name; names start with ``vertex_``.
            extras: What belongs to the shape: a ``bsdf``, an ``emitter``.
        """
        mi = self.mi
        properties = mi.Properties()
        for key, value in (extras or {}).items():
            properties[key] = value
        mesh = mi.Mesh(
            name,
            vertex_count=len(positions_n3),
            face_count=len(triangles_m3),
            has_vertex_normals=normals_n3 is not None,
            has_vertex_texcoords=uvs_n2 is not None,
            props=properties,
        )
        for key, values in (attributes or {}).items():
            mesh.add_attribute(key, values.shape[1], np.ascontiguousarray(values, np.float32).ravel())
        parameters = mi.traverse(mesh)
        parameters["vertex_positions"] = np.ascontiguousarray(positions_n3, np.float32).ravel()
        parameters["faces"] = np.ascontiguousarray(triangles_m3, np.uint32).ravel()
        if normals_n3 is not None:
            parameters["vertex_normals"] = np.ascontiguousarray(normals_n3, np.float32).ravel()
        if uvs_n2 is not None:
            parameters["vertex_texcoords"] = np.ascontiguousarray(uvs_n2, np.float32).ravel()
        parameters.update()
        return mesh

    def texture(self, values_hwc: NDArray[np.float32], wrap: str = "repeat") -> Any:
        """Return a bilinear texture of linear values, row 0 at v = 0.

        Args:
            values_hwc: float32 (height, width, 1 or 3).
            wrap: ``repeat``, ``clamp`` or ``mirror``.
        """
        return self.mi.load_dict(
            {
                "type": "bitmap",
                "bitmap": self.mi.Bitmap(np.array(values_hwc, np.float32, order="C")),
                "raw": True,
                "wrap_mode": wrap,
                "filter_type": "bilinear",
            }
        )

    def triangle_scene(self, positions_n3: NDArray[np.float64], triangles_m3: NDArray[np.int64]) -> Any:
        """Return a scene of bare triangles to shoot rays at."""
        self.take()
        return self.mi.load_dict({"type": "scene", "mesh": self.mesh("triangles", positions_n3, triangles_m3)})

    def nearest_triangles(
        self, scene: Any, origins_n3: NDArray[np.float64], rays_n3: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Return the number of the first triangle along each ray, int64 (n,), -1 for none.

        Args:
            scene: From `triangle_scene`.
            origins_n3: Where the rays start.
            rays_n3: Directions of any length.
        """
        self.take()
        unit = rays_n3 / np.linalg.norm(rays_n3, axis=1, keepdims=True)
        if self.compiled:
            parts = [
                self._nearest_compiled(scene, origins_n3[at : at + _RAYS_AT_ONCE], unit[at : at + _RAYS_AT_ONCE])
                for at in range(0, len(unit), _RAYS_AT_ONCE)
            ]
            return np.concatenate(parts) if parts else np.zeros(0, np.int64)
        mi = self.mi
        shoot, ray, point, vector = scene.ray_intersect_preliminary, mi.Ray3f, mi.Point3f, mi.Vector3f
        found = np.full(len(unit), -1, np.int64)
        for number, (origin, along) in enumerate(zip(origins_n3.tolist(), unit.tolist(), strict=True)):
            hit = shoot(ray(point(origin), vector(along)))
            if hit.is_valid():
                found[number] = hit.prim_index
        return found

    def _nearest_compiled(
        self, scene: Any, origins_n3: NDArray[np.float64], unit_n3: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        mi = self.mi
        origin = mi.Point3f(np.ascontiguousarray(origins_n3.T, np.float32))
        along = mi.Vector3f(np.ascontiguousarray(unit_n3.T, np.float32))
        hit = scene.ray_intersect_preliminary(mi.Ray3f(origin, along))
        valid = np.array(hit.is_valid(), np.bool_)
        return np.where(valid, np.array(hit.prim_index).astype(np.int64), -1)
