"""What lies on the front glass, as maps over the picture: drops that refract, dirt that hides, grease that scatters.

A drop is a spherical cap on flat glass. A ray along the axis meets its surface at the angle a with sin a = rho sin c
(rho the distance from the middle in radii, c the contact angle) and leaves it deflected by asin(n sin a) - a with
n = 1.33, towards the other side: a drop shows a wide view, upside down. Where n sin a reaches 1 no light passes, which
makes the dark rim of steep drops. The lens is focused far beyond, so all this is blurred by a disc as wide as the
pupil, seen from the glass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.arrays import frozen_array
from synthvision.core.streams import rng_for
from synthvision.scene import LensSurface

__all__ = ["SurfaceMaps", "surface_maps"]

Float32 = NDArray[np.float32]

WATER_INDEX = 1.33
_CONTACT_DEG = (30.0, 60.0)
#: Share of the light that two surfaces of water reflect at steep angles.
_PASSED = 0.96
#: A map is coarser than the picture, but has at least this many texels across the blur.
_TEXELS_ACROSS_BLUR = 3.0
_COARSEST = 8
#: Most that grease scatters.
_MOST_SCATTERED = 0.55
_MAPS_KEPT = 2


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceMaps:
    """Maps over the whole picture, coarser than it, first row at the top.

    Args:
        drops_hwc: float32 (rows, columns, 4): where a drop looks, right and down of the pixel, in pixels of the picture
            (mean over the blur); share of the pixel's own light that drops cover; share of their own view that they
            pass on, of the same total.
        film_hwc: float32 (rows, columns, 2): share that dirt takes away, share that grease scatters.
        spread_px: How far the views that one pixel mixes lie apart, typically, in pixels of the picture.
        transmittance_hw: float32 (height, width) of the picture: share of each pixel's own light that gets through.
    """

    drops_hwc: Float32
    film_hwc: Float32
    spread_px: float
    transmittance_hw: Float32

    def __post_init__(self) -> None:
        for name in ("drops_hwc", "film_hwc", "transmittance_hw"):
            array = getattr(self, name)
            object.__setattr__(self, name, frozen_array(name, array, np.float32, array.shape))


@lru_cache(maxsize=_MAPS_KEPT)
def surface_maps(surface: LensSurface, size_wh: tuple[int, int], focal_px: float) -> SurfaceMaps:
    """Return the maps of a front glass; the last few are kept.

    Args:
        surface: What lies on it.
        size_wh: Size of the picture.
        focal_px: Focal length in pixels.
    """
    px_per_m = focal_px / surface.glass_distance_m
    blur_px = surface.pupil_m * px_per_m
    scale = 1
    while scale < _COARSEST and blur_px / (2 * scale) >= _TEXELS_ACROSS_BLUR:
        scale *= 2
    canvas = _Canvas(size_wh, scale, math.ceil(blur_px / 2 / scale) + 1)
    _draw_drops(canvas, surface, px_per_m, focal_px)
    dirt = _draw_specks(canvas, surface, px_per_m)
    grease = _draw_grease(canvas, surface)
    kernel = _disc(blur_px / scale)
    drops = canvas.cut(_blurred(canvas.drops, kernel))
    film = canvas.cut(_blurred(np.dstack([dirt, grease]), kernel))
    covered = drops[..., 2]
    weight = np.maximum(covered, 1e-4)[..., None]
    mean = drops[..., :2] / weight
    variance = np.maximum(drops[..., 4:5] / weight - (mean**2).sum(axis=2, keepdims=True), 0.0)
    spread = float(np.sqrt((variance[..., 0] * covered).sum() / max(float(covered.sum()), 1e-6)))
    through = (1 - covered) * (1 - film[..., 0]) * (1 - film[..., 1])
    return SurfaceMaps(
        drops_hwc=np.ascontiguousarray(np.dstack([mean, covered, drops[..., 3]]), np.float32),
        film_hwc=np.ascontiguousarray(film, np.float32),
        spread_px=spread,
        transmittance_hw=canvas.enlarge(through),
    )


class _Canvas:
    """A coarse picture with a margin, on which things may lie half outside.

    Args:
        size_wh: Size of the picture.
        scale: Pixels of the picture per texel.
        margin: Texels on each side.
    """

    def __init__(self, size_wh: tuple[int, int], scale: int, margin: int) -> None:
        self.size_wh, self.scale, self.margin = size_wh, scale, margin
        self.inner_wh = (-(-size_wh[0] // scale), -(-size_wh[1] // scale))
        columns, rows = self.inner_wh[0] + 2 * margin, self.inner_wh[1] + 2 * margin
        #: View right, view down, coverage, coverage times what passes, squared length of the view; the views and the
        #: square times the coverage.
        self.drops = np.zeros((rows, columns, 5), np.float32)

    def window(self, centre_px: tuple[float, float], reach_px: float) -> tuple[slice, slice, Float32, Float32]:
        """Return the rows and columns around a point, and how far each texel lies right of it and below it."""
        slices, axes = [], []
        for axis, centre in enumerate(centre_px):
            middle = centre / self.scale + self.margin
            reach = reach_px / self.scale + 1
            limit = self.drops.shape[1 - axis]
            first, last = (min(max(math.floor(middle + side * reach), 0), limit) for side in (-1, 1))
            slices.append(slice(first, last))
            axes.append(((np.arange(first, last, dtype=np.float32) + 0.5 - middle) * self.scale).astype(np.float32))
        return slices[1], slices[0], axes[0][None, :], axes[1][:, None]

    def cut(self, array: Float32) -> Float32:
        """Return an array without the margin."""
        margin = self.margin
        return array[margin : margin + self.inner_wh[1], margin : margin + self.inner_wh[0]]

    def enlarge(self, array: Float32) -> Float32:
        """Return a coarse array at the picture's size."""
        width, height = self.size_wh
        whole = (self.inner_wh[0] * self.scale, self.inner_wh[1] * self.scale)
        large = cv2.resize(array, whole, interpolation=cv2.INTER_LINEAR)[:height, :width]
        return np.ascontiguousarray(np.clip(large, 0.0, 1.0), np.float32)


