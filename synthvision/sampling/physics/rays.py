"""Rays against a triangle mesh, by the simulation engine's own search tree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.physics.engine import load_engine

__all__ = ["MeshRays"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]


class MeshRays:
    """Casts rays at one mesh.

    Args:
        points_n3: Points, metres.
        faces_m3: Triangles.
    """

    def __init__(self, points_n3: Float, faces_m3: Int) -> None:
        engine = load_engine()
        spec = engine.MjSpec()
        mesh = spec.add_mesh(name="mesh")
        mesh.uservert = points_n3.astype(np.float64).ravel()
        mesh.userface = faces_m3.astype(np.int32).ravel()
        # An open mesh has no volume to take an inertia from.
        mesh.inertia = engine.mjtMeshInertia.mjMESH_INERTIA_SHELL
        spec.worldbody.add_geom(type=engine.mjtGeom.mjGEOM_MESH, meshname="mesh", contype=0, conaffinity=0)
        self._engine = engine
        self._model: Any = spec.compile()
        self._data: Any = engine.MjData(self._model)
        engine.mj_forward(self._model, self._data)

    def from_point(self, start_3: Float, directions_n3: Float) -> Float:
        """Return the distance to the first triangle along rays from one point, infinite where there is none.

        Args:
            start_3: Where all rays start.
            directions_n3: Unit vectors, float64 (n, 3).
        """
        count = len(directions_n3)
        distance, geometry = np.zeros(count), np.zeros(count, np.int32)
        self._engine.mj_multiRay(
            self._model, self._data, start_3, directions_n3.ravel(), None, 1, -1, geometry, distance, None, count, 1e6
        )
        return np.where(distance >= 0, distance, np.inf)

    def along(self, starts_n3: Float, directions_n3: Float) -> Float:
        """Return the distance to the first triangle along rays of their own starts, infinite where there is none."""
        found = np.array(
            [
                self._engine.mj_rayMesh(self._model, self._data, 0, start, direction)
                for start, direction in zip(starts_n3, directions_n3, strict=True)
            ]
        )
        return np.where(found >= 0, found, np.inf)
