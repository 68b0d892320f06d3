"""Leaving out triangles that touch no edge pixel.

The pass over four samples a pixel costs a software driver time for every triangle, and most triangles lie amid
surfaces. Which ones can touch an edge pixel is found from their vertices in numpy, at a fraction of that cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.drawlist import Draw, DrawList

__all__ = ["TriangleSelection", "select_triangles"]


class TriangleSelection:
    """Some triangles of each draw of a list, in their own order.

    Args:
        context: Where they are drawn.
        triangles: uint32 (m, 3) for each draw.
    """

    def __init__(self, context: GpuContext, triangles: Sequence[NDArray[np.uint32]]) -> None:
        self._context = context
        self.counts = tuple(len(part) for part in triangles)
        self._starts = np.concatenate([[0], np.cumsum(self.counts)]) * 3
        joined = np.concatenate(triangles) if sum(self.counts) else np.zeros((1, 3), np.uint32)
        self._indices = context.gl.buffer(np.ascontiguousarray(joined, np.uint32))

    def render(self, index: int, draw: Draw, program: moderngl.Program) -> None:
        """Draw the selected triangles of one draw."""
        array = draw.mesh.make_vertex_array(program, self._indices, 4)
        array.render(vertices=self.counts[index] * 3, first=int(self._starts[index]))
        array.release()

    def release(self) -> None:
        """Give the index buffer back."""
        self._indices.release()


def select_triangles(context: GpuContext, draw_list: DrawList, mask_hw: NDArray[np.uint8]) -> TriangleSelection:
    """Return the triangles that can touch a marked pixel: by the box around each in the picture.

    Args:
        context: Where they are drawn.
        draw_list: The scene.
        mask_hw: Non-zero marks a pixel; first row at the top.
    """
    height, width = mask_hw.shape
    marked = np.zeros((height + 1, width + 1), np.int32)
    np.cumsum(mask_hw > 0, axis=1, dtype=np.int32, out=marked[1:, 1:])
    np.cumsum(marked[1:, 1:], axis=0, out=marked[1:, 1:])
    return TriangleSelection(
        context,
        [
            _selected(draw, clip_from_model.T.astype(np.float32), marked)
            for draw, clip_from_model in zip(draw_list.draws, draw_list.rows["clip_from_model"], strict=True)
        ],
    )


def _selected(draw: Draw, clip_from_model: NDArray[np.float32], marked: NDArray[np.int32]) -> NDArray[np.uint32]:
    height, width = marked.shape[0] - 1, marked.shape[1] - 1
    rows = clip_from_model[[0, 1, 3]]
    clip = draw.mesh.positions_n3 @ rows[:, :3].T + rows[:, 3]
    w = clip[:, 2]
    behind = w <= 1e-6
    inverse = np.float32(1.0) / np.where(behind, np.float32(1.0), w)
    x = (clip[:, 0] * inverse + 1) * np.float32(width / 2)
    y = (1 - clip[:, 1] * inverse) * np.float32(height / 2)
    # Half a pixel of slack: float32 against the driver's sub-pixel grid.
    left, right = (np.clip(x + shift, 0, width).astype(np.int32) for shift in (-0.5, 1.5))
    top, bottom = (np.clip(y + shift, 0, height).astype(np.int32) for shift in (-0.5, 1.5))
    a, b, c = corners = draw.mesh.corners_3m
    left = np.minimum(np.minimum(left[a], left[b]), left[c])
    right = np.maximum(np.maximum(right[a], right[b]), right[c])
    top = np.minimum(np.minimum(top[a], top[b]), top[c]) * (width + 1)
    bottom = np.maximum(np.maximum(bottom[a], bottom[b]), bottom[c]) * (width + 1)
    flat = marked.ravel()
    keep = flat[bottom + right] - flat[top + right] - flat[bottom + left] + flat[top + left] > 0
    if behind.any():
        keep |= behind[a] | behind[b] | behind[c]
    return corners[:, keep].T.astype(np.uint32)
