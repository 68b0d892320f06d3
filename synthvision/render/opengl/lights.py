"""The scene's lights in the form that the lighting pass reads, with the sun of the environment map among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.sky import LUMINANCE_WEIGHTS
from synthvision.scene import Environment, PointLight, Scene, SpotLight, SunLight

__all__ = ["MAX_LIGHTS", "MAX_SHADOWS", "LightRow", "light_rows", "light_uniforms"]

#: What one lighting pass can hold.
MAX_LIGHTS = 16
MAX_SHADOWS = 6


@dataclass(frozen=True, slots=True, eq=False)
class LightRow:
    """One light.

    Args:
        light: The scene's light.
        shadow_slot: Which shadow map it has, or -1.
    """

    light: SunLight | PointLight | SpotLight
    shadow_slot: int


def light_rows(scene: Scene, environment: GpuEnvironment | None) -> tuple[LightRow, ...]:
    """Return the lights of a scene; suns and spots have shadow maps, the strongest first.

    Raises:
        UsageError: There are more lights than one lighting pass holds.
    """
    lights: list[SunLight | PointLight | SpotLight] = list(scene.lights)
    if environment is not None and scene.environment is not None and environment.sun is not None:
        lights.append(_environment_sun(scene.environment, environment))
    lights = [light for light in lights if _strength(light) > 0]
    casting = [light for light in lights if not isinstance(light, PointLight)]
    if len(lights) > MAX_LIGHTS or len(casting) > MAX_SHADOWS:
        raise UsageError(
            f"a scene must have at most {MAX_LIGHTS} lights, of which {MAX_SHADOWS} with shadows (suns, spots and the "
            f"environment's own sun), got {len(lights)} with {len(casting)}: leave some out"
        )
    slots = {id(light): slot for slot, light in enumerate(casting)}
    return tuple(LightRow(light, slots.get(id(light), -1)) for light in lights)


def light_uniforms(rows: tuple[LightRow, ...]) -> NDArray[np.float32]:
    """Return the uniform block of the lights, float32 (lights, 4, 4); the layout is that of ``lighting.glsl``."""
    block = np.zeros((len(rows), 4, 4), np.float32)
    for out, row in zip(block, rows, strict=True):
        light = row.light
        colour = np.asarray(light.colour, np.float64)
        if isinstance(light, SunLight):
            direction = np.asarray(light.direction_xyz, np.float64)
            direction = direction / np.linalg.norm(direction)
            out[0] = (0, 0, 0, 0)
            out[1] = (*(colour * light.illuminance_lux), np.tan(light.angular_diameter_rad / 2))
            out[2] = (*direction, row.shadow_slot)
        else:
            out[0] = (*light.position_m, 1 if isinstance(light, PointLight) else 2)
            out[1] = (*(colour * light.intensity_cd), max(light.radius_m, 1e-4))
            out[2] = (0, 0, 0, row.shadow_slot)
            if isinstance(light, SpotLight):
                direction = np.asarray(light.direction_xyz, np.float64)
                out[2, :3] = direction / np.linalg.norm(direction)
                inner, outer = np.cos(light.inner_angle_rad), np.cos(light.outer_angle_rad)
                out[3] = (max(inner, outer + 1e-4), outer, 0, 0)
    return block


def _strength(light: SunLight | PointLight | SpotLight) -> float:
    return light.illuminance_lux if isinstance(light, SunLight) else light.intensity_cd


def _environment_sun(environment: Environment, uploaded: GpuEnvironment) -> SunLight:
    sun = uploaded.sun
    if sun is None:
        raise RuntimeError("called for an environment map with a sun")
    scale = environment.illuminance_lux / uploaded.illuminance
    cosine, sine = np.cos(environment.rotation_rad), np.sin(environment.rotation_rad)
    x, y, z = sun.direction_xyz
    rgb = np.asarray(sun.illuminance_rgb) * scale
    lux = float(rgb @ LUMINANCE_WEIGHTS)
    red, green, blue = rgb / lux
    return SunLight(
        direction_xyz=(float(cosine * x - sine * y), float(sine * x + cosine * y), z),
        illuminance_lux=lux,
        colour=(float(red), float(green), float(blue)),
        angular_diameter_rad=sun.angular_diameter_rad,
    )
