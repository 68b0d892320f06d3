"""Shader programs from GLSL files: includes, defines, errors that name the file and the line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

import moderngl

from synthvision.core.errors import RenderError

__all__ = ["FULL_SCREEN", "ShaderLibrary", "assemble_source"]

#: Vertex shader of one triangle over the whole target, for every package.
FULL_SCREEN = "full_screen.vert.glsl"
_VERSION = "#version 430 core\n"
_OWN_PACKAGE = "synthvision.gpu"
_INCLUDE = re.compile(r'^\s*#include\s+"([\w./]+)"\s*$')
# Mesa writes "1:12(5): error", NVIDIA "1(12) : error"; the first number is the source string set by #line.
_POSITION = re.compile(r"\b(\d+)(?::(\d+)\(\d+\)|\((\d+)\))\s*:")


def assemble_source(package: str, name: str, defines: Mapping[str, str | int]) -> tuple[str, list[str]]:
    """Return the GLSL source of a file with its includes put in once each, and the names of the files.

    ``#line`` directives carry the index of the file in the returned list, so that an error can be traced.

    Args:
        package: Package whose ``shaders`` folder holds the file.
        name: File name.
        defines: Names and values put before the source, sorted by name.

    Raises:
        RenderError: A file does not exist.
    """
    names: list[str] = []
    head = "".join(f"#define {key} {value}\n" for key, value in sorted(defines.items()))
    return _VERSION + head + _expand(package, name, names), names


def _expand(package: str, name: str, names: list[str]) -> str:
    index = len(names)
    names.append(name)
    path = files(_OWN_PACKAGE if name == FULL_SCREEN else package) / "shaders" / name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RenderError(f"the shader {name!r} of {package} is missing: reinstall the package") from None
    lines = [f"#line 1 {index}"]
    for number, line in enumerate(text.splitlines(), start=1):
        match = _INCLUDE.match(line)
        if match is None:
            lines.append(line)
        elif match[1] not in names:
            lines += [_expand(package, match[1], names), f"#line {number + 1} {index}"]
    return "\n".join(lines) + "\n"


class ShaderLibrary:
    """Compiled programs of one context, kept by files and defines.

    Args:
        context: The moderngl context.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._programs: dict[tuple[str, str, str, tuple[tuple[str, str | int], ...]], moderngl.Program] = {}
        self._full_screen: dict[int, moderngl.VertexArray] = {}

    def program(self, package: str, vertex: str, fragment: str, defines: Mapping[str, str | int]) -> moderngl.Program:
        """Return the program of two files (see `GpuContext.program`)."""
        key = (package, vertex, fragment, tuple(sorted(defines.items())))
        found = self._programs.get(key)
        if found is None:
            found = self._programs[key] = self._compile(package, vertex, fragment, defines)
        return found

    def full_screen(self, program: moderngl.Program) -> moderngl.VertexArray:
        """Return the vertex array of a full-screen triangle for `program`."""
        found = self._full_screen.get(program.glo)
        if found is None:
            found = self._full_screen[program.glo] = self._context.vertex_array(program, [])
        return found

    def clear(self) -> None:
        """Forget all programs; the context releases them."""
        self._programs.clear()
        self._full_screen.clear()

    def _compile(self, package: str, vertex: str, fragment: str, defines: Mapping[str, str | int]) -> moderngl.Program:
        vertex_source, vertex_names = assemble_source(package, vertex, defines)
        fragment_source, fragment_names = assemble_source(package, fragment, defines)
        try:
            return self._context.program(vertex_shader=vertex_source, fragment_shader=fragment_source)
        except moderngl.Error as error:
            text = str(error)
            names = fragment_names if "fragment_shader" in text else vertex_names
            raise RenderError(
                f"the driver refuses the shaders {vertex} + {fragment} with {dict(defines)}: {_name_files(text, names)}"
            ) from error


def _name_files(text: str, names: list[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        index = int(match[1])
        file = names[index] if index < len(names) else match[1]
        return f"{file}:{match[2] or match[3]}:"

    return _POSITION.sub(replace, " ".join(text.split()))
