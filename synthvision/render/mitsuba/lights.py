"""The scene's lights as mitsuba's emitters, in photometric units.

Suns and points are glowing spheres of their angular size and radius, rectangles glow to one side. Their surfaces let
light pass, so that a lamp throws no shadow of its own. A spot is many ideal spots spread over its face, each with the
raster backend's falloff: mitsuba has no spot of some size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import matrix_from_pose
from synthvision.library.model import EnvironmentMap
from synthvision.render.background import environment_scale
from synthvision.render.mitsuba.engine import Engine
from synthvision.scene import Environment, Light, PointLight, RectLight, SpotLight, SunLight

__all__ = ["environment_emitter", "light_plugins"]

#: How far away suns are, in sizes of the scene.
_SUN_DISTANCE = 2_000.0
_SPOTS = 24
_FALLOFF_PX = 257
#: What a lamp is at least, in metres: smaller balls give speckles.
_LEAST_RADIUS_M = 1e-3
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def light_plugins(engine: Engine, lights: tuple[Light, ...], bounds_23: NDArray[np.float64]) -> dict[str, Any]:
    """Return mitsuba's scene entries for the lights that shine.

    Args:
        engine: mitsuba.
        lights: Of the scene.
        bounds_23: Smallest and largest corner of everything, metres.
    """
    plugins: dict[str, Any] = {}
    for number, light in enumerate(lights):
        name = f"light_{number}"
        if isinstance(light, SunLight):
            if light.illuminance_lux > 0:
                plugins[name] = _sun(light, bounds_23)
        elif light.intensity_cd <= 0:
            continue
        elif isinstance(light, PointLight):
            plugins[name] = _point(light)
        elif isinstance(light, RectLight):
            plugins[name] = _rectangle(engine, light)
        else:
            plugins |= {f"{name}_{index}": spot for index, spot in enumerate(_spots(engine, light))}
    return plugins


def environment_emitter(engine: Engine, environment: Environment, loaded: EnvironmentMap) -> Any:
    """Return the light from all around, scaled to its illuminance and turned.

    Raises:
        AssetError: No light comes from above.
    """
    mi = engine.mi
    # mitsuba's maps have +y up and their middle column along +z, columns running from there towards -x.
    turn = matrix_from_pose(
        (0, 0, 0), (np.cos(environment.rotation_rad / 2), 0, 0, np.sin(environment.rotation_rad / 2))
    )
    world_from_map = np.eye(4)
    world_from_map[:3, :3] = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    return mi.load_dict(
        {
            "type": "envmap",
            "bitmap": mi.Bitmap(np.array(loaded.radiance_hwc, order="C")),
            "scale": environment_scale(environment, loaded),
            "to_world": mi.ScalarTransform4f(turn @ world_from_map),
        }
    )


def _glow(luminance_rgb: NDArray[np.float64]) -> dict[str, Any]:
    return {"type": "area", "radiance": {"type": "rgb", "value": [float(value) for value in luminance_rgb]}}


def _sun(light: SunLight, bounds_23: NDArray[np.float64]) -> dict[str, Any]:
    centre = bounds_23.mean(axis=0)
    distance = _SUN_DISTANCE * max(float(np.linalg.norm(bounds_23[1] - bounds_23[0])), 1.0)
    direction = np.asarray(light.direction_xyz, np.float64)
    direction = direction / np.linalg.norm(direction)
    sine = np.sin(max(light.angular_diameter_rad, 1e-4) / 2)
    # A disc of angular radius a and luminance L gives pi L sin^2 a.
    luminance = np.asarray(light.colour) * light.illuminance_lux / (np.pi * sine**2)
    return {
        "type": "sphere",
        "center": [float(value) for value in centre + direction * distance],
        "radius": float(distance * sine),
        "emitter": _glow(luminance),
        "bsdf": {"type": "null"},
    }


def _point(light: PointLight) -> dict[str, Any]:
    radius = max(light.radius_m, _LEAST_RADIUS_M)
    luminance = np.asarray(light.colour) * light.intensity_cd / (np.pi * radius**2)
    return {
        "type": "sphere",
        "center": [float(value) for value in light.position_m],
        "radius": radius,
        "emitter": _glow(luminance),
        "bsdf": {"type": "null"},
    }


def _rectangle(engine: Engine, light: RectLight) -> dict[str, Any]:
    width, height = light.size_wh_m
    pose = matrix_from_pose(light.position_m, light.rotation_wxyz, (width / 2, height / 2, 1.0))
    return {
        "type": "rectangle",
        "to_world": engine.mi.ScalarTransform4f(pose),
        "emitter": _glow(np.asarray(light.colour) * light.intensity_cd / (width * height)),
        "bsdf": {"type": "null"},
    }


def _spots(engine: Engine, light: SpotLight) -> list[dict[str, Any]]:
    """Return ideal spots spread evenly over the lamp's face, as the seeds of a sunflower are (Vogel 1979)."""
    axis = np.asarray(light.direction_xyz, np.float64)
    axis = axis / np.linalg.norm(axis)
    side = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    up = np.cross(side, axis)
    outer_deg = float(np.degrees(light.outer_angle_rad))
    falloff = engine.texture(_falloff(light), "clamp")
    intensity = [float(value) * light.intensity_cd / _SPOTS for value in light.colour]
    transform = engine.mi.ScalarTransform4f
    found = []
    for number in range(_SPOTS):
        radius, angle = light.radius_m * np.sqrt((number + 0.5) / _SPOTS), number * _GOLDEN_ANGLE
        place = np.asarray(light.position_m) + radius * (np.cos(angle) * side + np.sin(angle) * up)
        target = place + axis
        found.append(
            {
                "type": "spot",
                "to_world": transform().look_at(origin=place.tolist(), target=target.tolist(), up=up.tolist()),
                "intensity": {"type": "rgb", "value": intensity},
                "cutoff_angle": outer_deg,
                # Its own falloff is squeezed into the last degree fraction; the texture holds ours.
                "beam_width": outer_deg * 0.9999,
                "texture": falloff,
                "sampling_weight": 1.0 / _SPOTS,
            }
        )
    return found


def _falloff(light: SpotLight) -> NDArray[np.float32]:
    """Return the share of the axis's intensity over the square that holds the cone at distance 1."""
    across = (np.arange(_FALLOFF_PX) + 0.5) / _FALLOFF_PX * 2 - 1
    x, y = np.meshgrid(across, across)
    cosine = 1 / np.sqrt(1 + (x * x + y * y) * np.tan(light.outer_angle_rad) ** 2)
    inner, outer = np.cos(light.inner_angle_rad), np.cos(light.outer_angle_rad)
    inside = np.clip((cosine - outer) / max(inner - outer, 1e-4), 0.0, 1.0)
    share = inside * inside * (3 - 2 * inside)
    return np.repeat(share[..., None], 3, axis=2).astype(np.float32)
