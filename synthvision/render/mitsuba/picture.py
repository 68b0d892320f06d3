"""The picture's light, path traced."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import RenderError, UsageError
from synthvision.core.streams import rng_for
from synthvision.geometry.boxes import Box, tight_box
from synthvision.geometry.poses import matrix_from_pose
from synthvision.geometry.projection import project_points
from synthvision.render.assets import RenderAssets
from synthvision.render.background import background_light
from synthvision.render.config import MitsubaConfig
from synthvision.render.mitsuba.engine import Engine
from synthvision.render.mitsuba.labels import LabelCaster
from synthvision.render.mitsuba.lights import environment_emitter, light_plugins
from synthvision.render.mitsuba.shapes import ShapeMaker
from synthvision.render.parts import ScenePart
from synthvision.scene import Camera, RectLight, Scene

__all__ = ["samples_at_once", "trace_picture"]

#: Paths traced at once by the compiled variants: bounds their memory.
_PATHS_AT_ONCE = 1 << 22
#: Largest difference of the two focal lengths, as a share: mitsuba's pixels are square.
_SQUARE = 1e-3

Float = NDArray[np.float32]


def trace_picture(
    engine: Engine,
    scene: Scene,
    caster: LabelCaster,
    assets: RenderAssets,
    shapes: ShapeMaker,
    config: MitsubaConfig,
) -> Float:
    """Return the light of the picture in cd/m2 per primary, float32 (height, width, 3).

    Lamps that the scene does not show are traced past: they light and are mirrored, but the camera does not see them.
    mitsuba can leave out either all that shines or nothing, so that pixels in which a glowing surface is seen are
    traced a second time with everything that shines in view.

    Args:
        engine: mitsuba.
        scene: What is seen.
        caster: Its labels.
        assets: Where environment maps and photos come from.
        shapes: Makes mitsuba's shapes of parts.
        config: Samples and depth.

    Raises:
        AssetError: The environment map or the photo cannot be loaded.
        UsageError: The camera's pixels are not square.
        RenderError: The light of a pixel is not a finite number.
    """
    engine.take()
    background = background_light(scene, assets)
    width, height = scene.camera.size_wh
    parts = _shown(caster)
    plugins: dict[str, Any] = shapes.shapes_of(scene, parts, caster)
    plugins |= light_plugins(engine, scene.lights, _bounds(parts))
    if scene.environment is not None:
        loaded = assets.load_environment(scene.environment.asset)
        plugins["environment"] = shapes.kept_environment(scene.environment, loaded, environment_emitter)
    if not plugins:
        return background
    traced = engine.mi.load_dict({"type": "scene", **plugins})
    seeds = _Seeds(scene, config)
    whole = (0, 0, width, height)
    light = _over(_render(engine, traced, scene.camera, config, whole, seeds, hide=True), background)
    glowing = _glowing(scene, caster)
    window = tight_box(glowing)
    if window is not None:
        x1, y1, x2, y2 = window
        shown = _over(
            _render(engine, traced, scene.camera, config, window, seeds, hide=False), background[y1:y2, x1:x2]
        )
        chosen = glowing[y1:y2, x1:x2]
        light[y1:y2, x1:x2][chosen] = shown[chosen]
    wrong = ~np.isfinite(light).all(axis=2)
    if wrong.any():
        row, column = (int(value) for value in np.argwhere(wrong)[0])
        raise RenderError(
            f"every pixel must be a finite number, got NaN or infinity in {int(wrong.sum())} pixels, the first in "
            f"column {column}, row {row}"
        )
    return light


def _shown(caster: LabelCaster) -> Sequence[ScenePart]:
    return caster.target.parts


def _bounds(parts: Sequence[ScenePart]) -> NDArray[np.float64]:
    if not parts:
        return np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
    positions = [part.world_positions() for part in parts]
    low = np.min([points.min(axis=0) for points in positions], axis=0)
    high = np.max([points.max(axis=0) for points in positions], axis=0)
    return np.stack([low, high])


def _over(rgba: Float, background: Float) -> Float:
    """Return light over a background, by the share of paths that met something."""
    return np.asarray(rgba[..., :3] + (1 - np.clip(rgba[..., 3:], 0, 1)) * background, np.float32)


class _Seeds:
    """Seeds of mitsuba's own random numbers, one for each pass over the picture."""

    def __init__(self, scene: Scene, config: MitsubaConfig) -> None:
        origin = scene.origin
        self._rng = rng_for(origin.seed, origin.frame, f"render.mitsuba.{config.seed}.{origin.attempt}")

    def next(self) -> int:
        return int(self._rng.integers(2**31))


