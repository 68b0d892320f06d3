"""Tileable noise and the maps made from it: the toolkit of all procedural materials.

Every function wraps around at the borders, so that its result repeats without a seam, and depends on nothing but its
arguments: the same generator state gives the same pixels on any number of threads. Images are float32 (height, width);
noise has mean 0 and standard deviation 1 over the tile unless stated otherwise, so that a threshold is a known share
of the area (``noise > 1`` is about 16 % of it).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.library.model import Texture, Wrap

__all__ = [
    "ambient_occlusion",
    "blur",
    "cell_noise",
    "encode_srgb",
    "fbm",
    "gradient_noise",
    "jittered_points",
    "make_texture",
    "normal_map",
    "normalised",
    "quantise",
    "resize_tile",
    "ridged",
    "smoothstep",
    "texture_key",
    "value_noise",
    "warp",
    "white_noise",
]

Image = NDArray[np.float32]


def normalised(image_hw: Image) -> Image:
    """Return `image_hw` shifted and scaled to mean 0 and standard deviation 1; a constant image gives zeros."""
    mean, std = (float(value[0, 0]) for value in cv2.meanStdDev(image_hw))
    scale = 1.0 / std if std > 1e-12 else 0.0
    return np.asarray(cv2.addWeighted(image_hw, scale, image_hw, 0.0, -mean * scale), np.float32)


def smoothstep(low: float, high: float, image: NDArray[Any]) -> Image:
    """Return 0 up to `low`, 1 from `high` on and a smooth rise between them; float32 of the shape of `image`.

    `low` may be above `high`: the step then falls.
    """
    t = np.clip((np.asarray(image, np.float32) - np.float32(low)) * np.float32(1.0 / (high - low)), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)


def resize_tile(tile_hw: Image, shape_hw: tuple[int, int]) -> Image:
    """Return a tile enlarged with cubic interpolation that wraps around.

    Args:
        tile_hw: float32 (rows, columns) or (rows, columns, channels), one period.
        shape_hw: Height and width of the result in pixels, each at least that of `tile_hw`.

    Raises:
        UsageError: The result would be smaller than the tile.
    """
    (rows, columns), (height, width) = tile_hw.shape[:2], shape_hw
    if height < rows or width < columns:
        raise UsageError(f"resize_tile only enlarges: asked for {shape_hw} from {tile_hw.shape[:2]}")
    if (rows, columns) == (height, width):
        return tile_hw
    # Borders of whole periods of the two pixel grids keep both grids aligned, so that the crop is exact.
    step_y, step_x = rows // math.gcd(rows, height), columns // math.gcd(columns, width)
    pad_y, pad_x = (step * math.ceil(3 / step) for step in (step_y, step_x))
    padded = _wrapped(tile_hw, pad_y, pad_x)
    top, left = pad_y * height // rows, pad_x * width // columns
    large = cv2.resize(padded, (width + 2 * left, height + 2 * top), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[top : top + height, left : left + width])


def blur(image: Image, sigma_px: float, sigma_y_px: float | None = None) -> Image:
    """Return `image` under a Gaussian that wraps around.

    Args:
        image: float32 (height, width) or (height, width, channels).
        sigma_px: Standard deviation along x, and along y where `sigma_y_px` is None; 0 leaves that axis alone.
        sigma_y_px: Standard deviation along y.
    """
    sigma_y = sigma_px if sigma_y_px is None else sigma_y_px
    radius_x, radius_y = (min(math.ceil(3 * sigma), 4096) for sigma in (sigma_px, sigma_y))
    padded = _wrapped(image, radius_y, radius_x)
    kernels = [
        cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F) if radius else np.ones((1, 1), np.float32)
        for radius, sigma in ((radius_x, sigma_px), (radius_y, sigma_y))
    ]
    smooth = cv2.sepFilter2D(padded, cv2.CV_32F, kernels[0], kernels[1])
    height, width = image.shape[:2]
    return np.ascontiguousarray(smooth[radius_y : radius_y + height, radius_x : radius_x + width])


def white_noise(rng: np.random.Generator, shape_hw: tuple[int, int]) -> Image:
    """Return independent pixels, uniform with mean 0 and standard deviation 1, float32 (height, width)."""
    raw = np.frombuffer(rng.bytes(2 * shape_hw[0] * shape_hw[1]), np.uint16).reshape(shape_hw)
    scale = math.sqrt(12.0) / 65536.0
    return np.asarray(
        cv2.addWeighted(raw.astype(np.float32), scale, np.zeros(shape_hw, np.float32), 0.0, -math.sqrt(3.0))
    )


def value_noise(rng: np.random.Generator, shape_hw: tuple[int, int], cells_yx: tuple[int, int]) -> Image:
    """Return smooth noise through random values on a lattice.

    Args:
        rng: Generator to draw from.
        shape_hw: Height and width in pixels.
        cells_yx: Lattice cells from top to bottom and from left to right, 2 or more; different numbers stretch the
            noise. An axis with more cells than pixels is drawn at pixel size.
    """
    cells = _checked_cells(shape_hw, cells_yx)
    return normalised(resize_tile(rng.standard_normal(cells, np.float32), shape_hw))


def gradient_noise(rng: np.random.Generator, shape_hw: tuple[int, int], cells_yx: tuple[int, int]) -> Image:
    """Return Perlin's gradient noise: like `value_noise`, but with hardly anything coarser than a cell.

    Args: see `value_noise`.
    """
    cells = _checked_cells(shape_hw, cells_yx)
    angle = rng.random(cells, np.float32) * np.float32(2 * np.pi)
    (top, rise_y, near_y), (left, rise_x, near_x) = (
        _lattice_axis(count, size) for count, size in zip(cells, shape_hw, strict=True)
    )
    total = np.zeros(shape_hw, np.float32)
    for gradient, along_x in ((np.cos(angle), True), (np.sin(angle), False)):
        rows = np.zeros((shape_hw[0], cells[1]), np.float32)
        for corner in (0, 1):
            weight = near_y[corner] if along_x else near_y[corner] * (rise_y - corner)
            rows += gradient[(top + corner) % cells[0]] * weight[:, None]
        for corner in (0, 1):
            weight = near_x[corner] * (rise_x - corner) if along_x else near_x[corner]
            total += np.take(rows, (left + corner) % cells[1], axis=1) * weight
    return normalised(total)


def fbm(
    rng: np.random.Generator, shape_hw: tuple[int, int], cells_yx: tuple[int, int], octaves: int, gain: float = 0.5
) -> Image:
    """Return fractal noise: octaves of value noise, each twice as fine and `gain` times as strong.

    Octaves are added while the lattice grows, so that all of them together cost little more than the finest.

    Args:
        rng: Generator to draw from.
        shape_hw: Height and width in pixels.
        cells_yx: Lattice of the coarsest octave, see `value_noise`.
        octaves: Number of octaves, 1 or more; those finer than a pixel are left out.
        gain: Amplitude ratio of neighbouring octaves: 0.35 is soft, 0.5 natural, 0.7 rough.
    """
    cells = _checked_cells(shape_hw, cells_yx)
    total = rng.standard_normal(cells, np.float32)
    amplitude = 1.0
    for _ in range(octaves - 1):
        finer = (min(2 * total.shape[0], shape_hw[0]), min(2 * total.shape[1], shape_hw[1]))
        if finer == total.shape:
            break
        amplitude *= gain
        total = resize_tile(total, finer) + np.float32(amplitude) * rng.standard_normal(finer, np.float32)
    return normalised(resize_tile(total, shape_hw))


def ridged(
    rng: np.random.Generator, shape_hw: tuple[int, int], cells_yx: tuple[int, int], octaves: int, gain: float = 0.5
) -> Image:
    """Return ridged noise in 0..1: 1 on thin connected lines, falling off to both sides. Arguments as in `fbm`."""
    total = np.zeros(shape_hw, np.float32)
    weight, amplitude = 0.0, 1.0
    cells = _checked_cells(shape_hw, cells_yx)
    for _ in range(octaves):
        octave = np.abs(value_noise(rng, shape_hw, cells))
        total += np.float32(amplitude) * np.clip(1.0 - 0.8 * octave, 0.0, 1.0) ** 2
        weight += amplitude
        amplitude *= gain
        cells = (min(2 * cells[0], shape_hw[0]), min(2 * cells[1], shape_hw[1]))
    return np.asarray(total / np.float32(weight), np.float32)


def jittered_points(rng: np.random.Generator, cells_yx: tuple[int, int], jitter: float = 0.9) -> NDArray[np.float32]:
    """Return one point in each cell of a grid over the unit square.

    Args:
        rng: Generator to draw from.
        cells_yx: Rows and columns of the grid.
        jitter: 0 puts every point into the middle of its cell, 1 anywhere in it.

    Returns:
        float32 (rows * columns, 2): x and y in 0..1.
    """
    rows, columns = cells_yx
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2).astype(np.float32)
    offset = 0.5 + jitter * (rng.random(grid.shape, np.float32) - 0.5)
    return np.asarray((grid + offset) / np.array([columns, rows], np.float32), np.float32)


def cell_noise(points_xy: NDArray[np.float32], shape_hw: tuple[int, int]) -> tuple[Image, Image, NDArray[np.int32]]:
    """Return the cells nearest to each of some points (Worley noise), wrapping around.

    Args:
        points_xy: float32 (n, 2), x and y in 0..1, e.g. from `jittered_points`; points in one pixel count once.
        shape_hw: Height and width in pixels.

    Returns:
        Distance to the nearest point in pixels, distance to the nearest border between two cells in pixels (both
        float32 (height, width)), and the index of the nearest point, int32 (height, width).
    """
    height, width = shape_hw
    columns = np.minimum((points_xy[:, 0] * width).astype(np.int64), width - 1)
    rows = np.minimum((points_xy[:, 1] * height).astype(np.int64), height - 1)
    owner = np.full(shape_hw, -1, np.int32)
    owner[rows, columns] = np.arange(len(points_xy), dtype=np.int32)
    # No point is farther from a pixel than a few mean spacings; a border of that size makes the transform wrap.
    pad = min(math.ceil(3 * math.sqrt(height * width / len(points_xy))), max(height, width))
    free = np.where(owner < 0, np.uint8(255), np.uint8(0))
    inner = np.s_[pad : pad + height, pad : pad + width]
    near, labels = cv2.distanceTransformWithLabels(
        _wrapped(free, pad, pad), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner_of_label = np.zeros(int(labels.max()) + 1, np.int32)
    padded_owner = _wrapped(owner, pad, pad)
    seeds = padded_owner >= 0
    owner_of_label[labels[seeds]] = padded_owner[seeds]
    index = np.take(owner_of_label, labels)
    border = np.ones(index.shape, np.uint8)
    border[:, 1:] = index[:, 1:] == index[:, :-1]
    border[1:, :] &= index[1:, :] == index[:-1, :]
    edge = cv2.distanceTransform(border, cv2.DIST_L2, 5)
    return near[inner].copy(), edge[inner].copy(), index[inner].copy()


def warp(image: Image, shift_x_px: Image, shift_y_px: Image) -> Image:
    """Return `image` read at places shifted by two images: each pixel takes the value that stands (x, y) further on.

    Args:
        image: float32 (height, width) or (height, width, channels).
        shift_x_px: float32 (height, width), pixels to the right.
        shift_y_px: float32 (height, width), pixels down.
    """
    height, width = image.shape[:2]
    map_x = shift_x_px + np.arange(width, dtype=np.float32)
    map_y = shift_y_px + np.arange(height, dtype=np.float32)[:, None]
    warped = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(warped, np.float32)


def normal_map(height_m_hw: Image, pixel_m: float | tuple[float, float]) -> NDArray[np.uint8]:
    """Return the tangent-space normals of a height image as glTF wants them.

    Red points along +u (right), green to the *top* of the image, blue out of the surface.

    Args:
        height_m_hw: float32 (height, width), metres out of the surface.
        pixel_m: Size of a pixel in metres, or (width, height) of one.

    Returns:
        uint8 (height, width, 3).
    """
    size_x, size_y = pixel_m if isinstance(pixel_m, tuple) else (pixel_m, pixel_m)
    padded = _wrapped(height_m_hw, 1, 1)
    # Scharr's kernel: its weights add up to 32 over a step of one pixel.
    slope_x = cv2.Scharr(padded, cv2.CV_32F, 1, 0, scale=-1.0 / (32.0 * size_x))[1:-1, 1:-1]
    slope_y = cv2.Scharr(padded, cv2.CV_32F, 0, 1, scale=1.0 / (32.0 * size_y))[1:-1, 1:-1]
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + np.float32(1.0))
    scale = np.float32(127.5) / length
    packed = cv2.merge([slope_x * scale, slope_y * scale, scale])
    return np.asarray(cv2.convertScaleAbs(packed, alpha=1.0, beta=127.5), np.uint8)


def ambient_occlusion(height_m_hw: Image, pixel_m: float, radii_m: Sequence[float], strength: float = 1.0) -> Image:
    """Return how open the sky is above each pixel of a height image, 0..1, from its depth under the surroundings.

    Args:
        height_m_hw: float32 (height, width), metres.
        pixel_m: Size of a pixel in metres.
        radii_m: Sizes of the surroundings to look at, metres; each adds its share.
        strength: 1 is physical for gentle slopes, more is darker.
    """
    open_sky = np.ones(height_m_hw.shape, np.float32)
    for radius_m in radii_m:
        around = blur(height_m_hw, max(radius_m / pixel_m, 0.5))
        sunk = np.maximum(around - height_m_hw, 0.0) * np.float32(strength / radius_m)
        open_sky /= 1.0 + sunk
    return open_sky


def quantise(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return values 0..1 as 0..255, rounded and clipped, for data maps."""
    return np.asarray(cv2.convertScaleAbs(np.clip(image, 0.0, 1.0), alpha=255.0), np.uint8)


