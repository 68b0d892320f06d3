"""A small closed world for indoor maps: a room of painted walls with boxes in it, lit by rectangular lights.

The walls are painted as flat pictures in metres, lit once, and then looked at from one point. Boxes (furniture,
shelves, cars) are traced and lit point by point. Nothing casts shadows but a soft darkening around the feet of boxes:
a map is seen in reflections and far behind what stands before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.noise import Image
from synthvision.library.procedural.skies.directions import MAP_HEIGHT, direction_grid

__all__ = ["CEILING", "EAST", "FLOOR", "NORTH", "SOUTH", "WALLS", "WEST", "Box", "BoxWorld", "Panel", "Rgb", "as_rgb"]

EAST, WEST, NORTH, SOUTH, CEILING, FLOOR = range(6)
WALLS = (EAST, WEST, NORTH, SOUTH)
Rgb = tuple[float, float, float]
_LIGHT_GRID = 24


def as_rgb(values: Any) -> Rgb:
    """Return three numbers as a plain tuple of floats."""
    first, second, third = (float(value) for value in values)
    return first, second, third


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned block.

    Args:
        low_xyz: Smallest corner in metres.
        high_xyz: Largest corner in metres.
        rgb: Linear albedo.
        bands: Colours that replace `rgb` in turn along the axis `band_axis`, as books or drawers do; empty for none.
        band_axis: 0, 1 or 2.
        band_m: Width of a band in metres.
        gap: Dark share of each band.
    """

    low_xyz: tuple[float, float, float]
    high_xyz: tuple[float, float, float]
    rgb: Rgb
    bands: tuple[Rgb, ...] = ()
    band_axis: int = 2
    band_m: float = 0.2
    gap: float = 0.08

    def colour_at(self, along: Image) -> NDArray[np.float32]:
        """Albedo (n, 3) of places by their coordinate (n,) on `band_axis`."""
        if not self.bands:
            return np.broadcast_to(np.asarray(self.rgb, np.float32), (len(along), 3))
        step = (along - np.float32(self.low_xyz[self.band_axis])) / np.float32(self.band_m) + np.float32(1e-3)
        band = step.astype(np.int64)
        between = np.where(step - band > 1.0 - self.gap, np.float32(0.25), np.float32(1))
        return np.asarray(np.asarray(self.bands, np.float32)[band % len(self.bands)] * between[:, None], np.float32)


@dataclass(frozen=True, slots=True)
class Panel:
    """A flat rectangular light.

    Args:
        centre_xyz: Metres.
        right_xyz: Half of its width as a vector, metres.
        up_xyz: Half of its height as a vector, metres; ``right x up`` points to the side that shines.
        rgb: Radiance.
        floating: True for a lamp that hangs in the room and is seen; False where the wall already shows it.
    """

    centre_xyz: tuple[float, float, float]
    right_xyz: tuple[float, float, float]
    up_xyz: tuple[float, float, float]
    rgb: Rgb
    floating: bool = False

    @property
    def normal_area(self) -> NDArray[np.float64]:
        """Unit normal times area in square metres, (3,)."""
        return 4.0 * np.cross(self.right_xyz, self.up_xyz)


