"""Haze, fog, dust and far rain: light that is dimmed on its way to the camera, and light that the air adds.

The law is that of Koschmieder and of Bouguer, Beer and Lambert: light J behind a depth of air tau becomes
J exp(-tau) + L (1 - exp(-tau)), in linear light and along the ray. L is what scatters into the ray: light of sky and
ground, suns with a forward glow, and lamps near by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.core.frames import LabelImages
from synthvision.geometry.lenses import unproject_rays
from synthvision.gpu.targets import Target
from synthvision.imaging.air_patches import grid_nodes, patch_ratios
from synthvision.imaging.airlight import BANDS, Ambient, Sun, ambient_of
from synthvision.imaging.airlight_lamps import Lamps, lamps_of
from synthvision.imaging.airlight_media import Medium, media_of
from synthvision.imaging.tools import PACKAGE, ImagingTools, Picture
from synthvision.library.model import SKYLINE_M
from synthvision.scene import Camera, Scene
from synthvision.scene.rays import camera_rays, depth_is_ray_length, lens_model

__all__ = ["air_transmittance", "apply_air", "set_uniform", "world_from_image"]

#: Change of 1 / depth between neighbouring pixels, as a share of it times the focal length, that is an outline.
_OUTLINE_SLOPE = 2.0
#: Sunlight comes from at least this far up: lower, its way through even a thin layer has no end.
_LEAST_SINE = 0.05
#: Light of lamps in the air is worked out for blocks of this many pixels.
_BLOCK_PX = 4
#: Points around the horizon at which the skyline is known, and the sine over which its edge is soft: as much as a texel
#: of a map of 512 rows spans.
_SKYLINE_TEXELS = 2048
_SKYLINE_EDGE = np.pi / 512
#: Suns that light the air.
_MAX_SUNS = 3


def apply_air(tools: ImagingTools, picture: Picture) -> Picture:
    """Return the picture as it looks through the air of its scene; the picture itself in clear air."""
    scene = picture.scene
    media = media_of(scene.weather)
    if not media:
        return picture
    ambient = ambient_of(scene, tools.assets)
    lamps = lamps_of(scene, ambient.mean_luminance)
    suns = sorted(ambient.suns, key=lambda sun: -max(sun.illuminance_rgb))[:_MAX_SUNS]
    context, camera = tools.context, scene.camera
    textures: dict[str, moderngl.Texture] = {"light": picture.light, "depth_m": picture.depth}
    with _patch_texture(tools, scene, media, lambda: _image_directions(camera)) as patches:
        if lamps.count:
            lit = _light_of_lamps(tools, picture, media, lamps, patches)
            textures |= {"lamps_near": lit.colours[0], "lamps_far": lit.colours[1]}
        target = tools.targets.get("air.light", picture.light.size, ((4, "f4"),))
        target.framebuffer.use()
        context.gl.enable_only(moderngl.NOTHING)
        defines = _defines(media) | {"LAMPS": lamps.count, "SUNS": len(suns)}
        skyline = _skyline(tools, scene)
        if skyline is not None:
            textures["skyline"] = skyline
            defines["SKYLINE"] = 1
        outlines = _outlines(picture)
        for points in (None, outlines) if len(outlines) else (None,):
            if points is None:
                program = context.full_screen_program(PACKAGE, "air.frag.glsl", defines)
            else:
                program = context.program(PACKAGE, "pixels.vert.glsl", "air.frag.glsl", defines | {"OUTLINES": 1})
            _set_media(program, scene, media)
            _set_airlight(program, scene, media, ambient, suns)
            _set_skyline(program, scene, skyline)
            set_uniform(program, "world_from_image", world_from_image(camera).T)
            set_uniform(program, "size", tuple(map(float, picture.light.size)))
            set_uniform(program, "block_px", float(_BLOCK_PX))
            _use_textures(program, textures, patches)
            if points is None:
                context.draw_full_screen(program)
            else:
                _draw_pixels(tools, program, points)
    return replace(picture, light=target.colours[0])


def _outlines(picture: Picture) -> NDArray[np.float32]:
    """Return columns and rows from the bottom, float32 (n, 2), of pixels beside which depth makes a step."""
    depth = picture.depth_m_hw
    inverse = np.zeros(depth.shape, np.float32)
    np.divide(np.float32(1), depth, out=inverse, where=depth > 0)
    inverse[~np.isfinite(inverse)] = 0.0
    # The border is its own neighbour.
    wide = cv2.copyMakeBorder(inverse, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    left, right, above, below = wide[1:-1, :-2], wide[1:-1, 2:], wide[:-2, 1:-1], wide[2:, 1:-1]
    twice = inverse + inverse
    # On a plane 1 / depth is linear across the picture, so its second difference tells steps from slopes.
    bend = cv2.max(np.abs(left + right - twice), np.abs(above + below - twice))
    most = cv2.max(cv2.max(left, right), cv2.max(cv2.max(above, below), inverse))
    slope = np.float32(_OUTLINE_SLOPE / max(picture.scene.camera.focal_xy_px))
    rows, columns = np.nonzero(bend > slope * most)
    return np.stack([columns, depth.shape[0] - 1 - rows], axis=1).astype(np.float32)


def _draw_pixels(tools: ImagingTools, program: moderngl.Program, pixels_n2: NDArray[np.float32]) -> None:
    gl = tools.context.gl
    buffer = gl.buffer(np.ascontiguousarray(pixels_n2))
    array = gl.vertex_array(program, [(buffer, "2f", "in_pixel")])
    array.render(moderngl.POINTS, vertices=len(pixels_n2))
    array.release()
    buffer.release()


@contextmanager
def _patch_texture(
    tools: ImagingTools, scene: Scene, media: Sequence[Medium], directions: Callable[[], NDArray[np.float64]]
) -> Iterator[moderngl.Texture3D | None]:
    """Give the ratios of patchy air as a texture, or None where all air is even.

    Args:
        tools: Where it lives.
        scene: Whose camera looks.
        media: What is in the air.
        directions: Gives the directions of `grid_nodes` in world axes, the rows from the bottom.
    """
    if not any(medium.patchiness > 0 for medium in media):
        yield None
        return
    ratios = patch_ratios(media, directions(), scene.camera.position_m)
    slices, rows, columns, count = ratios.shape
    size = (columns, rows, slices)
    texture = tools.context.gl.texture3d(size, count, np.ascontiguousarray(ratios), alignment=1, dtype="f4")
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = texture.repeat_z = False
    try:
        yield texture
    finally:
        texture.release()


def _image_directions(camera: Camera) -> NDArray[np.float64]:
    """Return the directions of the nodes of a pinhole picture in world axes, rows from the bottom."""
    nodes = grid_nodes(camera.size_wh)
    rays = np.concatenate([nodes, np.ones((*nodes.shape[:2], 1))], axis=2) @ world_from_image(camera).T
    return np.asarray(rays / np.linalg.norm(rays, axis=2, keepdims=True), np.float64)


def _lens_directions(camera: Camera) -> NDArray[np.float64]:
    """Return the directions of the nodes of a picture through a lens in world axes, rows from the bottom."""
    nodes = grid_nodes(camera.size_wh)[::-1]
    rays = unproject_rays(lens_model(camera), nodes.reshape(-1, 2))
    # Nothing is seen there.
    rays[np.isnan(rays[:, 0])] = 0.0, 0.0, 1.0
    return np.asarray((rays @ camera.world_from_camera[:3, :3].T).reshape(*nodes.shape[:2], 3), np.float64)


def air_transmittance(tools: ImagingTools, scene: Scene, labels: LabelImages) -> NDArray[np.float32] | None:
    """Return the share of each pixel's own light that the air lets through, or None in clear air.

    Args:
        tools: Where it is worked out.
        scene: Gives weather, camera and lens.
        labels: Depth at pixel centres of the finished picture.

    Returns:
        float32 (height, width), 0..1, first row at the top.
    """
    media = media_of(scene.weather)
    if not media:
        return None
    camera, context = scene.camera, tools.context
    size_wh = labels.depth_m_hw.shape[::-1]
    depth = tools.targets.get("air.depth", size_wh, ((1, "f4"),)).colours[0]
    depth.write(np.ascontiguousarray(labels.depth_m_hw))
    textures = {"depth_m": depth}
    defines = _defines(media)
    if camera.lens is not None:
        defines["LENS"] = 1
        textures["rays"] = _upload_rays(tools, camera)
    target = tools.targets.get("air.share", size_wh, ((1, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "air_transmittance.frag.glsl", defines)
    _set_media(program, scene, media)
    set_uniform(program, "world_from_camera", camera.world_from_camera[:3, :3].T)
    set_uniform(program, "world_from_image", world_from_image(camera).T)
    set_uniform(program, "along_ray", 1.0 if depth_is_ray_length(camera) else 0.0)
    nodes = _image_directions if camera.lens is None else _lens_directions
    with _patch_texture(tools, scene, media, lambda: nodes(camera)) as patches:
        _use_textures(program, textures, patches)
        context.draw_full_screen(program)
    share: NDArray[np.float32] = context.read(target.framebuffer, components=1, dtype=np.float32)
    return share


def _upload_rays(tools: ImagingTools, camera: Camera) -> moderngl.Texture:
    """Return the rays of a picture's pixels as a texture, kept from frame to frame."""
    rays = camera_rays(camera)
    texture = tools.targets.get("air.rays", camera.size_wh, ((3, "f4"),)).colours[0]
    if texture.extra is not rays:
        texture.write(np.ascontiguousarray(rays), alignment=1)
        texture.extra = rays
    return texture


