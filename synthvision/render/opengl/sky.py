"""What an environment map gives: illuminance, diffuse light by direction, and its sun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LUMINANCE_WEIGHTS",
    "SkySun",
    "diffuse_map",
    "directions",
    "horizontal_illuminance",
    "octahedral_directions",
    "split_key",
    "split_sun",
]

#: Luminance of linear sRGB primaries (IEC 61966-2-1).
LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])

#: A bright spot within this angle can be a sun or a lamp.
_SPOT_RAD = np.deg2rad(7.0)
_RING_RAD = np.deg2rad(11.0)
#: Only a spot that gives this share of the light on the ground, faced straight, is taken out ...
_SUN_SHARE = 0.2
#: ... and that is small: a window or soft box throws shadows too soft to be told from ambient occlusion.
_LARGEST_DIAMETER_RAD = 0.08
_SMALLEST_DIAMETER_RAD = 0.00925
#: How wide the directed part of a map's light is taken to be, and how much of it throws a shadow at most.
_KEY_DIAMETER_RAD = 0.9
_LARGEST_KEY_SHARE = 0.65
_KEY_TEST_PX = 16


@dataclass(frozen=True, slots=True)
class SkySun:
    """A part of an environment map as a light of its own.

    Args:
        direction_xyz: Unit vector towards it, in the map's frame.
        illuminance_rgb: On a surface that faces it, in map units times steradian.
        angular_diameter_rad: Of a disk with the same spread.
    """

    direction_xyz: tuple[float, float, float]
    illuminance_rgb: tuple[float, float, float]
    angular_diameter_rad: float


def directions(height: int, width: int) -> NDArray[np.float64]:
    """Return unit vectors (height, width, 3) at the texel centres of an equirectangular map."""
    polar = (np.arange(height) + 0.5) / height * np.pi
    around = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    sine = np.sin(polar)[:, None]
    z = np.broadcast_to(np.cos(polar)[:, None], (height, width))
    return np.stack([sine * np.sin(around), sine * np.cos(around), z], axis=-1)


def solid_angles(height: int, width: int) -> NDArray[np.float64]:
    """Return the solid angle of a texel of each row, float64 (height,)."""
    edges = np.cos(np.arange(height + 1) / height * np.pi)
    return (edges[:-1] - edges[1:]) * (2 * np.pi / width)


def horizontal_illuminance(radiance_hwc: NDArray[np.float32]) -> float:
    """Return the illuminance on a horizontal surface that faces up, in map units times steradian."""
    height, width = radiance_hwc.shape[:2]
    edges = np.clip(np.cos(np.arange(height + 1) / height * np.pi), 0.0, 1.0)
    weight = (edges[:-1] ** 2 - edges[1:] ** 2) * np.pi / width
    rows = radiance_hwc.sum(axis=1, dtype=np.float64) @ LUMINANCE_WEIGHTS
    return float(rows @ weight)


def split_sun(radiance_hwc: NDArray[np.float32]) -> tuple[NDArray[np.float32], SkySun | None]:
    """Return the map without its sun, and the sun, or the map itself and None where no small spot dominates.

    The spot is what exceeds the ring around it; the ring's mean takes its place.
    """
    height, width = radiance_hwc.shape[:2]
    luminance = radiance_hwc @ LUMINANCE_WEIGHTS.astype(np.float32)
    row, column = np.unravel_index(int(np.argmax(luminance)), luminance.shape)
    vectors = directions(height, width).astype(np.float32)
    centre = vectors[row, column]
    for _ in range(3):
        angle = np.arccos(np.clip(vectors @ centre, -1.0, 1.0))
        spot = angle < _SPOT_RAD
        weight = np.where(spot, luminance, 0.0) * solid_angles(height, width).astype(np.float32)[:, None]
        centre = np.tensordot(weight, vectors, axes=2)
        centre /= np.linalg.norm(centre)
    angle = np.arccos(np.clip(vectors @ centre, -1.0, 1.0))
    spot = angle < _SPOT_RAD
    ring = (angle >= _SPOT_RAD) & (angle < _RING_RAD)
    around = np.median(radiance_hwc[ring], axis=0)
    excess = np.maximum(radiance_hwc[spot] - around, 0.0).astype(np.float64)
    areas = np.broadcast_to(solid_angles(height, width)[:, None], (height, width))[spot]
    illuminance = areas @ excess
    total = horizontal_illuminance(radiance_hwc)
    if centre[2] < 0.05 or illuminance @ LUMINANCE_WEIGHTS < _SUN_SHARE * total:
        return radiance_hwc, None
    shares = areas * (excess @ LUMINANCE_WEIGHTS)
    # A uniform disk of radius r has a mean squared distance of r^2 / 2 from its centre.
    radius = float(np.sqrt(2 * (shares @ angle[spot].astype(np.float64) ** 2) / shares.sum()))
    if 2 * radius > _LARGEST_DIAMETER_RAD:
        return radiance_hwc, None
    rest = radiance_hwc.copy()
    rest[spot] = np.minimum(radiance_hwc[spot], around)
    x, y, z = (float(value) for value in centre)
    red, green, blue = (float(value) for value in illuminance)
    sun = SkySun(
        (x, y, z),
        (red, green, blue),
        max(2 * radius, _SMALLEST_DIAMETER_RAD),
    )
    return rest, sun


def split_key(radiance_hwc: NDArray[np.float32]) -> SkySun | None:
    """Return the directed part of the light from above as one wide, soft light, or None where there is none.

    Its direction and colour are those of the net flow of light through the upper half of the map, its strength the
    largest share of that flow, up to a cap, that can be taken from every surface's light without leaving a negative
    rest.
    """
    small = _area_reduced(radiance_hwc, 32, 64)
    small[16:] = 0.0
    vectors = directions(32, 64)
    weighted = small * np.broadcast_to(solid_angles(32, 64)[:, None, None], small.shape)
    flow_3c = np.tensordot(vectors, weighted, axes=([0, 1], [0, 1]))
    towards = flow_3c @ LUMINANCE_WEIGHTS
    strength = float(np.linalg.norm(towards))
    if not strength > 0:
        return None
    towards = towards / strength
    flow_rgb = np.maximum(towards @ flow_3c, 0.0)
    facing = octahedral_directions(_KEY_TEST_PX).reshape(-1, 3)
    cosines = facing @ towards
    around = diffuse_map(radiance_hwc, _KEY_TEST_PX, above_only=True).reshape(-1, 3) * np.pi
    turned = (cosines > 0.05)[:, None] & (flow_rgb > 0)[None, :]
    taken = np.where(turned, cosines[:, None] * flow_rgb, 1.0)
    share = min(float(np.min(np.where(turned, around / taken, np.inf))), _LARGEST_KEY_SHARE)
    x, y, z = (float(value) for value in towards)
    red, green, blue = (float(value) for value in share * flow_rgb)
    return SkySun((x, y, z), (red, green, blue), _KEY_DIAMETER_RAD)


def octahedral_directions(side: int) -> NDArray[np.float64]:
    """Return unit vectors (side, side, 3) at the texel centres of an octahedral map with a border of an eighth."""
    axis = ((np.arange(side) + 0.5) / side * 2 - 1) / 0.75
    x, y = (values.copy() for values in np.meshgrid(axis, axis))
    for first, second in ((x, y), (y, x)):
        over = np.abs(first) > 1
        first[over] = np.sign(first[over]) * 2 - first[over]
        second[over] *= -1
    z = 1 - np.abs(x) - np.abs(y)
    below = np.maximum(-z, 0)
    x += np.where(x >= 0, -below, below)
    y += np.where(y >= 0, -below, below)
    vectors = np.stack([x, y, z], axis=-1)
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def diffuse_map(radiance_hwc: NDArray[np.float32], side: int, *, above_only: bool = False) -> NDArray[np.float32]:
    """Return illuminance over pi by the direction that a surface faces, float32 (side, side, 3).

    `above_only` leaves the lower half of the map out, for scenes whose ground hides it.
    Exact for the texels of a 64x32 version of the map: no ringing, no bright specks, whatever the map's peaks.
    """
    small = _area_reduced(radiance_hwc, 32, 64)
    if above_only:
        small[16:] = 0.0
    vectors = directions(32, 64).reshape(-1, 3)
    areas = np.repeat(solid_angles(32, 64), 64)
    cosines = np.maximum(octahedral_directions(side).reshape(-1, 3) @ vectors.T, 0.0) * areas
    # The sum of the weights is pi for an exact quadrature; dividing by it keeps a uniform map uniform.
    cosines /= cosines.sum(axis=1, keepdims=True)
    return (cosines @ small.reshape(-1, 3)).reshape(side, side, 3).astype(np.float32)


def _area_reduced(image_hwc: NDArray[np.float32], height: int, width: int) -> NDArray[np.float64]:
    """Return the image reduced by area means; an image smaller than that is repeated first."""
    rows = max(1, -(-height // image_hwc.shape[0]))
    columns = max(1, -(-width // image_hwc.shape[1]))
    image = np.repeat(np.repeat(image_hwc, rows, axis=0), columns, axis=1).astype(np.float64)
    return _reduced(_reduced(image, height, 0), width, 1)


def _reduced(image: NDArray[np.float64], count: int, axis: int) -> NDArray[np.float64]:
    length = image.shape[axis]
    sums = np.concatenate([np.zeros_like(image.take([0], axis)), np.cumsum(image, axis=axis)], axis=axis)
    edges = np.arange(count + 1) * length / count
    low = np.minimum(edges.astype(np.int64), length - 1)
    fraction = (edges - low).reshape([-1 if k == axis else 1 for k in range(image.ndim)])
    at = sums.take(low, axis) * (1 - fraction) + sums.take(low + 1, axis) * fraction
    means: NDArray[np.float64] = np.diff(at, axis=axis) * (count / length)
    return means
