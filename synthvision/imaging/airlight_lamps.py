"""Lamps near the camera as numbers for shaders: what lights fog, drops and flakes at night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.geometry.poses import matrix_from_pose
from synthvision.scene import Camera, PointLight, RectLight, Scene, SpotLight

__all__ = ["MAX_LAMPS", "Lamps", "lamps_of"]

#: What one shader takes: the strongest ones as seen from the camera.
MAX_LAMPS = 8

#: A lamp lights the air a metre from it by its intensity; below this share of the light all around it does not show.
_SHARE_THAT_SHOWS = 1e-3
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: Cosines that let a lamp shine everywhere.
_ALL_AROUND = (-2.0, -3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Lamps:
    """Lamps in one array.

    Args:
        values_n44: float32 (n, 4, 4), a lamp each: place relative to the camera in world axes and radius; intensity in
            cd per primary and 1 for an edge that falls smoothly or 0 for one that falls as the cosine; axis and 0;
            cosines of the inner and the outer angle and zeros.
        pixels_n4: float32 (n, 4): column and row from the bottom where the camera sees the middle of the lamp, its
            depth in metres or 0 where it is outside the picture, and its radius in pixels.
    """

    values_n44: NDArray[np.float32]
    pixels_n4: NDArray[np.float32]

    @property
    def count(self) -> int:
        """Number of lamps."""
        return len(self.values_n44)


def lamps_of(scene: Scene, ambient_luminance: float) -> Lamps:
    """Return the lamps that show in the air of a scene, the strongest first, at most `MAX_LAMPS`.

    Args:
        scene: Its point, spot and rectangle lights are lamps.
        ambient_luminance: Mean luminance of everything around in cd/m2: by day lamps do not show.
    """
    camera = np.asarray(scene.camera.position_m, np.float64)
    found: list[tuple[float, NDArray[np.float32]]] = []
    for light in scene.lights:
        if not isinstance(light, PointLight | SpotLight | RectLight):
            continue
        offset = np.asarray(light.position_m, np.float64) - camera
        rgb = np.asarray(light.colour, np.float64) * light.intensity_cd
        axis, cone, smooth, radius = np.zeros(3), _ALL_AROUND, 1.0, 0.0
        if isinstance(light, SpotLight):
            axis = np.asarray(light.direction_xyz, np.float64)
            cone, radius = (float(np.cos(light.inner_angle_rad)), float(np.cos(light.outer_angle_rad))), light.radius_m
        elif isinstance(light, RectLight):
            axis = matrix_from_pose((0.0, 0.0, 0.0), light.rotation_wxyz)[:3, 2]
            cone, smooth = (1.0, 0.0), 0.0
            radius = float(np.sqrt(light.size_wh_m[0] * light.size_wh_m[1] / np.pi))
        else:
            radius = light.radius_m
        if float(rgb @ _LUMINANCE) <= _SHARE_THAT_SHOWS * ambient_luminance:
            continue
        strength = float(rgb @ _LUMINANCE) / (1.0 + float(offset @ offset))
        values = np.array([[*offset, radius], [*rgb, smooth], [*axis, 0.0], [*cone, 0.0, 0.0]], np.float32)
        found.append((strength, values))
    # Stable, so that equal lamps keep their order in the scene.
    found.sort(key=lambda item: -item[0])
    kept = np.array([item[1] for item in found[:MAX_LAMPS]], np.float32).reshape(-1, 4, 4)
    return Lamps(kept, np.array([_pixel(scene.camera, lamp[0]) for lamp in kept], np.float32).reshape(-1, 4))


def _pixel(camera: Camera, place: NDArray[np.float32]) -> tuple[float, float, float, float]:
    x, y, z = camera.camera_from_world[:3, :3] @ place[:3].astype(np.float64)
    if z <= camera.near_m:
        return 0.0, 0.0, 0.0, 0.0
    (focal_x, focal_y), (centre_x, centre_y), (width, height) = (
        camera.focal_xy_px,
        camera.centre_xy_px,
        camera.size_wh,
    )
    column, row = centre_x + focal_x * x / z, height - (centre_y + focal_y * y / z)
    inside = 0 <= column < width and 0 <= row < height
    # What shows the lamp's own body may be a little before its middle.
    depth = float(z) - float(place[3]) - 0.02
    return float(column), float(row), depth if inside else 0.0, max(float(place[3]) * focal_x / float(z), 1.0)
