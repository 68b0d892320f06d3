"""Light that air, drops and flakes take from all around: sky and ground as a few numbers, suns, lamps near by.

Sky and ground are projected on real spherical harmonics of bands 0 to 2. Scattering with the phase function of Henyey
and Greenstein ("Diffuse radiation in the galaxy", Astrophysical Journal 93, 1941) multiplies band l by g^l, so one set
of coefficients serves every medium.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.imaging.tools import EnvironmentSource
from synthvision.library.model import EnvironmentMap
from synthvision.scene import Environment, Scene, SunLight

__all__ = ["BANDS", "Ambient", "Sun", "ambient_of", "harmonics"]

Float = NDArray[np.float64]

#: Band of each of the nine coefficients.
BANDS: Final = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Side of the map that is projected.
_SMALL_ROWS = 64
#: A texel of the small map this many times brighter than the mean of the map belongs to a sun ...
_SUN_OVER_MEAN = 12.0
#: ... if these give at least this share of all light.
_SUN_SHARE = 0.05
_SUN_WINDOW_RAD = 0.1
#: Share of light that ground throws back: the mean of land.
_GROUND_ALBEDO = 0.2
_KEPT_MAPS = 8


@dataclass(frozen=True, slots=True)
class Sun:
    """Light from one direction.

    Args:
        direction_xyz: Unit vector towards it, world.
        illuminance_rgb: On what faces it, lux per primary.
    """

    direction_xyz: tuple[float, float, float]
    illuminance_rgb: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Ambient:
    """Light from far away.

    Args:
        sky_93: float64 (9, 3): coefficients of the radiance of sky and ground by direction, world axes, cd/m2, without
            the suns.
        suns: Suns of the scene and of its environment map.
    """

    sky_93: Float
    suns: tuple[Sun, ...]

    @property
    def mean_luminance(self) -> float:
        """Luminance in cd/m2, averaged over all directions, the suns' light spread evenly."""
        suns = sum((np.asarray(sun.illuminance_rgb) for sun in self.suns), np.zeros(3))
        return float((self.sky_93[0] * np.sqrt(1 / (4 * np.pi)) + suns / (4 * np.pi)) @ _LUMINANCE)


def harmonics(directions: Float) -> Float:
    """Return the nine real spherical harmonics of bands 0 to 2 of unit vectors (..., 3): float64 (..., 9).

    In the order 1, y, z, x, xy, yz, 3 z^2 - 1, zx, x^2 - y^2 (Ramamoorthi and Hanrahan, SIGGRAPH 2001).
    """
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack(
        [
            np.full_like(x, 0.28209479177387814),
            0.4886025119029199 * y,
            0.4886025119029199 * z,
            0.4886025119029199 * x,
            1.0925484305920792 * x * y,
            1.0925484305920792 * y * z,
            0.31539156525252005 * (3 * z * z - 1),
            1.0925484305920792 * z * x,
            0.5462742152960396 * (x * x - y * y),
        ],
        axis=-1,
    )


def ambient_of(scene: Scene, assets: EnvironmentSource) -> Ambient:
    """Return the light from far away in a scene.

    The environment map's sun becomes a sun of its own; suns of the scene also light the ground, which throws a fifth
    of it back.

    Raises:
        AssetError: No light comes from above in the environment map, so it cannot be scaled to an illuminance.
    """
    suns = [_sun(light) for light in scene.lights if isinstance(light, SunLight) and light.illuminance_lux > 0]
    # Maps show their own sunlit ground.
    bounce = sum((_on_ground(sun) for sun in suns), np.zeros(3))
    sky = np.outer(_lower_half(), bounce * _GROUND_ALBEDO / np.pi)
    if scene.environment is not None:
        own_sky, own_suns = _environment(scene.environment, assets.load_environment(scene.environment.asset))
        sky, suns = sky + own_sky, suns + own_suns
    return Ambient(sky, tuple(suns))


def _sun(light: SunLight) -> Sun:
    red, green, blue = (float(value) * light.illuminance_lux for value in light.colour)
    return Sun(light.direction_xyz, (red, green, blue))


def _on_ground(sun: Sun) -> Float:
    return np.asarray(sun.illuminance_rgb) * max(sun.direction_xyz[2], 0.0)


def _lower_half() -> Float:
    """Coefficients (9,) of a radiance of 1 from all directions below the horizon."""
    # Integrals of the harmonics over the lower half of the sphere: all but 1 and z vanish or cancel.
    values = np.zeros(9)
    values[0] = 2 * np.pi * 0.28209479177387814
    values[2] = -np.pi * 0.4886025119029199
    return values


def _environment(environment: Environment, source: EnvironmentMap) -> tuple[Float, list[Sun]]:
    found = _analysed(source)
    if not found.illuminance > 0:
        raise AssetError(
            f"environment map {source.key}: light must come from its upper half to scale it to an illuminance, got "
            f"{found.illuminance}"
        )
    scale = environment.illuminance_lux / found.illuminance
    turn = environment.rotation_rad
    suns = []
    if found.sun is not None:
        x, y, z = found.sun.direction_xyz
        cosine, sine = float(np.cos(turn)), float(np.sin(turn))
        red, green, blue = (float(value) * scale for value in found.sun.illuminance_rgb)
        suns.append(Sun((cosine * x - sine * y, sine * x + cosine * y, z), (red, green, blue)))
    return _turned(found.sky_93, turn) * scale, suns


