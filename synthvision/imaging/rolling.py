"""Rolling shutter: picture and labels shifted row by row, by one map, so that they agree.

Every pixel q of the picture shows the place p of the scene's instant that has come to lie there when q's row is
exposed: p plus its way until then is q. p is looked for from two sides, along the motion of what is seen at q itself
and along the fastest motion nearby, and of two surfaces that come to lie there the nearer one is seen. Ids, depth and
normals are those at p; light is interpolated about p. What a moving thing uncovers was never drawn, and shows what is
beside it.

Ids, depth and the picture therefore agree to half a pixel. Coverage of objects alone, of which the hidden part has no
depth, is shifted with the motion of the object's plane through its visible (or its own) depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import AmodalCoverage, LabelImages
from synthvision.imaging.tools import PACKAGE, ImagingTools
from synthvision.scene import Camera, Scene, SceneObject
from synthvision.scene.motion import CameraMotion, apparent_motion, moving_objects, still_motion
from synthvision.scene.rays import camera_rays, depth_is_ray_length, ray_lengths
from synthvision.scene.rolling import has_rolling_shutter, pixel_velocities, row_instants_s

__all__ = ["plan_row_shift", "shift_labels", "shift_light"]

Float32 = NDArray[np.float32]

#: Less than this nobody sees.
_SHORTEST_PX = 0.05
#: A surface lands in a pixel if it comes as near as this to its middle.
_LANDS_PX = 0.75
_TILE_PX = 16


def plan_row_shift(scene: Scene, labels: LabelImages) -> Float32 | None:
    """Return where each pixel comes from: x and y in the picture of the scene's instant.

    Args:
        scene: Its camera's sensor has a row time; camera and objects have velocities.
        labels: Ids and depth at the scene's instant, in the picture's geometry.

    Returns:
        float32 (height, width, 2), or None for a global shutter and where nothing moves by 0.05 px.
    """
    camera = scene.camera
    if not has_rolling_shutter(camera):
        return None
    bodies = moving_objects(scene)
    still = still_motion(camera)
    if still.is_still and not bodies:
        return None
    lengths = ray_lengths(camera, labels.depth_m_hw)
    velocity = _velocity_field(camera, still, bodies, labels, lengths)
    width, height = camera.size_wh
    rows = row_instants_s(camera, np.arange(height, dtype=np.float64) + 0.5).astype(np.float32)[:, None]
    farthest = float(np.abs(rows).max() * np.sqrt(_squared_speed(velocity).max()))
    if farthest < _SHORTEST_PX:
        return None
    x, y = np.meshgrid(np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32) + 0.5)
    own = _land(x, y, velocity, lengths, velocity, rows)
    other = _land(x, y, velocity, lengths, _fastest_nearby(velocity, farthest), rows)
    own_lands, other_lands = own.misses_px < _LANDS_PX, other.misses_px < _LANDS_PX
    take = np.where(own_lands == other_lands, (other.lengths_m < own.lengths_m) == own_lands, other_lands)
    return np.dstack([np.where(take, other.x, own.x), np.where(take, other.y, own.y)])


def shift_labels(scene: Scene, labels: LabelImages, source_hwc: Float32) -> LabelImages:
    """Return label images as a rolling shutter sees them.

    Depth and normals are those of the scene's instant, as poses and 3D boxes are; where they are seen is that of the
    row.

    Args:
        scene: What the frame shows.
        labels: At the scene's instant.
        source_hwc: From `plan_row_shift`.
    """
    camera = scene.camera
    width, height = camera.size_wh
    columns = np.clip(np.floor(source_hwc[..., 0]), 0, width - 1).astype(np.intp)
    rows = np.clip(np.floor(source_hwc[..., 1]), 0, height - 1).astype(np.intp)
    ids = labels.id_hw[rows, columns]
    objects = {item.instance_id: item for item in scene.objects}
    amodal = {
        key: _shift_coverage(camera, objects[key], labels, coverage, ids) for key, coverage in labels.amodal.items()
    }
    return replace(
        labels,
        id_hw=ids,
        depth_m_hw=labels.depth_m_hw[rows, columns],
        normal_hwc=None if labels.normal_hwc is None else labels.normal_hwc[rows, columns],
        amodal=amodal,
    )


def shift_light(tools: ImagingTools, light: moderngl.Texture, source_hwc: Float32) -> moderngl.Texture:
    """Return light as a rolling shutter sees it."""
    context = tools.context
    source = tools.targets.get("rolling.source", light.size, ((2, "f4"),)).colours[0]
    upright = np.array(source_hwc[::-1])
    upright[..., 1] = light.size[1] - upright[..., 1]
    source.write(upright)
    program = context.full_screen_program(PACKAGE, "rolling.frag.glsl")
    program["light"], program["source"] = 0, 1
    target = tools.targets.get("rolling.light", light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    light.use(0)
    source.use(1)
    context.draw_full_screen(program)
    return target.colours[0]


def _velocity_field(
    camera: Camera,
    still: CameraMotion,
    bodies: Mapping[int, CameraMotion],
    labels: LabelImages,
    lengths: Float32,
) -> Float32:
    """Return the motion of all pixels as `pixel_velocities` gives it."""
    whole = (slice(0, lengths.shape[0]), slice(0, lengths.shape[1]))
    velocity = pixel_velocities(camera, still, lengths, whole)
    for instance_id, motion in bodies.items():
        mask = labels.id_hw == instance_id
        if not mask.any():
            continue
        rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
        where = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        inside = mask[where]
        velocity[where][inside] = pixel_velocities(camera, motion, lengths[where], where)[inside]
    return velocity


@dataclass(frozen=True, slots=True, eq=False)
class _Landing:
    """Where a guessed motion leads to: the place, by how much it misses the pixel, and how far away it is."""

    x: Float32
    y: Float32
    misses_px: Float32
    lengths_m: Float32


def _land(x: Float32, y: Float32, velocity: Float32, lengths: Float32, guess: Float32, time: Float32) -> _Landing:
    to_right, down = _way(guess, time)
    for _ in range(2):
        to_right, down = _way(_look_up(velocity, x - to_right, y - down), time)
    from_x, from_y = x - to_right, y - down
    to_right, down = _way(_look_up(velocity, from_x, from_y), time)
    misses = np.hypot(from_x + to_right - x, from_y + down - y)
    return _Landing(from_x, from_y, misses, _look_up(lengths, from_x, from_y))


def _way(velocity: Float32, time: Float32) -> tuple[Float32, Float32]:
    """Return how far pixels have moved right and down after a time (see `pixel_velocities`)."""
    lasting = time / np.maximum(1 + velocity[..., 2] * time, np.float32(0.1))
    return velocity[..., 0] * lasting, velocity[..., 1] * lasting


def _look_up(values: Float32, x: Float32, y: Float32) -> Float32:
    # OpenCV counts from the middle of the first pixel.
    half = np.float32(0.5)
    found = cv2.remap(values, x - half, y - half, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _squared_speed(velocity: Float32) -> Float32:
    return np.asarray(velocity[..., 0] ** 2 + velocity[..., 1] ** 2)


def _fastest_nearby(velocity: Float32, farthest_px: float) -> Float32:
    """Return for each pixel the fastest motion within reach, by tiles."""
    height, width = velocity.shape[:2]
    rows, columns = -(-height // _TILE_PX), -(-width // _TILE_PX)
    padding = ((0, rows * _TILE_PX - height), (0, columns * _TILE_PX - width))
    speed = np.pad(_squared_speed(velocity), padding, mode="edge")
    blocks = speed.reshape(rows, _TILE_PX, columns, _TILE_PX).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    down, right = np.divmod(blocks.argmax(axis=2), _TILE_PX)
    row = np.minimum(np.arange(rows)[:, None] * _TILE_PX + down, height - 1)
    column = np.minimum(np.arange(columns)[None, :] * _TILE_PX + right, width - 1)
    best = velocity[row, column]
    reach = min(math.ceil(farthest_px / _TILE_PX), max(rows, columns))
    for axis in (0, 1):
        stack = np.stack([np.roll(best, step, axis=axis) for step in range(-reach, reach + 1)])
        fastest = _squared_speed(stack).argmax(axis=0)
        best = np.take_along_axis(stack, fastest[None, ..., None], axis=0)[0]
    return np.repeat(np.repeat(best, _TILE_PX, axis=0), _TILE_PX, axis=1)[:height, :width]


def _shift_coverage(
    camera: Camera, item: SceneObject, labels: LabelImages, coverage: AmodalCoverage, shifted_hw: NDArray[np.uint16]
) -> AmodalCoverage:
    """Return one object's coverage alone, shifted with a plane at its depth; its visible pixels are part of it.

    Args:
        camera: The camera.
        item: The object.
        labels: At the scene's instant.
        coverage: At the scene's instant.
        shifted_hw: Ids as they are seen, already shifted.
    """
    motion = apparent_motion(camera, item)
    visible = shifted_hw == item.instance_id
    height, width = visible.shape
    (left, top), (rows, columns) = coverage.offset_xy, coverage.mask_hw.shape
    if motion.is_still or not coverage.alone_pixels:
        # What others uncover may have been filled with this object.
        visible[top : top + rows, left : left + columns] |= coverage.mask_hw
        return _covering(visible, coverage)
    window = (slice(top, top + rows), slice(left, left + columns))
    seen = labels.depth_m_hw[window][labels.id_hw[window] == item.instance_id]
    if len(seen):
        depth_m, nearest_m = float(np.median(seen)), float(seen.min())
    else:
        place = camera.camera_from_world @ np.array([*item.position_m, 1.0])
        depth_m = float(np.linalg.norm(place[:3]) if depth_is_ray_length(camera) else place[2])
        depth_m = nearest_m = max(depth_m, camera.near_m)
    speed = math.sqrt(float(_squared_speed(_plane_velocity(camera, motion, nearest_m, window)).max()))
    ends = row_instants_s(camera, np.array([top, top + rows], np.float64))
    # Rows that the object is shifted to lie a little farther from the middle one.
    margin = math.ceil(1.5 * float(speed * np.abs(ends).max())) + 3
    window = (
        slice(max(top - margin, 0), min(top + rows + margin, height)),
        slice(max(left - margin, 0), min(left + columns + margin, width)),
    )
    y = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] + np.float32(0.5)
    x = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :] + np.float32(0.5)
    instants = row_instants_s(camera, y.astype(np.float64)).astype(np.float32)
    to_right, down = _way(_plane_velocity(camera, motion, depth_m, window), instants)
    from_column = np.floor(x - to_right).astype(np.intp) - left
    from_row = np.floor(y - down).astype(np.intp) - top
    known = (from_column >= 0) & (from_column < columns) & (from_row >= 0) & (from_row < rows)
    visible[window] |= known & coverage.mask_hw[from_row.clip(0, rows - 1), from_column.clip(0, columns - 1)]
    return _covering(visible, coverage)


def _plane_velocity(camera: Camera, motion: CameraMotion, depth_m: float, where: tuple[slice, slice]) -> Float32:
    lengths = np.full((where[0].stop - where[0].start, where[1].stop - where[1].start), depth_m, np.float32)
    if not depth_is_ray_length(camera):
        lengths /= np.maximum(camera_rays(camera)[where][..., 2], 1e-3)
    return pixel_velocities(camera, motion, lengths, where)


def _covering(alone: NDArray[np.bool_], before: AmodalCoverage) -> AmodalCoverage:
    """Return the coverage of a mask of the whole picture; what lies outside the picture is taken to stay as it was."""
    rows, columns = np.nonzero(alone.any(axis=1))[0], np.nonzero(alone.any(axis=0))[0]
    outside = before.alone_pixels_canvas - before.alone_pixels
    if not len(rows):
        box = before.box_xyxy if outside else None
        return AmodalCoverage(np.zeros((0, 0), np.bool_), (0, 0), 0, outside, box)
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    mask = alone[top:bottom, left:right].copy()
    box = (left, top, right, bottom)
    if before.box_xyxy is not None:
        x1, y1, x2, y2 = before.box_xyxy
        box = (
            min(x1, box[0]) if x1 < 0 else box[0],
            min(y1, box[1]) if y1 < 0 else box[1],
            max(x2, box[2]) if x2 > alone.shape[1] else box[2],
            max(y2, box[3]) if y2 > alone.shape[0] else box[3],
        )
    count = int(mask.sum())
    return AmodalCoverage(mask, (left, top), count, outside + count, box)
