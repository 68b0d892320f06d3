"""What is found at half the resolution: how much of the light from all around, and of a large lamp, arrives."""

from __future__ import annotations

import moderngl
import numpy as np

from synthvision.gpu.context import GpuContext
from synthvision.gpu.targets import TargetPool
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.centres import CentreSamples
from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.lighting import LightingInputs, bind_blocks, bind_inputs, soft_lamp_defines
from synthvision.render.opengl.passes import PACKAGE, Defines
from synthvision.render.opengl.sky import LUMINANCE_WEIGHTS
from synthvision.scene import SunLight

__all__ = ["draw_open_share"]

_DEPTH_UNIT, _NORMAL_UNIT = 0, 3
#: An object shades its surroundings noticeably as far as its own size, in units of which blockers are looked for. Where
#: the sky throws shadows, those hold what is farther away.
_REACH, _REACH_BESIDE_KEYS = 1.5, 0.25


def draw_open_share(
    context: GpuContext,
    pool: TargetPool,
    config: OpenGLConfig,
    draw_list: DrawList,
    centre: CentreSamples,
    inputs: LightingInputs,
    keys: tuple[SunLight, ...],
) -> moderngl.Texture | None:
    """Return how much of the light from all around arrives, as a texture of half the picture's size.

    Its channels are that share, the depth in metres, how far the surface faces up, and how much of the strongest
    rectangle's light arrives.

    Args:
        context: Where to draw.
        pool: Targets.
        config: Whether and how far nearby surfaces block light.
        draw_list: The scene.
        centre: Depth and normals at pixel centres.
        inputs: The lighting's inputs; the first of the shadow maps are those of `keys`.
        keys: Soft lights that the light from above is made of.

    Returns:
        None where there is neither such light nor such a lamp.
    """
    around = inputs.environment is not None or inputs.ground is not None
    if not (around and (config.ambient_occlusion or keys)) and not soft_lamp_defines(inputs):
        return None
    camera = draw_list.scene.camera
    width, height = camera.size_wh
    half = ((width + 1) // 2, (height + 1) // 2)
    rough = pool.get("open_rough", half, ((4, "f4"),))
    smooth = pool.get("open_smooth", half, ((4, "f4"),))
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "ambient_occlusion.frag.glsl", _defines(config, inputs, keys))
    bind_inputs(program, draw_list, inputs)
    buffers = bind_blocks(context, draw_list, inputs)
    if config.ambient_occlusion:
        _set_reach(program, config, draw_list, inputs, keys)
    if keys:
        shares = [float(np.dot(key.colour, LUMINANCE_WEIGHTS)) * key.illuminance_lux / np.pi for key in keys]
        rows = [(*key.direction_xyz, share) for key, share in zip(keys, shares, strict=True)]
        program["keys"].write(np.array(rows, np.float32).tobytes())
        spreads = [np.tan(key.angular_diameter_rad / 2) for key in keys]
        program["key_spreads"].write(np.array(spreads, np.float32).tobytes())
    centre.depth_m.use(_DEPTH_UNIT)
    centre.normal.use(_NORMAL_UNIT)
    rough.framebuffer.use()
    context.draw_full_screen(program)
    for buffer in buffers:
        buffer.release()
    program = context.full_screen_program(PACKAGE, "open_share_smooth.frag.glsl")
    program["open_share"] = 0
    rough.colours[0].use(0)
    smooth.framebuffer.use()
    context.draw_full_screen(program)
    return smooth.colours[0]


def _defines(config: OpenGLConfig, inputs: LightingInputs, keys: tuple[SunLight, ...]) -> Defines:
    soft = soft_lamp_defines(inputs)
    defines: Defines = {
        "LIGHT_COUNT": len(inputs.lamps) if soft else 0,
        "SHADOW_COUNT": inputs.shadows.count if inputs.shadows is not None and (soft or keys) else 0,
        # The mean over neighbours that follows has sixteen times as many.
        "SHADOW_TAPS": max(config.shadow_taps // 2, 4),
        **soft,
    }
    if config.ambient_occlusion:
        defines["HORIZON"] = 1
    if keys:
        defines |= {"KEYS": len(keys), "ENVIRONMENT": 1}
        if inputs.ground is not None:
            defines["GROUND"] = 1
    return defines


def _set_reach(
    program: moderngl.Program,
    config: OpenGLConfig,
    draw_list: DrawList,
    inputs: LightingInputs,
    keys: tuple[SunLight, ...],
) -> None:
    """Set how far blockers are looked for, and the ground, whose light counts on its own."""
    camera = draw_list.scene.camera
    rotation = camera.camera_from_world[:3, :3]
    program["camera_from_world"].write(np.ascontiguousarray(rotation.T, np.float32).tobytes())
    program["reach_px"] = config.ambient_occlusion_radius * camera.size_wh[1]
    program["widest_reach_m"] = (_REACH_BESIDE_KEYS if keys else _REACH) * draw_list.typical_size_m
    # A place in camera axes is at rotation^T place + position in the world; without ground it is far below everything.
    height = camera.position_m[2] - inputs.ground.height_m if inputs.ground is not None else 1e9
    program["above_ground"] = (*(float(value) for value in rotation[:, 2]), height)
