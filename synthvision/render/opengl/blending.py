"""Blended surfaces: drawn after the opaque picture, the farthest first, in four samples a pixel."""

from __future__ import annotations

import moderngl
import numpy as np

from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Target, TargetPool
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.drawlist import DrawList, Features
from synthvision.render.opengl.lighting import LightingInputs, bind_blocks, bind_inputs, lighting_defines
from synthvision.render.opengl.passes import PACKAGE, draw_parts, position_defines, surface_defines

__all__ = ["draw_blended", "has_blended"]


def has_blended(draw_list: DrawList) -> bool:
    """Return whether a scene holds blended parts."""
    return any(draw.blended for draw in draw_list.draws)


def draw_blended(
    context: GpuContext,
    pool: TargetPool,
    config: OpenGLConfig,
    draw_list: DrawList,
    inputs: LightingInputs,
    target: Target,
) -> None:
    """Put blended surfaces over a lit picture.

    Args:
        context: Where to draw.
        pool: Targets.
        config: Shadow taps.
        draw_list: The scene.
        inputs: Lights and surroundings.
        target: The picture's radiance.
    """
    gl = context.gl
    size_wh = draw_list.scene.camera.size_wh
    opaque = pool.get("blend_depth", size_wh, ((1, "u2"),), samples=4, depth=True)
    blended = pool.get("blended", size_wh, ((4, "f4"),), samples=4, depth=opaque.depth or False)
    opaque.framebuffer.use()
    opaque.framebuffer.clear(depth=1.0)
    gl.depth_func = "<="
    solid = [index for index, draw in enumerate(draw_list.draws) if not draw.blended]
    draw_parts(context, draw_list, solid, "samples.frag.glsl", position_defines, flags=moderngl.DEPTH_TEST)
    blended.framebuffer.use()
    blended.framebuffer.depth_mask = False
    blended.framebuffer.color_mask = (True, True, True, True)
    _clear_colour(blended.framebuffer)
    gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
    buffers = bind_blocks(context, draw_list, inputs)
    lighting = lighting_defines(config, inputs, draw_list)

    def prepare(program: moderngl.Program) -> None:
        bind_inputs(program, draw_list, inputs)

    def defines(features: Features) -> dict[str, str | int]:
        # The mean of surroundings that nearby surfaces leave open is known for opaque ones only.
        wanted = {name: value for name, value in lighting.items() if name != "AMBIENT_OCCLUSION"}
        return wanted | surface_defines(features, emissive=True)

    for index in _far_to_near(draw_list):
        # The inside of a bottle first, then its outside.
        for culled_face in ("front", "back") if not draw_list.draws[index].culled else ("back",):
            gl.cull_face = culled_face
            draw_parts(
                context,
                draw_list,
                [index],
                "blend.frag.glsl",
                defines,
                flags=moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE,
                prepare=prepare,
            )
    gl.cull_face = "back"
    blended.framebuffer.depth_mask = True
    target.framebuffer.use()
    gl.enable_only(moderngl.BLEND)
    program = context.full_screen_program(PACKAGE, "blend_insert.frag.glsl")
    program["blended"] = 0
    blended.colours[0].use(0)
    context.draw_full_screen(program)
    gl.enable_only(moderngl.NOTHING)
    for buffer in buffers:
        buffer.release()


def _clear_colour(framebuffer: moderngl.Framebuffer) -> None:
    # Depth is write-protected here, so that clearing touches the colour alone.
    framebuffer.clear(0.0, 0.0, 0.0, 0.0)


def _far_to_near(draw_list: DrawList) -> list[int]:
    """Return the blended draws by the depth of the middle of their boxes, the farthest first."""
    camera_from_world = draw_list.scene.camera.camera_from_world
    found: list[tuple[float, int]] = []
    for index, draw in enumerate(draw_list.draws):
        if draw.blended:
            middle = np.append(draw.mesh.bounds_23.mean(axis=0), 1.0)
            world = draw_list.world_from_model[index] @ middle
            found.append((-float(camera_from_world[2] @ world), index))
    return [index for _, index in sorted(found)]
