"""A reader of MTL files, the material libraries of OBJ, with the PBR keys that newer programs write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import AssetError
from synthvision.library.gltf.materials import EMISSIVE_CD_M2
from synthvision.library.images import TextureReader, read_pixels, resize_pixels, shrink_pixels
from synthvision.library.model import Material, Texture
from synthvision.library.resources import read_bytes, resource_path
from synthvision.library.stl import PLAIN

__all__ = ["read_mtl", "roughness_from_exponent"]

_MAP_OPTIONS = {
    "-blendu": 1, "-blendv": 1, "-bm": 1, "-boost": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-mm": 2, "-o": 3,
    "-s": 3, "-t": 3, "-texres": 1, "-type": 1, "-colorspace": 1,
}  # fmt: skip
"""Options before a map's file name and how many values they take; -o, -s and -t take one to three numbers."""

_QUIET = frozenset({"ka", "ks", "illum", "tf", "sharpness", "map_ka", "aniso", "anisor", "pcr", "pc", "ps"})
"""Colours of an older light model, and factors that are dealt with together with others or mean little alone."""

_NAMES = {"map_bump": "bump", "map_kn": "norm", "map_norm": "norm", "map_tr": "map_d"}


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    key: str
    rest: str


class _Library:
    """Reads the maps of one MTL file."""

    def __init__(self, path: Path, reader: TextureReader, root: Path) -> None:
        self.path, self.reader, self.root = path, reader, root
        self.notes: dict[str, None] = {}

    def note(self, material: str, sentence: str) -> None:
        """Keep a sentence about a material, once."""
        self.notes[f"material {material!r}: {sentence}"] = None

    def fault(self, line: _Line, message: str) -> AssetError:
        """Return an error with the line's place."""
        return AssetError(f"{self.path}:{line.number}: {message}, got {line.key} {line.rest[:80]}")

    def picture(self, line: _Line, material: str) -> Path:
        """Return the file that a map line names; options other than the bump factor are named in a note."""
        words = line.rest.split()
        place = 0
        while place < len(words) and words[place].lower() in _MAP_OPTIONS:
            option = words[place].lower()
            place += 1
            for _ in range(_MAP_OPTIONS[option]):
                if option in {"-o", "-s", "-t"} and not _is_number(words[place : place + 1]):
                    break
                place += 1
            if option not in {"-bm", "-colorspace", "-imfchan", "-type"}:
                self.note(material, f"the option {option} of {line.key} is left out")
        name = line.rest.split(None, place)[place].strip() if place < len(words) else ""
        if not name:
            raise self.fault(line, "a map must name a file")
        return resource_path(name, self.path.parent, self.root, f"{self.path}:{line.number}")

    def texture(self, line: _Line, material: str, *, is_srgb: bool, channels: int = 3) -> Texture:
        """Return the texture of a map line."""
        path = self.picture(line, material)
        return self.reader.read(
            read_bytes(path, f"{self.path}:{line.number}"), str(path), is_srgb=is_srgb, channels=channels
        )

    def pixels(self, line: _Line, material: str) -> NDArray[np.uint8]:
        """Return the first channel of a map line's picture."""
        path = self.picture(line, material)
        pixels = read_pixels(read_bytes(path, f"{self.path}:{line.number}"), str(path))
        return shrink_pixels(pixels, self.reader.max_px, is_srgb=False)


def read_mtl(path: Path, reader: TextureReader, root: Path) -> tuple[dict[str, Material], list[str]]:
    """Return the materials of an MTL file by name, and a sentence for each thing that could not be honoured.

    Kd, map_Kd, d, Tr, map_d, Ns (to roughness), Ni, Ke, map_Ke, norm and coloured bump maps (as tangent-space
    normals), Pr, Pm, map_Pr, map_Pm. Colours are linear, as the widely used programs read them.

    Args:
        path: The file.
        reader: Makes textures.
        root: Folder that textures may not leave.

    Raises:
        AssetError: The file is broken, or a texture is missing, broken, or outside `root`.
    """
    library = _Library(path, reader, root)
    blocks: dict[str, dict[str, _Line]] = {}
    current: dict[str, _Line] | None = None
    text = read_bytes(path).decode("utf-8", errors="replace")
    for number, raw in enumerate(text.splitlines(), 1):
        key, _, rest = raw.strip().partition(" ")
        if not key or key.startswith("#"):
            continue
        key, _, tail = key.partition("\t")
        line = _Line(number, _NAMES.get(key.lower(), key.lower()), f"{tail} {rest}".strip())
        if line.key == "newmtl":
            current = blocks.setdefault(line.rest, {})
        elif current is None:
            raise library.fault(line, "a material must begin with newmtl")
        else:
            current[line.key] = line
    return {name: _material(name, lines, library) for name, lines in blocks.items()}, list(library.notes)


def roughness_from_exponent(exponent: float) -> float:
    """Return the roughness whose highlight is as wide as that of a Phong exponent.

    The squared GGX alpha is 2 / (n + 2), and alpha is the roughness squared.

    Example:
        >>> roughness_from_exponent(0.0), round(roughness_from_exponent(198.0), 3)
        (1.0, 0.316)
    """
    return float((2.0 / (max(exponent, 0.0) + 2.0)) ** 0.25)


