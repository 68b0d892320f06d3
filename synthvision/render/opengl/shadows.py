"""Shadow maps: depth as seen from suns and spots, fitted to what can throw a shadow into the picture."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.projection import unproject_pixels
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.lights import Light
from synthvision.render.opengl.passes import PACKAGE, draw_parts, position_defines
from synthvision.scene import PointLight, SpotLight, SunLight

__all__ = ["ShadowMaps", "draw_shadow_maps"]

_TILE_TEXELS = 4
#: Second difference of depth, in texels, from which on a tile may hold a shadow's edge.
_CREASE_TEXELS = 0.12
#: Radius of the widest filter, as in ``shadows.glsl``.
_WIDEST_TEXELS = 8.0
#: Most shadows are thrown from lower than the highest point.
_PENUMBRA_SHARE = 0.6
#: Free texels around what a map holds, as wide as the widest filter.
_MARGIN_TEXELS = 10


@dataclass(frozen=True, slots=True, eq=False)
class ShadowMaps:
    """All shadow maps of a scene, one beside the other.

    Args:
        depth: Depth texture.
        steps: For tiles of 4x4 texels, how near a step of depth is, and the nearest depth.
        uniforms: The uniform block of ``shadows.glsl``.
        count: How many maps.
    """

    depth: moderngl.Texture
    steps: moderngl.Texture
    uniforms: bytes
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    clip_from_world: NDArray[np.float64]
    size: tuple[float, float, float, float]
    #: Change of map depth for a texel's size along the view (at a spot's farthest).
    texel_depth: float


def draw_shadow_maps(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    lights: tuple[Light, ...],
    depth_m_hw: NDArray[np.float32],
    side_px: int,
) -> ShadowMaps | None:
    """Return the shadow maps of all lights that have one, or None where no light has.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        lights: Its lights, suns and spots first.
        depth_m_hw: Depth of the picture: a map need not reach beyond what is seen.
        side_px: Side of one map.

    Raises:
        UsageError: The maps together are wider than the driver's largest texture.
    """
    casting = [light for light in lights if not isinstance(light, PointLight)]
    if not casting:
        return None
    if side_px * len(casting) > context.max_texture_px:
        raise UsageError(
            f"shadow_map_px times the {len(casting)} lights with shadows must be at most {context.max_texture_px} on "
            f"this driver, got {side_px}: use a smaller shadow_map_px"
        )
    seen = _seen_points(draw_list, depth_m_hw)
    views = [
        _sun_view(draw_list, light, seen, side_px)
        if isinstance(light, SunLight)
        else _spot_view(draw_list, light, side_px)
        for light in casting
    ]
    gl = context.gl
    count = len(views)
    target = pool.get("shadows", (side_px * count, side_px), (), depth=True)
    target.framebuffer.use()
    target.framebuffer.clear(depth=1.0)
    gl.depth_func = "<="
    for slot, view in enumerate(views):
        target.framebuffer.viewport = (slot * side_px, 0, side_px, side_px)
        casters = _casters(draw_list, view)
        if not casters:
            continue
        rows_of_view = draw_list.rows.copy()
        rows_of_view["clip_from_model"] = np.swapaxes(view.clip_from_world @ draw_list.world_from_model, 1, 2)
        uniforms = gl.buffer(rows_of_view.tobytes())

        def bind(index: int, uniforms: moderngl.Buffer = uniforms) -> None:
            uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES)

        draw_parts(
            context,
            draw_list,
            casters,
            "depth_only.frag.glsl",
            position_defines,
            flags=moderngl.DEPTH_TEST,
            bind=bind,
        )
        uniforms.release()
    depth = target.depth
    if depth is None:
        raise RuntimeError("the shadow target has a depth texture")
    steps = _mark_steps(context, pool, depth, side_px, views)
    block = np.zeros(count * 20, np.float32)
    to_unit = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1]])
    for slot, view in enumerate(views):
        block[slot * 16 : slot * 16 + 16] = (to_unit @ view.clip_from_world).T.ravel()
        block[count * 16 + slot * 4 : count * 16 + slot * 4 + 4] = view.size
    return ShadowMaps(depth, steps, block.tobytes(), count)


def _mark_steps(
    context: GpuContext, pool: TargetPool, depth: moderngl.Texture, side_px: int, views: list[_View]
) -> moderngl.Texture:
    gl = context.gl
    tiles = side_px // _TILE_TEXELS
    size = (tiles * len(views), tiles)
    marked = pool.get("shadow_marks", size, ((2, "f4"),))
    spread = pool.get("shadow_steps", size, ((2, "f4"),))
    gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "shadow_steps.frag.glsl")
    program["shadow_maps"] = 0
    depth.use(0)
    for slot, view in enumerate(views):
        marked.framebuffer.use()
        marked.framebuffer.viewport = (slot * tiles, 0, tiles, tiles)
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


def _seen_points(draw_list: DrawList, depth_m_hw: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return world points (n, 3) of a grid of pixels, and of the pixels around its cells, where something is seen."""
    camera = draw_list.scene.camera
    height, width = depth_m_hw.shape
    step = max(1, min(width, height) // 48)
    rows = np.unique(np.append(np.arange(0, height, step), height - 1))
    columns = np.unique(np.append(np.arange(0, width, step), width - 1))
    depth = depth_m_hw[np.ix_(rows, columns)].astype(np.float64)
    grid = np.stack(np.meshgrid(columns + 0.5, rows + 0.5), axis=-1)
    here = np.isfinite(depth)
    points = unproject_pixels(camera.k_33, grid[here], depth[here])
    pose = camera.world_from_camera
    world: NDArray[np.float64] = points @ pose[:3, :3].T + pose[:3, 3]
    return world


def _light_axes(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a 3x3 matrix whose rows are right, up and forward of a view along `direction`."""
    forward = direction / np.linalg.norm(direction)
    helper = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, helper)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(right, forward), forward])


def _sun_view(draw_list: DrawList, light: SunLight, seen: NDArray[np.float64], side_px: int) -> _View:
    axes = _light_axes(-np.asarray(light.direction_xyz, np.float64))
    casters = [
        item.corners_world_83 @ axes.T
        for index, item in enumerate(draw_list.objects)
        if not _lies_under_all(draw_list, index, light)
    ]
    receivers = seen @ axes.T
    if not casters or not len(receivers):
        low, high = np.zeros(3), np.ones(3)
        throw_m = 0.0
    else:
        corners = np.concatenate(casters)
        # One grid cell of slack: what lies between the sampled pixels.
        slack = 0.05 * (receivers.max(axis=0) - receivers.min(axis=0))
        low = np.maximum(corners.min(axis=0), receivers.min(axis=0) - slack)
        high = np.minimum(corners.max(axis=0), receivers.max(axis=0) + slack)
        throw_m = _throw_m(draw_list, light, float(seen[:, 2].min()))
        low[2] = min(corners[:, 2].min(), receivers[:, 2].min())
        high[2] = max(corners[:, 2].max(), receivers[:, 2].max())
    centre, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-3)
    half[:2] *= side_px / (side_px - 2 * _MARGIN_TEXELS)
    half[2] = half[2] * 1.02 + 1e-3
    # A wide penumbra must fit under the widest filter: a soft light has no use for a fine map.
    penumbra_m = np.tan(light.angular_diameter_rad / 2) * _PENUMBRA_SHARE * throw_m
    half[:2] = np.maximum(half[:2], penumbra_m / _WIDEST_TEXELS * side_px / 2)
    clip = np.eye(4)
    clip[:3, :3] = axes / half[:, None]
    clip[:3, 3] = -centre / half
    texel = 2 * float(half[:2].max()) / side_px
    return _View(clip, (texel, 0.0, 2 * float(half[2]), 0.0), texel / (2 * float(half[2])))


def _throw_m(draw_list: DrawList, light: SunLight, lowest_z_m: float) -> float:
    """Return how far along the light shadows are thrown: from the highest object to the lowest seen point at most.

    Among much larger things (a bowl on a table on a floor) the shadows that count are those as long as most objects.
    """
    highest = max(item.world_23[1, 2] for item in draw_list.objects)
    height = min(max(highest - lowest_z_m, 0.0), 1.5 * draw_list.typical_size_m)
    return float(height / max(abs(light.direction_xyz[2]), 0.3))


def _spot_view(draw_list: DrawList, light: SpotLight, side_px: int) -> _View:
    axes = _light_axes(np.asarray(light.direction_xyz, np.float64))
    position = np.asarray(light.position_m, np.float64)
    depths = [((item.corners_world_83 - position) @ axes[2]) for item in draw_list.objects]
    farthest = max((float(depth.max()) for depth in depths), default=1.0)
    ahead = [float(depth.min()) for depth in depths if depth.max() > 0]
    near = max(0.9 * min(ahead, default=0.01), 0.002 * max(farthest, 0.1), light.radius_m * 0.5)
    far = max(farthest * 1.01, near * 2)
    tangent = np.tan(light.outer_angle_rad) * side_px / (side_px - 2 * _MARGIN_TEXELS)
    view = np.eye(4)
    view[:3, :3] = axes
    view[:3, 3] = -axes @ position
    clip = np.zeros((4, 4))
    clip[0, 0] = clip[1, 1] = 1 / tangent
    clip[2, 2], clip[2, 3] = (far + near) / (far - near), -2 * far * near / (far - near)
    clip[3, 2] = 1.0
    texel = 2 * float(tangent) / side_px
    # Map depth changes by near * far / (far - near) / z^2 per metre, and a texel is `texel` * z wide.
    return _View(clip @ view, (texel, near, far, 1.0), texel * near / (far - near))


def _lies_under_all(draw_list: DrawList, index: int, light: SunLight) -> bool:
    """Return whether an object is flat ground under everything else, which no sun above can throw a shadow from."""
    low, high = draw_list.objects[index].world_23
    width = float(max(high[0] - low[0], high[1] - low[1]))
    if light.direction_xyz[2] <= 0 or high[2] - low[2] > 0.02 * width:
        return False
    others = [item.world_23 for number, item in enumerate(draw_list.objects) if number != index]
    return all(other[1, 2] >= high[2] and other[0, 2] >= high[2] - 0.02 * width for other in others)


def _casters(draw_list: DrawList, view: _View) -> list[int]:
    """Return the opaque or cut-out draws of objects that reach into a light's view."""
    found: list[int] = []
    for item in draw_list.objects:
        corners = np.column_stack([item.corners_world_83, np.ones(8)]) @ view.clip_from_world.T
        outside = False
        for axis in (0, 1):
            outside |= bool((corners[:, axis] > corners[:, 3]).all() or (corners[:, axis] < -corners[:, 3]).all())
        outside |= bool((corners[:, 3] <= 0).all()) if view.size[3] else False
        if not outside:
            found += item.draws
    return sorted(found)