def world_from_image(camera: Camera) -> NDArray[np.float64]:
    """Return the matrix (3, 3) from (x, y from the bottom, 1) of a pixel to its ray of depth 1 in world axes."""
    (focal_x, focal_y), (centre_x, centre_y) = camera.focal_xy_px, camera.centre_xy_px
    height = camera.size_wh[1]
    into_camera = np.array(
        [
            [1 / focal_x, 0.0, -centre_x / focal_x],
            [0.0, -1 / focal_y, (height - centre_y) / focal_y],
            [0.0, 0.0, 1.0],
        ]
    )
    return np.asarray(camera.world_from_camera[:3, :3] @ into_camera, np.float64)


def set_uniform(program: moderngl.Program, name: str, value: object) -> None:
    """Set a uniform that the compiler may have left out; arrays are written as they lie in memory."""
    if name not in program:
        return
    uniform = program[name]
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value, np.uint32 if value.dtype == np.uint32 else np.float32).tobytes()
        # Compilers cut the unused end off arrays.
        uniform.write(data[: uniform.array_length * uniform.element_size])
    else:
        uniform.value = value


def _use_textures(
    program: moderngl.Program, textures: Mapping[str, moderngl.Texture], patches: moderngl.Texture3D | None
) -> None:
    every: dict[str, moderngl.Texture | moderngl.Texture3D] = {**textures, **({"patches": patches} if patches else {})}
    for unit, (name, texture) in enumerate(every.items()):
        set_uniform(program, name, unit)
        texture.use(unit)


