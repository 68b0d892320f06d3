"""Drawing the draws of a list with the program variant that each of them needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import moderngl

from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.drawlist import MAP_UNITS, Draw, DrawList
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


def _wrap_defines(draw: Draw) -> Defines:
    wraps = [getattr(draw.surface.material, name).wrap_uv for name in draw.maps]
    axes = ("MIRROR_U", "MIRROR_V")
    return {name: 1 for axis, name in enumerate(axes) if any(wrap[axis] == "mirror" for wrap in wraps)}


def position_defines(draw: Draw, *, normals: bool = False) -> Defines:
    """Return the defines of a pass that only needs to know where a draw is: texture reads only for cut-out ones."""
    defines: Defines = {}
    if normals:
        defines["USE_NORMAL"] = 1
    if draw.cutout is not None:
        defines |= {"CUTOUT": 1, "USE_UV": 1}
        if "base_colour_map" in draw.maps:
            defines |= {"BASE_MAP": 1, **_wrap_defines(draw)}
        if draw.mesh.has_colours:
            defines["USE_COLOUR"] = 1
    return defines


def surface_defines(draw: Draw, *, emissive: bool, maps: bool = True) -> Defines:
    """Return the defines of a pass that reads the whole material.

    Args:
        draw: What is drawn.
        emissive: Whether the pass has a target for light that surfaces give off.
        maps: False leaves out every map.
    """
    defines: Defines = {"USE_NORMAL": 1}
    for name in draw.maps:
        if maps and (name != "emissive_map" or emissive):
            defines[_MAP_DEFINES[name]] = 1
            defines |= {"USE_UV": 1, **_wrap_defines(draw)}
    if draw.mesh.has_colours:
        defines["USE_COLOUR"] = 1
    if emissive:
        defines["EMISSIVE"] = 1
    return defines


def draw_parts(
    context: GpuContext,
    draw_list: DrawList,
    indices: Iterable[int],
    fragment: str,
    defines: Callable[[Draw], Mapping[str, str | int]],
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
        defines: Program variant of a draw.
        flags: moderngl flags that hold for all draws; culling is added per draw.
        prepare: Sets a program's uniforms when the pass first uses it.
        bind: Binds the uniforms of a draw; None takes those of the camera.
        selection: Which triangles of each draw; None draws all.
    """
    gl = context.gl
    bind = bind or draw_list.bind
    prepared: set[int] = set()
    state: tuple[int, str] | None = None
    for index in indices:
        draw = draw_list.draws[index]
        if selection is not None and not selection.counts[index]:
            continue
        variant = defines(draw)
        program = context.program(PACKAGE, "geometry.vert.glsl", fragment, variant)
        if program.glo not in prepared:
            prepared.add(program.glo)
            for name, unit in MAP_UNITS.items():
                if name in program:
                    program[name] = unit
            if prepare is not None:
                prepare(program)
        wanted = (flags | (gl.CULL_FACE if draw.culled else 0), draw.front_face)
        if wanted != state:
            state = wanted
            gl.enable_only(wanted[0])
            gl.front_face = wanted[1]
        for name, texture in draw.maps.items():
            if name in program:
                texture.use(MAP_UNITS[name])
        bind(index)
        if selection is None:
            draw.mesh.vertex_array(program).render()
        else:
            selection.render(index, draw, program)
    if selection is not None:
        selection.release()
