"""Illuminance at chosen places, worked out on the CPU without shadows: where bounced light starts from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.lights import Lamp, rect_axes
from synthvision.render.opengl.sky import octahedral_directions
from synthvision.scene import Environment, RectLight, SpotLight, SunLight
from synthvision.scene.lights import Light

__all__ = ["lamps_lux", "sky_lux", "sky_radiance"]

Float = NDArray[np.float64]


def lamps_lux(lamps: tuple[Lamp, ...], places_n3: Float, normal: Float) -> Float:
    """Return what lamps give at places, lux per primary (n, 3).

    Args:
        lamps: What shines.
        places_n3: World points.
        normal: Unit vector that all of them face along.
    """
    lux = np.zeros((len(places_n3), 3))
    for lamp in lamps:
        lux += np.asarray(lamp.light.colour) * _lux(lamp.light, places_n3, normal)[:, None]
    return lux


def sky_lux(environment: Environment, uploaded: GpuEnvironment, normal: Float) -> Float:
    """Return what the upper half of an environment gives on a surface, lux per primary (3,), by the way it faces."""
    facing = _into_map(environment, normal[None])[0]
    side = uploaded.above_hwc.shape[0]
    nearest = int(np.argmax(octahedral_directions(side).reshape(-1, 3) @ facing))
    scale = environment.illuminance_lux / uploaded.illuminance
    lux: Float = np.pi * scale * uploaded.above_hwc.reshape(-1, 3)[nearest].astype(np.float64)
    return lux


def sky_radiance(environment: Environment, uploaded: GpuEnvironment, directions_n3: Float) -> Float:
    """Return what an environment sends from directions, cd/m2 per primary (n, 3)."""
    x, y, z = _into_map(environment, directions_n3).T
    height, width = uploaded.small_hwc.shape[:2]
    rows = np.minimum((np.arccos(np.clip(z, -1.0, 1.0)) / np.pi * height).astype(np.int64), height - 1)
    columns = np.minimum(((0.5 + np.arctan2(x, y) / (2 * np.pi)) * width).astype(np.int64), width - 1)
    radiance: Float = environment.illuminance_lux / uploaded.illuminance * uploaded.small_hwc[rows, columns]
    return radiance


def _into_map(environment: Environment, directions_n3: Float) -> Float:
    cosine, sine = np.cos(environment.rotation_rad), np.sin(environment.rotation_rad)
    x, y, z = directions_n3.T
    return np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=1)


def _lux(light: Light, places_n3: Float, normal: Float) -> Float:
    if isinstance(light, SunLight):
        cosine = max(float(np.dot(light.direction_xyz, normal)), 0.0)
        return np.full(len(places_n3), light.illuminance_lux * cosine)
    away = np.asarray(light.position_m, np.float64) - places_n3
    if isinstance(light, RectLight):
        return _rectangle_lux(light, away, normal)
    distance = np.maximum(np.linalg.norm(away, axis=1), max(light.radius_m, 1e-6))
    lux: Float = light.intensity_cd * np.maximum(away @ normal, 0.0) / distance**3
    if isinstance(light, SpotLight):
        along = -(away @ np.asarray(light.direction_xyz)) / distance
        inner, outer = np.cos(light.inner_angle_rad), np.cos(light.outer_angle_rad)
        inside = np.clip((along - outer) / max(inner - outer, 1e-4), 0.0, 1.0)
        lux = lux * inside * inside * (3 - 2 * inside)
    return lux


def _rectangle_lux(light: RectLight, away_n3: Float, normal: Float) -> Float:
    """Return what a rectangle gives: the mean over a grid of small ones."""
    along, up, towards = rect_axes(light)
    steps = (np.arange(6) + 0.5) / 6 - 0.5
    x, y = (grid.ravel()[:, None] for grid in np.meshgrid(steps * light.size_wh_m[0], steps * light.size_wh_m[1]))
    ways = away_n3[:, None] + x * along + y * up
    squared = np.maximum(np.sum(ways**2, axis=2), 1e-6)
    share = np.maximum(ways @ normal, 0.0) * np.maximum(-(ways @ towards), 0.0) / squared**2
    lux: Float = light.intensity_cd * share.mean(axis=1)
    return lux
