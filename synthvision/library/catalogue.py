"""Entries of asset packs: what is known of each asset before it is opened."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from synthvision.core.errors import AssetError
from synthvision.core.hashing import hash_file
from synthvision.library.loading import ModelOptions
from synthvision.library.parameters import Choice, Colour, Integer, Number, Parameter, Symmetry
from synthvision.library.reference import AssetRef

__all__ = ["AssetKind", "CatalogueEntry", "Pack", "default_params", "sorted_entries"]

AssetKind = Literal["model", "material", "environment", "photo"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CatalogueEntry:
    """One asset of one pack.

    Args:
        pack: Name of the pack.
        name: Unique in the pack, e.g. ``bottle`` or ``models/die/die_red``.
        kind: What loading gives.
        category: What it shows, e.g. ``bottle`` or ``texture_wood``.
        tags: Sorted words to find it by.
        size_m: Real length of the longest side in metres, or None where the file's unit counts or there is none.
        licence: Empty where none is known.
        author: Empty where none is known.
        source: Where it came from, or empty.
        path: The asset's main file, or None for procedural assets.
        root: The pack's folder, or None for procedural assets.
        maps: Files of a texture set by what they hold.
        attributes: Facts that classes can match.
        parameters: What varies; empty for files.
        description: One sentence, or empty.
        tile_m: Real size of one repeat of a material, or None.
        options: How a model's file is turned and scaled.
        recorded_sha256: The hash when the pack was indexed, or None.
        notes: What the index found odd.
        build: Makes the object of procedural parameters, or None for files.
        fingerprint: Gives the hash of a procedural asset's code, or None for files.
        parts: Names of the parts of procedural models.
        keypoints: Names of the keypoints, in the order that exporters write.
        skeleton: Pairs of keypoints that are drawn joined.
        symmetry: Turns that leave its shape the same.
        build_on: Makes a mark on another model, or None for what is no mark.
    """

    pack: str
    name: str
    kind: AssetKind
    category: str
    tags: tuple[str, ...] = ()
    size_m: float | None = None
    licence: str = ""
    author: str = ""
    source: str = ""
    path: Path | None = None
    root: Path | None = None
    maps: Mapping[str, Path] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    description: str = ""
    tile_m: float | None = None
    options: ModelOptions = field(default_factory=ModelOptions)
    recorded_sha256: str | None = None
    notes: tuple[str, ...] = ()
    build: Callable[[Mapping[str, Any]], Any] | None = None
    fingerprint: Callable[[], str] | None = None
    parts: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[str, str], ...] = ()
    symmetry: tuple[Symmetry, ...] = ()
    build_on: Callable[[Mapping[str, Any], Any, Any], Any] | None = None

    @property
    def full_name(self) -> str:
        """``pack/name``."""
        return f"{self.pack}/{self.name}"

    @property
    def is_procedural(self) -> bool:
        """Whether it is made by code from parameters."""
        return self.build is not None

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files, main file first; without those that a mesh names itself."""
        paths = dict.fromkeys([*([self.path] if self.path else []), *self.maps.values()])
        return tuple(paths)

    @property
    def sha256(self) -> str:
        """Hash of what the asset is now: of its file, of all its files, or of the code that builds it.

        Hashes of files are kept as long as size and modification time stay the same.

        Raises:
            AssetError: A file cannot be read.
        """
        if self.fingerprint is not None:
            return self.fingerprint()
        hashes = [_file_hash(path) for path in (*self.files, *self.linked_files)]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    @property
    def linked_files(self) -> tuple[Path, ...]:
        """Files that a glTF or OBJ file names (buffers, pictures, materials) and that exist, sorted."""
        if self.path is None or self.path.suffix.lower() not in {".gltf", ".glb", ".obj"}:
            return ()
        from synthvision.library.links import linked_files

        return linked_files(self.path, self.root)

    def reference(self, params: Mapping[str, Any] | None = None) -> AssetRef:
        """Return the reference of this asset.

        Args:
            params: Values of a procedural asset; those that are left out get their defaults.
        """
        return AssetRef(self.pack, self.name, {**default_params(self.parameters), **(params or {})})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pack:
    """A named set of assets.

    Args:
        name: Name by which jobs ask for it.
        root: Folder of its files, or None for code.
        entries: Sorted by name.
        description: One sentence, or empty.
        notes: What was left out when the folder was indexed, and why.
        origin: Where it was found, for listings: ``built in``, ``registered``, ``SYNTHVISION_ASSETS``, ``job``.
    """

    name: str
    root: Path | None
    entries: tuple[CatalogueEntry, ...]
    description: str = ""
    notes: tuple[str, ...] = ()
    origin: str = ""


def sorted_entries(entries: list[CatalogueEntry], pack: str) -> tuple[CatalogueEntry, ...]:
    """Return entries sorted by name.

    Raises:
        AssetError: Two have the same name.
    """
    ordered = sorted(entries, key=lambda entry: entry.name)
    for first, second in itertools.pairwise(ordered):
        if first.name == second.name:
            raise AssetError(
                f"pack {pack!r}: names must be unique, but {first.name!r} is given twice "
                f"({first.path or 'code'} and {second.path or 'code'})"
            )
    return tuple(ordered)


def default_params(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the default value of each parameter; a colour's is the first of its palette.

    Example:
        >>> default_params({"height_m": Number(0.1, 0.3, 0.2, unit="m")})
        {'height_m': 0.2}
    """
    values: dict[str, Any] = {}
    for name, parameter in parameters.items():
        match parameter:
            case Number() | Integer() | Choice():
                values[name] = parameter.default
            case Colour():
                values[name] = list(parameter.palette[0])
    return values


def _file_hash(path: Path) -> str:
    try:
        state = path.stat()
        return _hash_of_state(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise AssetError(f"{path}: cannot be read: {error.strerror or error}") from error


@lru_cache(maxsize=8192)
def _hash_of_state(path: Path, size: int, mtime_ns: int) -> str:
    return hash_file(path)
