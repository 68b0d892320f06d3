"""Mesh parts on the GPU: one interleaved vertex buffer and one index buffer each."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext
from synthvision.library.model import MeshPart

__all__ = ["GpuMesh", "box_mapped", "tangents", "upload_mesh"]

_LAYOUT = "3f4 4i2 4i2 2f4 4f1"
_NAMES = ("in_position", "in_normal", "in_tangent", "in_uv", "in_colour")
_VERTEX = np.dtype(
    [
        ("position", np.float32, 3),
        ("normal", np.int16, 4),
        ("tangent", np.int16, 4),
        ("uv", np.float32, 2),
        ("colour", np.uint8, 4),
    ]
)


class GpuMesh:
    """Vertices and triangles of one mesh part.

    Args:
        context: Where it lives.
        vertices: Interleaved vertices of the layout above.
        triangles_m3: uint32 (m, 3).
        has_colours: Whether the part came with vertex colours.
    """

    def __init__(
        self, context: GpuContext, vertices: NDArray[np.void], triangles_m3: NDArray[np.uint32], has_colours: bool
    ) -> None:
        self._context = context
        index_dtype = np.uint16 if len(vertices) < 65536 else np.uint32
        self._index_bytes = np.dtype(index_dtype).itemsize
        self.has_colours = has_colours
        #: Vertex numbers of each triangle's corners, (3, m), for culling.
        self.corners_3m = np.ascontiguousarray(triangles_m3.T, np.intp)
        self.positions_n3 = np.ascontiguousarray(vertices["position"])
        low, high = self.positions_n3.min(axis=0), self.positions_n3.max(axis=0)
        #: Smallest and largest corner, float64 (2, 3).
        self.bounds_23 = np.stack([low, high]).astype(np.float64)
        indices = np.ascontiguousarray(triangles_m3, index_dtype)
        self._vertex_buffer = context.gl.buffer(vertices.tobytes())
        self._index_buffer = context.gl.buffer(indices.tobytes())
        self._arrays: dict[int, moderngl.VertexArray] = {}

    @property
    def size_bytes(self) -> int:
        """Bytes of both buffers on the GPU and of the copies kept for culling."""
        kept = self.positions_n3.nbytes + self.corners_3m.nbytes
        return int(self._vertex_buffer.size + self._index_buffer.size + kept)

    def vertex_array(self, program: moderngl.Program) -> moderngl.VertexArray:
        """Return the vertex array that feeds this mesh to `program`."""
        found = self._arrays.get(program.glo)
        if found is None:
            found = self.make_vertex_array(program, self._index_buffer, self._index_bytes)
            self._arrays[program.glo] = found
        return found

    def make_vertex_array(
        self, program: moderngl.Program, indices: moderngl.Buffer, index_bytes: int
    ) -> moderngl.VertexArray:
        """Return a new vertex array of this mesh's vertices with other indices; the caller releases it."""
        return self._context.gl.vertex_array(
            program,
            [(self._vertex_buffer, _LAYOUT, *_NAMES)],
            index_buffer=indices,
            index_element_size=index_bytes,
            skip_errors=True,
        )

    def release(self) -> None:
        """Give the memory back."""
        for array in self._arrays.values():
            array.release()
        self._arrays.clear()
        self._vertex_buffer.release()
        self._index_buffer.release()


def upload_mesh(context: GpuContext, part: MeshPart) -> GpuMesh:
    """Return a mesh part on the GPU.

    A part without texture coordinates gets box-mapped ones in metres, so that maps put on it by a scene are seen.

    Args:
        context: Where to.
        part: Vertices and triangles.
    """
    if part.uvs_n2 is None:
        positions, normals, uvs, colours, triangles = box_mapped(part)
    else:
        positions, normals, uvs = part.positions_n3, part.normals_n3, part.uvs_n2
        colours, triangles = part.colours_n4, part.triangles_m3
    vertices = np.zeros(len(positions), _VERTEX)
    vertices["position"] = positions
    vertices["normal"][:, :3] = np.round(normals * 32767)
    vertices["tangent"] = np.round(tangents(positions, normals, uvs, triangles) * 32767)
    vertices["uv"] = uvs
    if colours is not None:
        # The square root keeps eight bits enough for dark linear colours; the shader squares it.
        vertices["colour"] = np.round(np.sqrt(np.clip(colours, 0.0, 1.0)) * 255)
    return GpuMesh(context, vertices, triangles, colours is not None)


