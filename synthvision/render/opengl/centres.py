"""The pass over pixel centres: who is seen there, how far, and what the surface is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.projection import unproject_pixels
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Channel, Target, TargetPool
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.passes import Defines, draw_parts, position_defines, surface_defines
from synthvision.scene import Camera

__all__ = [
    "CentreSamples",
    "Region",
    "draw_centres",
    "draw_label_centres",
    "draw_opaque_centres",
    "draw_surfaces",
    "read_normals",
]

#: Number of the draw; depth; base colour and occlusion; shading normal, roughness, metallic and coat class; normal.
_CHANNELS: tuple[Channel, ...] = ((1, "u2"), (1, "f4"), (4, "nu2"), (4, "nu2"), (2, "nu2"))
#: x, y from the bottom, width, height in pixels.
Region = tuple[int, int, int, int]


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


def draw_centres(context: GpuContext, pool: TargetPool, draw_list: DrawList) -> CentreSamples:
    """Return what is seen at the pixel centres of a scene.

    Labels and the surfaces that the picture is lit from come from this one pass: what a pixel shows and what it is
    called cannot differ.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
    """
    target = draw_surfaces(context, pool, draw_list, range(len(draw_list.draws)), "centres")
    context.check_errors("the pass over pixel centres")
    return _read_samples(context, draw_list, target)


def draw_label_centres(context: GpuContext, pool: TargetPool, draw_list: DrawList) -> CentreSamples:
    """Return who is seen at the pixel centres of a scene and how far: `draw_centres` without what surfaces are made of.

    For views of which no light will be asked; of the result's textures only `parts` and `depth_m` are there.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
    """
    target = pool.get("label_centres", draw_list.scene.camera.size_wh, _CHANNELS[:2], depth=True)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    context.gl.depth_func = "<="
    draw_parts(
        context,
        draw_list,
        range(len(draw_list.draws)),
        "labels.frag.glsl",
        position_defines,
        flags=moderngl.DEPTH_TEST,
    )
    context.check_errors("the pass over pixel centres")
    return _read_samples(context, draw_list, target)


def draw_opaque_centres(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    centre: CentreSamples,
    drawn: Iterable[int],
    region_xywh: Region,
) -> CentreSamples:
    """Return what is seen at the pixel centres where a part of the picture is drawn anew, without blended surfaces.

    Args:
        context: Where to draw.
        pool: Targets; the result has one of its own.
        draw_list: The scene.
        centre: With blended surfaces.
        drawn: Opaque draws that can be seen in the region.
        region_xywh: The part of the picture, from the bottom left.
    """
    name, size_wh = _target_name("centres_opaque", draw_list), draw_list.scene.camera.size_wh
    target = pool.get(name, size_wh, _channels(draw_list), depth=True)
    context.gl.copy_framebuffer(target.framebuffer, centre.target.framebuffer)
    draw_surfaces(context, pool, draw_list, drawn, "centres_opaque", region_xywh=region_xywh)
    context.check_errors("the pass over pixel centres behind blended surfaces")
    return _read_samples(context, draw_list, target)


def _read_samples(context: GpuContext, draw_list: DrawList, target: Target) -> CentreSamples:
    part_hw = context.read(target.framebuffer, components=1, dtype=np.uint16, attachment=0)
    depth_m = context.read(target.framebuffer, components=1, dtype=np.float32, attachment=1)
    depth_m[part_hw == 0] = np.inf
    if target.depth is None:
        raise RuntimeError("the target has a depth texture")
    return CentreSamples(target, target.depth, part_hw, draw_list.instance_of_part[part_hw], depth_m)


def _target_name(name: str, draw_list: DrawList) -> str:
    # Scenes with and without lamps in turn must not remake the target each time.
    return f"{name}{'_emissive' if draw_list.is_emissive else ''}"


def _channels(draw_list: DrawList) -> tuple[Channel, ...]:
    return (*_CHANNELS, (4, "f4")) if draw_list.is_emissive else _CHANNELS


def draw_surfaces(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    drawn: Iterable[int],
    name: str,
    variant: Defines | None = None,
    region_xywh: Region | None = None,
) -> Target:
    """Return a target with what parts of a scene are made of at the pixel centres, in the order of `CentreSamples`.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene; its camera's size is that of the target.
        drawn: Which draws, in the order that all passes share.
        name: What the target is for.
        variant: Further defines of the shaders.
        region_xywh: The part of the picture to draw anew, from the bottom left; None for all of it.
    """
    emissive = draw_list.is_emissive
    size_wh, channels = draw_list.scene.camera.size_wh, _channels(draw_list)
    target = pool.get(_target_name(name, draw_list), size_wh, channels, depth=True)
    target.framebuffer.scissor = region_xywh
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0, viewport=region_xywh)
    context.gl.depth_func = "<="
    draw_parts(
        context,
        draw_list,
        drawn,
        "surface.frag.glsl",
        lambda features: surface_defines(features, emissive=emissive, cut=True) | (variant or {}),
        flags=moderngl.DEPTH_TEST,
    )
    target.framebuffer.scissor = None
    return target


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
