"""The sun of an environment map: found where a small bright spot dominates, taken out, and described as a light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LUMINANCE_WEIGHTS", "SkySun", "directions", "horizontal_illuminance", "solid_angles", "split_sun"]

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
