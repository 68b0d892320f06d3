"""Light to the levels of the converter: filters, electrons, noise and flaws of the pixels.

Noise follows EMVA 1288: y = K e + black, with shot noise (Poisson, exact below 25 electrons), dark current, read noise,
PRNU, DSNU and the converter's rounding. All of it comes from integer hashes of seed and pixel.
"""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.targets import Target
from synthvision.imaging.sensor.gain import SensorGain
from synthvision.imaging.tools import PACKAGE, ImagingTools
from synthvision.scene import Sensor

__all__ = ["FIRST_RED", "RING", "draw_mosaic", "pixels_of_quads", "quads_wh", "read_mosaic", "set_readout"]

#: Rings of mirrored quads around the picture: demosaicing along edges looks four pixels away.
RING = 2
#: Column and row of the top-left red pixel of each arrangement of the filters.
FIRST_RED = {"rggb": (0, 0), "grbg": (1, 0), "gbrg": (0, 1), "bggr": (1, 1)}


def quads_wh(sensor: Sensor, size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return how many quads of 2x2 pixels, red first, cover a picture; those at its edges may reach beyond it."""
    red_x, red_y = FIRST_RED[sensor.bayer or "rggb"]
    return (size_wh[0] + red_x + 1) // 2, (size_wh[1] + red_y + 1) // 2


def draw_mosaic(tools: ImagingTools, sensor: Sensor, light: moderngl.Texture, gain: SensorGain) -> moderngl.Texture:
    """Return the levels behind low-pass and colour filters: a texel per quad, with `RING` mirrored quads around."""
    context = tools.context
    size = _with_rings(quads_wh(sensor, light.size))
    low_pass = {"LOW_PASS": 1} if sensor.low_pass_px > 0 else {}
    program = context.full_screen_program(PACKAGE, "sensor_mosaic.frag.glsl", {"BAYER": 1, "RING": RING, **low_pass})
    set_readout(tools, program, sensor, gain, size)
    program["first_red"] = FIRST_RED[sensor.bayer or "rggb"]
    program["quads"] = size
    program["light"] = 0
    program["electrons_per_light"] = gain.electrons_per_cd_m2
    if low_pass:
        # Half the variance to each side; this is what doubly refracting plates do, which split a ray in two and two.
        aside = sensor.low_pass_px**2 / 2
        program["low_pass"] = (1 - 2 * aside, aside)
    target = tools.targets.get("sensor.mosaic", size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    light.use(0)
    context.draw_full_screen(program)
    return target.colours[0]


def read_mosaic(tools: ImagingTools, sensor: Sensor, light: moderngl.Texture, gain: SensorGain) -> NDArray[np.uint16]:
    """Return the raw picture: levels of the converter, uint16 (height, width), or (height, width, 3) without filters.

    Args:
        tools: Where to draw.
        sensor: The sensor, of at most 16 bits.
        light: Light on it in cd/m2 per primary.
        gain: How it is set.
    """
    context = tools.context
    if sensor.bayer is not None:
        draw_mosaic(tools, sensor, light, gain)
        size = _with_rings(quads_wh(sensor, light.size))
        target = tools.targets.get("sensor.mosaic", size, ((4, "f4"),)).framebuffer
        levels = context.read(target, components=4, dtype=np.float32)[RING:-RING, RING:-RING].astype(np.uint16)
        return np.ascontiguousarray(pixels_of_quads(sensor, np.ascontiguousarray(levels), light.size))
    target = tools.targets.get("sensor.raw", light.size, ((4, "f4"),)).framebuffer
    program = context.full_screen_program(PACKAGE, "sensor_three.frag.glsl", {"RAW": 1})
    set_readout(tools, program, sensor, gain, light.size)
    program["light"] = 0
    program["electrons_per_light"] = gain.electrons_per_cd_m2
    target.use()
    context.gl.enable_only(moderngl.NOTHING)
    light.use(0)
    context.draw_full_screen(program)
    levels = context.read(target, components=4, dtype=np.float32)
    return np.ascontiguousarray(levels[..., :3].astype(np.uint16))


def pixels_of_quads(sensor: Sensor, quads: NDArray[np.generic], size_wh: tuple[int, int]) -> NDArray[np.generic]:
    """Return the pixels (height, width) of quads (rows, columns, 4) in reading order, what lies beyond cut off."""
    rows, columns = quads.shape[:2]
    pixels = np.zeros((2 * rows, 2 * columns), quads.dtype)
    for index in range(4):
        pixels[index // 2 :: 2, index % 2 :: 2] = quads[..., index]
    red_x, red_y = FIRST_RED[sensor.bayer or "rggb"]
    return pixels[red_y : red_y + size_wh[1], red_x : red_x + size_wh[0]]


def set_readout(
    tools: ImagingTools, program: moderngl.Program, sensor: Sensor, gain: SensorGain, size: tuple[int, int]
) -> None:
    """Set the uniforms of ``sensor_read.glsl`` and bind the sensor's fixed pattern to the units 1 and 2."""
    pattern = _pattern(tools, sensor, size)
    program["gain_map"], program["offset_map"] = 1, 2
    program["seed"] = _words(sensor.noise_seed)
    program["dark_read_e"] = (gain.dark_e, sensor.read_noise_e)
    program["converter"] = (gain.levels_per_e, gain.black_level, gain.highest_level)
    pattern.colours[0].use(1)
    pattern.colours[1].use(2)


def _pattern(tools: ImagingTools, sensor: Sensor, size: tuple[int, int]) -> Target:
    """Return the fixed pattern, drawn once for all frames of a camera."""
    target = tools.targets.get("sensor.pattern", size, ((4, "f4"), (4, "f4")))
    key = (sensor.pattern_seed, sensor.prnu, sensor.dsnu_e, sensor.hot_pixels)
    if target.colours[0].extra != key:
        context = tools.context
        program = context.full_screen_program(PACKAGE, "sensor_pattern.frag.glsl")
        program["seed"] = _words(sensor.pattern_seed)
        program["spread"] = (sensor.prnu, sensor.dsnu_e)
        program["stuck_share"] = sensor.hot_pixels
        target.framebuffer.use()
        context.gl.enable_only(moderngl.NOTHING)
        context.draw_full_screen(program)
        target.colours[0].extra = key
    return target


def _with_rings(quads: tuple[int, int]) -> tuple[int, int]:
    return quads[0] + 2 * RING, quads[1] + 2 * RING


def _words(seed: int) -> tuple[int, int]:
    """Return the lower and the upper 32 bits of a seed."""
    return seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
