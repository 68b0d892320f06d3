"""Boards, panels and blocks collected one by one and made into one mesh of bevelled boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["BoxSet"]

# World axes of a box's local x (the grain), y and z as columns, and the order in which its sizes are given to it.
_GRAIN: dict[str, tuple[Floats, tuple[int, int, int]]] = {
    "x": (np.eye(3), (0, 1, 2)),
    "y": (np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], np.float64), (1, 2, 0)),
    "z": (np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float64), (2, 0, 1)),
}


class BoxSet:
    """Boxes of one material.

    Args:
        rng: Draws where in the texture each box lies and its tone.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._sizes: list[tuple[float, float, float]] = []
        self._centres: list[Sequence[float]] = []
        self._frames: list[Floats] = []

    def add(
        self, size_xyz: Sequence[float], centre_xyz: Sequence[float], grain: str = "x", turn_33: Floats | None = None
    ) -> None:
        """Add a box.

        Args:
            size_xyz: Whole lengths along the axes of the model, before it is turned.
            centre_xyz: Middle.
            grain: The axis that the texture's u runs along: ``x``, ``y`` or ``z``.
            turn_33: Rotation about the middle.
        """
        frame, order = _GRAIN[grain]
        a, b, c = (float(size_xyz[axis]) for axis in order)
        self._sizes.append((a, b, c))
        self._centres.append(centre_xyz)
        self._frames.append(frame if turn_33 is None else turn_33 @ frame)

    def __len__(self) -> int:
        return len(self._sizes)

    def mesh(self, bevel_m: float, tone: float = 0.0) -> Mesh:
        """Return all boxes, texture coordinates in metres.

        Args:
            bevel_m: Width of the bevels; less where a box is thin.
            tone: How much darker or lighter single boxes are, 0..1.
        """
        sizes = np.array(self._sizes)
        count = len(sizes)
        seeds = self._rng.uniform(0, 2, (count, 2))
        bevel = min(bevel_m, 0.3 * float(sizes.min()))
        mesh = bevelled_boxes(sizes, np.array(self._centres, np.float64), bevel, np.array(self._frames), seeds)
        if tone <= 0:
            return mesh
        shade = 1.0 + self._rng.uniform(-1.0, 0.6, (count, 1)) * tone * np.array([[1.0, 1.04, 1.1]])
        return mesh.tinted(np.repeat(shade, len(mesh.positions_n3) // count, axis=0))