def _turned(sky_93: Float, angle: float) -> Float:
    """Return coefficients of a sky that is turned about z, counter-clockwise seen from above."""
    result = sky_93.copy()
    # Pairs (sine, cosine) of each order m turn like vectors by m times the angle.
    for sine_row, cosine_row, order in ((1, 3, 1), (5, 7, 1), (4, 8, 2)):
        c, s = np.cos(order * angle), np.sin(order * angle)
        result[cosine_row] = c * sky_93[cosine_row] - s * sky_93[sine_row]
        result[sine_row] = s * sky_93[cosine_row] + c * sky_93[sine_row]
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Analysis:
    """A map in its own frame and units."""

    sky_93: Float
    sun: Sun | None
    illuminance: float


_analyses: OrderedDict[str, _Analysis] = OrderedDict()


def _analysed(source: EnvironmentMap) -> _Analysis:
    """Return what a map gives, kept for the last few maps: it takes milliseconds and depends on the map alone."""
    found = _analyses.pop(source.key, None)
    if found is None:
        found = _analyse(source.radiance_hwc)
    _analyses[source.key] = found
    while len(_analyses) > _KEPT_MAPS:
        _analyses.popitem(last=False)
    return found


def _analyse(radiance_hwc: NDArray[np.float32]) -> _Analysis:
    vectors, areas = _directions(*radiance_hwc.shape[:2])
    upward = np.einsum("hwc,hw->c", radiance_hwc, areas * np.maximum(vectors[..., 2], 0.0), optimize=True)
    small, small_vectors, small_areas = _reduced(radiance_hwc, areas)
    luminance = small @ _LUMINANCE
    mean = float((luminance * small_areas).sum() / (4 * np.pi))
    bright = luminance > _SUN_OVER_MEAN * mean
    sun = None
    if bright.any():
        # What exceeds the mean radiance of the rest is the sun's; the rest stays in the sky.
        rest = np.average(small[~bright], axis=0, weights=small_areas[~bright])
        excess = np.where(bright[..., None], np.maximum(small - rest, 0.0), 0.0)
        light = np.einsum("hwc,hw->c", excess, small_areas)
        if light @ _LUMINANCE > _SUN_SHARE * mean * 4 * np.pi:
            red, green, blue = (float(value) for value in light)
            sun = Sun(_brightest(radiance_hwc, vectors, areas), (red, green, blue))
            small = small - excess
    basis = harmonics(small_vectors) * small_areas[..., None]
    sky = np.einsum("hwb,hwc->bc", basis, small)
    return _Analysis(sky, sun, float(upward @ _LUMINANCE))


def _brightest(radiance_hwc: NDArray[np.float32], vectors: Float, areas: Float) -> tuple[float, float, float]:
    """Direction of the light's centre around the brightest texel."""
    luminance = (radiance_hwc @ _LUMINANCE.astype(np.float32)).astype(np.float64)
    row, column = np.unravel_index(int(np.argmax(luminance)), luminance.shape)
    near = vectors @ vectors[row, column] > np.cos(_SUN_WINDOW_RAD)
    threshold = 0.1 * luminance[row, column]
    weight = np.where(near & (luminance > threshold), luminance * areas, 0.0)
    centre = np.einsum("hw,hwc->c", weight, vectors)
    x, y, z = (float(value) for value in centre / np.linalg.norm(centre))
    return x, y, z


def _directions(height: int, width: int) -> tuple[Float, Float]:
    """Unit vectors (height, width, 3) at texel centres, and solid angles (height, width)."""
    polar = (np.arange(height) + 0.5) / height * np.pi
    around = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    sine = np.sin(polar)[:, None]
    upward = np.broadcast_to(np.cos(polar)[:, None], (height, width))
    vectors = np.stack([sine * np.sin(around), sine * np.cos(around), upward], axis=-1)
    edges = np.cos(np.arange(height + 1) / height * np.pi)
    areas = np.broadcast_to(((edges[:-1] - edges[1:]) * (2 * np.pi / width))[:, None], (height, width))
    return vectors, areas


def _reduced(radiance_hwc: NDArray[np.float32], areas: Float) -> tuple[Float, Float, Float]:
    """Return a map of at most 64 rows with its directions and solid angles; the light of each block is kept."""
    height, width = radiance_hwc.shape[:2]
    rows, columns = min(_SMALL_ROWS, height), min(2 * _SMALL_ROWS, width)
    row_starts, column_starts = np.arange(rows) * height // rows, np.arange(columns) * width // columns
    light = np.add.reduceat(radiance_hwc * areas[..., None], row_starts, axis=0)
    light = np.add.reduceat(light, column_starts, axis=1)
    vectors, small_areas = _directions(rows, columns)
    return light / small_areas[..., None], vectors, small_areas
