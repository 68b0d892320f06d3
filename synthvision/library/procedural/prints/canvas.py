"""A small drawing surface with anti-aliasing by supersampling, in sRGB values 0..255."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.prints.lettering import TypeStyle, text_mask

__all__ = ["Canvas", "Ink", "Point", "regular_polygon", "turned_points"]

Ink = tuple[int, int, int]
Point = tuple[float, float]

SHIFT = 4
"""Binary digits after the point that the rasteriser takes for coordinates."""


class Canvas:
    """An image that is drawn on at a multiple of its size and then reduced.

    Coordinates are pixels of the finished image, x to the right and y down, with fractions. Each drawing method
    paints over what is there.

    Args:
        width: Pixels of the finished image.
        height: Rows of the finished image.
        background: sRGB colour to start with.
        scale: How many times larger the drawing is than the finished image.
    """

    def __init__(self, width: int, height: int, background: Ink, scale: int = 2) -> None:
        self.width, self.height, self.scale = width, height, scale
        self._image: NDArray[np.uint8] = np.empty((height * scale, width * scale, 3), np.uint8)
        self._image[:] = background

    def finished(self) -> NDArray[np.uint8]:
        """Return the image at its final size, uint8 (height, width, 3)."""
        if self.scale == 1:
            return self._image.copy()
        return np.asarray(cv2.resize(self._image, (self.width, self.height), interpolation=cv2.INTER_AREA), np.uint8)

    def polygon(self, points: Sequence[Point] | NDArray[Any], ink: Ink) -> None:
        """Fill a polygon."""
        cv2.fillPoly(self._image, [self._fixed(points)], ink, cv2.LINE_AA, SHIFT)

    def rectangle(self, left: float, top: float, right: float, bottom: float, ink: Ink, radius: float = 0.0) -> None:
        """Fill a rectangle, its corners rounded by `radius` pixels."""
        if radius <= 0:
            self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], ink)
            return
        angle = np.arange(4)[:, None] * np.pi / 2 + np.linspace(0, np.pi / 2, 7)
        centres = np.array([[right, bottom], [left, bottom], [left, top], [right, top]], np.float64)
        centres += radius * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        ring = centres[:, None] + radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        self.polygon(ring.reshape(-1, 2), ink)

    def disc(self, centre: Point, radius: float, ink: Ink) -> None:
        """Fill a circle."""
        self.ellipse(centre, (radius, radius), ink)

    def ellipse(self, centre: Point, radii: Point, ink: Ink, turn_rad: float = 0.0) -> None:
        """Fill an ellipse turned clockwise by `turn_rad`."""
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        shape = np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1)
        self.polygon(turned_points(shape, turn_rad) + np.asarray(centre), ink)

    def ring(self, centre: Point, radii: Point, thickness: float, ink: Ink) -> None:
        """Draw the outline of an ellipse, `thickness` pixels wide, the radii meant to its middle."""
        angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        self.line(np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1) + centre, thickness, ink, True)

    def line(self, points: Sequence[Point] | NDArray[Any], thickness: float, ink: Ink, closed: bool = False) -> None:
        """Draw a polyline with round joints, `thickness` pixels wide."""
        width = max(round(thickness * self.scale), 1)
        cv2.polylines(self._image, [self._fixed(points)], closed, ink, width, cv2.LINE_AA, SHIFT)

    def text(
        self,
        text: str,
        centre: Point,
        cap_height: float,
        ink: Ink,
        style: TypeStyle | None = None,
        *,
        max_width: float | None = None,
        turn_rad: float = 0.0,
        outline: tuple[float, Ink] | None = None,
    ) -> None:
        """Write a line of text about a point.

        Args:
            text: What to write.
            centre: Middle of the text.
            cap_height: Height of a capital letter in pixels.
            ink: Colour.
            style: Weight, slant, width and spacing.
            max_width: The text is made smaller where it would be wider than this.
            turn_rad: Turns the text clockwise.
            outline: Width in pixels and colour of a line around the letters.
        """
        size = cap_height * self.scale
        mask = text_mask(text, max(round(size), 4), style or TypeStyle())
        factor = size / max(round(size), 4)
        if max_width is not None:
            factor = min(factor, max_width * self.scale / mask.shape[1])
        if outline is not None:
            reach = max(round(outline[0] * self.scale / factor), 1)
            padded = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
            self._stamp(cv2.dilate(padded, kernel), centre, factor, turn_rad, outline[1])
        self._stamp(mask, centre, factor, turn_rad, ink)

    def blend(self, weight_hw: NDArray[np.float32], ink: Ink) -> None:
        """Mix a colour in by weights 0..1 given at the size of the finished image."""
        large = cv2.resize(weight_hw, (self.width * self.scale, self.height * self.scale))[:, :, None]
        self._image = np.asarray(self._image + (np.array(ink, np.float32) - self._image) * large, np.uint8)

    def repeat_turned(self) -> None:
        """Replace the lower half by the upper half turned by 180 degrees about the middle of the image."""
        half = self._image.shape[0] // 2
        self._image[-half:] = self._image[:half][::-1, ::-1]

    def _stamp(self, mask: NDArray[Any], centre: Point, factor: float, turn_rad: float, ink: Ink) -> None:
        """Paint through a mask about a point."""
        c, s = math.cos(turn_rad) * factor, math.sin(turn_rad) * factor
        mask_h, mask_w = mask.shape
        reach = math.ceil(0.5 * (math.hypot(mask_h, mask_w)) * factor) + 2
        middle_x, middle_y = centre[0] * self.scale, centre[1] * self.scale
        left, right = max(int(middle_x) - reach, 0), min(int(middle_x) + reach, self._image.shape[1])
        top, bottom = max(int(middle_y) - reach, 0), min(int(middle_y) + reach, self._image.shape[0])
        if right <= left or bottom <= top:
            return
        # The warp names pixel centres: the middle of n pixels is (n - 1) / 2.
        move_x = middle_x - 0.5 - left - c * (mask_w - 1) / 2 + s * (mask_h - 1) / 2
        move_y = middle_y - 0.5 - top - s * (mask_w - 1) / 2 - c * (mask_h - 1) / 2
        matrix = np.array([[c, -s, move_x], [s, c, move_y]])
        flags = cv2.INTER_LINEAR
        cover = cv2.warpAffine(mask, matrix, (right - left, bottom - top), flags=flags)
        weight = (cover.astype(np.float32) / 255.0)[:, :, None]
        window = self._image[top:bottom, left:right]
        window[:] = np.asarray(window + (np.array(ink, np.float32) - window) * weight + 0.5, np.uint8)

    def _fixed(self, points: Sequence[Point] | NDArray[Any]) -> NDArray[np.int32]:
        # The rasteriser's coordinates name pixel centres, ours pixel corners.
        scaled = np.asarray(points, np.float64) * self.scale - 0.5
        return np.asarray(np.round(scaled * (1 << SHIFT)), np.int32)


def regular_polygon(
    centre: Point, radius: float, corners: int, turn_rad: float = 0.0, inner: float = 1.0
) -> NDArray[Any]:
    """Return a regular polygon with one corner up, or a star where `inner` (share of the radius) is under 1."""
    count = corners * (1 if inner == 1.0 else 2)
    angle = turn_rad - np.pi / 2 + np.arange(count) * 2 * np.pi / count
    reach = radius * (np.where(np.arange(count) % 2 == 0, 1.0, inner) if inner != 1.0 else np.ones(count))
    corner = np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None]
    return np.asarray(corner + np.asarray(centre), np.float64)


def turned_points(points_n2: Sequence[Point] | NDArray[Any], turn_rad: float) -> NDArray[Any]:
    """Return points turned clockwise (y down) about the origin."""
    c, s = math.cos(turn_rad), math.sin(turn_rad)
    return np.asarray(np.asarray(points_n2, np.float64) @ np.array([[c, s], [-s, c]]), np.float64)