def _render(
    engine: Engine, traced: Any, camera: Camera, config: MitsubaConfig, window: Box, seeds: _Seeds, *, hide: bool
) -> Float:
    """Return light and coverage of a window of the picture, float32 (height, width, 4)."""
    mi = engine.mi
    integrator = mi.load_dict({"type": "volpath", "max_depth": config.max_depth, "rr_depth": 5, "hide_emitters": hide})
    width, height = window[2] - window[0], window[3] - window[1]
    each = config.samples_per_pixel
    if engine.compiled:
        each = samples_at_once(each, max(1, _PATHS_AT_ONCE // (width * height)))
    total = np.zeros((height, width, 4))
    left = config.samples_per_pixel
    while left > 0:
        count = min(each, left)
        sensor = mi.load_dict(_sensor(engine, camera, window, count))
        drawn = mi.render(traced, sensor=sensor, integrator=integrator, spp=count, seed=seeds.next())
        total += np.array(drawn, np.float64) * count
        left -= count
    return _denoised(engine, config, np.asarray(total / config.samples_per_pixel, np.float32))


def samples_at_once(wanted: int, most: int) -> int:
    """Return how many samples a pixel gets in one pass: as many as share out evenly over it and divide the whole.

    Args:
        wanted: Samples in all.
        most: What memory allows.

    Example:
        >>> samples_at_once(64, 1000), samples_at_once(1024, 54), samples_at_once(7, 1000)
        (64, 16, 7)
    """
    most = min(wanted, most)
    # mitsuba lays samples out in rows, as many as the root, and rounds up to whole rows.
    even = [count for count in range(1, most + 1) if wanted % count == 0 and count % math.isqrt(count) == 0]
    return even[-1] if 4 * even[-1] >= most else most


def _denoised(engine: Engine, config: MitsubaConfig, rgba: Float) -> Float:
    if not config.denoise:
        return rgba
    denoiser = engine.mi.OptixDenoiser((rgba.shape[1], rgba.shape[0]))
    rgb = np.array(denoiser(engine.mi.TensorXf(np.ascontiguousarray(rgba[..., :3]))), np.float32)
    return np.concatenate([rgb, rgba[..., 3:]], axis=2)


def _sensor(engine: Engine, camera: Camera, window: Box, samples: int) -> dict[str, Any]:
    width, height = camera.size_wh
    (fx, fy), (cx, cy) = camera.focal_xy_px, camera.centre_xy_px
    if abs(fx - fy) > _SQUARE * fx:
        raise UsageError(
            f"the backend mitsuba needs square pixels: focal_xy_px must be two equal values, got {fx}, {fy}"
        )
    # mitsuba's cameras look along z with x to the left and y up.
    pose = camera.world_from_camera @ np.diag([-1.0, -1.0, 1.0, 1.0])
    return {
        "type": "perspective",
        "fov_axis": "x",
        "fov": float(np.degrees(2 * np.arctan(width / (2 * fx)))),
        "principal_point_offset_x": (cx - width / 2) / width,
        "principal_point_offset_y": (cy - height / 2) / height,
        "near_clip": camera.near_m,
        "far_clip": camera.far_m,
        "to_world": engine.mi.ScalarTransform4f(pose),
        "film": {
            "type": "hdrfilm",
            "width": width,
            "height": height,
            "crop_offset_x": window[0],
            "crop_offset_y": window[1],
            "crop_width": window[2] - window[0],
            "crop_height": window[3] - window[1],
            "pixel_format": "rgba",
            "component_format": "float32",
            "rfilter": {"type": "box"},
        },
        # Samples that are spread out evenly: as little noise as six times as many independent ones.
        "sampler": {"type": "multijitter", "sample_count": samples},
    }


def _glowing(scene: Scene, caster: LabelCaster) -> NDArray[np.bool_]:
    """Return the pixels in which a glowing surface or a lamp that is to be seen may be seen."""
    emits = np.array([any(part.surface.material.emissive) for part in caster.target.parts] + [False])
    seen = emits[caster.part_hw].astype(np.uint8)
    for light in scene.lights:
        if isinstance(light, RectLight) and light.visible and light.intensity_cd > 0:
            outline = _outline(scene.camera, light)
            if outline is not None:
                cv2.fillConvexPoly(seen, outline, 1)
    # An edge that misses a pixel's centre may still cross the pixel.
    return np.asarray(cv2.dilate(seen, np.ones((3, 3), np.uint8)) > 0, np.bool_)


def _outline(camera: Camera, light: RectLight) -> NDArray[np.int32] | None:
    """Return the corners of a rectangle light in pixels, in order around its outline, or None behind the camera."""
    width, height = light.size_wh_m
    pose = camera.camera_from_world @ matrix_from_pose(
        light.position_m, light.rotation_wxyz, (width / 2, height / 2, 1.0)
    )
    square = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
    corners = square @ pose[:3, :3].T + pose[:3, 3]
    # Corners behind the camera are brought just before it: the outline then reaches far beyond the picture.
    corners[:, 2] = np.maximum(corners[:, 2], camera.near_m)
    if (square @ pose[:3, :3].T + pose[:3, 3])[:, 2].max() <= camera.near_m:
        return None
    pixels = np.clip(project_points(camera.k_33, corners), -1e4, 1e4)
    return np.asarray(np.round(pixels - 0.5), np.int32)
