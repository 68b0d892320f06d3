"""What the lens does to light besides bending it: vignetting, blur, glare, veil, rays, reflections.

Glare is the halo that scatter in the glass lays around every point. Its shape is that of Stiles and Holladay's veiling
luminance, L_v = 10 E / theta^2 (theta the angle from the source), which for a camera holds with a share of its own:
light per solid angle falls with the square of the angle, so every octave of angles holds the same share of it. A
pyramid of blurs whose widths double, all with the same weight, is that law. Everything is kept in 32-bit floats: the
sun's disc (1.6e9 cd/m2) overflows 16 bits, and cut off it would have no halo to speak of.
"""

from __future__ import annotations

import math

import moderngl
import numpy as np

from synthvision.imaging.flare import SPOT_LEVEL, draw_flare, find_bright_spots, sun_beside_picture
from synthvision.imaging.pyramid import LEVEL_SIGMA_PX, build_pyramid, mean_of_level, sum_levels
from synthvision.imaging.tools import PACKAGE, ImagingTools
from synthvision.scene import Camera, Optics, Scene

__all__ = ["GLARE_ANGLES_DEG", "apply_glass", "blur_light", "glare_shares"]

#: Angles between which glare holds all its light: within the smaller one it cannot be told from the point itself, and
#: beyond the larger one the law of Stiles and Holladay is not known to hold.
GLARE_ANGLES_DEG = (0.1, 30.0)
#: Beyond three standard deviations a Gaussian holds 0.3 % of its light.
_BLUR_REACH = 3.0


def apply_glass(tools: ImagingTools, scene: Scene, light: moderngl.Texture) -> moderngl.Texture:
    """Return the light as it falls on the sensor; without optics, or with a perfect lens, the same texture.

    Args:
        tools: Where to draw.
        scene: Its camera's optics say what the glass does.
        light: Float texture, cd/m2 per primary, first row the bottom of the picture.
    """
    camera = scene.camera
    optics = camera.optics
    if optics is None:
        return light
    scatters = optics.glare > 0 or optics.veil > 0 or optics.blades > 0 or optics.ghosts > 0
    vignettes = optics.vignetting_r2 != 0 or optics.vignetting_r4 != 0
    source = light
    if optics.blur_px > 0:
        light = blur_light(tools, light, optics.blur_px)
    if not scatters and not vignettes:
        return light
    defines: dict[str, str | int] = {}
    halo = mean = flare = None
    if scatters:
        shares = glare_shares(camera, optics.glare)
        pyramid = build_pyramid(tools, "glass", source, max(len(shares), SPOT_LEVEL + 1))
        if optics.glare > 0:
            shares = [*shares[: len(pyramid) - 1], sum(shares[len(pyramid) - 1 :])]
            halo = sum_levels(tools, "glass", pyramid, [*shares, *[0.0] * (len(pyramid) - len(shares))])
            defines["HALO"] = 1
        if optics.veil > 0:
            mean = mean_of_level(tools, "glass", pyramid[-1])
            defines["VEIL"] = 1
        if (optics.blades > 0 or optics.ghosts > 0) and len(pyramid) > SPOT_LEVEL:
            spots = find_bright_spots(tools, camera, pyramid[SPOT_LEVEL]) + sun_beside_picture(scene)
            flare = draw_flare(tools, camera, optics, spots)
            if flare is not None:
                defines["FLARE"] = 1
    return _join(tools, camera, optics, light, {"halo": halo, "mean": mean, "flare": flare}, defines)


def glare_shares(camera: Camera, glare: float) -> list[float]:
    """Return the share of all light that each level of a pyramid scatters, from half size on.

    What falls within one pixel by `GLARE_ANGLES_DEG` is left to the picture itself.

    Args:
        camera: Its focal length turns angles into pixels.
        glare: Share of the light that is scattered between the two angles.
    """
    px_per_deg = math.sqrt(camera.focal_xy_px[0] * camera.focal_xy_px[1]) * math.pi / 180
    low, high = (math.log2(angle * px_per_deg) for angle in GLARE_ANGLES_DEG)
    shares: list[float] = []
    level = 1
    while True:
        octave = math.log2(LEVEL_SIGMA_PX) + level
        overlap = min(octave + 0.5, high) - max(octave - 0.5, low)
        if octave - 0.5 >= high:
            return shares or [0.0]
        shares.append(glare * max(overlap, 0.0) / (high - low))
        level += 1


def blur_light(tools: ImagingTools, light: moderngl.Texture, sigma_px: float) -> moderngl.Texture:
    """Return light blurred by a Gaussian whose variance over whole pixels is exactly that of `sigma_px`."""
    radius = max(1, math.ceil(_BLUR_REACH * sigma_px))
    weights = _gaussian(sigma_px, radius)
    context = tools.context
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "glass_blur.frag.glsl", {"RADIUS": radius})
    program["source"] = 0
    program["weights"] = weights
    for name, along in (("glass.blur_x", (1, 0)), ("glass.blur_y", (0, 1))):
        target = tools.targets.get(name, light.size, ((4, "f4"),))
        program["along"] = along
        target.framebuffer.use()
        light.use(0)
        context.draw_full_screen(program)
        light = target.colours[0]
    return light


def _gaussian(sigma_px: float, radius: int) -> list[float]:
    """Return the weights of a blur, the middle first, that sum to 1 over both sides."""
    steps = np.arange(radius + 1, dtype=np.float64)
    both = np.where(steps == 0, 1.0, 2.0)
    # A sampled narrow Gaussian has less variance than the one it samples, so its width is solved for.
    low, high = 0.05, 4 * sigma_px + 1
    for _ in range(60):
        middle = (low + high) / 2
        shape = np.exp(-(steps**2) / (2 * middle**2))
        if (both * steps**2 * shape).sum() / (both * shape).sum() < sigma_px**2:
            low = middle
        else:
            high = middle
    return [float(value) for value in shape / (both * shape).sum()]


def _join(
    tools: ImagingTools,
    camera: Camera,
    optics: Optics,
    light: moderngl.Texture,
    layers: dict[str, moderngl.Texture | None],
    defines: dict[str, str | int],
) -> moderngl.Texture:
    context = tools.context
    width, height = camera.size_wh
    program = context.full_screen_program(PACKAGE, "glass.frag.glsl", defines)
    program["light"] = 0
    scattered = sum(glare_shares(camera, optics.glare)) if optics.glare > 0 else 0.0
    program["direct"] = 1.0 - scattered - optics.veil
    program["vignetting"] = (optics.vignetting_r2, optics.vignetting_r4)
    program["axis"] = (camera.centre_xy_px[0], height - camera.centre_xy_px[1], 2 / math.hypot(width, height))
    if layers["mean"] is not None:
        program["veil"] = optics.veil
    for unit, (name, texture) in enumerate(layers.items(), start=1):
        if texture is not None:
            program[name] = unit
            texture.use(unit)
    target = tools.targets.get("glass.light", light.size, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    light.use(0)
    context.draw_full_screen(program)
    return target.colours[0]
