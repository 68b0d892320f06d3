"""Packs made by code: what a plugin of the group ``procedural`` declares, and the check of its parameters."""

from __future__ import annotations

import functools
import hashlib
import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from synthvision.core.builtin import builtin_folder
from synthvision.core.errors import AssetError, PluginError, nearest_name
from synthvision.core.hashing import hash_file
from synthvision.core.registry import load_plugin
from synthvision.library.catalogue import CatalogueEntry, Pack, sorted_entries
from synthvision.library.catalogue_file import CATALOGUE_NAMES, read_catalogue
from synthvision.library.parameters import Choice, Colour, Integer, Number, Parameter, ProceduralAsset

__all__ = ["check_params", "entries_of_assets", "procedural_pack"]

BUILTIN = "builtin"
_OWN = {"licence": "Apache-2.0", "author": "The synthvision authors"}


def procedural_pack(name: str) -> Pack:
    """Return the pack of a procedural plugin; ``builtin`` also holds the files that travel with the package.

    Args:
        name: Name of the entry point in the group ``synthvision.procedural``.

    Raises:
        PluginError: The plugin is unknown, cannot be loaded, or does not return `ProceduralAsset` objects.
        AssetError: Two assets have the same name.
    """
    assets = load_plugin("procedural", name)()
    kind = type(assets).__name__
    if not isinstance(assets, tuple) or not all(isinstance(asset, ProceduralAsset) for asset in assets):
        raise PluginError(f"procedural plugin {name!r} must return a tuple of ProceduralAsset, got {kind}")
    entries = list(entries_of_assets(assets, name))
    root: Path | None = None
    if name == BUILTIN:
        folder = builtin_folder("assets")
        for catalogue in CATALOGUE_NAMES:
            if (folder / catalogue).is_file():
                entries += read_catalogue(folder / catalogue, root=folder, name=name).entries
                root = folder
    return Pack(name=name, root=root, entries=sorted_entries(entries, name), origin="built in")


def entries_of_assets(assets: tuple[ProceduralAsset, ...], pack: str) -> tuple[CatalogueEntry, ...]:
    """Return the catalogue entries of procedural assets."""
    own = _OWN if pack == BUILTIN else {"licence": "", "author": ""}
    return tuple(
        CatalogueEntry(
            pack=pack,
            name=asset.name,
            kind=asset.kind,
            category=asset.category,
            tags=tuple(sorted(asset.tags)),
            size_m=asset.size_m,
            licence=asset.licence or own["licence"],
            author=asset.author or own["author"],
            source=_function(asset.build).__module__,
            attributes=dict(asset.attributes),
            parameters=dict(asset.parameters),
            description=asset.description,
            build=asset.build,
            fingerprint=_code_hash_of(asset.build),
            parts=asset.parts,
            keypoints=asset.keypoints,
            skeleton=asset.skeleton,
            symmetry=asset.symmetry,
            build_on=asset.build_on,
        )
        for asset in assets
    )


def check_params(entry: CatalogueEntry, params: Mapping[str, Any]) -> None:
    """Check that a procedural asset's parameters are complete, known, of the right type and in range.

    Raises:
        AssetError: They are not; every fault is named.
    """
    faults: list[str] = []
    for name in sorted(set(params) - set(entry.parameters)):
        near = nearest_name(name, entry.parameters)
        hint = f"; did you mean {near!r}?" if near else ""
        faults.append(f"there is no parameter {name!r}{hint}")
    for name, parameter in entry.parameters.items():
        if name not in params:
            faults.append(f"{name} is missing")
        else:
            fault = _value_fault(parameter, params[name])
            if fault:
                faults.append(f"{name} {fault}, got {params[name]!r}")
    if faults:
        allowed = ", ".join(entry.parameters) or "none"
        raise AssetError(f"asset {entry.full_name}: {'; '.join(faults)} (parameters: {allowed})")


def _value_fault(parameter: Parameter, value: Any) -> str | None:
    match parameter:
        case Number(low=low, high=high, unit=unit):
            slack = 1e-9 * max(abs(low), abs(high))  # a value that went through JSON or a logarithm
            if not _is_number(value) or not low - slack <= value <= high + slack:
                return f"must be a number from {low:g} to {high:g} {unit}".rstrip()
        case Integer(low=low, high=high):
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                return f"must be a whole number from {low} to {high}"
        case Choice(values=values):
            if value not in values:
                return f"must be one of {', '.join(values)}"
        case Colour():
            if not isinstance(value, list | tuple) or len(value) != 3 or not all(map(_is_share, value)):
                return "must be three linear colour values from 0 to 1"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _code_hash_of(build: Callable[..., Any]) -> Callable[[], str]:
    """Return a function that gives the hash of the package that a builder lives in.

    The whole package counts, since builders share shapes and noise; the hash changes whenever any of it does.
    """
    function = _function(build)

    def fingerprint() -> str:
        source = inspect.getsourcefile(function)
        if source is None:
            raise AssetError(f"{function.__module__}: its source file must be there to be hashed")
        folder = Path(source).parent
        while (folder.parent / "__init__.py").is_file() and folder.parent.name != "library":
            folder = folder.parent
        return _folder_hash(folder) if (folder / "__init__.py").is_file() else hash_file(Path(source))

    return fingerprint


def _function(build: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function behind partial applications and decorators."""
    while isinstance(build, functools.partial):
        build = build.func
    function: Callable[..., Any] = inspect.unwrap(build)
    return function


@functools.lru_cache(maxsize=64)
def _folder_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{hash_file(path)}\n".encode())
    return digest.hexdigest()
