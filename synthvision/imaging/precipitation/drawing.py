"""Drops and flakes drawn over a picture, behind what stands before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.imaging.air import set_uniform
from synthvision.imaging.airlight import BANDS, Ambient, ambient_of
from synthvision.imaging.airlight_lamps import Lamps, lamps_of
from synthvision.imaging.airlight_laws import RainLaw, SnowLaw, rain_fall_speed
from synthvision.imaging.airlight_media import media_of
from synthvision.imaging.precipitation.particles import particles_in_view
from synthvision.imaging.tools import PACKAGE, ImagingTools, Picture
from synthvision.scene import Camera, Optics, Scene

__all__ = ["apply_precipitation"]

#: A drop shows what lies within 82.5 degrees of the line of sight (Garg and Nayar 2007): shares of the bands of
#: harmonics that the mean over such a cap keeps.
_RAIN_CAP = np.cos(np.radians(82.5))
_RAIN_BANDS = np.array([1.0, (1 + _RAIN_CAP) / 2, _RAIN_CAP * (1 + _RAIN_CAP) / 2])
#: Flakes scatter with this asymmetry and reflect this share; the shader has the same asymmetry for suns and lamps.
_FLAKE_FORWARD = 0.4
_FLAKE_ALBEDO = np.array([0.94, 0.96, 1.0])
#: Gusts: sideways speed in calm air and as a share of the wind.
_TURBULENCE_M_S = 0.15
_TURBULENCE_SHARE = 0.08
_SUNS = 3
#: Particles that span fewer pixels are drawn as points.
_LARGEST_POINT_PX = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class _Swarm:
    """Particles of one kind.

    Args:
        particles_n5: From `particles_in_view`.
        flakes: Whether they are flakes.
        fall: Speed and sway of flakes, turbulence of the wind, 0.
    """

    particles_n5: NDArray[np.float32]
    flakes: bool
    fall: tuple[float, float, float, float]


def apply_precipitation(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture with the drops and flakes that fall before the camera; itself where none are in view."""
    scene = picture.scene
    media = media_of(scene.weather)
    swarms = [swarm for swarm in _swarms(scene) if len(swarm.particles_n5)]
    if not swarms:
        return picture
    ambient = ambient_of(scene, tools.assets)
    lamps = lamps_of(scene, ambient.mean_luminance)
    extinction = sum(medium.extinction_per_m for medium in media)
    context = tools.context
    # Where something falls the air is not clear, so the light is a target of the air pass, free to be drawn upon.
    target = context.gl.framebuffer([picture.light])
    target.use()
    context.gl.enable_only(moderngl.BLEND | moderngl.PROGRAM_POINT_SIZE)
    context.gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
    for swarm in swarms:
        # Far and small ones first: most cover a few pixels, and a point has one vertex to work out instead of four.
        is_small = _reach_px(scene, swarm) < _LARGEST_POINT_PX
        for as_points in (True, False):
            particles = np.ascontiguousarray(swarm.particles_n5[is_small == as_points])
            if not len(particles):
                continue
            program = _program(tools, scene, swarm, ambient, lamps, extinction, as_points=as_points)
            set_uniform(program, "depth_m", 0)
            picture.depth.use(0)
            buffer = context.gl.buffer(particles)
            layout = "4f 1f" if as_points else "4f 1f/i"
            array = context.gl.vertex_array(program, [(buffer, layout, "in_particle", "in_random")])
            if as_points:
                array.render(moderngl.POINTS)
            else:
                array.render(moderngl.TRIANGLE_STRIP, vertices=4, instances=len(particles))
            array.release()
            buffer.release()
    context.gl.enable_only(moderngl.NOTHING)
    context.release_framebuffer(target)
    return picture


def _reach_px(scene: Scene, swarm: _Swarm) -> NDArray[np.float32]:
    """Return about how many pixels each particle spans, streak and blur included: rather more than less."""
    camera, optics = scene.camera, scene.camera.optics or Optics()
    wind = scene.weather.wind_m_s if scene.weather is not None else (0.0, 0.0)
    fastest = (2.0 * (swarm.fall[0] + swarm.fall[1] * np.pi * 4.0) if swarm.flakes else 10.0) + float(np.hypot(*wind))
    fastest += float(np.linalg.norm(camera.velocity_m_s))
    depth = swarm.particles_n5[:, :3] @ camera.world_from_camera[:3, 2].astype(np.float32)
    turned = float(np.linalg.norm(camera.angular_velocity_rad_s)) * 2.0
    across = swarm.particles_n5[:, 3] + fastest * optics.exposure_time_s
    blur = optics.aperture_m * np.abs(1.0 - depth / optics.focus_m)
    return np.asarray(
        max(camera.focal_xy_px) * ((across + blur) / np.maximum(depth, 1e-3) + turned * optics.exposure_time_s),
        np.float32,
    )


