"""The scene's lights in the form that the lighting pass reads, with the sun of the environment map among them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.sky import LUMINANCE_WEIGHTS, SkySun
from synthvision.scene import SHELL, Environment, PointLight, RectLight, Scene, SpotLight, SunLight
from synthvision.scene.lights import Light

__all__ = [
    "MAX_LIGHTS",
    "MAX_SHADOWS",
    "Form",
    "Lamp",
    "lamp_calls",
    "lamp_uniforms",
    "rect_axes",
    "scene_lamps",
    "sky_keys",
    "sky_light",
]

#: What one lighting pass can hold: lights, and suns, spots and rectangles, each of which throws a shadow.
MAX_LIGHTS = 32
MAX_SHADOWS = 12
#: Light from all around has shadows of its own where it is so strong, as a share of all lamps.
_KEY_SHARE = 0.4

#: How the lighting pass takes a light: a cone and a cube are lamps of a point with one shadow map and with up to six,
#: a panel and a hall are rectangles with one and with up to five; a point and a sheet have none.
Form = Literal["sun", "cone", "cube", "point", "panel", "hall", "sheet"]
FORMS: tuple[Form, ...] = ("sun", "cone", "cube", "point", "panel", "hall", "sheet")

#: Lamps of one form whose calls are written out.
_MOST_COPIES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Lamp:
    """A light of the lighting pass.

    Args:
        light: Strength, place and colour.
        own_draws: Draws that are the lamp itself and do not stand in its light.
        form: How the lighting pass takes it.
        first_map: Its first shadow map.
        maps: How many shadow maps it has.
        faces: Which faces of a cube have a map, one bit each: +x, -x, +y, -y, +z, -z of the light's axes.
    """

    light: Light
    own_draws: frozenset[int] = frozenset()
    form: Form = "point"
    first_map: int = 0
    maps: int = 0
    faces: int = 0

    @property
    def must_cast(self) -> bool:
        """Whether it throws a shadow in any case; points do while there are maps left."""
        return not isinstance(self.light, PointLight)


def scene_lamps(scene: Scene, environment: GpuEnvironment | None) -> tuple[Lamp, ...]:
    """Return the lights of a scene that shine, the sun of the environment map among them.

    Raises:
        UsageError: There are more lights than one lighting pass holds.
    """
    lights = [light for light in scene.lights if _strength(light) > 0]
    if environment is not None and scene.environment is not None and environment.sun is not None:
        lights.append(sky_light(scene.environment, environment, environment.sun))
    lamps = tuple(Lamp(light) for light in lights)
    casting = sum(lamp.must_cast for lamp in lamps)
    if len(lamps) > MAX_LIGHTS or casting > MAX_SHADOWS:
        raise UsageError(
            f"a scene must have at most {MAX_LIGHTS} lights, of which {MAX_SHADOWS} suns, spots and rectangles "
            f"(the environment's own sun counts), got {len(lamps)} with {casting}: leave some out"
        )
    return lamps


def lamp_calls(lamps: tuple[Lamp, ...]) -> str:
    """Return what the lighting pass does for its lamps as calls of the macros of ``lighting.glsl``.

    Numbers that software drivers had better know beforehand are written out. Many lamps of a kind share a loop: their
    compilers take minutes for a dozen copies.
    """
    calls = []
    numbers = range(len(lamps))
    for (form, maps), group in groupby(numbers, lambda number: (lamps[number].form, lamps[number].maps)):
        run = list(group)
        start, first = run[0], lamps[run[0]].first_map
        if len(run) <= _MOST_COPIES:
            calls += [f"{form.upper()}({number}, {lamps[number].first_map}, {maps})" for number in run]
        else:
            call = f"{form.upper()}({start} + i, {first} + {maps} * i, {maps})"
            calls.append(f"for (int i = 0; i < {len(run)}; ++i) {{ {call} }}")
    return " ".join(calls)


def lamp_uniforms(lamps: tuple[Lamp, ...]) -> NDArray[np.float32]:
    """Return the uniform block of the lights, float32 (lights, 4, 4); the layout is that of ``lighting.glsl``.

    Args:
        lamps: In the order of the calls.
    """
    block = np.zeros((len(lamps), 4, 4), np.float32)
    for out, lamp in zip(block, lamps, strict=True):
        light = lamp.light
        colour = np.asarray(light.colour, np.float64)
        out[2, 3] = lamp.faces
        if isinstance(light, SunLight):
            direction = np.asarray(light.direction_xyz, np.float64)
            out[1] = (*(colour * light.illuminance_lux), np.tan(light.angular_diameter_rad / 2))
            out[2, :3] = direction / np.linalg.norm(direction)
            continue
        out[0, :3] = light.position_m
        out[0, 3] = lamp.first_map
        if isinstance(light, RectLight):
            (along, up, _), (width, height) = rect_axes(light), light.size_wh_m
            out[1] = (*(colour * (light.intensity_cd / (width * height))), np.sqrt(width * height) / 2)
            out[2, :3], out[3, :3] = along * (width / 2), up * (height / 2)
            continue
        out[1] = (*(colour * light.intensity_cd), max(light.radius_m, 1e-4))
        # A point shines alike in a cone that holds all directions.
        out[3, :2] = (-2.0, -3.0)
        if isinstance(light, SpotLight):
            direction = np.asarray(light.direction_xyz, np.float64)
            out[2, :3] = direction / np.linalg.norm(direction)
            inner, outer = np.cos(light.inner_angle_rad), np.cos(light.outer_angle_rad)
            out[3, :2] = (max(inner, outer + 1e-4), outer)
    return block


def rect_axes(light: RectLight) -> NDArray[np.float64]:
    """Return the unit vectors along a rectangle's width, its height and its light, as rows (3, 3)."""
    axes: NDArray[np.float64] = rotation_from_quaternion(light.rotation_wxyz).T
    return axes


def _strength(light: Light) -> float:
    return light.illuminance_lux if isinstance(light, SunLight) else light.intensity_cd


def sky_keys(scene: Scene, environment: GpuEnvironment | None, lamps: tuple[Lamp, ...]) -> tuple[SunLight, ...]:
    """Return the soft lights that the light from all around is taken apart into, for its shadows.

    Without them things under an open sky or beside a window would have no shadow at all. Where suns and lamps are much
    stronger nobody would see it, and there are none; nor in a room, where that light comes from within.
    """
    if environment is None or scene.environment is None or any(SHELL in item.attributes for item in scene.objects):
        return ()
    lux = sum(_lux_at(lamp.light, np.asarray(scene.camera.position_m)) for lamp in lamps)
    if scene.environment.illuminance_lux < _KEY_SHARE * lux:
        return ()
    return tuple(sky_light(scene.environment, environment, key) for key in environment.keys)


def _lux_at(light: Light, position: NDArray[np.float64]) -> float:
    """Return about what a light gives on the ground; what lies before the camera is about as far from it as that is."""
    if isinstance(light, SunLight):
        return light.illuminance_lux * max(light.direction_xyz[2], 0.0)
    return light.intensity_cd / max(float(np.sum((np.asarray(light.position_m) - position) ** 2)), 0.01)


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
