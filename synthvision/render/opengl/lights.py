"""The scene's lights in the form that the lighting pass reads, with the sun of the environment map among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.sky import LUMINANCE_WEIGHTS, SkySun
from synthvision.scene import Environment, PointLight, Scene, SpotLight, SunLight

__all__ = [
    "MAX_LIGHTS",
    "MAX_SHADOWS",
    "Light",
    "count_kinds",
    "key_light",
    "light_uniforms",
    "shining_lights",
    "sky_light",
]

#: What one lighting pass can hold.
MAX_LIGHTS = 16
MAX_SHADOWS = 6


Light = SunLight | SpotLight | PointLight


def shining_lights(scene: Scene, environment: GpuEnvironment | None) -> tuple[Light, ...]:
    """Return the lights of a scene that shine: suns, then spots, which have shadow maps, then points.

    Raises:
        UsageError: There are more lights than one lighting pass holds.
    """
    lights: list[Light] = list(scene.lights)
    if environment is not None and scene.environment is not None and environment.sun is not None:
        lights.append(sky_light(scene.environment, environment, environment.sun))
    order = (SunLight, SpotLight, PointLight)
    lights = [light for kind in order for light in lights if isinstance(light, kind) and _strength(light) > 0]
    casting = [light for light in lights if not isinstance(light, PointLight)]
    if len(lights) > MAX_LIGHTS or len(casting) > MAX_SHADOWS:
        raise UsageError(
            f"a scene must have at most {MAX_LIGHTS} lights, of which {MAX_SHADOWS} with shadows (suns, spots and the "
            f"environment's own sun), got {len(lights)} with {len(casting)}: leave some out"
        )
    return tuple(lights)


def count_kinds(lights: tuple[Light, ...]) -> tuple[int, int, int]:
    """Return how many suns, spots and points there are."""
    suns = sum(isinstance(light, SunLight) for light in lights)
    spots = sum(isinstance(light, SpotLight) for light in lights)
    return suns, spots, len(lights) - suns - spots


def light_uniforms(lights: tuple[Light, ...], key: SunLight | None) -> NDArray[np.float32]:
    """Return the uniform block of the lights, float32 (lights, 4, 4); the layout is that of ``lighting.glsl``.

    Args:
        lights: Suns, spots, points.
        key: The one of them that is the directed part of the environment's light, or None.
    """
    block = np.zeros((len(lights), 4, 4), np.float32)
    for out, light in zip(block, lights, strict=True):
        colour = np.asarray(light.colour, np.float64)
        # The mirror map already holds the key light's reflection.
        out[3, 3] = 0.0 if light is key else 1.0
        if isinstance(light, SunLight):
            direction = np.asarray(light.direction_xyz, np.float64)
            direction = direction / np.linalg.norm(direction)
            out[1] = (*(colour * light.illuminance_lux), np.tan(light.angular_diameter_rad / 2))
            out[2, :3] = direction
        else:
            out[0, :3] = light.position_m
            out[1] = (*(colour * light.intensity_cd), max(light.radius_m, 1e-4))
            if isinstance(light, SpotLight):
                direction = np.asarray(light.direction_xyz, np.float64)
                out[2, :3] = direction / np.linalg.norm(direction)
                inner, outer = np.cos(light.inner_angle_rad), np.cos(light.outer_angle_rad)
                out[3, :2] = (max(inner, outer + 1e-4), outer)
    return block


def _strength(light: Light) -> float:
    return light.illuminance_lux if isinstance(light, SunLight) else light.intensity_cd


def key_light(scene: Scene, environment: GpuEnvironment | None, lights: tuple[Light, ...]) -> SunLight | None:
    """Return the directed part of the light from all around where nothing else throws a shadow, else None.

    Without it things under an open sky or beside a window would have no shadow at all.
    """
    if environment is None or scene.environment is None or environment.key is None:
        return None
    if any(not isinstance(light, PointLight) for light in lights):
        return None
    return sky_light(scene.environment, environment, environment.key)


def sky_light(environment: Environment, uploaded: GpuEnvironment, sun: SkySun) -> SunLight:
    """Return a part of an environment map as a light of the scene, turned and scaled with the map."""
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