def _swarms(scene: Scene) -> list[_Swarm]:
    weather = scene.weather
    swarms: list[_Swarm] = []
    if weather is None:
        return swarms
    if weather.rain is not None and weather.rain.rate_mm_h > 0:
        particles = particles_in_view(
            RainLaw(weather.rain.rate_mm_h), "rain", weather.seed, scene.camera, _drift(scene, None)
        )
        gusts = _TURBULENCE_M_S + _TURBULENCE_SHARE * float(np.hypot(*weather.wind_m_s))
        swarms.append(_Swarm(particles, False, (0.0, 0.0, gusts, 0.0)))
    snow = weather.snowfall
    if snow is not None and snow.rate_mm_h > 0:
        particles = particles_in_view(
            SnowLaw(snow.rate_mm_h, snow.fall_speed_m_s), "snow", weather.seed, scene.camera,
            _drift(scene, snow.fall_speed_m_s),
        )  # fmt: skip
        swarms.append(_Swarm(particles, True, (snow.fall_speed_m_s, snow.sway_m, 0.0, 0.0)))
    return swarms


def _drift(scene: Scene, speed_m_s: float | None) -> Callable[[float], tuple[float, float, float]] | None:
    """Return how far wind and weight have carried particles since the scene's first step, or None where it is that.

    Args:
        scene: Its weather and time count.
        speed_m_s: How fast they fall; None for rain drops, each size at its own speed.
    """
    weather, time_s = scene.weather, scene.time_s
    if weather is None or time_s == 0:
        return None
    wind_x, wind_y = weather.wind_m_s

    def drift_m(diameter_m: float) -> tuple[float, float, float]:
        speed = float(rain_fall_speed(diameter_m)) if speed_m_s is None else speed_m_s
        return wind_x * time_s, wind_y * time_s, -speed * time_s

    return drift_m


def _program(
    tools: ImagingTools,
    scene: Scene,
    swarm: _Swarm,
    ambient: Ambient,
    lamps: Lamps,
    extinction: float,
    *,
    as_points: bool,
) -> moderngl.Program:
    suns = sorted(ambient.suns, key=lambda sun: -max(sun.illuminance_rgb))[:_SUNS]
    defines: dict[str, str | int] = {"SUNS": len(suns), "LAMPS": lamps.count}
    if swarm.flakes:
        defines["FLAKES"] = 1
    if as_points:
        defines["POINTS"] = 1
    program = tools.context.program(PACKAGE, "particles.vert.glsl", "particles.frag.glsl", defines)
    camera = scene.camera
    _set_camera(program, camera)
    wind = scene.weather.wind_m_s if scene.weather is not None else (0.0, 0.0)
    set_uniform(program, "air_velocity", (*wind, 0.0))
    set_uniform(program, "fall", swarm.fall)
    set_uniform(program, "extinction_per_m", float(extinction))
    bands = np.array([1.0, _FLAKE_FORWARD, _FLAKE_FORWARD**2]) if swarm.flakes else _RAIN_BANDS
    albedo = _FLAKE_ALBEDO if swarm.flakes else np.ones(3)
    set_uniform(program, "sky", ambient.sky_93 * bands[BANDS][:, None] * albedo)
    if suns:
        set_uniform(program, "sun_direction", np.array([sun.direction_xyz for sun in suns]))
        set_uniform(program, "sun_light", np.array([sun.illuminance_rgb for sun in suns]) * albedo)
    if lamps.count:
        set_uniform(program, "lamps", lamps.values_n44)
    return program


def _set_camera(program: moderngl.Program, camera: Camera) -> None:
    optics = camera.optics or Optics()
    width, height = camera.size_wh
    set_uniform(program, "camera_from_world", camera.camera_from_world[:3, :3].T)
    set_uniform(program, "focal_px", camera.focal_xy_px)
    set_uniform(program, "centre_px", (camera.centre_xy_px[0], height - camera.centre_xy_px[1]))
    set_uniform(program, "size_px", (float(width), float(height)))
    set_uniform(program, "exposure_s", optics.exposure_time_s)
    set_uniform(program, "camera_velocity", camera.velocity_m_s)
    set_uniform(program, "camera_turn", camera.angular_velocity_rad_s)
    set_uniform(program, "focus", (optics.aperture_m, 1.0 / optics.focus_m))
