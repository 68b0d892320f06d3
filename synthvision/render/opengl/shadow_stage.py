"""What the views of shadow maps are fitted to: things that can throw a shadow, and points that are seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.projection import unproject_pixels
from synthvision.render.opengl.drawlist import DrawList
from synthvision.scene import SHELL

__all__ = [
    "LARGE_MARGIN_TEXELS",
    "MARGIN_TEXELS",
    "WIDEST_TEXELS",
    "ShadowView",
    "Stage",
    "draws_in_view",
    "light_axes",
    "set_stage",
]

#: Radius of the widest filter, as in ``shadows.glsl``.
WIDEST_TEXELS = 12.0
#: Free texels around what a map holds, as wide as the widest filter; and for large lights.
MARGIN_TEXELS, LARGE_MARGIN_TEXELS = 14, 26
#: An object thinner than this share of its length is a sheet.
_FLATNESS = 0.02

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ShadowView:
    """One shadow map's view.

    Args:
        clip_from_world: 4x4.
        size: Texel in metres (per metre of distance for a lamp), near and far depth in metres, 1 for a lamp's.
        shape: Half extents of the light along right and up of the map: of a rectangle's width, then its height; for a
            sun as tangents.
        side_px: Side of the map: soft light has no use for a fine one.
        texel_depth: Change of map depth for a texel's size along the view (at a lamp's farthest).
        draws: What is drawn into it.
    """

    clip_from_world: Float
    size: tuple[float, float, float, float]
    shape: tuple[float, float, float, float]
    side_px: int
    texel_depth: float
    draws: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all views of a frame are fitted to.

    Args:
        draw_list: The scene.
        corners_n83: Corners of the objects' boxes, (objects, 8, 3).
        screens_n4: Planes of sheets on one side of which everything else lies, facing that side, (objects, 4); zeros
            for other objects.
        seen_n3: World points of a grid of pixels where something is seen.
        seen_depth_n: Their depths from the camera.
        side_px: Side of the place for one map.
        shells_n: Which objects are the inside of a room: they shade nothing from a lamp within it.
    """

    draw_list: DrawList
    corners_n83: Float
    screens_n4: Float
    seen_n3: Float
    seen_depth_n: Float
    side_px: int
    shells_n: NDArray[np.bool_]

    def casters(self, light_4: Float, own_draws: frozenset[int]) -> list[int]:
        """Return the objects that can stand in a light: a floor under everything shades nothing from a lamp above it.

        Args:
            light_4: The lamp's place and 1, or the direction towards a sun and 0.
            own_draws: Draws that are the lamp itself.
        """
        facing = self.screens_n4 @ light_4
        own = {index for index, item in enumerate(self.draw_list.objects) if own_draws.issuperset(item.draws)}
        own |= set(np.flatnonzero(self.shells_n).tolist()) if light_4[3] else set()
        return [index for index in range(len(facing)) if facing[index] <= 0 and index not in own]


def set_stage(draw_list: DrawList, depth_m_hw: NDArray[np.float32], side_px: int) -> Stage:
    """Return what the views of a frame are fitted to.

    Args:
        draw_list: The scene.
        depth_m_hw: Depth of the picture.
        side_px: Side of the place for one map.
    """
    seen, depth = _seen_points(draw_list, depth_m_hw)
    boxes = [item.corners_world_83 for item in draw_list.objects]
    corners = np.stack(boxes) if boxes else np.zeros((0, 8, 3))
    shells = np.array([SHELL in item.item.attributes for item in draw_list.objects], np.bool_)
    return Stage(draw_list, corners, _screens(corners), seen, depth, side_px, shells)


def light_axes(direction: Float) -> Float:
    """Return a 3x3 matrix whose rows are right, up and forward of a view along `direction`."""
    forward = direction / np.linalg.norm(direction)
    helper = np.array([0.0, 0.0, 1.0]) if abs(forward[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, helper)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(right, forward), forward])


def draws_in_view(stage: Stage, clip: Float, casters: list[int], own_draws: frozenset[int]) -> tuple[int, ...]:
    """Return the draws of objects whose boxes reach into a view, but for those that are the lamp itself."""
    corners = stage.corners_n83[casters] @ clip[:, :3].T + clip[:, 3]
    w = corners[..., 3]
    outside = (w <= 0).all(axis=1)
    for axis in (0, 1):
        outside |= (corners[..., axis] > w).all(axis=1) | (corners[..., axis] < -w).all(axis=1)
    inside = [casters[number] for number in np.flatnonzero(~outside)]
    draws = (draw for index in inside for draw in stage.draw_list.objects[index].draws)
    return tuple(sorted(draw for draw in draws if draw not in own_draws))


def _screens(corners_n83: Float) -> Float:
    """Return the planes of sheets on one side of which everything else lies, facing that side; zeros for the rest."""
    screens = np.zeros((len(corners_n83), 4))
    # A box's corners count along x slowest.
    edges = corners_n83[:, [4, 2, 1]] - corners_n83[:, :1]
    lengths = np.linalg.norm(edges, axis=2)
    for index in np.flatnonzero(lengths.min(axis=1) <= _FLATNESS * lengths.max(axis=1)):
        thin = int(np.argmin(lengths[index]))
        normal = np.cross(edges[index, (thin + 1) % 3], edges[index, (thin + 2) % 3])
        length = np.linalg.norm(normal)
        if length == 0:
            continue
        normal /= length
        centre = corners_n83[index].mean(axis=0)
        across = (np.delete(corners_n83, index, axis=0) - centre) @ normal
        for side in (1.0, -1.0):
            # Everything stands out of the sheet, and nothing reaches far behind it.
            height = side * across
            if (height.max(axis=1) >= 0).all() and (height >= -_FLATNESS * lengths[index].max()).all():
                screens[index] = (*(side * normal), -side * float(normal @ centre))
                break
    return screens


def _seen_points(draw_list: DrawList, depth_m_hw: NDArray[np.float32]) -> tuple[Float, Float]:
    """Return world points (n, 3) of a grid of pixels where something is seen, and their depths (n,)."""
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
    world: Float = points @ pose[:3, :3].T + pose[:3, 3]
    return world, depth[here]
