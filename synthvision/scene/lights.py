"""Lights of a scene: photometric, linear, with sRGB primaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Light", "PointLight", "RectLight", "SpotLight", "SunLight"]

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SunLight:
    """Light from very far away with a soft-edged shadow.

    Args:
        direction_xyz: Unit vector from the scene *towards* the sun.
        illuminance_lux: On a surface that faces it; 100,000 is a clear noon.
        colour: Linear RGB, scaled so that its luminance is 1.
        angular_diameter_rad: 0.0093 (0.53 degrees) is the real sun; more gives softer shadows.
    """

    direction_xyz: Vector3
    illuminance_lux: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    angular_diameter_rad: float = 0.00925
    kind: Literal["sun"] = "sun"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLight:
    """A small ball that shines in all directions, with a soft-edged shadow.

    Args:
        position_m: Centre.
        intensity_cd: Luminous intensity in candela.
        colour: Linear RGB, scaled so that its luminance is 1.
        radius_m: Size of the ball.
    """

    position_m: Vector3
    intensity_cd: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    radius_m: float = 0.02
    kind: Literal["point"] = "point"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotLight:
    """A lamp that shines in a cone, with a soft-edged shadow.

    Args:
        position_m: Centre of the lamp.
        direction_xyz: Unit vector along which it shines.
        intensity_cd: Luminous intensity on the axis in candela.
        colour: Linear RGB, scaled so that its luminance is 1.
        inner_angle_rad: Half angle up to which the light is full.
        outer_angle_rad: Half angle beyond which there is none; above `inner_angle_rad`, under pi/2.
        radius_m: Radius of the lamp's face: how soft the shadow is.
    """

    position_m: Vector3
    direction_xyz: Vector3
    intensity_cd: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    inner_angle_rad: float = 0.4
    outer_angle_rad: float = 0.6
    radius_m: float = 0.03
    kind: Literal["spot"] = "spot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RectLight:
    """A glowing rectangle that shines to one side, as a window or a softbox does: even, and by Lambert's cosine law.

    Args:
        position_m: Centre.
        rotation_wxyz: World from light, unit quaternion: the light's x runs along its width, y along its height, and
            it shines along z.
        size_wh_m: Full width and height.
        intensity_cd: Luminous intensity along its z in candela; its luminance is that over its area.
        colour: Linear RGB, scaled so that its luminance is 1.
        visible: Whether the camera and reflections see the rectangle itself.
    """

    position_m: Vector3
    rotation_wxyz: Quaternion
    size_wh_m: tuple[float, float]
    intensity_cd: float
    colour: Vector3 = (1.0, 1.0, 1.0)
    visible: bool = False
    kind: Literal["rect"] = "rect"


Light = SunLight | PointLight | SpotLight | RectLight
