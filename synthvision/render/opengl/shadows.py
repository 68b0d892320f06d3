"""Shadow maps: depth as seen from the lights, all maps in one texture."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np

from synthvision.core.errors import UsageError
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Target, TargetPool
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.passes import PACKAGE, draw_parts, position_defines
from synthvision.render.opengl.shadow_stage import ShadowView

__all__ = ["ShadowMaps", "draw_shadow_maps"]

_TILE_TEXELS = 4
#: Second difference of depth, in texels, from which on a tile may hold a shadow's edge.
_CREASE_TEXELS = 0.12
#: Bound on the texels of all maps: 512 MiB.
_MOST_TEXELS = 2**27
#: The uniform block holds one of these numbers of maps, so that frames share programs.
_BLOCK_MAPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


@dataclass(frozen=True, slots=True, eq=False)
class ShadowMaps:
    """All shadow maps of a scene, side by side in rows.

    Args:
        depth: Depth texture.
        steps: For tiles of 4x4 texels, how near a step of depth is, and the nearest depth.
        uniforms: The uniform block of ``shadows.glsl``.
        count: How many maps the block holds.
    """

    depth: moderngl.Texture
    steps: moderngl.Texture
    uniforms: bytes
    count: int


def draw_shadow_maps(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, views: tuple[ShadowView, ...], side_px: int
) -> ShadowMaps | None:
    """Return the shadow maps of a frame, or None where it has none.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        views: From where; their maps are no larger than `side_px`.
        side_px: Side of the place for one map.

    Raises:
        UsageError: The maps together are larger than the driver's largest texture.
    """
    if not views:
        return None
    count = next(number for number in _BLOCK_MAPS if number >= len(views))
    columns = min(count, context.max_texture_px // side_px)
    rows = -(-count // max(columns, 1))
    if columns == 0 or rows * side_px > context.max_texture_px or columns * rows * side_px**2 > _MOST_TEXELS:
        raise UsageError(
            f"{len(views)} shadow maps of shadow_map_px {side_px} must fit into a texture of {_MOST_TEXELS} pixels, "
            f"at most {context.max_texture_px} along a side on this driver: use a smaller shadow_map_px"
        )
    target = pool.get("shadows", (side_px * columns, side_px * rows), (), depth=True)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    context.gl.depth_func = "<="
    for slot, view in enumerate(views):
        if view.draws:
            left, bottom = slot % columns * side_px, slot // columns * side_px
            target.framebuffer.viewport = (left, bottom, view.side_px, view.side_px)
            _draw_view(context, draw_list, view)
    if target.depth is None:
        raise RuntimeError("the shadow target has a depth texture")
    steps = _mark_steps(context, pool, target.depth, columns, side_px, views)
    return ShadowMaps(target.depth, steps, _block(views, count, columns, side_px, target), count)


def _draw_view(context: GpuContext, draw_list: DrawList, view: ShadowView) -> None:
    rows_of_view = draw_list.rows.copy()
    rows_of_view["clip_from_model"] = np.swapaxes(view.clip_from_world @ draw_list.world_from_model, 1, 2)
    uniforms = context.gl.buffer(rows_of_view.tobytes())

    def bind(index: int) -> None:
        uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES)

    draw_parts(
        context,
        draw_list,
        view.draws,
        "depth_only.frag.glsl",
        position_defines,
        flags=moderngl.DEPTH_TEST,
        bind=bind,
    )
    uniforms.release()


def _block(views: tuple[ShadowView, ...], count: int, columns: int, side_px: int, target: Target) -> bytes:
    """Return the uniform block of ``shadows.glsl``."""
    matrices = np.zeros((count, 4, 4), np.float32)
    sizes, shapes, places = (np.zeros((count, 4), np.float32) for _ in range(3))
    to_unit = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1]])
    width, height = target.framebuffer.size
    for slot, view in enumerate(views):
        matrices[slot] = (to_unit @ view.clip_from_world).T
        sizes[slot], shapes[slot] = view.size, view.shape
        left, bottom = slot % columns * side_px, slot // columns * side_px
        places[slot] = (left / width, bottom / height, view.side_px, 0.0)
    return b"".join(part.tobytes() for part in (matrices, sizes, shapes, places))


def _mark_steps(
    context: GpuContext,
    pool: TargetPool,
    depth: moderngl.Texture,
    columns: int,
    side_px: int,
    views: tuple[ShadowView, ...],
) -> moderngl.Texture:
    gl = context.gl
    tiles = side_px // _TILE_TEXELS
    size = (depth.width // _TILE_TEXELS, depth.height // _TILE_TEXELS)
    marked = pool.get("shadow_marks", size, ((2, "f4"),))
    spread = pool.get("shadow_steps", size, ((2, "f4"),))
    gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "shadow_steps.frag.glsl")
    program["shadow_maps"] = 0
    depth.use(0)
    for slot, view in enumerate(views):
        marked.framebuffer.use()
        marked.framebuffer.viewport = (slot % columns * tiles, slot // columns * tiles, tiles, tiles)
        program["crease_depth"] = _CREASE_TEXELS * view.texel_depth
        context.draw_full_screen(program)
    program = context.full_screen_program(PACKAGE, "shadow_spread.frag.glsl")
    program["steps"] = 0
    program["tiles_per_map"] = tiles
    for source, target, direction in ((marked, spread, (1, 0)), (spread, marked, (0, 1))):
        program["direction"] = direction
        source.colours[0].use(0)
        target.framebuffer.use()
        target.framebuffer.viewport = (0, 0, *size)
        context.draw_full_screen(program)
    return marked.colours[0]
