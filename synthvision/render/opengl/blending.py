"""Blended surfaces: drawn after the opaque picture, the farthest first, in four samples a pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import moderngl
import numpy as np

from synthvision.geometry.boxes import box_intersection
from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import Target, TargetPool
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.centres import Region
from synthvision.render.opengl.drawlist import DrawList, Features
from synthvision.render.opengl.lighting import LightingInputs, bind_blocks, bind_inputs, lighting_defines
from synthvision.render.opengl.passes import PACKAGE, draw_parts, position_defines, surface_defines
from synthvision.render.opengl.screen_bounds import picture_box, screen_box

__all__ = ["BlendedPart", "draw_blended", "find_blended"]

_ZERO, _SRC_COLOUR = 0, 0x0300
#: What the lighting pass knows of the nearest opaque surface only.
_OPAQUE_ONLY = ("AMBIENT_OCCLUSION", "SOFT_LAMP", "PLANAR_MIRROR", "WET", "PUDDLES", "RIPPLES", "SNOW", "SKY_COVER")


@dataclass(frozen=True, slots=True)
class BlendedPart:
    """Where a picture shows blended surfaces.

    Args:
        region_xywh: The part of the picture that they can cover, from the bottom left.
        layers: Their draws, the farthest first.
        solid: Opaque draws that can be seen there.
    """

    region_xywh: Region
    layers: tuple[int, ...]
    solid: tuple[int, ...]


def find_blended(draw_list: DrawList) -> BlendedPart | None:
    """Return where a scene's picture shows blended surfaces, or None where it shows none."""
    region = _region(draw_list)
    if region is None:
        return None
    return BlendedPart(region, tuple(_far_to_near(draw_list)), tuple(_solid_inside(draw_list, region)))


def draw_blended(
    context: GpuContext,
    pool: TargetPool,
    config: OpenGLConfig,
    draw_list: DrawList,
    inputs: LightingInputs,
    part: BlendedPart,
    target: Target,
) -> None:
    """Put blended surfaces over a lit picture.

    Args:
        context: Where to draw.
        pool: Targets.
        config: Shadow taps.
        draw_list: The scene.
        inputs: Lights and surroundings.
        part: What `find_blended` returned.
        target: The picture's radiance.
    """
    region, layers = part.region_xywh, part.layers
    gl = context.gl
    size_wh = draw_list.scene.camera.size_wh
    opaque = pool.get("blend_depth", size_wh, ((1, "u2"),), samples=4, depth=True)
    blended = pool.get("blended", size_wh, ((4, "f4"),), samples=4, depth=opaque.depth or False)
    _begin(opaque.framebuffer, region)
    opaque.framebuffer.clear(depth=1.0, viewport=region)
    gl.depth_func = "<="
    draw_parts(context, draw_list, part.solid, "samples.frag.glsl", position_defines, flags=moderngl.DEPTH_TEST)
    buffers = bind_blocks(context, draw_list, inputs)
    lighting = lighting_defines(config, inputs, draw_list)

    def prepare(program: moderngl.Program) -> None:
        bind_inputs(program, draw_list, inputs)

    def light_defines(features: Features) -> dict[str, str | int]:
        wanted = {name: value for name, value in lighting.items() if name not in _OPAQUE_ONLY}
        return wanted | surface_defines(features, emissive=True)

    def tint_defines(features: Features) -> dict[str, str | int]:
        coats = {"COATS": 1} if "COATS" in lighting else {}
        return coats | surface_defines(features, emissive=False)

    _begin_layers(blended.framebuffer, region, (0.0, 0.0, 0.0, 0.0))
    gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
    _draw_layers(context, draw_list, layers, "blend.frag.glsl", light_defines, prepare)
    through = None
    if any(draw_list.draws[index].surface.material.transmission > 0 for index in layers):
        through = pool.get("blend_through", size_wh, ((4, "f4"),), samples=4, depth=opaque.depth or False)
        _begin_layers(through.framebuffer, region, (1.0, 1.0, 1.0, 1.0))
        gl.blend_func = _ZERO, _SRC_COLOUR
        _draw_layers(context, draw_list, layers, "blend_tint.frag.glsl", tint_defines, prepare)
    for layer in (blended, through):
        if layer is not None:
            layer.framebuffer.depth_mask = True
            layer.framebuffer.scissor = None
    opaque.framebuffer.scissor = None
    _begin(target.framebuffer, region)
    gl.enable_only(moderngl.BLEND)
    program = context.full_screen_program(PACKAGE, "blend_insert.frag.glsl")
    program["blended"] = 0
    if through is not None:
        gl.blend_func = _ZERO, _SRC_COLOUR
        through.colours[0].use(0)
        context.draw_full_screen(program)
        # The picture's own alpha stays 1.
        gl.blend_func = moderngl.ONE, moderngl.ONE, _ZERO, moderngl.ONE
    else:
        gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
    blended.colours[0].use(0)
    context.draw_full_screen(program)
    gl.enable_only(moderngl.NOTHING)
    target.framebuffer.scissor = None
    for buffer in buffers:
        buffer.release()


