"""Passes beside the one over pixel centres: four samples of edge pixels, and the colours that code ids."""

from __future__ import annotations

import moderngl
import numpy as np

from synthvision.core.id_colours import encode_id_colours, linear_from_srgb8
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Target, TargetPool
from synthvision.render.opengl.centres import CentreSamples
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.edges import EdgePixels
from synthvision.render.opengl.passes import draw_parts, position_defines
from synthvision.render.opengl.selection import select_triangles

__all__ = ["draw_id_emission", "draw_samples", "id_luminance"]


def id_luminance(instance_id: int) -> tuple[float, float, float]:
    """Return the linear colour that codes an instance id; 0 is the background."""
    red, green, blue = linear_from_srgb8(encode_id_colours(np.array(instance_id, np.uint16)))
    return float(red), float(green), float(blue)


def draw_id_emission(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, centre: CentreSamples
) -> moderngl.Texture:
    """Return a texture in which every pixel holds the colour that codes the id of what is seen there.

    The colours come from each object's own draw, by comparison with the depth of the pass over pixel centres, not from
    the label image that they are there to prove.
    """
    target = pool.get("id_emission", draw_list.scene.camera.size_wh, ((4, "f4"),), depth=centre.depth_buffer)
    rows = draw_list.rows.copy()
    for row, draw in zip(rows, draw_list.draws, strict=True):
        row["emissive"][:3] = id_luminance(draw.instance_id)
    # A buffer cannot be empty.
    uniforms = context.gl.buffer(rows.tobytes() or bytes(DRAW_BYTES))
    target.framebuffer.use()
    target.framebuffer.depth_mask = False
    context.gl.depth_func = "=="
    draw_parts(
        context,
        draw_list,
        range(len(draw_list.draws)),
        "emission.frag.glsl",
        lambda features: {},
        flags=moderngl.DEPTH_TEST,
        bind=lambda index: uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES),
    )
    target.framebuffer.depth_mask = True
    uniforms.release()
    return target.colours[0]


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
