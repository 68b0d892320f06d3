"""Drawing the draws of a list with the program variant that each of them needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import moderngl

from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.drawlist import MAP_UNITS, DrawList, Features
from synthvision.render.opengl.selection import TriangleSelection

__all__ = ["PACKAGE", "draw_parts", "position_defines", "surface_defines"]

PACKAGE = "synthvision.render.opengl"

_MAP_DEFINES = {
    "base_colour_map": "BASE_MAP",
    "metallic_roughness_map": "METALLIC_ROUGHNESS_MAP",
    "normal_map": "NORMAL_MAP",
    "occlusion_map": "OCCLUSION_MAP",
    "emissive_map": "EMISSIVE_MAP",
}
Defines = dict[str, str | int]


def position_defines(features: Features) -> Defines:
    """Return the defines of a pass that only needs to know where a draw is: texture reads only for cut-out ones."""
    if not features.cutout:
        return {}
    defines: Defines = {"CUTOUT": 1, "USE_UV": 1}
    if "base_colour_map" in features.maps:
        defines |= {"BASE_MAP": 1, **_wrap_defines(features)}
    if features.colours:
        defines["USE_COLOUR"] = 1
    return defines


def surface_defines(features: Features, *, emissive: bool, cut: bool = False) -> Defines:
    """Return the defines of a pass that reads the whole material.

    Args:
        features: Of what is drawn.
        emissive: Whether the pass has a target for light that surfaces give off.
        cut: Whether texels under the cutoff are left out.
    """
    defines: Defines = {"USE_NORMAL": 1}
    for name in features.maps:
        if name != "emissive_map" or emissive:
            defines |= {_MAP_DEFINES[name]: 1, "USE_UV": 1, **_wrap_defines(features)}
    if features.colours:
        defines["USE_COLOUR"] = 1
    if emissive:
        defines["EMISSIVE"] = 1
    if cut and features.cutout:
        defines |= {"CUTOUT": 1, "USE_UV": 1}
    return defines


def _wrap_defines(features: Features) -> Defines:
    axes = zip(("MIRROR_U", "MIRROR_V"), features.mirror_uv, strict=True)
    return {name: 1 for name, mirrored in axes if mirrored}


def draw_parts(
    context: GpuContext,
    draw_list: DrawList,
    indices: Iterable[int],
    fragment: str,
    defines: Callable[[Features], Mapping[str, str | int]],
    *,
    flags: int,
    prepare: Callable[[moderngl.Program], None] | None = None,
    bind: Callable[[int], None] | None = None,
    selection: TriangleSelection | None = None,
) -> None:
    """Draw parts of a list into the bound framebuffer.

    Args:
        context: Where.
        draw_list: The list.
        indices: Which draws, in the order that all passes share.
        fragment: The pass's fragment shader.
        defines: Program variant for the features of a draw.
        flags: moderngl flags that hold for all draws; culling is added per draw.
        prepare: Sets a program's uniforms when the pass first uses it.
        bind: Binds the uniforms of a draw; None takes those of the camera.
        selection: Which triangles of each draw; None draws all.
    """
    gl = context.gl
    bind = bind or draw_list.bind
    variants: dict[Features, tuple[moderngl.Program, tuple[str, ...]]] = {}
    state: tuple[int, str] | None = None
    for index in indices:
        draw = draw_list.draws[index]
        if selection is not None and not selection.counts[index]:
            continue
        if draw.features not in variants:
            variants[draw.features] = _variant(context, fragment, defines(draw.features), prepare)
        program, maps = variants[draw.features]
        wanted = (flags | (gl.CULL_FACE if draw.culled else 0), draw.front_face)
        if wanted != state:
            state = wanted
            gl.enable_only(wanted[0])
            gl.front_face = wanted[1]
        for name in maps:
            draw.maps[name].use(MAP_UNITS[name])
        bind(index)
        if selection is None:
            draw.mesh.vertex_array(program).render()
        else:
            selection.render(index, draw, program)
    if selection is not None:
        selection.release()


def _variant(
    context: GpuContext,
    fragment: str,
    defines: Mapping[str, str | int],
    prepare: Callable[[moderngl.Program], None] | None,
) -> tuple[moderngl.Program, tuple[str, ...]]:
    """Return a program ready to draw, and which maps it reads."""
    program = context.program(PACKAGE, "geometry.vert.glsl", fragment, defines)
    maps = tuple(name for name in MAP_UNITS if name in program)
    for name in maps:
        program[name] = MAP_UNITS[name]
    if prepare is not None:
        prepare(program)
    return program, maps
