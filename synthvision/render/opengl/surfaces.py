"""The surface passes: what stands at pixel centres, and at four samples of the pixels on edges, is made of."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.labels import CentreSamples
from synthvision.render.opengl.lighting import CoatTable
from synthvision.render.opengl.passes import PACKAGE, draw_parts, surface_defines
from synthvision.render.opengl.targets import Channel, Target, TargetPool

__all__ = ["draw_edge_surfaces", "draw_surfaces"]

_EDGE_MASK_UNIT = 6


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
        _channels(emissive, 1),
        depth=centre.depth_buffer,
    )
    uniforms = _uniforms(context, draw_list, coats, emission)
    target.framebuffer.use()
    target.framebuffer.depth_mask = False
    context.gl.depth_func = "=="
    draw_parts(
        context,
        draw_list,
        _opaque(draw_list, emission),
        "surface.frag.glsl",
        lambda draw: surface_defines(draw, samples=1, emissive=emissive, maps=emission is None),
        flags=moderngl.DEPTH_TEST,
        bind=lambda index: uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES),
    )
    target.framebuffer.depth_mask = True
    uniforms.release()
    return target


def draw_edge_surfaces(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    edge_mask: moderngl.Texture,
    coats: CoatTable,
    *,
    emissive: bool,
    emission: NDArray[np.float32] | None,
    edges: NDArray[np.uint8],
) -> Target:
    """Return the surfaces at four samples of each pixel of `edges`, with a depth texture; 1 is nothing there."""
    camera = draw_list.scene.camera
    gl = context.gl
    target = pool.get(
        "samples_emissive" if emissive else "samples", camera.size_wh, _channels(emissive, 4), samples=4, depth=True
    )
    target.framebuffer.use()
    gl.depth_func = "1"
    gl.enable_only(moderngl.DEPTH_TEST)
    program = context.full_screen_program(PACKAGE, "edge_depth.frag.glsl")
    program["edge_mask"] = _EDGE_MASK_UNIT
    edge_mask.use(_EDGE_MASK_UNIT)
    context.draw_full_screen(program)
    gl.depth_func = "<="
    uniforms = _uniforms(context, draw_list, coats, emission)

    def prepare(program: moderngl.Program) -> None:
        if "edge_mask" in program:
            program["edge_mask"] = _EDGE_MASK_UNIT

    draw_parts(
        context,
        draw_list,
        _opaque(draw_list, emission),
        "surface.frag.glsl",
        lambda draw: surface_defines(draw, samples=4, emissive=emissive, maps=emission is None),
        flags=moderngl.DEPTH_TEST,
        prepare=prepare,
        bind=lambda index: uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES),
    )
    uniforms.release()
    return target


def _channels(emissive: bool, samples: int) -> tuple[Channel, ...]:
    # Samples also carry the object's id beside the geometric normal.
    channels: tuple[Channel, ...] = ((4, "nu2"), (4, "nu2"), (4 if samples > 1 else 2, "nu2"))
    return (*channels, (4, "f4")) if emissive else channels


def _opaque(draw_list: DrawList, emission: NDArray[np.float32] | None) -> list[int]:
    # In id shading a blended part is as opaque as it is for labels.
    return [index for index, draw in enumerate(draw_list.draws) if emission is not None or not draw.blended]


def _uniforms(
    context: GpuContext, draw_list: DrawList, coats: CoatTable, emission: NDArray[np.float32] | None
) -> moderngl.Buffer:
    rows = draw_list.rows.copy()
    if emission is not None:
        rows["emissive"][:, :3] = emission
    for row, draw in zip(rows, draw_list.draws, strict=True):
        material = draw.surface.material
        row["ids"][1] = coats.index(material.ior, material.clearcoat, material.clearcoat_roughness)
    return context.gl.buffer(rows.tobytes() or bytes(DRAW_BYTES))
