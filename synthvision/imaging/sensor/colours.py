"""Raw levels to an 8-bit picture: colours between the filters, white balance, tone."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.imaging.sensor.gain import SensorGain
from synthvision.imaging.sensor.mosaic import RING, pixels_of_quads, quads_wh, set_readout
from synthvision.imaging.tone import set_tone, tone_defines
from synthvision.imaging.tools import PACKAGE, ImagingTools
from synthvision.scene import Exposure, Sensor

__all__ = ["develop_mosaic", "develop_three"]

_DIRECTED = "hamilton_adams"


def develop_mosaic(
    tools: ImagingTools,
    sensor: Sensor,
    exposure: Exposure,
    gain: SensorGain,
    mosaic: moderngl.Texture,
    size_wh: tuple[int, int],
) -> NDArray[np.uint8]:
    """Return the picture of raw levels behind colour filters.

    Args:
        tools: Where to draw.
        sensor: Arrangement of the filters and method; ``hamilton_adams`` fills green in along edges (US 5,629,734)
            and the other colours by their differences from it, ``malvar`` is Malvar, He and Cutler's
            gradient-corrected linear interpolation (ICASSP 2004).
        exposure: White balance and tone curve.
        gain: How the sensor is set.
        mosaic: From `draw_mosaic`.
        size_wh: Size of the picture.
    """
    context = tools.context
    columns, rows = quads_wh(sensor, size_wh)
    difference = _draw_differences(tools, sensor, exposure, gain, mosaic) if sensor.demosaic == _DIRECTED else None
    method = {_DIRECTED: {"DIRECTED": 1}, "malvar": {"MALVAR": 1}}.get(sensor.demosaic, {})
    defines = {"RING": RING, "DRAWN_RING": 0, **method, **tone_defines(exposure)}
    program = context.full_screen_program(PACKAGE, "sensor_demosaic.frag.glsl", defines)
    program["levels"] = 0
    _set_levels(program, exposure, gain)
    set_tone(program, exposure)
    if difference is not None:
        program["difference"] = 1
        difference.use(1)
    target = tools.targets.get("sensor.colours", (columns, rows), ((4, "u4"),)).framebuffer
    target.use()
    context.gl.enable_only(moderngl.NOTHING)
    mosaic.use(0)
    context.draw_full_screen(program)
    quads = context.read(target, components=4, dtype=np.uint32)
    pixels = np.ascontiguousarray(pixels_of_quads(sensor, quads, size_wh))
    # The shader packs the first byte of a pixel into the lowest bits.
    rgba = pixels.astype("<u4", copy=False).view(np.uint8).reshape(*pixels.shape, 4)
    return np.ascontiguousarray(rgba[..., :3])


def develop_three(
    tools: ImagingTools, sensor: Sensor, exposure: Exposure, gain: SensorGain, light: moderngl.Texture
) -> NDArray[np.uint8]:
    """Return the picture of three sensors, one per colour, from the light on them."""
    context = tools.context
    program = context.full_screen_program(PACKAGE, "sensor_three.frag.glsl", tone_defines(exposure))
    set_readout(tools, program, sensor, gain, light.size)
    program["light"] = 0
    program["electrons_per_light"] = gain.electrons_per_cd_m2
    _set_levels(program, exposure, gain)
    set_tone(program, exposure)
    target = tools.targets.get("sensor.three", light.size, ((4, "f1"),)).framebuffer
    target.use()
    context.gl.enable_only(moderngl.NOTHING)
    light.use(0)
    context.draw_full_screen(program)
    return np.ascontiguousarray(context.read(target, components=4, dtype=np.uint8)[..., :3])


def _draw_differences(
    tools: ImagingTools, sensor: Sensor, exposure: Exposure, gain: SensorGain, mosaic: moderngl.Texture
) -> moderngl.Texture:
    """Return red and blue less the green found at their places, one texel per quad with one ring around."""
    context = tools.context
    size = (mosaic.width - 2 * (RING - 1), mosaic.height - 2 * (RING - 1))
    program = context.full_screen_program(PACKAGE, "sensor_directed.frag.glsl", {"RING": RING, "DRAWN_RING": 1})
    program["levels"] = 0
    _set_levels(program, exposure, gain)
    target = tools.targets.get("sensor.differences", size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    mosaic.use(0)
    context.draw_full_screen(program)
    return target.colours[0]


def _set_levels(program: moderngl.Program, exposure: Exposure, gain: SensorGain) -> None:
    program["black_scale"] = (gain.no_light_level, gain.exposed_per_level)
    program["balance"] = exposure.white_balance_rgb
