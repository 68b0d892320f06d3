"""The camera of a frame: where it stands, what it sees, and how it turns light into pixel values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator

from synthvision.geometry.poses import matrix_from_pose
from synthvision.geometry.projection import intrinsic_matrix
from synthvision.scene.optics import BrownConradyLens, KannalaBrandtLens, LensSurface, Optics, Sensor

__all__ = ["Camera", "Exposure"]

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How the camera turns light into pixel values.

    Args:
        mode: ``auto`` meters this frame alone; ``manual`` takes `ev100`.
        ev100: Exposure value at ISO 100 for ``manual``: 15 is a sunny noon, 5 to 7 a lit room.
        ev100_min: Lowest exposure value at ISO 100 that ``auto`` reaches, compensation included: the longest exposure
            at the highest gain. What is darker than that stays dark.
        compensation_ev: Added stops of brightness, on top of either mode.
        tone_curve: ``filmic`` rolls highlights off; ``linear`` clips at white.
        white_balance_rgb: Linear gains applied before the tone curve.
    """

    mode: Literal["auto", "manual"] = "auto"
    ev100: float = 12.0
    ev100_min: float = 0.0
    compensation_ev: float = 0.0
    tone_curve: Literal["filmic", "linear"] = "filmic"
    white_balance_rgb: Vector3 = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera; all that makes it more than a pinhole is None or zero where it is left out.

    Args:
        name: Name in the job's list of cameras.
        size_wh: Picture size in pixels.
        focal_xy_px: Focal lengths in the middle of the picture.
        centre_xy_px: Principal point; the middle of the picture is (width / 2, height / 2).
        position_m: Where it stands in the world.
        rotation_wxyz: World from camera, OpenCV axes.
        near_m: Nothing closer is drawn.
        far_m: Nothing farther is drawn.
        exposure: How light becomes pixel values.
        lens: Distortion; None for a pinhole.
        optics: Aperture, shutter and what the glass does to light; None for a perfect lens.
        lens_surface: Drops and dirt on the front glass; None for clean glass.
        sensor: Noise, colour filters and processing; None for a perfect sensor.
        velocity_m_s: How fast the camera moves in the world, at mid-exposure.
        angular_velocity_rad_s: How fast it turns about its own place, as a vector along the axis in world axes.
    """

    name: str = "camera"
    size_wh: tuple[int, int]
    focal_xy_px: tuple[float, float]
    centre_xy_px: tuple[float, float]
    position_m: Vector3
    rotation_wxyz: Quaternion
    near_m: float = 0.02
    far_m: float = 500.0
    exposure: Exposure = field(default_factory=Exposure)
    lens: Annotated[BrownConradyLens | KannalaBrandtLens, Discriminator("kind")] | None = None
    optics: Optics | None = None
    lens_surface: LensSurface | None = None
    sensor: Sensor | None = None
    velocity_m_s: Vector3 = (0.0, 0.0, 0.0)
    angular_velocity_rad_s: Vector3 = (0.0, 0.0, 0.0)

    @property
    def k_33(self) -> NDArray[np.float64]:
        """The intrinsic matrix."""
        return intrinsic_matrix(self.focal_xy_px, self.centre_xy_px)

    @property
    def world_from_camera(self) -> NDArray[np.float64]:
        """The 4x4 matrix that takes camera coordinates (OpenCV axes) to world coordinates."""
        return matrix_from_pose(self.position_m, self.rotation_wxyz)

    @property
    def camera_from_world(self) -> NDArray[np.float64]:
        """The inverse of `world_from_camera`."""
        pose = self.world_from_camera
        inverse = np.eye(4)
        inverse[:3, :3] = pose[:3, :3].T
        inverse[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
        return inverse
