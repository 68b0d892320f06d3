"""The label pass: ids, depth and normals at pixel centres."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.projection import unproject_pixels
from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.passes import draw_parts, position_defines
from synthvision.render.opengl.targets import Target, TargetPool
from synthvision.scene import Camera

__all__ = ["CentreSamples", "draw_labels"]


@dataclass(frozen=True, slots=True, eq=False)
class CentreSamples:
    """What stands at the pixel centres, on the GPU and as arrays with the first row at the top.

    Args:
        target: Numbers of draws and depth in metres, 0 for none.
        depth_buffer: What later passes compare with.
        part_hw: uint16, number of the draw from 1, 0 for none.
        id_hw: uint16.
        depth_m_hw: float32, +inf where nothing is seen.
        normal_hwc: float32 unit normals in camera axes, zero where nothing is seen, or None.
    """

    target: Target
    depth_buffer: moderngl.Texture
    part_hw: NDArray[np.uint16]
    id_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32]
    normal_hwc: NDArray[np.float32] | None


def draw_labels(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, *, normals: bool, opaque_only: bool = False
) -> CentreSamples:
    """Return ids and depth of a scene, and normals on request.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        normals: Whether normals are wanted.
        opaque_only: Leave blended parts out: what stands behind them. Has targets of its own.
    """
    camera = draw_list.scene.camera
    gl = context.gl
    name = "opaque" if opaque_only else "labels_normals" if normals else "labels"
    depth = pool.get(f"{name}_depth", camera.size_wh, (), depth=True)
    channels = ((1, "u2"), (1, "f4"), (4, "f4")) if normals else ((1, "u2"), (1, "f4"))
    target = pool.get(name, camera.size_wh, channels, depth=depth.depth)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    gl.depth_func = "<="
    rotation = camera.camera_from_world[:3, :3]

    def prepare(program: moderngl.Program) -> None:
        if normals and "camera_from_world" in program:
            program["camera_from_world"].write(np.ascontiguousarray(rotation.T, np.float32))

    draw_parts(
        context,
        draw_list,
        [index for index, draw in enumerate(draw_list.draws) if not (opaque_only and draw.blended)],
        "labels.frag.glsl",
        lambda draw: position_defines(draw, normals=normals),
        flags=moderngl.DEPTH_TEST,
        prepare=prepare,
    )
    context.check_errors("the label pass")
    part_hw = context.read(target.framebuffer, components=1, dtype=np.uint16, attachment=0)
    id_hw = draw_list.instance_of_part[part_hw]
    depth_m = context.read(target.framebuffer, components=1, dtype=np.float32, attachment=1)
    depth_m[part_hw == 0] = np.inf
    normal_hwc = None
    if normals:
        raw = context.read(target.framebuffer, components=4, dtype=np.float32, attachment=2)
        normal_hwc = _facing_camera(camera, np.ascontiguousarray(raw[..., :3]), id_hw)
    if depth.depth is None:
        raise RuntimeError("the depth target has a depth texture")
    return CentreSamples(target, depth.depth, part_hw, id_hw, depth_m, normal_hwc)


def _facing_camera(camera: Camera, normal_hwc: NDArray[np.float32], id_hw: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return unit normals of which none points away from the camera.

    Interpolated normals near a silhouette can; these are turned just far enough to be seen edge-on.
    """
    width, height = camera.size_wh
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    pixels = np.column_stack([columns.ravel(), rows.ravel()])
    ray = unproject_pixels(camera.k_33, pixels, np.ones(len(pixels))).reshape(height, width, 3)
    ray /= np.linalg.norm(ray, axis=2, keepdims=True)
    along = np.maximum(np.sum(normal_hwc * ray, axis=2, keepdims=True), 0.0)
    turned = normal_hwc - along * ray
    turned /= np.maximum(np.linalg.norm(turned, axis=2, keepdims=True), 1e-12)
    turned[id_hw == 0] = 0.0
    facing: NDArray[np.float32] = turned.astype(np.float32)
    return facing
