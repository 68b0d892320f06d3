"""Lamps that go on at dusk: a row of street lamps, and the headlights of a car."""

from __future__ import annotations

import math

from synthvision.sampling.colours import temperature_colour
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.sky_config import HeadlightsSpec, StreetLampsSpec
from synthvision.scene import Light, SpotLight

__all__ = ["headlights", "street_lamps"]

_LAMP_RADIUS_M = 0.2
_BEAM_HEIGHT_M, _BEAM_SPACING_M, _BEAM_TARGET_M = 0.65, 1.3, 0.25


def street_lamps(drawer: Drawer, spec: StreetLampsSpec | None, sun_elevation_deg: float) -> tuple[Light, ...]:
    """Return the street lamps of a scene, which shine down in wide cones.

    Args:
        drawer: Draws their values.
        spec: What lamps there are, or None for none.
        sun_elevation_deg: Height of the sun: they go on below a set one.
    """
    path = "sky.street_lamps"
    if spec is None or sun_elevation_deg >= drawer.number(f"{path}.on_below_deg", spec.on_below_deg):
        return ()
    lux = drawer.number(f"{path}.illuminance_lux", spec.illuminance_lux)
    colour = temperature_colour(drawer.number(f"{path}.temperature_k", spec.temperature_k))
    height = drawer.number(f"{path}.height_m", spec.height_m)
    spacing = drawer.number(f"{path}.spacing_m", spec.spacing_m)
    x, y = drawer.vector(f"{path}.offset_m", spec.offset_m)
    angle = math.radians(drawer.number(f"{path}.direction_deg", spec.direction_deg))
    made = []
    for number in range(spec.count):
        # 0, 1, -1: the row goes on to both sides of the first.
        place = (number + 1) // 2 * (1 if number % 2 else -1) * spacing
        made.append(
            SpotLight(
                position_m=(x + place * math.cos(angle), y + place * math.sin(angle), height),
                direction_xyz=(0.0, 0.0, -1.0),
                intensity_cd=lux * height**2,
                colour=colour,
                inner_angle_rad=math.radians(50.0),
                outer_angle_rad=math.radians(75.0),
                radius_m=_LAMP_RADIUS_M,
            )
        )
    return tuple(made)


def headlights(drawer: Drawer, spec: HeadlightsSpec | None, sun_elevation_deg: float) -> tuple[Light, ...]:
    """Return the low beams of a car that shines into the scene, aimed at the ground near the origin.

    Args:
        drawer: Draws their values.
        spec: What car there is, or None for none.
        sun_elevation_deg: Height of the sun: they go on below a set one.
    """
    path = "sky.headlights"
    if spec is None or sun_elevation_deg >= drawer.number(f"{path}.on_below_deg", spec.on_below_deg):
        return ()
    if not drawer.happens(f"{path}.on", spec.probability):
        return ()
    intensity = drawer.number(f"{path}.intensity_cd", spec.intensity_cd)
    colour = temperature_colour(drawer.number(f"{path}.temperature_k", spec.temperature_k))
    distance = drawer.number(f"{path}.distance_m", spec.distance_m)
    azimuth = math.radians(drawer.number(f"{path}.azimuth_deg", spec.azimuth_deg))
    made = []
    for side in (-0.5 * _BEAM_SPACING_M, 0.5 * _BEAM_SPACING_M):
        x = distance * math.cos(azimuth) - side * math.sin(azimuth)
        y = distance * math.sin(azimuth) + side * math.cos(azimuth)
        # Both beams run side by side, slightly down.
        along = (-math.cos(azimuth) * distance, -math.sin(azimuth) * distance, _BEAM_TARGET_M - _BEAM_HEIGHT_M)
        length = math.sqrt(sum(part * part for part in along))
        made.append(
            SpotLight(
                position_m=(x, y, _BEAM_HEIGHT_M),
                direction_xyz=(along[0] / length, along[1] / length, along[2] / length),
                intensity_cd=intensity,
                colour=colour,
                inner_angle_rad=math.radians(5.0),
                outer_angle_rad=math.radians(22.0),
                radius_m=0.08,
            )
        )
    return tuple(made)
