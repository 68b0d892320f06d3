"""What hides the sky from above: one map of depth, looking straight down, so that it stays dry below a roof."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.projection import unproject_pixels
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.ground import ground_object
from synthvision.render.opengl.passes import draw_parts, position_defines
from synthvision.scene import Camera

__all__ = ["SkyCover", "draw_sky_cover"]

_SIDE_PX = 768
#: Things farther than this many times the usual distance are small in the picture: what hangs over them is left out.
_FAR_SHARE = 3.0
_FAR_M = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class SkyCover:
    """A map of the highest things.

    Args:
        depth: Depth texture, 0 at the top and 1 at the bottom.
        cover_from_world: 4x4, to map x, y and depth in 0..1.
        texel_m: Side of a texel.
        range_m: Height from the bottom to the top.
    """

    depth: moderngl.Texture
    cover_from_world: NDArray[np.float64]
    texel_m: float
    range_m: float


def draw_sky_cover(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, depth_m_hw: NDArray[np.float32]
) -> SkyCover | None:
    """Return the map over what the picture shows, or None where nothing but the ground stands there.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        depth_m_hw: Depth of the picture, +inf where nothing is seen.
    """
    region = _region(draw_list.scene.camera, depth_m_hw)
    if region is None:
        return None
    low, high = region
    ground = ground_object(draw_list)
    above = [
        item
        for number, item in enumerate(draw_list.objects)
        if number != ground and (item.world_23[1, :2] > low[:2]).all() and (item.world_23[0, :2] < high[:2]).all()
    ]
    if not above:
        return None
    top = max(float(item.world_23[1, 2]) for item in above) + 0.01
    bottom = min(float(low[2]), top - 0.1) - 0.01
    side = float(max(high[0] - low[0], high[1] - low[1]))
    middle = (low + high) / 2
    clip_from_world = np.array(
        [
            [2 / side, 0.0, 0.0, -2 * middle[0] / side],
            [0.0, 2 / side, 0.0, -2 * middle[1] / side],
            [0.0, 0.0, -2 / (top - bottom), (top + bottom) / (top - bottom)],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )
    rows = draw_list.rows.copy()
    rows["clip_from_model"] = np.swapaxes(clip_from_world @ draw_list.world_from_model, 1, 2)
    uniforms = context.gl.buffer(rows.tobytes())
    target = pool.get("sky_cover", (_SIDE_PX, _SIDE_PX), (), depth=True)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    context.gl.depth_func = "<="
    draw_parts(
        context,
        draw_list,
        sorted(index for item in above for index in item.draws),
        "depth_only.frag.glsl",
        position_defines,
        flags=moderngl.DEPTH_TEST,
        bind=lambda index: uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES),
    )
    uniforms.release()
    if target.depth is None:
        raise RuntimeError("the sky cover target has a depth texture")
    to_unit = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1]])
    return SkyCover(target.depth, to_unit @ clip_from_world, side / _SIDE_PX, top - bottom)


def _region(camera: Camera, depth_m_hw: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the box around what the picture shows at no more than a few times the usual distance, or None."""
    depth = depth_m_hw[::8, ::8]
    rows, columns = np.nonzero(np.isfinite(depth))
    if not len(rows):
        return None
    seen_m = depth[rows, columns].astype(np.float64)
    near = seen_m <= max(_FAR_SHARE * float(np.median(seen_m)), _FAR_M)
    pixels = np.column_stack([columns[near], rows[near]]) * 8 + 0.5
    points = unproject_pixels(camera.k_33, pixels, seen_m[near])
    world = points @ camera.world_from_camera[:3, :3].T + np.asarray(camera.position_m)
    low, high = world.min(axis=0), world.max(axis=0)
    margin = 0.05 * float((high - low).max()) + 0.05
    return low - margin, high + margin