def tangents(
    positions_n3: NDArray[np.float32],
    normals_n3: NDArray[np.float32],
    uvs_n2: NDArray[np.float32],
    triangles_m3: NDArray[np.uint32],
) -> NDArray[np.float32]:
    """Return unit tangents along growing u with the sign of the bitangent, float32 (n, 4).

    The fourth component is +1 or -1: bitangent = sign * cross(normal, tangent) points along growing *image up*
    (falling v), which is what +Y up normal maps need.
    """
    a, b, c = (triangles_m3[:, k] for k in range(3))
    edge1, edge2 = positions_n3[b] - positions_n3[a], positions_n3[c] - positions_n3[a]
    du1, dv1 = (uvs_n2[b] - uvs_n2[a]).T
    du2, dv2 = (uvs_n2[c] - uvs_n2[a]).T
    area = du1 * dv2 - du2 * dv1
    sign = np.where(area < 0, np.float32(-1), np.float32(1))
    # Left undivided by the area in texture space: large triangles weigh more, and slivers cannot blow up.
    along_u = (edge1 * dv2[:, None] - edge2 * dv1[:, None]) * sign[:, None]
    count = len(positions_n3)
    corners = triangles_m3.T.ravel()
    summed = np.stack([np.bincount(corners, np.tile(along_u[:, k], 3), count) for k in range(3)], axis=1)
    handed = np.bincount(corners, np.tile(sign, 3), count)
    normals = normals_n3.astype(np.float64)
    summed -= normals * np.sum(normals * summed, axis=1, keepdims=True)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    fallback = np.cross(normals, np.where(np.abs(normals[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]]))
    fallback /= np.maximum(np.linalg.norm(fallback, axis=1, keepdims=True), 1e-12)
    unit = np.where(length > 1e-20, summed / np.maximum(length, 1e-20), fallback)
    # v runs down the image, so a map that is not mirrored has cross(normal, tangent) along falling v.
    up = np.where(handed > 0, -1.0, 1.0)
    return np.concatenate([unit, up[:, None]], axis=1).astype(np.float32)


def box_mapped(
    part: MeshPart,
) -> tuple[
    NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.uint32]
]:
    """Return positions, normals, texture coordinates, colours and triangles of a part mapped from six sides.

    Each triangle takes the two axes across which it faces, so vertices between sides are doubled. Texture coordinates
    are metres in the model's frame.
    """
    corners = part.positions_n3[part.triangles_m3]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    axis = np.argmax(np.abs(facing), axis=1)
    positive = np.take_along_axis(facing, axis[:, None], axis=1)[:, 0] >= 0
    side = axis * 2 + positive
    keys = part.triangles_m3.astype(np.int64) * 6 + side[:, None]
    unique, inverse = np.unique(keys, return_inverse=True)
    source, vertex_side = unique // 6, unique % 6
    positions = part.positions_n3[source]
    x, y, z = positions.T
    mirror = np.where(vertex_side % 2 == 1, 1.0, -1.0)
    # Seen from outside, u runs to the right and the image is upright on the four walls.
    u = np.choose(vertex_side // 2, [y * mirror, -x * mirror, x])
    v = np.choose(vertex_side // 2, [-z, -z, -y * mirror])
    colours = None if part.colours_n4 is None else part.colours_n4[source]
    return (
        positions,
        part.normals_n3[source],
        np.stack([u, v], axis=1).astype(np.float32),
        colours,
        inverse.reshape(-1, 3).astype(np.uint32),
    )
