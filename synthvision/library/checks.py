"""Opens assets one by one and reports what a person should know before using them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthvision.core.errors import SynthvisionError
from synthvision.library.assets import AssetLibrary
from synthvision.library.catalogue import CatalogueEntry, Pack
from synthvision.library.loading import ModelOptions, load_model_file
from synthvision.library.mesh import open_edge_count
from synthvision.library.model import EnvironmentMap, Material, Model

__all__ = ["AssetReport", "check_entries", "check_entry"]

MANY_TRIANGLES = 200_000
SCALE_SLACK = 1.5
"""A file whose own unit gives a size this many times off the catalogue's is worth a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetReport:
    """What opening one asset showed.

    Args:
        entry: The asset.
        errors: Why it cannot be used; empty where it can.
        warnings: What is odd: the loader's words, missing licence, doubtful scale.
        extent_m: Sides of the box of a model as it is used, metres (x, y, z), or None.
        file_extent: The same as the file has them, in its own unit and turned Z up, or None.
        scale: Metres for one unit of the file, or None.
        triangles: Triangles of a model, else 0.
        open_edges: Edges of a model without exactly one neighbour; 0 means watertight.
        textures: Pictures it holds, as ``base colour 1024x1024``.
        size_px: Width and height of an environment map or photo, or None.
        peak: Brightest sample of an environment map over its mean, or None.
    """

    entry: CatalogueEntry
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    extent_m: tuple[float, float, float] | None = None
    file_extent: tuple[float, float, float] | None = None
    scale: float | None = None
    triangles: int = 0
    open_edges: int = 0
    textures: tuple[str, ...] = ()
    size_px: tuple[int, int] | None = None
    peak: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the asset can be used."""
        return not self.errors

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data, without paths."""
        return {
            "pack": self.entry.pack,
            "name": self.entry.name,
            "kind": self.entry.kind,
            "category": self.entry.category,
            "licence": self.entry.licence,
            "author": self.entry.author,
            "errors": list(self.errors),
            "warnings": list(self.warnings),
            "extent_m": None if self.extent_m is None else list(self.extent_m),
            "file_extent": None if self.file_extent is None else list(self.file_extent),
            "scale": self.scale,
            "triangles": self.triangles,
            "open_edges": self.open_edges,
            "textures": list(self.textures),
            "size_px": None if self.size_px is None else list(self.size_px),
            "peak": self.peak,
        }


def check_entries(entries: Iterable[CatalogueEntry], library: AssetLibrary | None = None) -> Iterator[AssetReport]:
    """Yield the report of each entry, in order; see `check_entry`."""
    for entry in entries:
        yield check_entry(entry, library)


def check_entry(entry: CatalogueEntry, library: AssetLibrary | None = None) -> AssetReport:
    """Open an asset and return what it showed. Nothing is raised: what is wrong with it is in the report.

    Args:
        entry: The asset; procedural ones are built with their default parameters.
        library: Where it is loaded, so that a following thumbnail needs not load it again; None for a library of its
            own.
    """
    library = library or AssetLibrary([Pack(name=entry.pack, root=entry.root, entries=(entry,))])
    report = AssetReport(entry=entry, warnings=_paper_warnings(entry))
    try:
        loaded = library.load(entry.reference())
        if isinstance(loaded, Model):
            report = _model_report(report, loaded, entry)
        elif isinstance(loaded, Material):
            report = _with_warnings(replace(report, textures=_texture_lines([loaded])), _material_warnings(loaded))
        elif isinstance(loaded, EnvironmentMap):
            report = _environment_report(report, loaded, entry)
        else:
            report = replace(report, size_px=(loaded.shape[1], loaded.shape[0]))
        if entry.recorded_sha256 is not None and entry.sha256 != entry.recorded_sha256:
            report = _with_warnings(report, ["its files changed since they were indexed; add the pack again"])
    except SynthvisionError as error:
        report = replace(report, errors=(str(error),))
    return report


def _with_warnings(report: AssetReport, warnings: Iterable[str]) -> AssetReport:
    return replace(report, warnings=(*report.warnings, *warnings))


def _paper_warnings(entry: CatalogueEntry) -> tuple[str, ...]:
    warnings = list(entry.notes)
    if not entry.licence:
        warnings.append("no licence is stated")
    elif not entry.author and re.search(r"\bBY\b|BSD|MIT", entry.licence):
        warnings.append(f"the licence {entry.licence} asks for attribution, but no author is stated")
    return tuple(warnings)