def _skyline(tools: ImagingTools, scene: Scene) -> moderngl.Texture | None:
    """Return how high things on the horizon of the visible environment map reach, or None where it does not say.

    They are painted on the map but stand some hundred metres off: without their distance the thinnest haze, through
    which one sees for kilometres, would take every tree and leave a bare line between ground and sky.
    """
    environment = scene.environment
    if environment is None or not environment.visible or scene.backdrop is not None:
        return None
    tops_3w = tools.assets.load_environment(environment.asset).skyline_3w
    if tops_3w is None:
        return None
    columns = _columns_around_square(_SKYLINE_TEXELS, environment.rotation_rad, tops_3w.shape[1])
    texels = np.ones((1, _SKYLINE_TEXELS, 4), np.float32)
    texels[0, :, :3] = tops_3w[:, columns].T
    texture = tools.targets.get("air.skyline", (_SKYLINE_TEXELS, 1), ((4, "f4"),)).colours[0]
    texture.write(texels)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = True
    return texture


def _columns_around_square(count: int, turn_rad: float, width: int) -> NDArray[np.int64]:
    """Return which column of a turned environment map each of `count` points sees that go round a square.

    They start at world +X and go to +Y: the shader finds its place on a square by one division.
    """
    side = (np.arange(count) + 0.5) / count * 4
    x = np.where(side < 2, 1 - side, side - 3)
    y = (1 - np.abs(x)) * np.where(side < 2, 1.0, -1.0)
    around = (np.arctan2(x, y) + turn_rad) / (2 * np.pi) + 0.5
    return np.asarray(np.floor(around % 1.0 * width).astype(np.int64) % width)


def _set_skyline(program: moderngl.Program, scene: Scene, skyline: moderngl.Texture | None) -> None:
    if skyline is None:
        return
    set_uniform(program, "skyline_per_m", tuple(1.0 / metres for metres in SKYLINE_M))
    set_uniform(program, "skyline_edge", _SKYLINE_EDGE)


def _defines(media: Sequence[Medium]) -> dict[str, str | int]:
    defines: dict[str, str | int] = {
        "MEDIA": len(media),
        "PATCHES": sum(medium.patchiness > 0 for medium in media),
    }
    if any(medium.falloff_m is not None for medium in media):
        defines["FALLOFF"] = 1
    return defines


