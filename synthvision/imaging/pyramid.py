"""A picture at ever smaller sizes, each a blur twice as wide: what wide halos and out-of-focus views are made of."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl

from synthvision.gpu.targets import Target
from synthvision.imaging.tools import PACKAGE, ImagingTools

__all__ = ["LEVEL_SIGMA_PX", "build_pyramid", "mean_of_level", "sum_levels"]

#: Standard deviation of the blur that level k stands for once it is back at full size, over 2**k pixels: measured on
#: a point of light.
LEVEL_SIGMA_PX = 0.84
#: A level has at least this many pixels on its shorter side.
_SHORTEST_PX = 3


def build_pyramid(tools: ImagingTools, name: str, light: moderngl.Texture, levels: int) -> list[Target]:
    """Return a picture at half its size, at a quarter and so on.

    Args:
        tools: Where to draw.
        name: Prefix of the targets' names.
        light: Float texture.
        levels: How many; fewer where the picture gets too small.
    """
    context = tools.context
    context.gl.enable_only(moderngl.NOTHING)
    result: list[Target] = []
    source = light
    while len(result) < levels:
        size = (-(-source.size[0] // 2), -(-source.size[1] // 2))
        if result and min(size) < _SHORTEST_PX:
            break
        program = context.full_screen_program(PACKAGE, "glass_down.frag.glsl", {} if result else {"FIRST": 1})
        program["source"] = 0
        result.append(_draw(tools, f"{name}.down{len(result)}", size, program, (source,)))
        source = result[-1].colours[0]
    return result


def sum_levels(tools: ImagingTools, name: str, levels: Sequence[Target], shares: Sequence[float]) -> moderngl.Texture:
    """Return the sum of the levels of a pyramid, each times its share, at the size of the first.

    Args:
        tools: Where to draw.
        name: Prefix of the targets' names.
        levels: From `build_pyramid`, two or more.
        shares: One for each level.
    """
    context = tools.context
    context.gl.enable_only(moderngl.NOTHING)
    program = context.full_screen_program(PACKAGE, "glass_up.frag.glsl")
    program["level"], program["coarser"] = 0, 1
    coarser, coarser_share = levels[-1].colours[0], shares[-1]
    for index in range(len(levels) - 2, -1, -1):
        own = levels[index].colours[0]
        program["shares"] = (shares[index], coarser_share)
        coarser = _draw(tools, f"{name}.up{index}", own.size, program, (own, coarser)).colours[0]
        coarser_share = 1.0
    return coarser


def mean_of_level(tools: ImagingTools, name: str, level: Target) -> moderngl.Texture:
    """Return the mean of a level of a pyramid, one texel."""
    program = tools.context.full_screen_program(PACKAGE, "glass_mean.frag.glsl")
    program["source"] = 0
    tools.context.gl.enable_only(moderngl.NOTHING)
    return _draw(tools, f"{name}.mean", (1, 1), program, (level.colours[0],)).colours[0]


def _draw(
    tools: ImagingTools,
    name: str,
    size: tuple[int, int],
    program: moderngl.Program,
    sources: tuple[moderngl.Texture, ...],
) -> Target:
    target = tools.targets.get(name, size, ((4, "f4"),))
    target.colours[0].filter = (moderngl.LINEAR, moderngl.LINEAR)
    target.framebuffer.use()
    for unit, source in enumerate(sources):
        source.use(unit)
    tools.context.draw_full_screen(program)
    return target