def _draw_drops(canvas: _Canvas, surface: LensSurface, px_per_m: float, focal_px: float) -> None:
    rng = rng_for(surface.seed, 0, "lens_surface.drops")
    width, height = canvas.size_wh
    for _ in range(surface.drops):
        radius = _log_uniform(rng, surface.drop_radius_m) * px_per_m
        centre = (rng.uniform(-0.5 * radius, width + 0.5 * radius), rng.uniform(-0.5 * radius, height + 0.5 * radius))
        contact = math.radians(rng.uniform(*_CONTACT_DEG))
        outline = _Outline(rng, 0.12)
        sag = rng.uniform(0.0, 0.25)
        rows, columns, right, down = canvas.window(centre, 1.5 * radius)
        # Gravity leaves the upper part of a drop flatter and draws its lower part out.
        down = down * (1 - sag * np.clip(down / radius, -1, 1) * 0.5)
        far = np.hypot(right, down) + np.float32(1e-6)
        rho = far / (radius * outline.at(right, down))
        cover = np.clip((1 - rho) * radius / canvas.scale + 0.5, 0.0, 1.0).astype(np.float32)
        sine = np.minimum(rho, 1.0) * math.sin(contact)
        leaving = WATER_INDEX * sine
        passes = np.where(leaving < 0.999, _PASSED * (1 - np.clip(leaving, 0, 1) ** 8), 0.0)
        deflection = np.arcsin(np.minimum(leaving, 0.98)) - np.arcsin(sine)
        view = -focal_px * np.tan(deflection) / far
        new = np.stack(
            [view * right * cover, view * down * cover, cover, cover * passes, (view * far) ** 2 * cover], axis=2
        )
        canvas.drops[rows, columns] = canvas.drops[rows, columns] * (1 - cover[..., None]) + new


