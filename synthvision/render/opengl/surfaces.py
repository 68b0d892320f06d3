"""The surface passes: what stands at pixel centres is made of, and who covers the samples of edge pixels."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.coats import CoatTable
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.edges import EdgePixels
from synthvision.render.opengl.labels import CentreSamples
from synthvision.render.opengl.passes import draw_parts, position_defines, surface_defines
from synthvision.render.opengl.selection import select_triangles
from synthvision.render.opengl.targets import Channel, Target, TargetPool

__all__ = ["draw_samples", "draw_surfaces", "surface_uniforms"]

#: Base colour and occlusion; shading normal, roughness, metallic and coat class; geometric normal.
_CHANNELS: tuple[Channel, ...] = ((4, "nu2"), (4, "nu2"), (2, "nu2"))


def draw_surfaces(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    centre: CentreSamples,
    coats: CoatTable,
    *,
    emissive: bool,
    emission: NDArray[np.float32] | None,
) -> Target:
    """Return the surfaces at pixel centres; each pixel is drawn once, where depth equals that of the label pass.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        centre: The label pass's depth.
        coats: Gives each material its class.
        emissive: Whether light that surfaces give off gets a target.
        emission: Replaces the emission of each draw, float32 (draws, 3), or None.
    """
    camera = draw_list.scene.camera
    target = pool.get(
        "surfaces_emissive" if emissive else "surfaces",
        camera.size_wh,
        (*_CHANNELS, (4, "f4")) if emissive else _CHANNELS,
        depth=centre.depth_buffer,
    )
    uniforms = context.gl.buffer(surface_uniforms(draw_list, coats, emission))
    target.framebuffer.use()
    target.framebuffer.depth_mask = False
    context.gl.depth_func = "=="
    draw_parts(
        context,
        draw_list,
        _drawn(draw_list, opaque=emission is not None),
        "surface.frag.glsl",
        lambda draw: surface_defines(draw, emissive=emissive, maps=emission is None),
        flags=moderngl.DEPTH_TEST,
        bind=lambda index: uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES),
    )
    target.framebuffer.depth_mask = True
    uniforms.release()
    return target


def draw_samples(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, edges: EdgePixels, *, opaque: bool
) -> Target:
    """Return which part covers each of four samples of the edge pixels, with a depth texture.

    Other pixels hold nothing of use: triangles that touch no edge pixel are left out.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        edges: Edge pixels.
        opaque: Whether blended parts count as opaque.
    """
    target = pool.get("samples", draw_list.scene.camera.size_wh, ((1, "u2"),), samples=4, depth=True)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    context.gl.depth_func = "<="
    draw_parts(
        context,
        draw_list,
        _drawn(draw_list, opaque=opaque),
        "samples.frag.glsl",
        position_defines,
        flags=moderngl.DEPTH_TEST,
        selection=select_triangles(context, draw_list, edges.mask_hw) if context.is_software else None,
    )
    return target


def _drawn(draw_list: DrawList, *, opaque: bool) -> list[int]:
    # In id shading a blended part is as opaque as it is for labels.
    return [index for index, draw in enumerate(draw_list.draws) if opaque or not draw.blended]


def surface_uniforms(draw_list: DrawList, coats: CoatTable, emission: NDArray[np.float32] | None) -> bytes:
    """Return the uniform rows of a scene's draws with their coat classes.

    Args:
        draw_list: The scene.
        coats: Gives each material its class.
        emission: Replaces the emission of each draw, float32 (draws, 3), or None.
    """
    rows = draw_list.rows.copy()
    if emission is not None:
        rows["emissive"][:, :3] = emission
    for row, draw in zip(rows, draw_list.draws, strict=True):
        material = draw.surface.material
        row["ids"][1] = coats.index(material.ior, material.clearcoat, material.clearcoat_roughness)
    # A buffer cannot be empty.
    return rows.tobytes() or bytes(DRAW_BYTES)