@dataclass(slots=True, eq=False)
class BoxWorld:
    """A room from (0, 0, 0) to `size_xyz`, seen from `eye_xyz`.

    Args:
        size_xyz: East, north and up, metres.
        eye_xyz: Where the map is taken.
        texels: Pixels along each side of a wall's picture.
        boxes: What stands in the room.
        panels: What lights it.
    """

    size_xyz: tuple[float, float, float]
    eye_xyz: tuple[float, float, float]
    texels: int = 256
    boxes: list[Box] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    albedo: NDArray[np.float32] = field(init=False)
    emission: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.albedo = np.full((6, self.texels, self.texels, 3), 0.5, np.float32)
        self.emission = np.zeros((6, self.texels, self.texels, 3), np.float32)

    def face_size_m(self, face: int) -> tuple[float, float]:
        """Length of the two sides of a face: level and upright for walls, east and north for floor and ceiling."""
        x, y, z = self.size_xyz
        return ((y, z), (y, z), (x, z), (x, z), (x, y), (x, y))[face]

    def paint(self, face: int, rgb: Any) -> None:
        """Give a whole face one colour, or a picture float32 (texels, texels, 3) whose first row is at zero."""
        self.albedo[face] = rgb

    def rectangle(self, face: int, box_m: tuple[float, float, float, float], rgb: Any, shine: Any = None) -> None:
        """Paint a rectangle (u0, v0, u1, v1 in metres) on a face; `shine` makes it emit that radiance.

        `rgb` or `shine` may be a picture float32 (rows, columns, 3), first row at v0, which is stretched to fit.
        """
        wide, high = self.face_size_m(face)
        u0, v0, u1, v1 = box_m
        columns = [min(max(round(u / wide * self.texels), 0), self.texels) for u in (u0, u1)]
        rows = [min(max(round(v / high * self.texels), 0), self.texels) for v in (v0, v1)]
        if columns[1] <= columns[0] or rows[1] <= rows[0]:
            return
        target = np.s_[rows[0] : rows[1], columns[0] : columns[1]]
        size_wh = (columns[1] - columns[0], rows[1] - rows[0])
        for canvas, value in ((self.albedo, rgb), (self.emission, shine)):
            if value is None:
                continue
            picture = np.asarray(value, np.float32)
            canvas[face][target] = picture if picture.ndim == 1 else cv2.resize(picture, size_wh)

    def shining(self, face: int, box_m: tuple[float, float, float, float], rgb: Any, brightness: Rgb) -> None:
        """Paint a shining rectangle on a face and let it light the room.

        Args:
            face: Which wall.
            box_m: u0, v0, u1, v1 in metres.
            rgb: Its radiance, one colour or a picture.
            brightness: Mean radiance with which it lights the room.
        """
        self.rectangle(face, box_m, (0.05, 0.05, 0.05), rgb)
        u0, v0, u1, v1 = box_m
        x, y, z = self.size_xyz
        u, v, du, dv = (u0 + u1) / 2, (v0 + v1) / 2, (u1 - u0) / 2, (v1 - v0) / 2
        place: tuple[tuple[tuple[float, float, float], ...], ...] = (
            ((x, u, v), (0, -du, 0), (0, 0, dv)),
            ((0, u, v), (0, du, 0), (0, 0, dv)),
            ((u, y, v), (du, 0, 0), (0, 0, dv)),
            ((u, 0, v), (-du, 0, 0), (0, 0, dv)),
            ((u, v, z), (-du, 0, 0), (0, dv, 0)),
            ((u, v, 0), (du, 0, 0), (0, dv, 0)),
        )
        centre, right, up = place[face]
        self.panels.append(Panel(centre, right, up, brightness))

    def render(self, ambient: Rgb, smooth_px: float = 0.7) -> NDArray[np.float32]:
        """Return what the eye sees all around, float32 (height, 2 * height, 3).

        Args:
            ambient: Light that comes from everywhere, as the radiance of a white surface.
            smooth_px: Blur that takes the steps off edges.
        """
        points, weights = self._light_samples()
        picture = self._lit_walls(points, weights, ambient)
        grid = direction_grid()
        rays = (grid.x, grid.y, grid.z)
        distance, radiance = self._look_at_walls(rays, picture)
        for box in self.boxes:
            self._trace_box(box, rays, distance, radiance, points, weights, ambient)
        for panel in self.panels:
            if panel.floating:
                self._trace_panel(panel, rays, distance, radiance)
        wrapped = cv2.copyMakeBorder(radiance, 0, 0, 4, 4, cv2.BORDER_WRAP)
        return np.ascontiguousarray(cv2.GaussianBlur(wrapped, (0, 0), smooth_px)[:, 4:-4])

    def _light_samples(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points (n, 3) on all panels, and (n, 6): normal times area and radiance of each."""
        points, weights = [], []
        for panel in self.panels:
            sides = np.linalg.norm(panel.right_xyz), np.linalg.norm(panel.up_xyz)
            across = 2 if sides[0] > 0.95 else 1
            upright = 2 if sides[1] > 0.95 else 1
            for i in range(across):
                for j in range(upright):
                    u, v = (2 * i + 1) / across - 1, (2 * j + 1) / upright - 1
                    points.append(
                        np.asarray(panel.centre_xyz) + u * np.asarray(panel.right_xyz) + v * np.asarray(panel.up_xyz)
                    )
                    weights.append(np.concatenate([panel.normal_area / (across * upright), panel.rgb]))
        return np.array(points, np.float32).reshape(-1, 3), np.array(weights, np.float32).reshape(-1, 6)

    @staticmethod
    def _irradiance(
        places: Sequence[Image],
        normals: Sequence[Image],
        points: NDArray[np.float32],
        weights: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Light from all samples on places with normals (each three float32 (n,)), over pi: float32 (n, 3)."""
        total = [np.zeros(places[0].shape, np.float32) for _ in range(3)]
        for point, weight in zip(points, weights, strict=True):
            away = [part - place for part, place in zip(point, places, strict=True)]
            square = away[0] * away[0] + away[1] * away[1] + away[2] * away[2]
            receives = np.maximum(away[0] * normals[0] + away[1] * normals[1] + away[2] * normals[2], 0.0)
            sends = np.maximum(-(away[0] * weight[0] + away[1] * weight[1] + away[2] * weight[2]), 0.0)
            area = float(np.linalg.norm(weight[:3]))
            # The area under the root keeps places close to a large light from burning out.
            share = receives * sends / (square * square + np.float32(0.35 * area * area + 1e-4))
            for channel in range(3):
                total[channel] += share * np.float32(weight[3 + channel] / math.pi)
        return np.stack(total, axis=-1)

    def _lit_walls(self, points: NDArray[np.float32], weights: NDArray[np.float32], ambient: Rgb) -> Any:
        """Radiance of all faces, one above the other, float32 (6 * texels, texels, 3)."""
        steps = (np.arange(_LIGHT_GRID, dtype=np.float32) + 0.5) / _LIGHT_GRID
        u, v = np.meshgrid(steps, steps)
        zero, one = np.zeros_like(u), np.ones_like(u)
        size = np.array(self.size_xyz, np.float32)
        unit = ((one, u, v), (zero, u, v), (u, one, v), (u, zero, v), (u, v, one), (u, v, zero))
        inward = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], np.float32)
        places = np.stack([np.stack(face, axis=-1) for face in unit]).reshape(-1, 3).astype(np.float32) * size
        normals = np.repeat(inward, _LIGHT_GRID * _LIGHT_GRID, axis=0)
        split_places, split_normals = _columns(places), _columns(normals)
        light = self._irradiance(split_places, split_normals, points, weights).reshape(6, _LIGHT_GRID, _LIGHT_GRID, 3)
        # Corners see less of the room.
        corner = 1.0 - 0.30 * (np.exp(-np.minimum(u, 1 - u) / 0.05) + np.exp(-np.minimum(v, 1 - v) / 0.05))
        light += np.asarray(ambient, np.float32) * corner[None, :, :, None].astype(np.float32)
        faces = []
        for face in range(6):
            fine = cv2.resize(light[face], (self.texels, self.texels), interpolation=cv2.INTER_LINEAR)
            if face == FLOOR:
                fine = fine * self._under_boxes()[..., None]
            faces.append(self.albedo[face] * fine + self.emission[face])
        return np.concatenate(faces)

    def _under_boxes(self) -> Image:
        """How much light reaches each texel of the floor past the feet of the boxes, 0..1."""
        coarse = min(self.texels, 128)
        at = (np.arange(coarse, dtype=np.float32) + 0.5) / coarse
        x, y = (at * self.size_xyz[0])[None, :], (at * self.size_xyz[1])[:, None]
        light = np.ones((coarse, coarse), np.float32)
        for box in self.boxes:
            if box.low_xyz[2] > 1.2:
                continue
            beside_x = np.maximum(np.maximum(box.low_xyz[0] - x, x - box.high_xyz[0]), 0.0)
            beside_y = np.maximum(np.maximum(box.low_xyz[1] - y, y - box.high_xyz[1]), 0.0)
            away = np.sqrt(beside_x * beside_x + beside_y * beside_y) + 0.5 * box.low_xyz[2]
            light *= 1.0 - 0.65 * np.exp(-away / 0.28)
        return np.asarray(cv2.resize(light, (self.texels, self.texels)), np.float32)

    def _look_at_walls(self, rays: tuple[Image, Image, Image], picture: Any) -> tuple[Image, NDArray[np.float32]]:
        """Distance to the walls along each ray, and their radiance there."""
        faces_of_axis = ((EAST, WEST), (NORTH, SOUTH), (CEILING, FLOOR))
        distance = np.full(rays[0].shape, np.inf, np.float32)
        face = np.zeros(rays[0].shape, np.int32)
        for axis, (ray, size, eye) in enumerate(zip(rays, self.size_xyz, self.eye_xyz, strict=True)):
            ahead = ray > 0
            safe = np.where(np.abs(ray) < 1e-6, np.float32(1e-6), ray)
            reach = np.where(ahead, np.float32(size - eye), np.float32(-eye)) / safe
            reach = np.where(reach < 0, np.float32(np.inf), reach)
            nearer = reach < distance
            np.copyto(distance, reach, where=nearer)
            np.copyto(face, np.where(ahead, *faces_of_axis[axis]), where=nearer)
        hit = [
            np.clip((np.float32(eye) + ray * distance) * np.float32(1 / size), 0.0, 1.0)
            for ray, eye, size in zip(rays, self.eye_xyz, self.size_xyz, strict=True)
        ]
        edge = np.float32(self.texels - 1)
        u = np.where(face <= WEST, hit[1], hit[0]) * edge
        v = np.where(face >= CEILING, hit[1], hit[2]) * edge + face.astype(np.float32) * np.float32(self.texels)
        seen = cv2.remap(picture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return distance, np.asarray(seen, np.float32)

    def _trace_box(
        self,
        box: Box,
        rays: tuple[Image, Image, Image],
        distance: Image,
        radiance: NDArray[np.float32],
        points: NDArray[np.float32],
        weights: NDArray[np.float32],
        ambient: Rgb,
    ) -> None:
        for window in self._windows_of(box):
            views = tuple(ray[window] for ray in rays)
            enter = np.full(views[0].shape, -np.inf, np.float32)
            leave = np.full(views[0].shape, np.inf, np.float32)
            axis_hit = np.zeros(enter.shape, np.int8)
            for axis, ray in enumerate(views):
                inverse = 1.0 / np.where(np.abs(ray) < 1e-6, np.float32(1e-6), ray)
                first = np.float32(box.low_xyz[axis] - self.eye_xyz[axis]) * inverse
                second = np.float32(box.high_xyz[axis] - self.eye_xyz[axis]) * inverse
                near = np.minimum(first, second)
                later = near > enter
                np.copyto(enter, near, where=later)
                np.copyto(axis_hit, np.int8(axis), where=later)
                np.minimum(leave, np.maximum(first, second), out=leave)
            hit = (enter < leave) & (enter > 0) & (enter < distance[window])
            if not hit.any():
                continue
            reach = enter[hit]
            places = tuple(np.float32(eye) + ray[hit] * reach for eye, ray in zip(self.eye_xyz, views, strict=True))
            facing = axis_hit[hit]
            normals = tuple(
                np.where(facing == axis, -np.sign(ray[hit]), np.float32(0)) for axis, ray in enumerate(views)
            )
            light = self._irradiance(places, normals, points, weights) + np.asarray(ambient, np.float32)
            light *= (0.45 + 0.55 * np.clip(places[2] / 0.7, 0.0, 1.0)).astype(np.float32)[:, None]
            distance[window][hit] = reach
            radiance[window][hit] = box.colour_at(places[box.band_axis]) * light

    def _windows_of(self, box: Box) -> list[tuple[slice, slice]]:
        """Parts of the map in which a box can be seen: one, or two where it crosses the seam in the south."""
        low, high = np.array(box.low_xyz), np.array(box.high_xyz)
        eye = np.array(self.eye_xyz)
        nearest = np.hypot(*np.maximum(np.maximum(low - eye, eye - high), 0.0)[:2])
        farthest = np.hypot(*np.maximum(np.abs(low - eye), np.abs(high - eye))[:2])
        top = max(math.atan2(high[2] - eye[2], distance) for distance in (nearest, farthest))
        bottom = min(math.atan2(low[2] - eye[2], distance) for distance in (nearest, farthest))
        first_row = max(int((0.5 - top / math.pi) * MAP_HEIGHT) - 1, 0)
        rows = slice(first_row, min(int((0.5 - bottom / math.pi) * MAP_HEIGHT) + 2, MAP_HEIGHT))
        width = 2 * MAP_HEIGHT
        if nearest < 1e-6:
            return [(rows, slice(0, width))]
        corners = np.array([(x, y) for x in (low[0], high[0]) for y in (low[1], high[1])]) - eye[:2]
        azimuth = np.arctan2(corners[:, 0], corners[:, 1])
        middle = math.atan2(*((low + high)[:2] / 2 - eye[:2]))
        spread = (azimuth - middle + np.pi) % (2 * np.pi) - np.pi
        first = math.floor(((middle + spread.min()) / (2 * np.pi) + 0.5) * width) - 1
        last = math.ceil(((middle + spread.max()) / (2 * np.pi) + 0.5) * width) + 1
        pieces = ((first, last), (first + width, last + width), (first - width, last - width))
        spans = [(max(start, 0), min(end, width)) for start, end in pieces]
        return [(rows, slice(start, end)) for start, end in spans if start < end]

    def _trace_panel(
        self, panel: Panel, rays: tuple[Image, Image, Image], distance: Image, radiance: NDArray[np.float32]
    ) -> None:
        """A hanging lamp: shining on its front, with a dark frame, and dark behind."""
        right, up = np.asarray(panel.right_xyz, float), np.asarray(panel.up_xyz, float)
        normal = np.cross(right, up)
        normal /= np.linalg.norm(normal)
        to_centre = np.asarray(panel.centre_xyz) - np.asarray(self.eye_xyz)
        facing = sum(ray * np.float32(part) for ray, part in zip(rays, normal, strict=True))
        safe = np.where(np.abs(facing) < 1e-5, np.float32(1e-5), facing)
        reach = np.float32(to_centre @ normal) / safe

        def offset(side: NDArray[np.float64]) -> Image:
            unit = side / (side @ side)
            along = sum(ray * np.float32(part) for ray, part in zip(rays, unit, strict=True))
            return np.abs(along * reach - np.float32(to_centre @ unit))

        u, v = offset(right), offset(up)
        hit = (reach > 0) & (reach < distance) & (u < 1.06) & (v < 1.06)
        if not hit.any():
            return
        shines = hit & (facing < 0) & (u < 1.0) & (v < 1.0)
        # Brightest in the middle, as a lamp behind cloth is.
        fall = 1.0 - 0.32 * (u[shines] ** 2 + v[shines] ** 2)
        distance[hit] = reach[hit]
        radiance[hit] = 0.02
        radiance[shines] = fall[:, None] * np.asarray(panel.rgb, np.float32)


def _columns(values_n3: NDArray[np.float32]) -> tuple[Image, Image, Image]:
    x, y, z = (np.ascontiguousarray(values_n3[:, axis]) for axis in range(3))
    return x, y, z