def _draw_layers(
    context: GpuContext,
    draw_list: DrawList,
    layers: Iterable[int],
    fragment: str,
    defines: Callable[[Features], dict[str, str | int]],
    prepare: Callable[[moderngl.Program], None],
) -> None:
    gl = context.gl
    for index in layers:
        # The inside of a bottle first, then its outside.
        for culled_face in ("front", "back") if not draw_list.draws[index].culled else ("back",):
            gl.cull_face = culled_face
            draw_parts(
                context,
                draw_list,
                [index],
                fragment,
                defines,
                flags=moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE,
                prepare=prepare,
            )
    gl.cull_face = "back"


def _begin(framebuffer: moderngl.Framebuffer, region: Region) -> None:
    framebuffer.scissor = region
    framebuffer.use()


def _begin_layers(framebuffer: moderngl.Framebuffer, region: Region, colour: tuple[float, ...]) -> None:
    framebuffer.depth_mask = False
    framebuffer.color_mask = (True, True, True, True)
    _begin(framebuffer, region)
    # Depth is write-protected here, so that clearing touches the colour alone.
    framebuffer.clear(*colour, viewport=region)


def _region(draw_list: DrawList) -> Region | None:
    """Return the part of the picture that blended surfaces can cover: x, y from the bottom, width, height."""
    camera = draw_list.scene.camera
    boxes = []
    for item in draw_list.objects:
        if any(draw_list.draws[index].blended for index in item.draws):
            box = screen_box(camera, item.corners_camera_83)
            inside = None if box is None else box_intersection(picture_box(camera), box)
            if inside is not None:
                boxes.append(inside)
    if not boxes:
        return None
    left, top, right, bottom = np.array(boxes).T
    x, y = int(left.min()), int(camera.size_wh[1] - bottom.max())
    return x, y, int(right.max()) - x, int(bottom.max() - top.min())


def _solid_inside(draw_list: DrawList, region: Region) -> list[int]:
    """Return the opaque draws that can be seen in a part of the picture."""
    camera = draw_list.scene.camera
    x, y, width, height = region
    bottom = camera.size_wh[1] - y
    wanted = (x, bottom - height, x + width, bottom)
    found: list[int] = []
    for item in draw_list.objects:
        box = screen_box(camera, item.corners_camera_83)
        if box is not None and box_intersection(wanted, box) is not None:
            found += [index for index in item.draws if not draw_list.draws[index].blended]
    return sorted(found)


def _far_to_near(draw_list: DrawList) -> list[int]:
    """Return the blended draws by the depth of the middle of their boxes, the farthest first."""
    camera_from_world = draw_list.scene.camera.camera_from_world
    found: list[tuple[float, int]] = []
    for index, draw in enumerate(draw_list.draws):
        if draw.blended:
            middle = np.append(draw.mesh.bounds_23.mean(axis=0), 1.0)
            world = draw_list.world_from_model[index] @ middle
            found.append((-float(camera_from_world[2] @ world), index))
    return [index for _, index in sorted(found)]
