"""What each object would cover alone.

Objects whose boxes in the picture do not touch share a layer, so a scene needs few layers whatever the number of
objects, and each object is drawn once, with the same projection and rasterisation as in the label pass. An object
whose box touches no other's is alone already: its labels are its coverage. The canvas of three times the picture is
nine tiles of the picture's size; only tiles that an object's box reaches are drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import AmodalCoverage
from synthvision.geometry.boxes import Box, box_intersection
from synthvision.geometry.projection import clip_from_camera
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.coverage import join_windows
from synthvision.render.opengl.drawlist import DRAW_BYTES, DrawList
from synthvision.render.opengl.passes import draw_parts, position_defines
from synthvision.render.opengl.screen_bounds import picture_box, screen_box
from synthvision.scene import Camera

__all__ = ["measure_amodal", "pack_layers"]

_TILES = tuple((column, row) for row in (-1, 0, 1) for column in (-1, 0, 1))


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of one object's box inside one tile, in picture pixels."""

    object_index: int
    box_xyxy: Box


def measure_amodal(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, id_hw: NDArray[np.uint16], ids: Collection[int]
) -> dict[int, AmodalCoverage]:
    """Return the coverage of each asked object alone.

    Args:
        context: Where to draw.
        pool: Targets.
        draw_list: The scene.
        id_hw: Visible ids; what is visible is always part of the coverage.
        ids: Instance ids that are wanted; ids that are not in the scene are left out.
    """
    camera = draw_list.scene.camera
    picture = picture_box(camera)
    boxes = [screen_box(camera, item.corners_camera_83) for item in draw_list.objects]
    wanted = {
        item.item.instance_id: index
        for index, item in enumerate(draw_list.objects)
        if item.item.instance_id in set(ids)
    }
    alone = _alone(draw_list, boxes)
    masks: dict[int, list[tuple[Box, NDArray[np.bool_]]]] = {instance_id: [] for instance_id in wanted}
    pieces: dict[tuple[int, int], list[_Piece]] = {tile: [] for tile in _TILES}
    for instance_id, index in wanted.items():
        box = boxes[index]
        if box is None:
            continue
        inside = box_intersection(box, picture)
        if inside is not None and alone[index]:
            masks[instance_id].append((inside, _window(id_hw, inside) == instance_id))
        elif inside is not None:
            pieces[(0, 0)].append(_Piece(index, inside))
        for tile in _TILES:
            part = box_intersection(box, _tile_box(camera, tile)) if tile != (0, 0) else None
            if part is not None:
                pieces[tile].append(_Piece(index, part))
    for tile, wanted_pieces in pieces.items():
        if wanted_pieces:
            for piece, mask in _draw_tile(context, pool, draw_list, tile, wanted_pieces):
                instance_id = draw_list.objects[piece.object_index].item.instance_id
                if tile == (0, 0):
                    mask = mask | (_window(id_hw, piece.box_xyxy) == instance_id)
                masks[instance_id].append((piece.box_xyxy, mask))
    context.check_errors("the amodal pass")
    return {instance_id: join_windows(camera, parts) for instance_id, parts in masks.items()}


def pack_layers(boxes: list[Box]) -> list[list[int]]:
    """Return the indices of `boxes` in layers, such that no two boxes of a layer share a pixel.

    Example:
        >>> pack_layers([(0, 0, 4, 4), (2, 2, 6, 6), (5, 0, 8, 2)])
        [[0, 2], [1]]
    """
    layers: list[list[int]] = []
    taken: list[NDArray[np.int64]] = []
    for index, box in enumerate(boxes):
        x1, y1, x2, y2 = box
        for layer, others in enumerate(taken):
            touching = (others[:, 0] < x2) & (others[:, 2] > x1) & (others[:, 1] < y2) & (others[:, 3] > y1)
            if not touching.any():
                layers[layer].append(index)
                taken[layer] = np.vstack([others, [box]])
                break
        else:
            layers.append([index])
            taken.append(np.array([box], np.int64))
    return layers


def _alone(draw_list: DrawList, boxes: list[Box | None]) -> NDArray[np.bool_]:
    """Return for each object whether nothing can stand before it: no box touches its box, or all that do lie behind."""
    empty = (0, 0, 0, 0)
    x1, y1, x2, y2 = np.array([box or empty for box in boxes], np.int64).reshape(-1, 4).T
    nearest, farthest = np.array([item.depths_m for item in draw_list.objects], np.float64).reshape(-1, 2).T
    touching = (x1[:, None] < x2) & (x2[:, None] > x1) & (y1[:, None] < y2) & (y2[:, None] > y1)
    in_front = touching & (nearest[None, :] <= farthest[:, None])
    np.fill_diagonal(in_front, False)
    return np.asarray(~in_front.any(axis=1), np.bool_)


def _tile_box(camera: Camera, tile: tuple[int, int]) -> Box:
    width, height = camera.size_wh
    left, top = tile[0] * width, tile[1] * height
    return left, top, left + width, top + height


def _window(image_hw: NDArray[np.uint16], box: Box) -> NDArray[np.uint16]:
    x1, y1, x2, y2 = box
    return image_hw[y1:y2, x1:x2]


def _draw_tile(
    context: GpuContext, pool: TargetPool, draw_list: DrawList, tile: tuple[int, int], pieces: list[_Piece]
) -> list[tuple[_Piece, NDArray[np.bool_]]]:
    camera = draw_list.scene.camera
    width, height = camera.size_wh
    found: list[tuple[_Piece, NDArray[np.bool_]]] = []
    target = pool.get("coverage", camera.size_wh, ((1, "f1"),))
    uniforms = None if tile == (0, 0) else _shifted_uniforms(context, draw_list, tile)

    def bind(index: int) -> None:
        if uniforms is None:
            draw_list.bind(index)
        else:
            uniforms.bind_to_uniform_block(0, offset=index * DRAW_BYTES, size=DRAW_BYTES)

    for layer in pack_layers([piece.box_xyxy for piece in pieces]):
        target.framebuffer.use()
        target.framebuffer.clear()
        members = sorted((pieces[index] for index in layer), key=lambda piece: piece.object_index)
        draw_parts(
            context,
            draw_list,
            [draw for piece in members for draw in draw_list.objects[piece.object_index].draws],
            "coverage.frag.glsl",
            position_defines,
            flags=moderngl.NOTHING,
            bind=bind,
        )
        drawn = context.read(target.framebuffer, components=1, dtype=np.uint8) > 0
        for piece in members:
            x1, y1, x2, y2 = piece.box_xyxy
            left, top = tile[0] * width, tile[1] * height
            found.append((piece, drawn[y1 - top : y2 - top, x1 - left : x2 - left]))
    if uniforms is not None:
        uniforms.release()
    return found


def _shifted_uniforms(context: GpuContext, draw_list: DrawList, tile: tuple[int, int]) -> moderngl.Buffer:
    """Return the uniforms of a camera whose picture is another tile of the canvas."""
    camera = draw_list.scene.camera
    width, height = camera.size_wh
    cx, cy = camera.centre_xy_px
    moved = replace(camera, centre_xy_px=(cx - tile[0] * width, cy - tile[1] * height))
    near, far = draw_list.near_m, draw_list.far_m
    after = clip_from_camera(moved.k_33, moved.size_wh, near, far) @ camera.camera_from_world
    rows = draw_list.rows.copy()
    rows["clip_from_model"] = np.swapaxes(after @ draw_list.world_from_model, 1, 2)
    return context.gl.buffer(rows.tobytes())
