"""What an environment map gives: illuminance, diffuse light by direction, and its sun."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.library.map_sun import (
    LUMINANCE_WEIGHTS,
    SkySun,
    directions,
    horizontal_illuminance,
    solid_angles,
    split_sun,
)

__all__ = [
    "LUMINANCE_WEIGHTS",
    "SkySun",
    "diffuse_map",
    "directions",
    "horizontal_illuminance",
    "octahedral_directions",
    "small_map",
    "split_key",
    "split_keys",
    "split_sun",
]

#: How wide the directed part of a map's light is taken to be, and how much of it throws a shadow at most.
_KEY_DIAMETER_RAD = 0.9
_LARGEST_KEY_SHARE = 0.65
_KEY_TEST_PX = 16
#: Into how many soft lights the light from above is taken apart, and how wide they can be.
_KEY_COUNT = 3
_KEY_ROUNDS = 12
_FAINTEST_KEY_SHARE = 0.04
_BRIGHT_SHARE = 0.3
_WIDEST_KEY_RAD = 1.35


def split_key(radiance_hwc: NDArray[np.float32]) -> SkySun | None:
    """Return the directed part of the light from above as one wide, soft light, or None where there is none.

    Its direction and colour are those of the net flow of light through the upper half of the map, its strength the
    largest share of that flow, up to a cap, that can be taken from every surface's light without leaving a negative
    rest.
    """
    small = small_map(radiance_hwc)
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


def split_keys(radiance_hwc: NDArray[np.float32]) -> tuple[SkySun, ...]:
    """Return the light from above as a few wide, soft lights, the strongest first: none where there is no light.

    Neighbouring parts of the upper half of the map are put together until few are left (Lloyd's rounds over its
    directions, weighted by their light). Each light has the direction, colour and strength of the net flow of its
    part, and the size of a disk that is spread as wide. On no surface do they give more together than the map does.
    """
    small = small_map(radiance_hwc)[:16]
    vectors = directions(32, 64)[:16].reshape(-1, 3)
    flux_rgb = (small * solid_angles(32, 64)[:16, None, None]).reshape(-1, 3)
    flux = flux_rgb @ LUMINANCE_WEIGHTS
    luminance = small.reshape(-1, 3) @ LUMINANCE_WEIGHTS
    # What stands low in the sky lights the ground little.
    weight = flux * np.maximum(vectors[:, 2], 0.1)
    if not weight.sum() > 0:
        return ()
    centres = [weight @ vectors]
    while len(centres) < _KEY_COUNT:
        units = np.stack(centres) / np.linalg.norm(centres, axis=1, keepdims=True)
        apart = 1 - (vectors @ units.T).max(axis=1)
        centres.append(vectors[int(np.argmax(weight * apart))])
    units = np.stack(centres)
    for _ in range(_KEY_ROUNDS):
        units = units / np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-12)
        nearest = np.argmax(vectors @ units.T, axis=1)
        units = np.stack([(weight * (nearest == k)) @ vectors for k in range(_KEY_COUNT)])
    found = []
    for k in range(_KEY_COUNT):
        part = nearest == k
        # A lamp or a window before a dim room: its own size counts, not that of what surrounds it.
        bright = part & (luminance >= _BRIGHT_SHARE * luminance.max(initial=0.0, where=part))
        part = bright if flux[bright].sum() > 0.5 * flux[part].sum() else part
        flow_3c = vectors[part].T @ flux_rgb[part]
        towards = flow_3c @ LUMINANCE_WEIGHTS
        strength = float(np.linalg.norm(towards))
        if strength < _FAINTEST_KEY_SHARE * flux.sum():
            continue
        x, y, z = (float(value) for value in towards / strength)
        red, green, blue = (float(value) for value in np.maximum(towards / strength @ flow_3c, 0.0))
        # The flow through a disk of half angle a is (1 + cos a) / 2 of its light.
        cosine = np.clip(2 * strength / float(flux[part].sum()) - 1, 0.0, 1.0)
        found.append(
            SkySun((x, y, z), (red, green, blue), float(np.clip(2 * np.arccos(cosine), 0.02, _WIDEST_KEY_RAD)))
        )
    return tuple(sorted(found, key=lambda sun: -float(np.asarray(sun.illuminance_rgb) @ LUMINANCE_WEIGHTS)))


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
    small = small_map(radiance_hwc)
    if above_only:
        small[16:] = 0.0
    vectors = directions(32, 64).reshape(-1, 3)
    areas = np.repeat(solid_angles(32, 64), 64)
    cosines = np.maximum(octahedral_directions(side).reshape(-1, 3) @ vectors.T, 0.0) * areas
    # The sum of the weights is pi for an exact quadrature; dividing by it keeps a uniform map uniform.
    cosines /= cosines.sum(axis=1, keepdims=True)
    return (cosines @ small.reshape(-1, 3)).reshape(side, side, 3).astype(np.float32)


def small_map(image_hwc: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a map reduced to 64x32 texels by area means; one smaller than that is repeated first."""
    height, width = 32, 64
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
