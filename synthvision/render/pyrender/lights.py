"""The scene's lights as pyrender's: ideal directional lights, points and spots, and an even light from all around.

pyrender has a few lights of each kind, as many as fit beside their shadow maps; it knows no lamp of some size, no
rectangle and no environment map. A rectangle becomes a wide spot, an environment map its sun, the directed part of the
rest, and an even light that stands for what remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.render.assets import RenderAssets
from synthvision.render.background import environment_scale
from synthvision.render.opengl.sky import SkySun, diffuse_map, split_key, split_sun
from synthvision.scene import Environment, Light, PointLight, Scene, SpotLight, SunLight

__all__ = ["Lighting", "lighting_of", "place_lights"]

#: Half angle of the spot that stands for a rectangle: wider ones have no shadow map.
_RECTANGLE_HALF_ANGLE_RAD = 1.2
_DIFFUSE_PX = 32
#: Side that pyrender's shadow pass has, and OpenGL's numbers for a map of depths.
_SHADOW_PX = 2048
_GL_FLOAT, _CLAMP_TO_BORDER = 0x1406, 0x812D

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """What shines.

    Args:
        lights: Suns, points, spots and rectangles.
        ambient_rgb: Even luminance from all around, cd/m2.
    """

    lights: tuple[Light, ...]
    ambient_rgb: Float


def lighting_of(scene: Scene, assets: RenderAssets, environment_lights: int) -> Lighting:
    """Return the lights of a scene with its environment map taken apart.

    Args:
        scene: The scene.
        assets: Where environment maps come from.
        environment_lights: Directional lights that may stand for the map.

    Raises:
        AssetError: The map cannot be loaded, or has no light from above.
    """
    lights = tuple(light for light in scene.lights if _strength(light) > 0)
    environment = scene.environment
    if environment is None:
        return Lighting(lights, np.zeros(3))
    loaded = assets.load_environment(environment.asset)
    scale = environment_scale(environment, loaded)
    rest, sun = split_sun(loaded.radiance_hwc) if environment_lights > 0 else (loaded.radiance_hwc, None)
    around = diffuse_map(rest, _DIFFUSE_PX).reshape(-1, 3).astype(np.float64).mean(axis=0)
    found = [] if sun is None else [sun]
    key = split_key(rest) if len(found) < environment_lights else None
    if key is not None:
        found.append(key)
        # Over all normals the mean of the clamped cosine is a quarter.
        around = around - np.asarray(key.illuminance_rgb) / (4 * np.pi)
    sky = tuple(_turned(environment, part, scale) for part in found)
    return Lighting((*sky, *lights), np.maximum(around, 0) * scale)


def place_lights(pyrender: Any, target: Any, lighting: Lighting, unit: float) -> None:
    """Add lights to a scene of pyrender's.

    Args:
        pyrender: The module.
        target: The scene.
        lighting: What shines.
        unit: cd/m2 that the scene calls 1.
    """
    target.ambient_light = np.asarray(lighting.ambient_rgb / unit, np.float32)
    for light in lighting.lights:
        colour = np.asarray(light.colour, np.float64)
        if isinstance(light, SunLight):
            made = pyrender.DirectionalLight(color=colour, intensity=light.illuminance_lux / unit)
            made.shadow_texture = _shadow_texture(pyrender)
            target.add(made, pose=_pose((0.0, 0.0, 0.0), -np.asarray(light.direction_xyz, np.float64)))
        elif isinstance(light, PointLight):
            made = pyrender.PointLight(color=colour, intensity=light.intensity_cd / unit)
            target.add(made, pose=_pose(light.position_m, np.array([0.0, 0.0, -1.0])))
        elif isinstance(light, SpotLight):
            made = pyrender.SpotLight(
                color=colour,
                intensity=light.intensity_cd / unit,
                innerConeAngle=light.inner_angle_rad,
                outerConeAngle=max(light.outer_angle_rad, light.inner_angle_rad + 1e-3),
            )
            target.add(made, pose=_pose(light.position_m, np.asarray(light.direction_xyz, np.float64)))
        else:
            made = pyrender.SpotLight(
                color=colour,
                intensity=light.intensity_cd / unit,
                innerConeAngle=0.0,
                outerConeAngle=_RECTANGLE_HALF_ANGLE_RAD,
            )
            target.add(made, pose=_pose(light.position_m, rotation_from_quaternion(light.rotation_wxyz)[:, 2]))


def _shadow_texture(pyrender: Any) -> Any:
    """Return an empty shadow map beyond whose border nothing is in shadow; pyrender's own goes on like wallpaper."""
    border = pyrender.Sampler(wrapS=_CLAMP_TO_BORDER, wrapT=_CLAMP_TO_BORDER)
    return pyrender.Texture(
        width=_SHADOW_PX, height=_SHADOW_PX, source_channels="D", data_format=_GL_FLOAT, sampler=border
    )


def _strength(light: Light) -> float:
    return light.illuminance_lux if isinstance(light, SunLight) else light.intensity_cd


def _turned(environment: Environment, part: SkySun, scale: float) -> SunLight:
    cosine, sine = np.cos(environment.rotation_rad), np.sin(environment.rotation_rad)
    x, y, z = part.direction_xyz
    red, green, blue = (float(value) * scale for value in part.illuminance_rgb)
    # The colour carries the strength: pyrender multiplies the two.
    return SunLight(
        direction_xyz=(float(cosine * x - sine * y), float(sine * x + cosine * y), float(z)),
        illuminance_lux=1.0,
        colour=(red, green, blue),
    )


def _pose(position: tuple[float, float, float], towards: Float) -> Float:
    """Return the pose of a light that shines along `towards`: pyrender's shine along their own -z."""
    back = -towards / np.linalg.norm(towards)
    side = np.cross([0.0, 0.0, 1.0] if abs(back[2]) < 0.9 else [1.0, 0.0, 0.0], back)
    side /= np.linalg.norm(side)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = side, np.cross(back, side), back, position
    return pose
