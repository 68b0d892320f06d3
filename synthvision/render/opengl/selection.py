"""Leaving out triangles that touch no edge pixel.

The pass over four samples a pixel costs a software driver time for every triangle, and most triangles lie amid
surfaces. Which ones can touch an edge pixel is found from their vertices in numpy, at a fraction of that cost.
"""

from __future__ import annotations

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
        triangles_m3: uint32 (m, 3), vertex numbers of each draw's own mesh, draw by draw.
        counts: How many triangles each draw has.
    """

    def __init__(self, context: GpuContext, triangles_m3: NDArray[np.uint32], counts: NDArray[np.int64]) -> None:
        self._context = context
        self.counts = tuple(int(count) for count in counts)
        self._starts = np.concatenate([[0], np.cumsum(counts)]) * 3
        # A buffer cannot be empty.
        data = triangles_m3 if len(triangles_m3) else np.zeros((1, 3), np.uint32)
        self._indices = context.gl.buffer(data)

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
    meshes = [draw.mesh for draw in draw_list.draws]
    rows = np.swapaxes(draw_list.rows["clip_from_model"], 1, 2)[:, [0, 1, 3]]
    clip = np.concatenate(
        [mesh.positions_n3 @ row[:, :3].T + row[:, 3] for mesh, row in zip(meshes, rows, strict=True)]
    )
    first_vertex = np.concatenate([[0], np.cumsum([len(mesh.positions_n3) for mesh in meshes])])
    corners = np.concatenate(
        [mesh.corners_3m + first for mesh, first in zip(meshes, first_vertex, strict=False)], axis=1
    )
    keep = _touches(clip, corners, mask_hw)
    ends = np.cumsum([mesh.corners_3m.shape[1] for mesh in meshes])
    kept_before = np.concatenate([[0], np.cumsum(keep)])[np.concatenate([[0], ends])]
    counts = np.diff(kept_before)
    chosen = corners[:, keep] - np.repeat(first_vertex[:-1], counts)
    return TriangleSelection(context, np.ascontiguousarray(chosen.T, np.uint32), counts)


def _touches(
    clip_n3: NDArray[np.float32], corners_3m: NDArray[np.intp], mask_hw: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """Return for each triangle whether the box around it holds a marked pixel.

    Args:
        clip_n3: Clip-space x, y and w of the vertices.
        corners_3m: Vertex numbers of the triangles' corners.
        mask_hw: Non-zero marks a pixel.
    """
    height, width = mask_hw.shape
    # Sums over all pixels above and to the left: four lookups count the marks in any box.
    marked = np.zeros((height + 1, width + 1), np.int32)
    np.cumsum(mask_hw != 0, axis=1, dtype=np.int32, out=marked[1:, 1:])
    np.cumsum(marked[1:, 1:], axis=0, out=marked[1:, 1:])
    sums = marked.ravel()
    w = clip_n3[:, 2]
    behind = w <= 1e-6
    inverse = np.float32(1.0) / np.where(behind, np.float32(1.0), w)
    x = (clip_n3[:, 0] * inverse + 1) * np.float32(width / 2)
    y = (1 - clip_n3[:, 1] * inverse) * np.float32(height / 2)
    # Half a pixel of slack: float32 against the driver's sub-pixel grid.
    left, right = (np.clip(x + np.float32(shift), 0, width).astype(np.int32) for shift in (-0.5, 1.5))
    top, bottom = (np.clip(y + np.float32(shift), 0, height).astype(np.int32) * (width + 1) for shift in (-0.5, 1.5))
    a, b, c = corners_3m
    left = np.minimum(np.minimum(left[a], left[b]), left[c])
    right = np.maximum(np.maximum(right[a], right[b]), right[c])
    top = np.minimum(np.minimum(top[a], top[b]), top[c])
    bottom = np.maximum(np.maximum(bottom[a], bottom[b]), bottom[c])
    keep: NDArray[np.bool_] = sums[bottom + right] - sums[top + right] - sums[bottom + left] + sums[top + left] > 0
    if behind.any():
        # The projection of a triangle that reaches behind the camera says nothing about where it is seen.
        keep |= behind[a] | behind[b] | behind[c]
    return keep