def _material(name: str, lines: dict[str, _Line], library: _Library) -> Material:
    number = _Numbers(lines, library)
    material = replace(PLAIN, name=name, roughness=0.6)
    if "ns" in lines:
        material = replace(material, roughness=roughness_from_exponent(number("ns", high=1e9)))
    opacity = number("d") if "d" in lines else 1.0 - number("tr") if "tr" in lines else 1.0
    red, green, blue = number.colour("kd") if "kd" in lines else (0.6, 0.6, 0.6)
    if "map_kd" in lines and max(red, green, blue) == 0:
        red = green = blue = 1.0  # exporters write a black factor beside a map that is meant to be seen
    material = replace(
        material,
        base_colour=(red, green, blue, opacity),
        alpha_mode="blend" if opacity < 1 else "opaque",
        roughness=number("pr") if "pr" in lines else material.roughness,
        metallic=number("pm") if "pm" in lines else 0.0,
        ior=max(number("ni", high=100.0), 1.0) if "ni" in lines else 1.5,
        emissive=_scaled(number.colour("ke")) if "ke" in lines else (0.0, 0.0, 0.0),
    )
    material = _with_maps(name, lines, library, material)
    for key in sorted(set(lines) - _READ - _QUIET):
        library.note(name, f"{key} is left out")
    return material


_READ = frozenset(
    {"ns", "d", "tr", "kd", "map_kd", "pr", "pm", "ni", "ke", "map_ke", "map_d", "norm", "bump", "map_pr", "map_pm"}
)


def _with_maps(name: str, lines: dict[str, _Line], library: _Library, material: Material) -> Material:
    if "map_kd" in lines:
        channels = 3 if "map_d" in lines else 4
        colour = library.texture(lines["map_kd"], name, is_srgb=True, channels=channels)
        material = replace(material, base_colour_map=colour)
        if "map_d" in lines and lines["map_d"].rest.split()[-1] == lines["map_kd"].rest.split()[-1]:
            colour = library.texture(lines["map_kd"], name, is_srgb=True, channels=4)
        elif "map_d" in lines:
            colour = _with_alpha(colour, library.pixels(lines["map_d"], name), library.reader)
        if colour.pixels_hwc.shape[2] == 4:
            material = replace(material, base_colour_map=colour, alpha_mode="mask")
    elif "map_d" in lines:
        library.note(name, "map_d without map_kd is left out")
    if "map_ke" in lines:
        glow = library.texture(lines["map_ke"], name, is_srgb=True)
        factor = material.emissive if any(material.emissive) else (EMISSIVE_CD_M2,) * 3
        material = replace(material, emissive_map=glow, emissive=factor)
    for key in ("norm", "bump"):
        if key in lines and material.normal_map is None:
            normals = library.texture(lines[key], name, is_srgb=False)
            if key == "norm" or _looks_like_normals(normals.pixels_hwc):
                material = replace(material, normal_map=normals)
            else:
                library.note(name, "its bump map holds heights, not normals, and is left out")
    return _with_surface_maps(name, lines, library, material)


def _with_surface_maps(name: str, lines: dict[str, _Line], library: _Library, material: Material) -> Material:
    planes = {key: library.pixels(lines[key], name)[..., 0] for key in ("map_pr", "map_pm") if key in lines}
    if not planes:
        return material
    height, width = max(plane.shape for plane in planes.values())
    packed = np.full((height, width, 3), 255, np.uint8)
    for channel, key in ((1, "map_pr"), (2, "map_pm")):
        if key in planes:
            packed[..., channel] = resize_pixels(planes[key][..., None], (width, height), is_srgb=False)[..., 0]
    return replace(
        material,
        metallic_roughness_map=library.reader.from_pixels(packed, is_srgb=False),
        roughness=1.0 if "map_pr" in planes else material.roughness,
        metallic=1.0 if "map_pm" in planes else material.metallic,
    )


def _with_alpha(colour: Texture, alpha_hwc: NDArray[np.uint8], reader: TextureReader) -> Texture:
    height, width = colour.pixels_hwc.shape[:2]
    alpha = resize_pixels(alpha_hwc[..., :1], (width, height), is_srgb=False)
    return reader.from_pixels(np.concatenate([colour.pixels_hwc[..., :3], alpha], axis=2), is_srgb=True)


def _looks_like_normals(pixels: NDArray[np.uint8]) -> bool:
    """Return whether a picture is bluish on the whole, as maps of tangent-space normals are; heights are grey."""
    red, green, blue = pixels.reshape(-1, 3).mean(axis=0)
    return bool(blue > 150 and blue > red + 40 and blue > green + 40)


class _Numbers:
    """Reads the numbers of a material's lines."""

    def __init__(self, lines: dict[str, _Line], library: _Library) -> None:
        self._lines, self._library = lines, library

    def __call__(self, key: str, high: float = 1.0) -> float:
        line = self._lines[key]
        words = [word for word in line.rest.split() if word != "-halo"]
        if not _is_number(words[:1]):
            raise self._library.fault(line, "a number is due")
        return float(np.clip(float(words[0]), 0.0, high))

    def colour(self, key: str) -> tuple[float, float, float]:
        line = self._lines[key]
        words = line.rest.split()
        if not _is_number(words[:1]) or not all(_is_number([word]) for word in words[:3]):
            raise self._library.fault(line, "three numbers are due")
        values = [max(float(word), 0.0) for word in (words[:3] if len(words) >= 3 else words[:1] * 3)]
        limit: Callable[[float], float] = (lambda v: v) if key == "ke" else (lambda v: min(v, 1.0))
        return limit(values[0]), limit(values[1]), limit(values[2])


def _scaled(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    return colour[0] * EMISSIVE_CD_M2, colour[1] * EMISSIVE_CD_M2, colour[2] * EMISSIVE_CD_M2


def _is_number(words: list[Any]) -> bool:
    try:
        return bool(words) and bool(np.isfinite(float(words[0])))
    except ValueError:
        return False
