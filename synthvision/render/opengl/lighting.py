"""From surfaces to light: the full-screen passes that make the picture's radiance."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Target, TargetPool
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.centres import CentreSamples
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.edges import EdgePixels
from synthvision.render.opengl.environment import GpuEnvironment
from synthvision.render.opengl.ground import GroundBounce
from synthvision.render.opengl.lights import Lamp, lamp_calls, lamp_uniforms
from synthvision.render.opengl.mirror import PlanarMirror
from synthvision.render.opengl.passes import PACKAGE, Defines
from synthvision.render.opengl.shadows import ShadowMaps
from synthvision.render.opengl.textures import GpuTexture
from synthvision.render.opengl.walls import Wall
from synthvision.render.opengl.weathering import Weathering
from synthvision.scene import Camera

__all__ = [
    "LightingInputs",
    "bind_blocks",
    "bind_inputs",
    "light_picture",
    "lighting_defines",
    "ray_matrix",
    "soft_lamp_defines",
]

_UNITS = {
    "depth_m": 0,
    "surface_base": 1,
    "surface_shape": 2,
    "surface_normal": 3,
    "surface_emission": 4,
    "environment_mirror": 5,
    "environment_diffuse": 6,
    "environment_picture": 7,
    "photo": 7,
    "shadow_maps": 8,
    "shadow_steps": 9,
    "open_share": 10,
    "panel_lobes": 11,
    "sky_cover": 12,
    "mirror_light": 13,
    "mirror_reach": 14,
}
_LIGHTS_BINDING, _SHADOWS_BINDING, _COATS_BINDING = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class LightingInputs:
    """What the lighting passes need beside the surfaces.

    Args:
        lamps: Lights in the order of the shadow plan.
        shadows: Their shadow maps or None.
        lobes: The table of ``lobes.py`` where there are rectangles or walls, else None.
        environment: Light from all around or None.
        photo: Backdrop or None.
        open_share: What was found at half the resolution: how much of the light from all around, and of a large lamp,
            arrives; or None.
        emission: Light that surfaces give off at pixel centres, or None where none does.
        lit: False in id shading: nothing shines on anything.
        ground: The ground under everything, or None where there is none.
        walls: What stands in place of the surroundings behind it.
        background: Luminance of the background where neither photo nor environment is shown.
        weathering: Water and snow on the surfaces, or None.
        mirror: What flat ground mirrors, or None.
    """

    lamps: tuple[Lamp, ...]
    shadows: ShadowMaps | None
    lobes: moderngl.Texture | None
    environment: GpuEnvironment | None
    photo: GpuTexture | None
    open_share: moderngl.Texture | None
    emission: moderngl.Texture | None
    lit: bool
    ground: GroundBounce | None
    walls: tuple[Wall, ...]
    background: tuple[float, float, float]
    weathering: Weathering | None = None
    mirror: PlanarMirror | None = None


def ray_matrix(camera: Camera) -> NDArray[np.float64]:
    """Return the 3x3 matrix that takes (x, y, 1), pixels from the bottom left, to a world ray of depth 1."""
    _, height = camera.size_wh
    flip = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, height], [0.0, 0.0, 1.0]])
    matrix: NDArray[np.float64] = camera.world_from_camera[:3, :3] @ np.linalg.inv(camera.k_33) @ flip
    return matrix


def light_picture(
    context: GpuContext,
    pool: TargetPool,
    config: OpenGLConfig,
    draw_list: DrawList,
    centre: CentreSamples,
    samples: Target | None,
    edges: EdgePixels | None,
    inputs: LightingInputs,
) -> Target:
    """Return the radiance of the picture: one sample a pixel, and the mean of four where the mask says so.

    Args:
        context: Where to draw.
        pool: Targets.
        config: Shadow taps.
        draw_list: The scene.
        centre: Surfaces at pixel centres.
        samples: Parts at four samples of edge pixels, with depth, or None without antialiasing.
        edges: Edge pixels, or None.
        inputs: Lights and surroundings.
    """
    camera = draw_list.scene.camera
    target = pool.get("radiance", camera.size_wh, ((4, "f4"),))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    buffers = bind_blocks(context, draw_list, inputs)
    defines = lighting_defines(config, inputs, draw_list)
    if not centre.part_hw.all():
        defines["BACKGROUND_SEEN"] = 1
    program = context.full_screen_program(PACKAGE, "light_centre.frag.glsl", defines)
    bind_inputs(program, draw_list, inputs)
    names = ("depth_m", "surface_base", "surface_shape", "surface_normal", "surface_emission")
    textures = (centre.depth_m, centre.base, centre.shape, centre.normal, inputs.emission)
    for name, texture in zip(names, textures, strict=True):
        if texture is not None:
            texture.use(_UNITS[name])
    context.draw_full_screen(program)
    for buffer in buffers:
        buffer.release()
    if samples is not None and edges is not None:
        _resolve_edges(context, pool, draw_list, centre, samples, edges, target)
    return target


#: Where the four samples of a pixel lie, from its lower left corner: the pattern of Direct3D and of all drivers.
SAMPLE_PLACES = np.array([[0.375, 0.125], [0.875, 0.375], [0.125, 0.625], [0.625, 0.875]], np.float32)


def _resolve_edges(
    context: GpuContext,
    pool: TargetPool,
    draw_list: DrawList,
    centre: CentreSamples,
    samples: Target,
    edges: EdgePixels,
    target: Target,
) -> None:
    """Put the mean of four samples into each edge pixel of the picture."""
    if samples.depth is None:
        raise RuntimeError("the samples have a depth texture")
    listed = pool.get("edge_radiance", edges.list_size_wh, ((4, "f4"),))
    listed.framebuffer.use()
    # Rows of the list beyond its end are not drawn.
    width = edges.list_size_wh[0]
    listed.framebuffer.viewport = (0, 0, width, -(-edges.count // width))
    program = context.full_screen_program(PACKAGE, "edge_resolve.frag.glsl")
    textures = {
        "sample_parts": samples.colours[0],
        "sample_depth": samples.depth,
        "edge_list": edges.entries,
        "parts": centre.parts,
        "depth_m": centre.depth_m,
        "surface_normal": centre.normal,
        "radiance": target.colours[0],
    }
    for unit, (name, texture) in enumerate(textures.items()):
        program[name] = unit
        texture.use(unit)
    near, far = draw_list.near_m, draw_list.far_m
    program["depth_planes"] = (near * far / (far - near), far / (far - near))
    program["sample_places"].write(SAMPLE_PLACES.tobytes())
    matrix = ray_matrix(draw_list.scene.camera)
    program["world_from_image"].write(np.ascontiguousarray(matrix.T, np.float32).tobytes())
    context.draw_full_screen(program)
    context.gl.memory_barrier()
    program = context.full_screen_program(PACKAGE, "edge_insert.frag.glsl")
    program["edge_list"], program["edge_radiance"], program["count"] = 0, 1, edges.count
    edges.entries.use(0)
    listed.colours[0].use(1)
    target.colours[0].bind_to_image(0, read=False, write=True)
    stored = pool.get("edge_stored", edges.list_size_wh, ((1, "f1"),))
    stored.framebuffer.use()
    stored.framebuffer.viewport = (0, 0, width, -(-edges.count // width))
    context.draw_full_screen(program)
    context.gl.memory_barrier()


def lighting_defines(config: OpenGLConfig, inputs: LightingInputs, draw_list: DrawList) -> Defines:
    """Return the defines of ``lighting.glsl`` for the lights and surroundings of a scene."""
    environment = draw_list.scene.environment
    defines: Defines = {
        "LIGHT_COUNT": len(inputs.lamps),
        "LAMPS": lamp_calls(inputs.lamps),
        "SHADOW_COUNT": 0 if inputs.shadows is None else inputs.shadows.count,
        "SHADOW_TAPS": config.shadow_taps,
    }
    if inputs.lobes is not None:
        defines["PANELS"] = 1
    if inputs.lit:
        defines["LIT"] = 1
        if inputs.environment is not None:
            defines["ENVIRONMENT"] = 1
        if inputs.ground is not None:
            defines["GROUND"] = 1
        if inputs.walls:
            defines["WALLS"] = len(inputs.walls)
        if not draw_list.coats.is_plain:
            defines["COATS"] = 1
        if inputs.open_share is not None:
            defines["AMBIENT_OCCLUSION"] = 1
            defines |= soft_lamp_defines(inputs)
        if inputs.weathering is not None:
            defines |= inputs.weathering.defines()
        if inputs.mirror is not None:
            defines["PLANAR_MIRROR"] = 1
    if inputs.emission is not None:
        defines["EMISSIVE"] = 1
    if inputs.photo is not None:
        defines["BACKGROUND_PHOTO"] = 1
    elif inputs.lit and inputs.environment is not None and environment is not None and environment.visible:
        defines["BACKGROUND_ENVIRONMENT"] = 1
    else:
        defines["BACKGROUND_COLOUR"] = 1
    return defines


def soft_lamp_defines(inputs: LightingInputs) -> Defines:
    """Return the defines for the rectangle whose shadow is found at half the resolution: the strongest, or none."""
    for number, lamp in enumerate(inputs.lamps):
        if lamp.form in ("panel", "hall"):
            around = "true" if lamp.form == "hall" else "false"
            return {"SOFT_LAMP": number, "SOFT_ALL_AROUND": around, "SOFT_FIRST_MAP": lamp.first_map}
    return {}


def bind_blocks(context: GpuContext, draw_list: DrawList, inputs: LightingInputs) -> list[moderngl.Buffer]:
    """Bind the uniform blocks of lights, shadows and coats; the caller releases the buffers after drawing."""
    blocks: list[tuple[int, bytes]] = []
    if inputs.lamps:
        blocks.append((_LIGHTS_BINDING, lamp_uniforms(inputs.lamps).tobytes()))
    if inputs.shadows is not None:
        blocks.append((_SHADOWS_BINDING, inputs.shadows.uniforms))
    if not draw_list.coats.is_plain:
        blocks.append((_COATS_BINDING, draw_list.coats.uniforms()))
    buffers = []
    for binding, data in blocks:
        buffer = context.gl.buffer(data)
        buffer.bind_to_uniform_block(binding)
        buffers.append(buffer)
    return buffers


def bind_inputs(program: moderngl.Program, draw_list: DrawList, inputs: LightingInputs) -> None:
    """Set the uniforms of a lighting program and bind what it reads of lights and surroundings."""
    camera = draw_list.scene.camera
    for name, unit in _UNITS.items():
        if name in program:
            program[name] = unit
    _write(program, "world_from_image", np.ascontiguousarray(ray_matrix(camera).T, np.float32).tobytes())
    _write(program, "camera_position", np.array(camera.position_m, np.float32).tobytes())
    _write(program, "background_colour", np.array(inputs.background, np.float32).tobytes())
    if inputs.ground is not None:
        _set(program, "ground_light", inputs.ground.light)
        _set(program, "ground_place", (inputs.ground.height_m, 0.5 * draw_list.typical_size_m))
    if inputs.walls:
        for name in ("middle", "along", "up", "light", "hidden"):
            rows = np.array([getattr(wall, name) for wall in inputs.walls], np.float32)
            _write(program, f"wall_{name}", rows.tobytes())
    if inputs.shadows is not None:
        inputs.shadows.depth.use(_UNITS["shadow_maps"])
        inputs.shadows.steps.use(_UNITS["shadow_steps"])
    if inputs.lobes is not None:
        inputs.lobes.use(_UNITS["panel_lobes"])
    if inputs.open_share is not None:
        inputs.open_share.use(_UNITS["open_share"])
    if inputs.weathering is not None:
        inputs.weathering.bind(program, _UNITS["sky_cover"])
    if inputs.mirror is not None:
        inputs.mirror.bind(program, _UNITS["mirror_light"], _UNITS["mirror_reach"])
    _bind_environment(program, draw_list, inputs)
    backdrop = draw_list.scene.backdrop
    if inputs.photo is not None and backdrop is not None:
        inputs.photo.use(_UNITS["photo"])
        width, height = camera.size_wh
        photo_width, photo_height = inputs.photo.texture.size
        # The picture shows the largest centred part of the photo that has its shape.
        ratio = (width / height) / (photo_width / photo_height)
        scale = (min(ratio, 1.0), min(1.0 / ratio, 1.0))
        _set(program, "photo_scale", scale)
        _set(program, "photo_luminance", backdrop.luminance_cd_m2)
        _set(program, "photo_lod", max(float(np.log2(photo_width * scale[0] / width)), 0.0))


def _bind_environment(program: moderngl.Program, draw_list: DrawList, inputs: LightingInputs) -> None:
    uploaded, environment = inputs.environment, draw_list.scene.environment
    if uploaded is None or environment is None:
        return
    camera = draw_list.scene.camera
    scale = environment.illuminance_lux / uploaded.illuminance
    uploaded.mirror.use(_UNITS["environment_mirror"])
    diffuse = uploaded.diffuse if inputs.ground is None else uploaded.diffuse_above
    diffuse.use(_UNITS["environment_diffuse"])
    _set(program, "mirror_scale", scale * uploaded.mirror_scale)
    _set(program, "diffuse_scale", scale)
    _set(program, "mirror_levels", float(uploaded.mirror_levels))
    _set(program, "picture_scale", scale * uploaded.picture_scale)
    turn = (float(np.cos(environment.rotation_rad)), float(np.sin(environment.rotation_rad)))
    _set(program, "environment_turn", turn)
    texels_per_px = uploaded.picture.width / (2 * np.pi) / max(camera.focal_xy_px)
    _set(program, "picture_lod", float(max(round(np.log2(texels_per_px)), 0)))
    if "environment_picture" in program:
        uploaded.picture.use(_UNITS["environment_picture"])


def _set(program: moderngl.Program, name: str, value: float | tuple[float, ...]) -> None:
    # A variant may have no use for a uniform, and drivers then leave it out.
    if name in program:
        program[name] = value


def _write(program: moderngl.Program, name: str, data: bytes) -> None:
    if name in program:
        program[name].write(data)