def _draw_specks(canvas: _Canvas, surface: LensSurface, px_per_m: float) -> Float32:
    rng = rng_for(surface.seed, 0, "lens_surface.specks")
    width, height = canvas.size_wh
    through = np.ones(canvas.drops.shape[:2], np.float32)
    for _ in range(surface.specks):
        radius = _log_uniform(rng, surface.speck_radius_m) * px_per_m
        centre = (rng.uniform(0, width), rng.uniform(0, height))
        outline = _Outline(rng, 0.35)
        opacity = rng.uniform(0.5, 1.0)
        # A speck smaller than a texel takes its share of one.
        drawn = max(radius, 0.6 * canvas.scale)
        opacity *= (radius / drawn) ** 2
        rows, columns, right, down = canvas.window(centre, 2.0 * drawn)
        rho = np.hypot(right, down) / (drawn * outline.at(right, down))
        through[rows, columns] *= 1 - opacity * np.clip((1 - rho) * drawn / canvas.scale + 0.5, 0.0, 1.0)
    return 1 - through


def _draw_grease(canvas: _Canvas, surface: LensSurface) -> Float32:
    """Return the share that a wiped film scatters: patches drawn out along one direction."""
    rows, columns = canvas.drops.shape[:2]
    if surface.smudge == 0:
        return np.zeros((rows, columns), np.float32)
    rng = rng_for(surface.seed, 0, "lens_surface.smudge")
    angle = rng.uniform(0, math.pi)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) / np.float32(rows)
    along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    pattern = np.zeros((rows, columns), np.float32)
    for octave in range(4):
        grid = rng.uniform(0.0, 1.0, (64, 64)).astype(np.float32)
        finer = 2.0**octave
        sampled = cv2.remap(
            grid,
            np.mod(along * np.float32(1.5 * finer) + 20, 60).astype(np.float32),
            np.mod(across * np.float32(5.0 * finer) + 20, 60).astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_WRAP,
        )
        pattern += np.asarray(sampled, np.float32) / np.float32(finer)
    pattern = (pattern - pattern.min()) / max(float(np.ptp(pattern)), 1e-6)
    return np.asarray(surface.smudge * _MOST_SCATTERED * pattern**1.5, np.float32)


class _Outline:
    """Radius by direction: 1, and a few waves.

    Args:
        rng: Where the waves come from.
        roughness: How strong they are.
    """

    def __init__(self, rng: np.random.Generator, roughness: float) -> None:
        self._heights = rng.normal(0.0, roughness / 2, 3) / (1, 1.5, 2)
        self._phases = rng.uniform(0, 2 * math.pi, 3)

    def at(self, right: Float32, down: Float32) -> Float32:
        """Return the radius in the directions of points."""
        angle = np.arctan2(down, right)
        waves = sum(
            height * np.cos((index + 2) * angle + phase)
            for index, (height, phase) in enumerate(zip(self._heights, self._phases, strict=True))
        )
        return np.asarray(np.maximum(1 + waves, 0.4), np.float32)


def _log_uniform(rng: np.random.Generator, span: tuple[float, float]) -> float:
    return math.exp(rng.uniform(math.log(span[0]), math.log(span[1])))


def _disc(diameter: float) -> Float32:
    """Return a disc with soft edges that sums to 1."""
    reach = math.ceil(diameter / 2 + 0.5)
    steps = np.arange(-reach, reach + 1)
    disc = np.clip(diameter / 2 + 0.5 - np.hypot(steps[:, None], steps[None, :]), 0.0, 1.0)
    return np.asarray(disc / disc.sum(), np.float32)


def _blurred(array: Float32, kernel: Float32) -> Float32:
    channels = [cv2.filter2D(np.ascontiguousarray(array[..., index]), -1, kernel) for index in range(array.shape[2])]
    return np.asarray(np.dstack(channels), np.float32)
