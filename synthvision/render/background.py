"""What is seen where no object is: environment map, photo, or nothing, as arrays.

The numpy twin of ``background_along`` in ``opengl/shaders/environment.glsl``: backends that composite the background
themselves show the same one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.core.id_colours import linear_from_srgb8
from synthvision.library.model import EnvironmentMap
from synthvision.render.assets import RenderAssets
from synthvision.render.opengl.sky import horizontal_illuminance
from synthvision.render.pixel_rays import camera_rays
from synthvision.scene import Backdrop, Camera, Environment, Scene

__all__ = ["background_light", "environment_scale"]

_LINEAR_OF_BYTE = linear_from_srgb8(np.arange(256, dtype=np.uint8)).astype(np.float32)


def background_light(scene: Scene, assets: RenderAssets) -> NDArray[np.float32]:
    """Return the light that reaches the camera where no object is seen, cd/m2 per primary.

    Returns:
        float32 (height, width, 3), every pixel of the picture.

    Raises:
        AssetError: The map or the photo cannot be loaded, or the map has no light from above.
    """
    width, height = scene.camera.size_wh
    if scene.backdrop is not None:
        return _photo_light(scene.camera, scene.backdrop, assets)
    environment = scene.environment
    if environment is None or not environment.visible:
        return np.zeros((height, width, 3), np.float32)
    return _sky_light(scene.camera, environment, assets.load_environment(environment.asset))


def environment_scale(environment: Environment, loaded: EnvironmentMap) -> float:
    """Return the cd/m2 of one map unit, so that the map gives the stated illuminance.

    Raises:
        AssetError: No light comes from above.
    """
    illuminance = horizontal_illuminance(loaded.radiance_hwc)
    if not illuminance > 0:
        raise AssetError(
            f"environment map {loaded.key}: light must come from its upper half to scale it to an illuminance, "
            f"got {illuminance}"
        )
    return environment.illuminance_lux / illuminance


def _sky_light(camera: Camera, environment: Environment, loaded: EnvironmentMap) -> NDArray[np.float32]:
    radiance = loaded.radiance_hwc
    texels_per_px = radiance.shape[1] / (2 * np.pi) / max(camera.focal_xy_px)
    for _ in range(max(round(float(np.log2(texels_per_px))), 0)):
        rows, columns = radiance.shape[:2]
        radiance = cv2.resize(radiance, (max(columns // 2, 1), max(rows // 2, 1)), interpolation=cv2.INTER_LINEAR)
    rays = camera_rays(camera).reshape(-1, 3)
    rays = rays @ camera.world_from_camera[:3, :3].T
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    cosine, sine = np.cos(environment.rotation_rad), np.sin(environment.rotation_rad)
    x = cosine * rays[:, 0] + sine * rays[:, 1]
    y = cosine * rays[:, 1] - sine * rays[:, 0]
    u = 0.5 + np.arctan2(x, y) / (2 * np.pi)
    v = np.arccos(np.clip(rays[:, 2], -1.0, 1.0)) / np.pi
    width, height = camera.size_wh
    light = _smooth(radiance, u, v) * np.float32(environment_scale(environment, loaded))
    return np.ascontiguousarray(light.reshape(height, width, 3), np.float32)


def _smooth(radiance: NDArray[np.float32], u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the cubic B-spline of a map, which lets coarse texels look out of focus instead of like steps."""
    rows, columns = radiance.shape[:2]
    x, y = u * columns - 0.5, v * rows - 0.5
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    total = np.zeros((len(u), 3), np.float32)
    for j, row_weight in enumerate(_spline_weights(y - y0)):
        row = np.clip(y0 + j - 1, 0, rows - 1)
        for i, column_weight in enumerate(_spline_weights(x - x0)):
            weight = (row_weight * column_weight).astype(np.float32)
            total += radiance[row, (x0 + i - 1) % columns] * weight[:, None]
    return total


def _spline_weights(f: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return (
        (1 - f) ** 3 / 6,
        (4 - 6 * f * f + 3 * f**3) / 6,
        (1 + 3 * f + 3 * f * f - 3 * f**3) / 6,
        f**3 / 6,
    )


def _photo_light(camera: Camera, backdrop: Backdrop, assets: RenderAssets) -> NDArray[np.float32]:
    photo = _LINEAR_OF_BYTE[assets.load_photo(backdrop.asset)]
    width, height = camera.size_wh
    photo_height, photo_width = photo.shape[:2]
    ratio = (width / height) / (photo_width / photo_height)
    part_width, part_height = photo_width * min(ratio, 1.0), photo_height * min(1.0 / ratio, 1.0)
    # The largest centred part of the photo that has the picture's shape, brought to its size.
    x = (photo_width - part_width) / 2 + (np.arange(width) + 0.5) * part_width / width - 0.5
    y = (photo_height - part_height) / 2 + (np.arange(height) + 0.5) * part_height / height - 0.5
    level = max(round(float(np.log2(max(part_width / width, 1.0)))), 0)
    for _ in range(level):
        rows, columns = photo.shape[:2]
        photo = cv2.resize(photo, (max(columns // 2, 1), max(rows // 2, 1)), interpolation=cv2.INTER_LINEAR)
    x = (x + 0.5) * photo.shape[1] / photo_width - 0.5
    y = (y + 0.5) * photo.shape[0] / photo_height - 0.5
    columns_hw, rows_hw = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    light = cv2.remap(photo, columns_hw, rows_hw, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(light * np.float32(backdrop.luminance_cd_m2), np.float32)
