"""What each effect of weather and camera costs: frames of one scene with and without it, in turn, in one process."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from synthvision.config.job import Job
from synthvision.pipeline.frame import FrameMaker
from synthvision.scene import (
    AirMedium,
    BrownConradyLens,
    Camera,
    KannalaBrandtLens,
    LensSurface,
    Optics,
    Rain,
    Scene,
    Sensor,
    SnowCover,
    Snowfall,
    Weather,
    Wetness,
)

__all__ = ["EFFECTS", "EffectCost", "all_effects", "measure_effects"]

_FOG = AirMedium(kind="fog", visibility_m=60.0, patchiness=0.4)
_BARREL = BrownConradyLens(k1=-0.28, k2=0.09)
_DROPS = LensSurface(drops=30, specks=40, smudge=0.2)
_SENSOR = Sensor(sharpening=0.6, jpeg_quality=90)


@dataclass(frozen=True, slots=True)
class EffectCost:
    """What one effect adds to a frame.

    Args:
        seconds: Median of the differences to the frame before it without the effect.
        share: That over the time of the frame without it.
    """

    seconds: float
    share: float


def _with_camera(**changes: object) -> Callable[[Scene], Scene]:
    def changed(scene: Scene) -> Scene:
        camera: Camera = replace(scene.camera, **changes)  # type: ignore[arg-type]
        return replace(scene, camera=camera)

    return changed


def _with_weather(**changes: object) -> Callable[[Scene], Scene]:
    def changed(scene: Scene) -> Scene:
        return replace(scene, weather=Weather(**changes))  # type: ignore[arg-type]

    return changed


def _moving(scene: Scene) -> Scene:
    objects = tuple(replace(item, velocity_m_s=(1.0, 0.0, 0.0)) for item in scene.objects)
    return replace(scene, objects=objects, camera=replace(scene.camera, optics=Optics(exposure_time_s=0.02)))


def all_effects(scene: Scene) -> Scene:
    """Return a scene in heavy rain and fog on wet ground, through a barrel lens with drops, on a noisy sensor."""
    weather = Weather(
        air=(_FOG,), rain=Rain(rate_mm_h=30.0), wetness=Wetness(puddles=0.2, ripple_rate_mm_h=30.0), wind_m_s=(2.0, 1.0)
    )
    optics = Optics(vignetting_r2=-0.3, red_scale=1.001, blue_scale=0.999, blur_px=0.5, glare=0.08, veil=0.02, blades=6)
    camera = replace(scene.camera, lens=_BARREL, optics=optics, lens_surface=_DROPS, sensor=_SENSOR)
    return replace(scene, weather=weather, camera=camera)


#: Effects by name: what they change about a scene.
EFFECTS: dict[str, Callable[[Scene], Scene]] = {
    "fog": _with_weather(air=(_FOG,)),
    "rain": _with_weather(rain=Rain(rate_mm_h=30.0), wind_m_s=(2.0, 1.0)),
    "snowfall": _with_weather(snowfall=Snowfall(rate_mm_h=2.0)),
    "wet ground": _with_weather(wetness=Wetness(puddles=0.2, ripple_rate_mm_h=30.0)),
    "snow cover": _with_weather(snow_cover=SnowCover(cover=0.9)),
    "barrel lens": _with_camera(lens=_BARREL),
    "fisheye lens": _with_camera(lens=KannalaBrandtLens(k1=-0.01)),
    "chromatic aberration": _with_camera(optics=Optics(red_scale=1.004, blue_scale=0.996)),
    "vignetting": _with_camera(optics=Optics(vignetting_r2=-0.5)),
    "glare": _with_camera(optics=Optics(glare=0.08, veil=0.02, blades=6)),
    "depth of field": _with_camera(optics=Optics(aperture_m=0.01, focus_m=1.0)),
    "motion blur": _moving,
    "drops on the lens": _with_camera(lens_surface=_DROPS),
    "sensor": _with_camera(sensor=Sensor()),
    "rolling shutter": lambda scene: _moving(_with_camera(sensor=Sensor(row_time_s=8e-5))(scene)),
    "sharpening and JPEG": _with_camera(sensor=_SENSOR),
    "all together": all_effects,
}


def measure_effects(job: Job, *, threads: int, rounds: int = 5) -> dict[str, EffectCost]:
    """Return what each effect adds to a frame of a job's first scene, by name.

    Frames with and without an effect take turns, so that a noisy machine is unfair to both alike.

    Args:
        job: Whose first scene is drawn.
        threads: Threads of Mesa's software driver, where the user did not set LP_NUM_THREADS.
        rounds: Pairs of frames for each effect.

    Raises:
        GpuUnavailableError: No OpenGL context can be opened.
    """
    costs = {}
    # Mesa reads it when it opens a context.
    os.environ.setdefault("LP_NUM_THREADS", str(threads))
    with FrameMaker(job, measure=True) as maker:
        plain = replace(maker.sample(0), weather=None)
        _seconds(maker, plain)
        for name, change in EFFECTS.items():
            changed = change(plain)
            _seconds(maker, changed)
            pairs = [(_seconds(maker, plain), _seconds(maker, changed)) for _ in range(rounds)]
            base = statistics.median(before for before, _ in pairs)
            added = statistics.median(after - before for before, after in pairs)
            costs[name] = EffectCost(added, added / base)
    return costs


def _seconds(maker: FrameMaker, scene: Scene) -> float:
    # A scene that is equal but not the same object: nothing that was drawn for the last frame may be used again.
    fresh = replace(scene)
    start = time.perf_counter()
    maker.make_scene(fresh)
    return time.perf_counter() - start
