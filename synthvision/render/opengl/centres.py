"""The pass over pixel centres: who is seen there, how far, and what the surface is made of."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.projection import unproject_pixels
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Channel, Target, TargetPool
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.passes import draw_parts, surface_defines
from synthvision.scene import Camera

__all__ = ["CentreSamples", "draw_centres", "read_normals"]

#: Number of the draw; depth; base colour and occlusion; shading normal, roughness, metallic and coat class; normal.
_CHANNELS: tuple[Channel, ...] = ((1, "u2"), (1, "f4"), (4, "nu2"), (4, "nu2"), (2, "nu2"))


@dataclass(frozen=True, slots=True, eq=False)
class CentreSamples:
    """What stands at the pixel centres, on the GPU and as arrays with the first row at the top.

    Args:
        target: All channels.
        depth_buffer: What later passes compare with.
        part_hw: uint16, number of the draw from 1, 0 for none.
        id_hw: uint16.
        depth_m_hw: float32, +inf where nothing is seen.
    """

    target: Target
    depth_buffer: moderngl.Texture
    part_hw: NDArray[np.uint16]
    id_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32]

    @property
    def parts(self) -> moderngl.Texture:
        """Numbers of draws, 0 for none."""
        return self.target.colours[0]

    @property
    def depth_m(self) -> moderngl.Texture:
        """Depth in metres, 0 for none."""
        return self.target.colours[1]

    @property
    def base(self) -> moderngl.Texture:
        """Linear base colour, and how open the surface's own occlusion map says it is."""
        return self.target.colours[2]

    @property
    def shape(self) -> moderngl.Texture:
        """Shading normal, roughness, metallic and coat class."""
        return self.target.colours[3]

    @property
    def normal(self) -> moderngl.Texture:
        """Geometric normal."""
        return self.target.colours[4]

    @property
    def emission(self) -> moderngl.Texture | None:
        """Light that surfaces give off in cd/m2, or None where none does."""
        return self.target.colours[5] if len(self.target.colours) > 5 else None


def draw_centres(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, *, opaque_only: bool = False
) -> CentreSamples:
    """Return what is seen at the pixel centres of a scene.

    Labels and the surfaces that the picture is lit from come from this one pass: what a pixel shows and what it is
    called cannot differ.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        opaque_only: Leave blended parts out: what stands behind them. Has targets of its own.
    """
    size_wh = draw_list.scene.camera.size_wh
    emissive = draw_list.is_emissive
    name = f"centres{'_opaque' if opaque_only else ''}{'_emissive' if emissive else ''}"
    target = pool.get(name, size_wh, (*_CHANNELS, (4, "f4")) if emissive else _CHANNELS, depth=True)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    context.gl.depth_func = "<="
    draw_parts(
        context,
        draw_list,
        [index for index, draw in enumerate(draw_list.draws) if not (opaque_only and draw.blended)],
        "surface.frag.glsl",
        lambda features: surface_defines(features, emissive=emissive, cut=True),
        flags=moderngl.DEPTH_TEST,
    )
    context.check_errors("the pass over pixel centres")
    part_hw = context.read(target.framebuffer, components=1, dtype=np.uint16, attachment=0)
    depth_m = context.read(target.framebuffer, components=1, dtype=np.float32, attachment=1)
    depth_m[part_hw == 0] = np.inf
    if target.depth is None:
        raise RuntimeError("the target has a depth texture")
    return CentreSamples(target, target.depth, part_hw, draw_list.instance_of_part[part_hw], depth_m)


def read_normals(context: GpuContext, camera: Camera, centre: CentreSamples) -> NDArray[np.float32]:
    """Return unit geometric normals in camera axes that face the camera, float32 (height, width, 3), zero for none."""
    coded = context.read(centre.target.framebuffer, components=2, dtype=np.uint16, attachment=4, normalised=True)
    e = coded.astype(np.float64) / 65535 * 2 - 1
    world = np.concatenate([e, 1 - np.abs(e).sum(axis=2, keepdims=True)], axis=2)
    below = np.maximum(-world[..., 2:], 0)
    world[..., :2] += np.where(world[..., :2] >= 0, -below, below)
    world /= np.linalg.norm(world, axis=2, keepdims=True)
    return _facing_camera(camera, world @ camera.camera_from_world[:3, :3].T, centre.id_hw)


def _facing_camera(camera: Camera, normal_hwc: NDArray[np.float64], id_hw: NDArray[np.uint16]) -> NDArray[np.float32]:
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