def _model_report(report: AssetReport, model: Model, entry: CatalogueEntry) -> AssetReport:
    extent = model.bounds_23[1] - model.bounds_23[0]
    report = replace(
        report,
        extent_m=_triple(extent),
        triangles=model.triangle_count,
        open_edges=_open_edges(model),
        textures=_texture_lines(model.materials),
    )
    warnings = list(model.warnings)
    if entry.path is not None:
        options = ModelOptions(up_axis=entry.options.up_axis, unit=entry.options.unit)
        own = load_model_file(entry.path, "check", options, root=entry.root)
        own_extent = own.bounds_23[1] - own.bounds_23[0]
        scale = float(extent.max() / own_extent.max())
        report = replace(report, file_extent=_triple(own_extent), scale=scale)
        if entry.size_m is None and not 0.001 <= extent.max() <= 100:
            warnings.append(f"its longest side is {extent.max():g} m; state size_m or the unit of the file")
        elif not 1 / SCALE_SLACK <= scale <= SCALE_SLACK:
            warnings.append(
                f"the file is {own_extent.max():g} m long by its own unit and is used at {extent.max():g} m "
                f"(times {scale:.3g})"
            )
    if extent.min() < 1e-6 * extent.max():
        warnings.append("it is flat: its box has no volume")
    if report.open_edges:
        warnings.append(f"it is not watertight: {report.open_edges} edges are open or shared by more than two faces")
    if model.triangle_count > MANY_TRIANGLES:
        warnings.append(f"it has {model.triangle_count} triangles; more than {MANY_TRIANGLES} slow every frame down")
    rough_metals = [material.name for material in model.materials if _is_rough_metal(material)]
    if rough_metals:
        warnings.append(
            f"plain materials that are fully metallic and fully rough, which exporters write when nobody chose: "
            f"{', '.join(rough_metals[:5])}; override metallic with 0 where they are no metal"
        )
    missing_uvs = [
        part.name for part in model.parts if part.uvs_n2 is None and _has_map(model.materials[part.material])
    ]
    if missing_uvs:
        warnings.append(f"textured parts without texture coordinates: {', '.join(missing_uvs[:5])}")
    return _with_warnings(report, warnings)


def _is_rough_metal(material: Material) -> bool:
    return material.metallic == 1.0 and material.roughness == 1.0 and material.metallic_roughness_map is None


def _open_edges(model: Model) -> int:
    offsets = np.cumsum([0, *(len(part.positions_n3) for part in model.parts)])
    positions = np.concatenate([part.positions_n3 for part in model.parts])
    triangles = np.concatenate(
        [part.triangles_m3.astype(np.int64) + offset for part, offset in zip(model.parts, offsets[:-1], strict=True)]
    )
    return open_edge_count(positions, triangles)


def _environment_report(report: AssetReport, environment: EnvironmentMap, entry: CatalogueEntry) -> AssetReport:
    radiance = environment.radiance_hwc
    notes: tuple[str, ...] = ()
    if entry.path is not None:
        from synthvision.library.environments import read_environment

        _, notes = read_environment(entry.path)
    peak = float(radiance.max() / radiance.mean())
    size = (radiance.shape[1], radiance.shape[0])
    return _with_warnings(replace(report, size_px=size, peak=peak), notes)


def _material_warnings(material: Material) -> list[str]:
    sizes = {pixels.shape[:2] for _, pixels in _maps(material)}
    return [f"its maps differ in size: {sorted(sizes)}"] if len(sizes) > 1 else []


def _maps(material: Material) -> list[tuple[str, Any]]:
    found = (
        ("base colour", material.base_colour_map),
        ("metallic-roughness", material.metallic_roughness_map),
        ("normal", material.normal_map),
        ("occlusion", material.occlusion_map),
        ("emissive", material.emissive_map),
    )
    return [(name, texture.pixels_hwc) for name, texture in found if texture is not None]


def _has_map(material: Material) -> bool:
    return bool(_maps(material))


def _texture_lines(materials: Iterable[Material]) -> tuple[str, ...]:
    lines = [
        f"{name} {pixels.shape[1]}x{pixels.shape[0]}" for material in materials for name, pixels in _maps(material)
    ]
    return tuple(dict.fromkeys(lines))


def _triple(values: Any) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
