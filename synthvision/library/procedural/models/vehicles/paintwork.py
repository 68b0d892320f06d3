"""Paint of a vehicle's body: colour, the gaps between its panels, dust and splashed dirt, in one chart.

The chart has, from the top: the side ahead of the middle, the side behind it, the top seen from above, and front and
rear face. Left and right share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Texture
from synthvision.library.procedural.noise import Image, encode_srgb, make_texture, smoothstep
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.wear import wear_masks

__all__ = ["FRONT_CHART", "REAR_CHART", "SIDE_CHART", "TOP_CHART", "Paintwork"]

SIZE_PX = 512
SIDE_CHART, TOP_CHART, FRONT_CHART, REAR_CHART = "side", "top", "front", "rear"
OVERLAP_M = 0.3
"""The two halves of the side overlap by this much on each side of the middle."""

DIRT = np.array([0.13, 0.105, 0.078], np.float32)
Line = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Strip:
    """Where a chart lies in the image: pixels of its origin, and pixels per metre across and up."""

    left: float
    top: float
    per_m: tuple[float, float]

    def pixels(self, a: Floats, b: Floats) -> Floats:
        return np.stack([self.left + a * self.per_m[0], self.top + b * self.per_m[1]], axis=-1)


class Paintwork:
    """The chart of one vehicle.

    Args:
        length_m: Length of the vehicle.
        top_z: Highest point of its sides, metres above the ground.
        half_m: Half its width.
    """

    def __init__(self, length_m: float, top_z: float, half_m: float) -> None:
        self._length, self._top_z, self._half = length_m, top_z, half_m
        along = (SIZE_PX - 6) / (length_m / 2 + 2 * OVERLAP_M)
        tall = 160.0 / (top_z + 0.02)
        self._ahead = _Strip(3 + OVERLAP_M * along, 2 + tall * top_z, (along, -tall))
        self._behind = _Strip(SIZE_PX - 3 - OVERLAP_M * along, 164 + tall * top_z, (along, -tall))
        per_m = (SIZE_PX - 4) / (length_m + 0.1)
        self._above = _Strip(SIZE_PX / 2, 326.0, (per_m, 98.0 / (half_m + 0.04)))
        wide, rise = 250.0 / (half_m + 0.05), 84.0 / (top_z + 0.02)
        self._front = _Strip(2.0, 426 + rise * top_z, (wide, -rise))
        self._rear = _Strip(258.0, 426 + rise * top_z, (wide, -rise))
        self._seams = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
        self._stripes = np.zeros((SIZE_PX, SIZE_PX), np.uint8)

    def uvs(self, mesh: Mesh, chart: str) -> Mesh:
        """Return a mesh with the texture coordinates of a chart."""
        x, y, z = mesh.positions_n3.T
        if chart == TOP_CHART:
            pixels = self._above.pixels(x, np.abs(y))
        elif chart in (FRONT_CHART, REAR_CHART):
            pixels = (self._front if chart == FRONT_CHART else self._rear).pixels(np.abs(y), z)
        else:
            ahead = self._ahead.pixels(x, z), self._behind.pixels(x, z)
            # A triangle over the middle must not be torn: all its corners follow the first one.
            pixels = np.where((self._forward(mesh))[:, None], ahead[0], ahead[1])
        return mesh.with_uvs(pixels / SIZE_PX)

    def clean_uv(self) -> Floats:
        """Return a place of the chart without gaps or splashes, for small painted parts: the middle of the roof."""
        place = self._above.pixels(np.array([-0.1 * self._length]), np.array([0.3 * self._half]))
        return np.asarray(place[0] / SIZE_PX, np.float64)

    def split_side(self, mesh: Mesh) -> tuple[Mesh, Mesh]:
        """Return the parts of a side whose triangles lie ahead of the middle and behind it."""
        middle = mesh.positions_n3[mesh.triangles_m3, 0].mean(axis=1)
        parts = []
        for chosen in (middle >= 0, middle < 0):
            used, index = np.unique(mesh.triangles_m3[chosen], return_inverse=True)
            parts.append(
                Mesh(
                    mesh.positions_n3[used], mesh.normals_n3[used], mesh.uvs_n2[used],
                    index.reshape(-1, 3).astype(np.int64),
                )
            )  # fmt: skip
        return parts[0], parts[1]

    def seam(self, chart: str, line: Line, width_m: float = 0.006, closed: bool = False) -> None:
        """Draw a gap between panels along (x, z) on a side, (x, y) on top, (y, z) at the ends; y is positive."""
        points = np.array(line, np.float64)
        strips = {
            SIDE_CHART: (self._ahead, self._behind),
            TOP_CHART: (self._above,),
            FRONT_CHART: (self._front,),
            REAR_CHART: (self._rear,),
        }[chart]
        for strip in strips:
            pixels = strip.pixels(points[:, 0], points[:, 1])
            # Lines run into the neighbouring strip only where they lie beyond the overlap.
            if pixels[:, 0].min() > SIZE_PX or pixels[:, 0].max() < 0:
                continue
            canvas = np.zeros_like(self._seams)
            thick = max(1, round(width_m * strip.per_m[0]))
            cv2.polylines(canvas, [np.round(pixels * 16 - 8).astype(np.int32)], closed, 255, thick, cv2.LINE_AA, 4)
            self._seams = np.maximum(self._seams, canvas)

    def patch(self, chart: str, outline: Line, depth: float = 0.6) -> None:
        """Darken a small area, such as the hollow behind a handle."""
        points = np.array(outline, np.float64)
        for strip in (self._ahead, self._behind) if chart == SIDE_CHART else (self._above,):
            pixels = strip.pixels(points[:, 0], points[:, 1])
            if pixels[:, 0].min() > SIZE_PX or pixels[:, 0].max() < 0:
                continue
            canvas = np.zeros_like(self._seams)
            cv2.fillPoly(canvas, [np.round(pixels * 16 - 8).astype(np.int32)], int(255 * depth), cv2.LINE_AA, 4)
            self._seams = np.maximum(self._seams, canvas)

    def stripe(self, outline: Line) -> None:
        """Paint an area of the sides, given by (x, z), in the second colour."""
        points = np.array(outline, np.float64)
        for strip, rows in ((self._ahead, (0, 163)), (self._behind, (163, 325))):
            canvas = np.zeros_like(self._stripes)
            pixels = strip.pixels(points[:, 0], points[:, 1])
            cv2.fillPoly(canvas, [np.round(pixels * 16 - 8).astype(np.int32)], 255, cv2.LINE_AA, 4)
            self._stripes[slice(*rows)] = np.maximum(self._stripes, canvas)[slice(*rows)]

    def texture(
        self,
        colour: tuple[float, float, float],
        dirt: float,
        seed: int,
        second: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Texture:
        """Return base colour with gaps and dirt.

        Args:
            colour: Linear RGB of the paint.
            dirt: Amount, 0..1.
            seed: Which blotches, see `wear_masks`.
            second: Linear RGB of the stripes.
        """
        soil = self._soil(dirt, seed)
        gaps = self._seams.astype(np.float32) * np.float32(1 / 255)
        bare = 1 - np.float32(0.93) * gaps
        # Layer over layer is one weight for each colour, the same in all three channels.
        paint = (1 - soil) * bare
        stripes = self._stripes.astype(np.float32) * np.float32(1 / 255)
        weights = cv2.merge([paint * (1 - stripes), paint * stripes, soil * bare, gaps])
        gap_colour = (0.004, 0.004, 0.004)
        colours = np.array([colour, second, tuple(DIRT), gap_colour], np.float32).T
        image = cv2.transform(weights, colours)
        return make_texture(encode_srgb(image), is_srgb=True)

    def _soil(self, dirt: float, seed: int) -> Image:
        masks = wear_masks(seed)
        # Blotches are soft: half the size is enough for them.
        grime, cloud, specks = (mask[:, ::2] for mask in (masks.grime, masks.cloud, masks.specks))
        height = self._height_map()[::2, ::2]
        # Wheels throw up dirt: much at the sill, none above the middle of the doors.
        splash = smoothstep(0.62, 0.16, height + 0.22 * (cloud - 0.5))
        film = 0.16 * grime + 0.10 * cloud
        soil = dirt * (film + 0.75 * splash * (0.45 + 0.55 * cloud) + 0.35 * specks * splash)
        soil = np.asarray(np.clip(soil, 0.0, 0.88), np.float32)
        return np.asarray(cv2.resize(soil, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_LINEAR), np.float32)

    def _height_map(self) -> Image:
        """Height above the ground as a share of the top of the sides, for every pixel; 1 on the top chart."""
        rows = np.arange(SIZE_PX, dtype=np.float32)[:, None]
        height = np.ones((SIZE_PX, SIZE_PX), np.float32)
        for low, high, strip in ((0, 163, self._ahead), (163, 325, self._behind), (425, SIZE_PX, self._front)):
            height[low:high] = (rows[low:high] - strip.top) / (strip.per_m[1] * self._top_z)
        return height

    @staticmethod
    def _forward(mesh: Mesh) -> NDArray[np.bool_]:
        return np.broadcast_to(mesh.positions_n3[:, 0].mean() >= 0, len(mesh.positions_n3))
