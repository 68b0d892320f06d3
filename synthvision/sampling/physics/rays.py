"""Rays against a triangle mesh, by the simulation engine's own search tree."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["MeshRays", "load_engine"]

Float = NDArray[np.float64]
Int = NDArray[np.int64]


def load_engine() -> ModuleType:
    """Return the physics engine's module.

    Raises:
        UsageError: The extra `physics` is not installed.
    """
    try:
        import mujoco
    except ImportError as error:
        raise UsageError(
            "placement kind dropped needs the physics engine, and mujoco is not installed: "
            "pip install 'synthvision[physics]'"
        ) from error
    return mujoco  # type: ignore[no-any-return]  # it has no types


class MeshRays:
    """Casts rays at one mesh.

    Args:
        points_n3: Points, metres.
        faces_m3: Triangles.
    """

    def __init__(self, points_n3: Float, faces_m3: Int) -> None:
        engine = load_engine()
        self._engine = engine
        spec = engine.MjSpec()
        mesh = spec.add_mesh(name="mesh")
        # The engine wants shared corners, and a volume; a far tetrahedron gives it one whatever the mesh is.
        low, high = points_n3.min(axis=0), points_n3.max(axis=0)
        far = high + 1000.0 * (high - low).max() + np.vstack([np.zeros(3), np.eye(3) * (high - low).max()])
        count = len(points_n3)
        tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]) + count
        mesh.uservert = np.concatenate([points_n3, far]).astype(np.float64).ravel()
        mesh.userface = np.concatenate([faces_m3, tetrahedron]).astype(np.int32).ravel()
        mesh.inertia = engine.mjtMeshInertia.mjMESH_INERTIA_SHELL
        spec.worldbody.add_geom(
            type=engine.mjtGeom.mjGEOM_MESH, meshname="mesh", contype=0, conaffinity=0
        )
        self._model: Any = spec.compile()
        self._data: Any = engine.MjData(self._model)
        engine.mj_forward(self._model, self._data)

    def cast(self, starts_n3: Float, directions_n3: Float) -> tuple[Float, Int]:
        """Return the distance to the first triangle along each ray, infinite where there is none, and its number.

        Args:
            starts_n3: Where rays start.
            directions_n3: Unit vectors.
        """
        distance = np.full(len(starts_n3), np.inf)
        face = np.full(len(starts_n3), -1)
        raise NotImplementedError
        return distance, face
