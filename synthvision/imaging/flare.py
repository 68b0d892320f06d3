"""Rays of a star around very bright points and their reflections inside the lens."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.targets import Target
from synthvision.imaging.tools import PACKAGE, ImagingTools
from synthvision.scene import Camera, Optics, Scene, SunLight

__all__ = ["BrightSpot", "draw_flare", "find_bright_spots", "sun_beside_picture"]

Float = NDArray[np.float64]

#: Bright points that get rays and reflections.
MAX_SPOTS = 4
#: Level of the pyramid in which they are looked for: blocks of 8x8 pixels.
SPOT_LEVEL = 2
_BLOCK_PX = 2 ** (SPOT_LEVEL + 1)
#: A block is a bright point where it is this many times as bright as the picture's median.
_CONTRAST = 60.0
#: Share of a point's light in all rays of its star: what the edges of the blades diffract.
_RAY_SHARE = 0.01
#: Distance in pixels within which half of a ray's light lies.
_RAY_START_PX = 3.0
#: Share of a point's light in each reflection at full strength: two coated surfaces of 1.5 % reflectance each.
_GHOST_SHARE = 2.5e-4
#: Place of each reflection along the line from the point (1) through the principal point (0), radius as a share of
#: the half diagonal, and tint: coatings reflect purple and green, and what is left of red.
_GHOSTS = (
    (0.42, 0.050, (0.8, 1.1, 0.9)),
    (-0.18, 0.030, (1.1, 0.9, 1.0)),
    (-0.46, 0.085, (0.7, 1.1, 0.8)),
    (-0.72, 0.045, (1.2, 0.8, 1.1)),
    (-1.05, 0.140, (0.8, 0.9, 1.3)),
    (-1.50, 0.220, (1.1, 1.0, 0.8)),
)
#: A sun outside the picture still reflects within this many half sizes of the picture from its middle.
_BESIDE = 1.6

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class BrightSpot:
    """A very bright point.

    Args:
        place_px: From the principal point, x right and y up, in pixels.
        flux_rgb: Luminance per primary summed over its pixels, cd/m2 times pixels.
    """

    place_px: tuple[float, float]
    flux_rgb: tuple[float, float, float]


def find_bright_spots(tools: ImagingTools, camera: Camera, level: Target) -> list[BrightSpot]:
    """Return the brightest points of a picture, the strongest first.

    Args:
        tools: Where to draw.
        camera: Of the picture.
        level: Level `SPOT_LEVEL` of the picture's pyramid.
    """
    means = tools.context.read(level.framebuffer, components=4, dtype=np.float32)[::-1, :, :3].astype(np.float64)
    luminance = means @ _LUMINANCE
    limit = _CONTRAST * float(np.median(luminance))
    spots: list[BrightSpot] = []
    left = luminance.copy()
    height = camera.size_wh[1]
    principal = np.array([camera.centre_xy_px[0], height - camera.centre_xy_px[1]])
    while len(spots) < MAX_SPOTS:
        row, column = np.unravel_index(int(np.argmax(left)), left.shape)
        if left[row, column] <= max(limit, 0.0):
            break
        window = (
            slice(max(row - 2, 0), min(row + 3, left.shape[0])),
            slice(max(column - 2, 0), min(column + 3, left.shape[1])),
        )
        rows, columns = np.mgrid[window]
        weights = np.maximum(left[window] - limit, 0.0)
        centre = np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum() + 0.5
        flux = (means[window] * (weights > 0)[..., None]).sum(axis=(0, 1)) * _BLOCK_PX**2
        x, y = centre * _BLOCK_PX - principal
        spots.append(BrightSpot((float(x), float(y)), (float(flux[0]), float(flux[1]), float(flux[2]))))
        left[window] = 0.0
    return spots


def sun_beside_picture(scene: Scene) -> list[BrightSpot]:
    """Return suns that shine on the lens from just outside the picture, as seen through a pinhole."""
    camera = scene.camera
    rotation = camera.world_from_camera[:3, :3]
    spots = []
    for light in scene.lights:
        if not isinstance(light, SunLight):
            continue
        x, y, z = rotation.T @ np.asarray(light.direction_xyz, np.float64)
        if z <= 0:
            continue
        off = np.array([x, y]) / z * camera.focal_xy_px
        at = np.abs(off + camera.centre_xy_px - np.array(camera.size_wh) / 2) / (np.array(camera.size_wh) / 2)
        if 1 < at.max() < _BESIDE:
            flux = light.illuminance_lux * camera.focal_xy_px[0] * camera.focal_xy_px[1] * np.asarray(light.colour)
            spots.append(BrightSpot((float(off[0]), float(-off[1])), (float(flux[0]), float(flux[1]), float(flux[2]))))
    return spots


def draw_flare(tools: ImagingTools, camera: Camera, optics: Optics, spots: list[BrightSpot]) -> moderngl.Texture | None:
    """Return rays and reflections of bright points at half the picture's size, or None without any.

    An even number of blades makes as many rays, an odd one twice as many. Along a ray light falls with the square of
    the distance, as a slit diffracts it.

    Args:
        tools: Where to draw.
        camera: Of the picture.
        optics: Blades and strength of the reflections.
        spots: Bright points; the first `MAX_SPOTS` count.
    """
    if not spots or (optics.blades == 0 and optics.ghosts == 0):
        return None
    spots = spots[:MAX_SPOTS]
    width, height = camera.size_wh
    context = tools.context
    size = (-(-width // 2), -(-height // 2))
    program = context.full_screen_program(PACKAGE, "glass_flare.frag.glsl", {"RAY_START": str(_RAY_START_PX)})
    padding = [BrightSpot((0.0, 0.0), (0.0, 0.0, 0.0))] * (MAX_SPOTS - len(spots))
    program["source_count"] = len(spots)
    program["place"] = [spot.place_px for spot in (*spots, *padding)]
    program["flux"] = [spot.flux_rgb for spot in (*spots, *padding)]
    program["rays"] = float(optics.blades * (1 + optics.blades % 2))
    program["ray_share"] = _RAY_SHARE
    program["ray_turn"] = (float(np.cos(0.2)), float(np.sin(0.2)))
    program["ghost_share"] = _GHOST_SHARE * optics.ghosts
    half_diagonal = float(np.hypot(width, height)) / 2
    program["ghost"] = [(place, radius * half_diagonal) for place, radius, _ in _GHOSTS]
    program["ghost_tint"] = [tint for _, _, tint in _GHOSTS]
    program["sides"] = float(optics.blades)
    program["principal"] = (camera.centre_xy_px[0], height - camera.centre_xy_px[1])
    target = tools.targets.get("glass.flare", size, ((4, "f4"),))
    target.colours[0].filter = (moderngl.LINEAR, moderngl.LINEAR)
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    context.draw_full_screen(program)
    return target.colours[0]
