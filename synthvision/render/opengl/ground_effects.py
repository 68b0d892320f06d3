"""What rain, snow and smooth ground add to the lighting pass: water and snow on things, mirror images in the ground."""

from __future__ import annotations

from dataclasses import replace

import moderngl

from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.centres import CentreSamples
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.lighting import LightingInputs, bind_blocks, bind_inputs, lighting_defines
from synthvision.render.opengl.mirror import MirrorPlane, PlanarMirror, find_mirror, mirror_view
from synthvision.render.opengl.passes import PACKAGE
from synthvision.render.opengl.sky_cover import draw_sky_cover
from synthvision.render.opengl.weathering import Weathering, weathered
from synthvision.render.surface_weather import Heights, open_heights

__all__ = ["add_ground_effects"]

#: Puddles stand this far above and below the ground's own surface at most.
_PUDDLE_SLACK_M = 0.01


def add_ground_effects(
    context: GpuContext,
    pool: TargetPool,
    config: OpenGLConfig,
    draw_list: DrawList,
    centre: CentreSamples,
    ground: int | None,
    inputs: LightingInputs,
) -> LightingInputs:
    """Return the lighting's inputs with the weather on the surfaces and with what flat ground mirrors.

    Dry scenes on rough ground come back as they are.

    Args:
        context: Where to draw.
        pool: Targets.
        config: Shadow taps.
        draw_list: The scene.
        centre: Surfaces at pixel centres.
        ground: What `ground_object` returned.
        inputs: Lights and surroundings.
    """
    weather = draw_list.scene.weather
    if weather is not None and weathered(draw_list.scene):
        cover = draw_sky_cover(context, pool, draw_list, centre.depth_m_hw)
        inputs = replace(inputs, weathering=Weathering(weather, cover, _heights(draw_list, ground)))
    plane = find_mirror(draw_list, centre, ground)
    if plane is not None:
        inputs = replace(inputs, mirror=_draw_mirror(context, pool, config, draw_list, plane, inputs))
    context.check_errors("the passes over the ground")
    return inputs


def _heights(draw_list: DrawList, ground: int | None) -> Heights:
    if ground is None:
        return open_heights()
    low, high = draw_list.objects[ground].world_23[:, 2]
    return float(low) - _PUDDLE_SLACK_M, float(high) + _PUDDLE_SLACK_M


def _draw_mirror(
    context: GpuContext,
    pool: TargetPool,
    config: OpenGLConfig,
    draw_list: DrawList,
    plane: MirrorPlane,
    inputs: LightingInputs,
) -> PlanarMirror | None:
    """Return the lit picture of what a plane mirrors, or None where nothing stands on it."""
    view = mirror_view(context, pool, draw_list, plane)
    if view is None:
        return None
    colours = view.surfaces.colours
    # Nearby surfaces that the picture does not show are not known here, so that nothing is occluded.
    inputs = replace(inputs, open_share=None, emission=colours[5] if len(colours) > 5 else None)
    target = pool.get("mirror", view.draw_list.scene.camera.size_wh, ((4, "f4"), (1, "f4")))
    target.framebuffer.use()
    context.gl.enable_only(moderngl.NOTHING)
    buffers = bind_blocks(context, view.draw_list, inputs)
    defines = lighting_defines(config, inputs, view.draw_list)
    # What stands on the ground has no puddles.
    program = context.full_screen_program(
        PACKAGE,
        "mirror_light.frag.glsl",
        {name: value for name, value in defines.items() if name not in ("PUDDLES", "RIPPLES")},
    )
    bind_inputs(program, view.draw_list, inputs)
    program["mirror_height"] = plane.height_m
    for unit, texture in enumerate((*colours[1:5], inputs.emission)):
        if texture is not None:
            texture.use(unit)
    context.draw_full_screen(program)
    for buffer in buffers:
        buffer.release()
    view.draw_list.release()
    for texture in target.colours:
        texture.build_mipmaps()
        # Taps of several levels are averaged anyhow; a blend between levels takes a software driver twice the time.
        texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
        texture.repeat_x = texture.repeat_y = False
    return PlanarMirror(target.colours[0], target.colours[1], view.place_from_world, plane.height_m)
