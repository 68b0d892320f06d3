"""Cameras of a scene file that cannot be: a lens that folds, a field of view that it has not, a photo too wide for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from synthvision.geometry.lens_faults import lens_fault
from synthvision.geometry.lenses import ray_reach, unproject_rays
from synthvision.sampling.camera_config import Device, RigCamera
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.devices import DEFAULT_FOV_DEG, Lens, focal_px_of_field, lens_of
from synthvision.sampling.light_config import PhotoBackground
from synthvision.sampling.number_values import bounds_of
from synthvision.sampling.optics_config import LensSpec
from synthvision.scene import BrownConradyLens, KannalaBrandtLens
from synthvision.scene.rays import lens_numbers

__all__ = ["device_faults"]

KeyPath = tuple[str | int, ...]

_WIDEST_WITH_PHOTO_DEG = 120.0


def device_faults(spec: SceneSpec, size_wh: tuple[int, int]) -> list[tuple[KeyPath, str]]:
    """Return what is wrong with the cameras of a scene file, as key paths below the scene and messages.

    Every lens is tried at both ends of each of its coefficients, of its field of view and of its principal point.

    Args:
        spec: The scene file.
        size_wh: Size of the pictures in pixels.
    """
    faults: list[tuple[KeyPath, str]] = []
    for index, camera in enumerate(spec.cameras):
        lens, source = camera.lens, camera
        if isinstance(camera, RigCamera):
            first = spec.cameras[0]
            lens = camera.lens if "lens" in camera.model_fields_set else first.lens
            source = camera if camera.fov_deg is not None or camera.focal_mm is not None else first
        if lens is None:
            continue
        offset = getattr(camera if not isinstance(camera, RigCamera) else spec.cameras[0], "centre_offset", (0.0, 0.0))
        fault = _device_fault(lens, source, offset, size_wh, isinstance(spec.background, PhotoBackground))
        if fault is not None:
            key, message = fault
            faults.append((("cameras", index, key), message))
    return faults


def _device_fault(
    lens: LensSpec, device: Device, offset: tuple[Any, Any], size_wh: tuple[int, int], photo: bool
) -> tuple[str, str] | None:
    for values, field, shift in product(_ends_of_lens(lens), _ends_of_field(device), product(*map(_ends, offset))):
        made = lens_of(lens, values)
        key, value = field
        focal = _focal_px(made, key, value, device.sensor_mm, max(size_wh))
        drawn = ", ".join(f"{name} {number:g}" for name, number in values.items() if number)
        if focal is None:
            reach = np.degrees(2 * _reach_rad(made))
            return "fov_deg", (
                f"must be below {np.floor(reach * 10) / 10:g} with this lens ({drawn}), where its distortion turns "
                f"back, got {value:g}"
            )
        centre = (size_wh[0] * (0.5 + shift[0]), size_wh[1] * (0.5 + shift[1]))
        model = lens_numbers(made, (focal, focal), centre)
        fault = lens_fault(model, size_wh)
        if fault is not None:
            return "lens", f"{fault} (drawn: {drawn}, {key} {value:g})"
        if photo and _widest_deg(made, focal, centre, size_wh) > _WIDEST_WITH_PHOTO_DEG / 2:
            return "lens", (
                f"a photo can be the background only for a field of view up to {_WIDEST_WITH_PHOTO_DEG:g} degrees, and "
                f"this lens shows more; use background: {{kind: environment}}"
            )
    return None


def _ends(value: Any) -> tuple[float, ...]:
    return tuple(dict.fromkeys(bounds_of(value)))


def _ends_of_lens(spec: LensSpec) -> Iterator[Mapping[str, float]]:
    names = [name for name in type(spec).model_fields if name != "kind"]
    for values in product(*(_ends(getattr(spec, name)) for name in names)):
        yield dict(zip(names, values, strict=True))


def _ends_of_field(device: Device) -> tuple[tuple[str, float], ...]:
    if device.focal_mm is not None:
        return tuple(("focal_mm", value) for value in _ends(device.focal_mm))
    return tuple(("fov_deg", value) for value in _ends(DEFAULT_FOV_DEG if device.fov_deg is None else device.fov_deg))


def _focal_px(lens: Lens, key: str, value: float, sensor_mm: float, longer_px: int) -> float | None:
    if key == "focal_mm":
        return value / sensor_mm * longer_px
    return focal_px_of_field(float(np.radians(value)), lens, longer_px)


def _reach_rad(lens: BrownConradyLens | KannalaBrandtLens) -> float:
    if isinstance(lens, KannalaBrandtLens):
        return ray_reach(lens_numbers(replace(lens, max_angle_rad=float(np.pi)), (1.0, 1.0), (0.0, 0.0)))
    return float(np.arctan(ray_reach(lens_numbers(lens, (1.0, 1.0), (0.0, 0.0)))))


def _widest_deg(lens: Lens, focal: float, centre: tuple[float, float], size_wh: tuple[int, int]) -> float:
    corners = [(x, y) for x in (0.5, size_wh[0] - 0.5) for y in (0.5, size_wh[1] - 0.5)]
    forward = unproject_rays(lens_numbers(lens, (focal, focal), centre), corners)[:, 2]
    if isinstance(lens, KannalaBrandtLens) and np.isnan(forward).any():
        return float(np.degrees(lens.max_angle_rad))
    return float(np.degrees(np.arccos(np.clip(forward.min(), -1.0, 1.0))))
