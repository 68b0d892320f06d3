"""What rain and snow do to surfaces: the numpy twin of ``opengl/shaders/surface_weather.glsl``.

Water darkens what soaks it up and smooths what is rough; puddles and snow lie in patches. All of it is a function of
the place in the world, the normal and the weather's seed: patterns stick to the world, and every view and every
backend shows the same. Directions and places are in world axes, metres, Z up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthvision.geometry.world_noise import fractal_noise, fractal_threshold, noise_seed
from synthvision.scene import Weather

__all__ = [
    "FILM_PATCH_M",
    "PUDDLE_EDGE",
    "PUDDLE_ROUGHNESS",
    "SNOW_EDGE",
    "SNOW_ROUGHNESS",
    "WATER_F0",
    "WATER_INDEX",
    "Heights",
    "SurfaceSample",
    "darkened_by_water",
    "mean_albedo",
    "open_heights",
    "puddle_mask",
    "puddle_rim",
    "snow_mask",
    "snow_surface",
    "wet_film",
    "wet_surface",
]

Float = NDArray[np.float32]
#: Lowest and highest world z, in metres, between which puddles can stand.
Heights = tuple[float, float]

WATER_INDEX = 1.33
WATER_F0 = 0.02
PUDDLE_ROUGHNESS = 0.045
SNOW_ROUGHNESS = 0.95
#: Size of the patches in which a film of water is thicker or thinner.
FILM_PATCH_M = 0.45
#: Half the width of the soft edge of puddles and snow, in units of the noise that places them.
PUDDLE_EDGE = 0.03
SNOW_EDGE = 0.04
#: How far the wet rim reaches around a puddle, in the same units.
_RIM = 0.12
#: How far finer patterns fray the borders of puddles and snow, and the size of the latter's.
_SHORE = 0.05
_SNOW_FRAY = 0.16
_SNOW_GRAIN_M = 0.07
#: Puddles need ground as level as this: cosines of 11 and 6 degrees.
_LEVEL = (0.98, 0.995)
#: Patterns of one seed that must not resemble each other.
PUDDLE_STREAM, FILM_STREAM, SNOW_STREAM, RIPPLE_STREAM = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceSample:
    """What a surface is made of, at n places.

    Args:
        base_n3: Linear base colour, float32 (n, 3).
        roughness_n: float32 (n,), 0 to 1.
        metallic_n: float32 (n,), 0 to 1.
        ior_f0_n: Reflectance at normal incidence where it is not metal, float32 (n,).
    """

    base_n3: Float
    roughness_n: Float
    metallic_n: Float
    ior_f0_n: Float


def open_heights() -> Heights:
    """Return the heights of puddles where no ground is known: everywhere."""
    return (-1e9, 1e9)


def darkened_by_water(base: ArrayLike, wet: ArrayLike) -> Float:
    """Return the albedo of a rough surface that water soaks: light that scatters below it is kept in by reflection.

    rho_wet = rho / (n^2 (1 - rho) + rho), Angstrom 1925, "The albedo of various surfaces of ground", with n between 1
    (dry) and that of water.

    Args:
        base: Albedo when dry, 0 to 1.
        wet: How wet, 0 to 1; broadcast against `base`.
    """
    rho = np.asarray(base, np.float32)
    index = np.float32(1) + np.float32(WATER_INDEX - 1) * np.asarray(wet, np.float32)
    darkened: Float = rho / np.maximum(index * index * (np.float32(1) - rho) + rho, np.float32(1e-6))
    return darkened


def puddle_mask(
    place_n3: ArrayLike, normal_n3: ArrayLike, weather: Weather | None, heights: Heights | None = None
) -> Float:
    """Return how much of a place is under standing water, float32 (n,), 0 to 1 with soft edges.

    On level ground it exceeds one half on a share `Wetness.puddles` of a large plane.

    Args:
        place_n3: World positions (n, 3), metres.
        normal_n3: Unit normals without normal map (n, 3).
        weather: The scene's weather; None or dry gives no puddles.
        heights: Where puddles can stand: those of the ground. None for anywhere.
    """
    return _puddle(place_n3, normal_n3, weather, heights, -PUDDLE_EDGE, PUDDLE_EDGE)


def _film_patches(place: Float, seed: int) -> Float:
    # A little of the height moves the pattern: sides get streaks that run nearly straight down.
    across = place[:, :2] + place[:, 2:] * np.array([0.15, 0.11], np.float32)
    patch = fractal_noise(across / np.float32(FILM_PATCH_M), noise_seed(seed, FILM_STREAM))[:, 0]
    patches: Float = np.clip(np.float32(2) * patch - np.float32(0.5), 0, 1)
    return patches


def puddle_rim(
    place_n3: ArrayLike, normal_n3: ArrayLike, weather: Weather | None, heights: Heights | None = None
) -> Float:
    """Return how wet the ground is from a puddle near by, float32 (n,), 0 to 1; same arguments as `puddle_mask`."""
    return _puddle(place_n3, normal_n3, weather, heights, -_RIM, -PUDDLE_EDGE)


def _puddle(
    place_n3: ArrayLike,
    normal_n3: ArrayLike,
    weather: Weather | None,
    heights: Heights | None,
    start: float,
    end: float,
) -> Float:
    place, normal = np.asarray(place_n3, np.float32), np.asarray(normal_n3, np.float32)
    wetness = weather.wetness if weather is not None else None
    if weather is None or wetness is None or wetness.puddles <= 0:
        return np.zeros(len(place), np.float32)
    low, high = heights or open_heights()
    threshold = fractal_threshold(wetness.puddles)
    noise = fractal_noise(place[:, :2] / np.float32(wetness.puddle_size_m), noise_seed(weather.seed, PUDDLE_STREAM))[
        :, 0
    ]
    # The finer pattern frays the shores.
    water = noise - np.float32(threshold) + np.float32(_SHORE) * (_film_patches(place, weather.seed) - np.float32(0.5))
    mask = _smoothstep(start, end, water) * _smoothstep(*_LEVEL, normal[:, 2])
    return mask * ((place[:, 2] >= low) & (place[:, 2] <= high))


def wet_film(
    place_n3: ArrayLike,
    normal_n3: ArrayLike,
    open_sky_n: ArrayLike,
    weather: Weather | None,
    heights: Heights | None = None,
) -> tuple[Float, Float]:
    """Return how wet a surface is and how rough the water on it, each float32 (n,).

    What faces up and is open to the sky gets `Wetness.film`, sides a third of it, undersides nothing; patches are
    wetter and dryer, and all is wet around a puddle.

    Args:
        place_n3: World positions (n, 3), metres.
        normal_n3: Unit normals without normal map (n, 3).
        open_sky_n: Share of the sky above that nothing hides, 0 to 1 (n,).
        weather: The scene's weather; None or dry gives zero.
        heights: As in `puddle_mask`.
    """
    place, normal = np.asarray(place_n3, np.float32), np.asarray(normal_n3, np.float32)
    wetness = weather.wetness if weather is not None else None
    if weather is None or wetness is None:
        return np.zeros(len(place), np.float32), np.ones(len(place), np.float32)
    patch = _film_patches(place, weather.seed)
    film = np.float32(wetness.film)
    amount = film + np.float32(2) * film * (np.float32(1) - film) * (patch - np.float32(0.5))
    rim = puddle_rim(place, normal, weather, heights)
    amount = np.maximum(amount, rim)
    up = normal[:, 2]
    facing = np.float32(0.35) * _smoothstep(-0.3, 0.0, up) + np.float32(0.65) * _smoothstep(0.05, 0.5, up)
    wet = np.clip(amount, 0, 1) * facing * np.asarray(open_sky_n, np.float32)
    return wet.astype(np.float32), np.float32(0.36) - np.float32(0.16) * patch


def wet_surface(
    surface: SurfaceSample, wet_n: ArrayLike, film_roughness_n: ArrayLike, puddle_n: ArrayLike
) -> SurfaceSample:
    """Return a surface under a film of water or a puddle.

    Rough, porous materials get darker; metals and glass keep their looks under a film. The water's own face takes the
    place of a dielectric's: reflectance 0.02, and smoother than what lies below.

    Args:
        surface: When dry.
        wet_n: From `wet_film`.
        film_roughness_n: From `wet_film`.
        puddle_n: From `puddle_mask`, times the open share of the sky.
    """
    puddle = np.asarray(puddle_n, np.float32)
    wet = np.maximum(np.asarray(wet_n, np.float32), puddle)
    dielectric = np.float32(1) - surface.metallic_n
    soaked = wet * dielectric * _smoothstep(0.15, 0.5, surface.roughness_n)
    coated = wet * dielectric
    smooth = np.minimum(surface.roughness_n, np.asarray(film_roughness_n, np.float32))
    roughness = _mix(surface.roughness_n, smooth, coated)
    return SurfaceSample(
        darkened_by_water(surface.base_n3, soaked[:, None]),
        _mix(roughness, np.float32(PUDDLE_ROUGHNESS), puddle),
        surface.metallic_n * (np.float32(1) - puddle),
        _mix(surface.ior_f0_n, np.float32(WATER_F0), coated),
    )


def snow_mask(place_n3: ArrayLike, normal_n3: ArrayLike, open_sky_n: ArrayLike, weather: Weather | None) -> Float:
    """Return how much of a place is under snow, float32 (n,), 0 to 1 with soft edges.

    On what faces up under an open sky it exceeds one half on a share `SnowCover.cover`. Snow holds on slopes up to
    about 55 degrees.

    Args:
        place_n3: World positions (n, 3), metres.
        normal_n3: Unit normals without normal map (n, 3).
        open_sky_n: Share of the sky above that nothing hides, 0 to 1 (n,).
        weather: The scene's weather; None or no snow gives zero.
    """
    place, normal = np.asarray(place_n3, np.float32), np.asarray(normal_n3, np.float32)
    snow = weather.snow_cover if weather is not None else None
    if weather is None or snow is None or snow.cover <= 0:
        return np.zeros(len(place), np.float32)
    threshold = fractal_threshold(snow.cover)
    seed = noise_seed(weather.seed, SNOW_STREAM)
    noise = fractal_noise(place[:, :2] / np.float32(snow.patch_size_m), seed)[:, 0]
    fine = fractal_noise(place[:, :2] / np.float32(_SNOW_GRAIN_M), seed + 1)[:, 0]
    noise = noise + np.float32(_SNOW_FRAY) * (fine - np.float32(0.5))
    patch = _smoothstep(-SNOW_EDGE, SNOW_EDGE, noise - np.float32(threshold))
    # Where snow lies thicker it holds on steeper slopes, so that its lower border is not a line of equal slope.
    hold = _smoothstep(0.42, 0.72, normal[:, 2] + np.float32(0.3) * (noise - np.float32(0.5)))
    open_sky = _smoothstep(0.25, 0.75, np.asarray(open_sky_n, np.float32))
    return patch * hold * open_sky


def snow_surface(surface: SurfaceSample, snow_n: ArrayLike, weather: Weather) -> SurfaceSample:
    """Return a surface under snow: white and rough where the mask is 1, itself where it is 0.

    Args:
        surface: Without snow.
        snow_n: From `snow_mask`.
        weather: Gives the snow's albedo; without `snow_cover` the surface stays as it is.
    """
    snow, cover = np.asarray(snow_n, np.float32), weather.snow_cover
    if cover is None:
        return surface
    return SurfaceSample(
        _mix(surface.base_n3, np.float32(cover.albedo), snow[:, None]),
        _mix(surface.roughness_n, np.float32(SNOW_ROUGHNESS), snow),
        surface.metallic_n * (np.float32(1) - snow),
        _mix(surface.ior_f0_n, np.float32(WATER_F0), snow),
    )


def mean_albedo(base_rgb: NDArray[np.float64], weather: Weather | None) -> NDArray[np.float64]:
    """Return the mean albedo of rough ground under an open sky, float64 (3,): what it throws back at things.

    Args:
        base_rgb: When dry.
        weather: The scene's weather; None or dry leaves the albedo as it is.
    """
    albedo = base_rgb
    if weather is not None and weather.wetness is not None:
        wet = weather.wetness.film + (1 - weather.wetness.film) * weather.wetness.puddles
        if wet > 0:
            albedo = darkened_by_water(albedo, wet).astype(np.float64)
    if weather is not None and weather.snow_cover is not None and weather.snow_cover.cover > 0:
        albedo = albedo + (weather.snow_cover.albedo - albedo) * weather.snow_cover.cover
    return albedo


def _smoothstep(low: float, high: float, value: Float) -> Float:
    t = np.clip((value - np.float32(low)) / np.float32(high - low), np.float32(0), np.float32(1))
    step: Float = t * t * (np.float32(3) - np.float32(2) * t)
    return step


def _mix(a: Float | np.float32, b: Float | np.float32, share: Float) -> Float:
    mixed: Float = a + (b - a) * share
    return mixed
