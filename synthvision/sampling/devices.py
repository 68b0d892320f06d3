"""Draws what a camera is, wherever it stands: lens, focal length, optics, dirt, sensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthvision.geometry.lenses import project_rays
from synthvision.sampling.camera_config import Device, RigCamera
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.number_values import NumberValue
from synthvision.sampling.optics_config import BrownConradySpec, LensSpec, LensSurfaceSpec, OpticsSpec, SensorSpec
from synthvision.scene import BrownConradyLens, Camera, KannalaBrandtLens, LensSurface, Optics, Sensor
from synthvision.scene.rays import lens_numbers

__all__ = [
    "DEFAULT_FOV_DEG",
    "Lens",
    "draw_focal_px",
    "draw_lens",
    "focal_px_of_field",
    "lens_of",
    "with_device",
    "with_shared_device",
]

Lens = BrownConradyLens | KannalaBrandtLens | None

DEFAULT_FOV_DEG = 50.0
#: Lenses lose light towards the corners with the square of the radius first, and faster in the end.
_VIGNETTING_R2, _VIGNETTING_R4 = 0.6, 0.4
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Barrel:
    """What optics and dirt need of the camera that holds them.

    Args:
        focal_m: Focal length in the middle of the picture, in metres.
        target_m: Distance along the axis of what the camera looks at.
    """

    focal_m: float
    target_m: float


def draw_lens(drawer: Drawer, path: str, spec: LensSpec | None) -> Lens:
    """Return the lens of a camera, None for a pinhole.

    Args:
        drawer: Draws the view's values.
        path: Key path of the camera.
        spec: What the scene file says.
    """
    if spec is None:
        return None
    names = [name for name in type(spec).model_fields if name != "kind"]
    return lens_of(spec, {name: drawer.number(f"{path}.lens.{name}", getattr(spec, name)) for name in names})


def lens_of(spec: LensSpec, values: Mapping[str, float]) -> BrownConradyLens | KannalaBrandtLens:
    """Return a lens with drawn values.

    Args:
        spec: Which kind it is.
        values: One number for each of its keys.
    """
    v = values
    if isinstance(spec, BrownConradySpec):
        return BrownConradyLens(
            k1=v["k1"], k2=v["k2"], p1=v["p1"], p2=v["p2"], k3=v["k3"], k4=v["k4"], k5=v["k5"], k6=v["k6"]
        )
    angle = float(np.radians(v["max_angle_deg"]))
    return KannalaBrandtLens(k1=v["k1"], k2=v["k2"], k3=v["k3"], k4=v["k4"], max_angle_rad=angle)


def draw_focal_px(drawer: Drawer, path: str, spec: Device, lens: Lens, longer_px: int) -> float | None:
    """Return the focal length in pixels, None where no focal length shows the field of view through the lens.

    Args:
        drawer: Draws the view's values.
        path: Key path of the camera.
        spec: What the scene file says.
        lens: Drawn before.
        longer_px: Longer side of the picture.
    """
    if spec.focal_mm is not None:
        return drawer.number(f"{path}.focal_mm", spec.focal_mm) / spec.sensor_mm * longer_px
    fov = drawer.number(f"{path}.fov_deg", DEFAULT_FOV_DEG if spec.fov_deg is None else spec.fov_deg)
    return focal_px_of_field(float(np.radians(fov)), lens, longer_px)


def focal_px_of_field(fov_rad: float, lens: Lens, longer_px: int) -> float | None:
    """Return the focal length in pixels for which the longer side of a picture spans an angle through a lens.

    The angle lies between the rays at both ends of the line through the principal point, which is taken to be in the
    middle. It may be wider than a fisheye's `max_angle_rad` on both sides: then the picture's ends stay black.

    Returns:
        None where the lens shows no ray that far off the axis.
    """
    if isinstance(lens, KannalaBrandtLens):
        lens = replace(lens, max_angle_rad=float(np.pi))
    half = fov_rad / 2
    ends = [[sign * np.sin(half), 0.0, np.cos(half)] for sign in (-1.0, 1.0)]
    left, right = project_rays(lens_numbers(lens, (1.0, 1.0), (0.0, 0.0)), ends)[:, 0].tolist()
    span = right - left
    return longer_px / span if np.isfinite(span) and span > 0 else None


def with_device(drawer: Drawer, path: str, spec: Device, camera: Camera, target_m: float) -> Camera:
    """Return a camera with the optics, the dirt and the sensor that a scene file gives it.

    Args:
        drawer: Draws the view's values.
        path: Key path of the camera.
        spec: What the scene file says.
        camera: With lens and focal length.
        target_m: Distance along the axis of what it looks at.
    """
    barrel = _Barrel(_focal_m(camera, spec.sensor_mm), target_m)
    optics = _draw_optics(drawer, path, spec.optics, barrel)
    f_number = (optics or Optics()).f_number
    return replace(
        camera,
        optics=optics,
        lens_surface=_draw_lens_surface(drawer, path, spec.lens_surface, f_number, barrel),
        sensor=_draw_sensor(drawer, path, spec.sensor, camera.name, camera.size_wh[1]),
    )


def with_shared_device(
    drawer: Drawer, path: str, spec: RigCamera, first: Device, camera: Camera, target_m: float
) -> Camera:
    """Return a camera of a rig: what it does not say of itself is as the first camera's.

    Noise, fixed pattern and the places of dirt are its own all the same.

    Args:
        drawer: Draws the view's values.
        path: Key path of the camera.
        spec: What the scene file says of it.
        first: What it says of the first camera.
        camera: With lens and focal length, and the optics, dirt and sensor of the first camera.
        target_m: Distance along its axis of what the first camera looks at.
    """
    said = spec.model_fields_set
    barrel = _Barrel(_focal_m(camera, (spec if "sensor_mm" in said else first).sensor_mm), target_m)
    optics, surface, sensor = camera.optics, camera.lens_surface, camera.sensor
    if "optics" in said:
        optics = _draw_optics(drawer, path, spec.optics, barrel)
    if "lens_surface" in said:
        surface = _draw_lens_surface(drawer, path, spec.lens_surface, (optics or Optics()).f_number, barrel)
    elif surface is not None:
        surface = replace(surface, seed=_seed(drawer, f"{path}.lens_surface.seed"))
    if "sensor" in said:
        sensor = _draw_sensor(drawer, path, spec.sensor, camera.name, camera.size_wh[1])
    elif sensor is not None:
        sensor_path = f"{path}.sensor"
        sensor = replace(
            sensor,
            pattern_seed=_pattern_seed(drawer, sensor_path, camera.name),
            noise_seed=_seed(drawer, f"{sensor_path}.noise_seed"),
        )
    return replace(camera, optics=optics, lens_surface=surface, sensor=sensor)


def _focal_m(camera: Camera, sensor_mm: float) -> float:
    return camera.focal_xy_px[0] / max(camera.size_wh) * sensor_mm / 1000


def _draw_optics(drawer: Drawer, path: str, spec: OpticsSpec | None, barrel: _Barrel) -> Optics | None:
    """Return aperture, shutter and glass of a camera, None for a perfect lens."""
    if spec is None:
        return None
    path = f"{path}.optics"
    f_number = drawer.number(f"{path}.f_number", spec.f_number)
    lost = drawer.number(f"{path}.vignetting", spec.vignetting)
    focus, aperture = Optics().focus_m, 0.0
    if spec.focus_m is not None:
        aperture = barrel.focal_m / f_number
        focus = barrel.target_m if spec.focus_m == "target" else drawer.number(f"{path}.focus_m", spec.focus_m)
        # Nothing nearer than the focal length can be sharp.
        focus = max(focus, 2 * barrel.focal_m)
    return Optics(
        f_number=f_number,
        aperture_m=aperture,
        focus_m=focus,
        exposure_time_s=drawer.number(f"{path}.exposure_time_s", spec.exposure_time_s),
        vignetting_r2=-_VIGNETTING_R2 * lost,
        vignetting_r4=-_VIGNETTING_R4 * lost,
        red_scale=drawer.number(f"{path}.red_scale", spec.red_scale),
        blue_scale=drawer.number(f"{path}.blue_scale", spec.blue_scale),
        blur_px=drawer.number(f"{path}.blur_px", spec.blur_px),
        glare=drawer.number(f"{path}.glare", spec.glare),
        veil=drawer.number(f"{path}.veil", spec.veil),
        blades=drawer.integer(f"{path}.blades", spec.blades),
        ghosts=drawer.number(f"{path}.ghosts", spec.ghosts),
    )


def _draw_lens_surface(
    drawer: Drawer, path: str, spec: LensSurfaceSpec | None, f_number: float, barrel: _Barrel
) -> LensSurface | None:
    """Return drops and dirt on the front glass, None for clean glass; another layout for each frame."""
    if spec is None:
        return None
    path = f"{path}.lens_surface"
    drops = drawer.integer(f"{path}.drops", spec.drops)
    specks = drawer.integer(f"{path}.specks", spec.specks)
    smudge = drawer.number(f"{path}.smudge", spec.smudge)
    if not drops and not specks and smudge <= 0:
        return None
    return LensSurface(
        glass_distance_m=drawer.number(f"{path}.glass_distance_m", spec.glass_distance_m),
        pupil_m=barrel.focal_m / f_number,
        drops=drops,
        drop_radius_m=_range(drawer, f"{path}.drop_radius_m", spec.drop_radius_m),
        specks=specks,
        speck_radius_m=_range(drawer, f"{path}.speck_radius_m", spec.speck_radius_m),
        smudge=smudge,
        seed=_seed(drawer, f"{path}.seed"),
    )


def _draw_sensor(drawer: Drawer, path: str, spec: SensorSpec | None, name: str, rows: int) -> Sensor | None:
    """Return the sensor of a camera, None for a perfect one.

    Its fixed pattern is the same in all frames of a job, its noise another in each.

    Args:
        drawer: Draws the view's values.
        path: Key path of the camera.
        spec: What the scene file says.
        name: The camera's name: cameras of one job have sensors of their own.
        rows: Rows of the picture, among which the time to read it is shared.
    """
    if spec is None:
        return None
    path = f"{path}.sensor"
    readout = drawer.number(f"{path}.readout_s", spec.readout_s)
    quality = None if spec.jpeg_quality is None else drawer.integer(f"{path}.jpeg_quality", spec.jpeg_quality)

    def number(name: str) -> float:
        return drawer.number(f"{path}.{name}", getattr(spec, name))

    return Sensor(
        full_well_e=number("full_well_e"),
        base_iso=number("base_iso"),
        max_iso=number("max_iso"),
        read_noise_e=number("read_noise_e"),
        dark_current_e_s=number("dark_current_e_s"),
        prnu=number("prnu"),
        dsnu_e=number("dsnu_e"),
        hot_pixels=number("hot_pixels"),
        denoise=number("denoise"),
        sharpening=number("sharpening"),
        bits=spec.bits,
        bayer=spec.bayer,
        low_pass_px=number("low_pass_px"),
        demosaic=spec.demosaic,
        row_time_s=readout / max(rows - 1, 1),
        jpeg_quality=quality,
        pattern_seed=_pattern_seed(drawer, path, name) if spec.pattern_seed is None else spec.pattern_seed,
        noise_seed=_seed(drawer, f"{path}.noise_seed"),
    )


def _pattern_seed(drawer: Drawer, path: str, name: str) -> int:
    return int(drawer.lasting_rng(f"{path}.pattern_seed.{name}").integers(_LARGEST_SEED))


def _seed(drawer: Drawer, path: str) -> int:
    return int(drawer.rng(path).integers(_LARGEST_SEED))


def _range(drawer: Drawer, path: str, values: tuple[NumberValue, NumberValue]) -> tuple[float, float]:
    low, high = (drawer.number(f"{path}.{index}", value) for index, value in enumerate(values))
    return min(low, high), max(low, high)