def encode_srgb(linear: NDArray[Any]) -> NDArray[np.uint8]:
    """Return linear light 0..1 as 8-bit sRGB (IEC 61966-2-1), clipped; any shape.

    Example:
        >>> encode_srgb(np.array([0.0, 0.2140, 1.0], np.float32)).tolist()
        [0, 127, 255]
    """
    level = np.clip(linear, 0.0, 1.0) * np.float32(65535.0) + np.float32(0.5)
    return np.asarray(_srgb_table()[level.astype(np.uint16)], np.uint8)


def texture_key(pixels_hwc: NDArray[np.uint8], *, is_srgb: bool, wrap_uv: tuple[Wrap, Wrap]) -> str:
    """Return a key that is equal for textures of equal content and use, and different otherwise."""
    digest = hashlib.blake2b(np.ascontiguousarray(pixels_hwc).data, digest_size=16, person=b"synthvision")
    digest.update(repr((pixels_hwc.shape, is_srgb, wrap_uv)).encode())
    return f"procedural/{digest.hexdigest()}"


def make_texture(
    pixels: NDArray[np.uint8], *, is_srgb: bool, wrap_uv: tuple[Wrap, Wrap] = ("repeat", "repeat")
) -> Texture:
    """Return a texture of (height, width) or (height, width, channels) pixels under the key of its content."""
    pixels_hwc = pixels[:, :, None] if pixels.ndim == 2 else pixels
    key = texture_key(pixels_hwc, is_srgb=is_srgb, wrap_uv=wrap_uv)
    return Texture(key, np.ascontiguousarray(pixels_hwc), is_srgb, wrap_uv)


def _wrapped(image: NDArray[Any], pad_y: int, pad_x: int) -> NDArray[Any]:
    return np.asarray(cv2.copyMakeBorder(image, pad_y, pad_y, pad_x, pad_x, cv2.BORDER_WRAP))


def _checked_cells(shape_hw: tuple[int, int], cells_yx: tuple[int, int]) -> tuple[int, int]:
    if min(cells_yx) < 2:
        raise UsageError(f"noise needs at least 2 cells along each axis to repeat, got {cells_yx}")
    return min(cells_yx[0], shape_hw[0]), min(cells_yx[1], shape_hw[1])


def _lattice_axis(cells: int, size: int) -> tuple[NDArray[np.int64], Image, tuple[Image, Image]]:
    """Cell of each pixel along one axis, the position in it, and the weights of its lower and upper lattice line."""
    position = (np.arange(size) + 0.5) * cells / size
    cell = position.astype(np.int64)
    inside = (position - cell).astype(np.float32)
    fade = inside**3 * (inside * (inside * 6 - 15) + 10)
    return cell, inside, (1 - fade, fade)


@lru_cache(maxsize=1)
def _srgb_table() -> NDArray[np.uint8]:
    linear = np.arange(65536) / 65535
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(encoded * 255), np.uint8)
