"""Ambient occlusion: how much of the surroundings nearby surfaces in the picture leave open."""

from __future__ import annotations

import moderngl
import numpy as np

from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.opengl.centres import CentreSamples
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.lighting import ray_matrix
from synthvision.render.opengl.passes import PACKAGE

__all__ = ["draw_open_share"]


def draw_open_share(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    centre: CentreSamples,
    reach_px: float,
) -> moderngl.Texture:
    """Return a texture of half the picture's size: share of the surroundings left open, and depth in metres.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        centre: Depth and normals at pixel centres.
        reach_px: How far from a pixel blockers are looked for.
    """
    camera = draw_list.scene.camera
    width, height = camera.size_wh
    half = ((width + 1) // 2, (height + 1) // 2)
    rough = pool.get("open_rough", half, ((2, "f4"),))
    smooth = pool.get("open_smooth", half, ((2, "f4"),))
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "ambient_occlusion.frag.glsl")
    program["depth_m"], program["surface_normal"] = 0, 1
    program["reach_px"] = reach_px
    # An object shades its surroundings noticeably as far as its own size.
    program["widest_reach_m"] = 1.5 * draw_list.typical_size_m
    program["world_from_image"].write(np.ascontiguousarray(ray_matrix(camera).T, np.float32).tobytes())
    rotation = camera.camera_from_world[:3, :3]
    program["camera_from_world"].write(np.ascontiguousarray(rotation.T, np.float32).tobytes())
    centre.depth_m.use(0)
    centre.normal.use(1)
    rough.framebuffer.use()
    context.draw_full_screen(program)
    program = context.full_screen_program(PACKAGE, "open_share_smooth.frag.glsl")
    program["open_share"] = 0
    rough.colours[0].use(0)
    smooth.framebuffer.use()
    context.draw_full_screen(program)
    return smooth.colours[0]