def _light_of_lamps(
    tools: ImagingTools, picture: Picture, media: Sequence[Medium], lamps: Lamps, patches: moderngl.Texture3D | None
) -> Target:
    """Return the light that lamps add to the air in blocks of pixels: up to the least and the largest depth."""
    context, camera = tools.context, picture.scene.camera
    width, height = picture.light.size
    size_wh = (-(-width // _BLOCK_PX), -(-height // _BLOCK_PX))
    target = tools.targets.get("air.lamps", size_wh, ((4, "f4"), (4, "f4")))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "air_lamps.frag.glsl", _defines(media) | {"LAMPS": lamps.count})
    _set_media(program, picture.scene, media)
    set_uniform(program, "lamps", lamps.values_n44)
    set_uniform(program, "lamp_pixel", lamps.pixels_n4)
    weights = np.array([medium.extinction_per_m for medium in media])
    albedo = np.average(np.array([medium.albedo_rgb for medium in media]), axis=0, weights=weights)
    forward = np.average(np.array([medium.forward for medium in media]), weights=weights)
    set_uniform(program, "scattering", np.array([*albedo, forward]))
    set_uniform(program, "world_from_image", world_from_image(camera).T)
    set_uniform(program, "sight", _BLOCK_PX / max(camera.focal_xy_px))
    set_uniform(program, "block_px", _BLOCK_PX)
    _use_textures(program, {"depth_m": picture.depth}, patches)
    context.draw_full_screen(program)
    return target


def _set_media(program: moderngl.Program, scene: Scene, media: Sequence[Medium]) -> None:
    set_uniform(program, "media", np.concatenate([medium.shader_values for medium in media]))
    set_uniform(program, "camera_m", tuple(float(value) for value in scene.camera.position_m))
    # Behind a photo there may be anything; out in the open, what lies below the horizon is ground.
    open_air = scene.environment is not None and scene.environment.visible and scene.backdrop is None
    set_uniform(program, "ground_below", 1.0 if open_air else 0.0)


def _set_airlight(
    program: moderngl.Program, scene: Scene, media: Sequence[Medium], ambient: Ambient, suns: Sequence[Sun]
) -> None:
    height = scene.camera.position_m[2]
    above = sum(medium.depth_above(height) for medium in media)
    sky = [_scattered_sky(medium, ambient, above) for medium in media]
    set_uniform(program, "sky", np.concatenate(sky))
    if suns:
        set_uniform(program, "sun_direction", np.array([sun.direction_xyz for sun in suns]))
        glow = [_glow(medium, sun, media, height) for medium in media for sun in suns]
        set_uniform(program, "sun_light", np.array(glow))


def _scattered_sky(medium: Medium, ambient: Ambient, above: float) -> NDArray[np.float64]:
    """Return coefficients (9, 3) of the light of sky and ground that a medium scatters into a ray."""
    forward = _spread(medium.forward, above)
    return np.asarray(ambient.sky_93 * (forward**BANDS)[:, None] * np.asarray(medium.albedo_rgb), np.float64)


def _glow(medium: Medium, sun: Sun, media: Sequence[Medium], height: float) -> tuple[float, float, float, float]:
    """Return the illuminance by a sun that a medium scatters, RGB, and the asymmetry of the glow around it."""
    sine = max(sun.direction_xyz[2], _LEAST_SINE)
    depths = np.array([each.depth_above(height) for each in media]) / sine
    forward = np.array([each.forward for each in media])
    # Two streams: what gets through a layer that swallows nothing (Bohren, "Multiple scattering of light and some of
    # its observable consequences", Am. J. Phys. 55, 1987).
    through = 2.0 / (2.0 + float(depths @ (1.0 - forward)))
    red, green, blue = (
        float(lux * through * share) for lux, share in zip(sun.illuminance_rgb, medium.albedo_rgb, strict=True)
    )
    return red, green, blue, float(_spread(medium.forward, float(depths.sum())))


def _spread(forward: float, depth: float) -> float:
    """Return the asymmetry of light after all scattering on its way through an optical depth and once more.

    Scattering n times by Henyey and Greenstein multiplies the first band by g^n; n has a Poisson distribution with
    mean `depth`, so the mean is g exp(-depth (1 - g)). Light that is spread keeps its energy.
    """
    return float(forward * np.exp(-depth * (1.0 - forward)))
