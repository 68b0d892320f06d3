"""Catalogues on disk: ``catalog.yaml`` (or ``.json``) inside a pack, and the JSON files of registered packs."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthvision.core.errors import AssetError, ConfigError, Problem, nearest_name
from synthvision.core.yaml_file import YamlDocument, load_yaml
from synthvision.library.catalogue import AssetKind, CatalogueEntry, Pack, sorted_entries
from synthvision.library.config import AssetRecord, CatalogueFile
from synthvision.library.environments import ENVIRONMENT_SUFFIXES
from synthvision.library.images import IMAGE_SUFFIXES
from synthvision.library.loading import MODEL_SUFFIXES, ModelOptions
from synthvision.library.model import StateDirection
from synthvision.library.resources import resource_path
from synthvision.library.words import category_from_folders, tags_from_words, tile_from_tags

__all__ = ["CATALOGUE_NAMES", "catalogue_data", "read_catalogue", "write_json_atomic"]

CATALOGUE_NAMES = ("catalog.yaml", "catalog.json")


def read_catalogue(path: Path, root: Path | None = None, name: str | None = None, origin: str = "") -> Pack:
    """Return the pack of a catalogue file.

    Args:
        path: A YAML or JSON file.
        root: Folder of the assets; None for the one the catalogue names.
        name: Name of the pack; None for the one the catalogue states, else the folder's.
        origin: ``Pack.origin``.

    Raises:
        ConfigError: The file is not YAML or JSON, or breaks the format; all faults are listed.
        AssetError: The folder is gone, a path leads out of it, or two assets have one name.
    """
    document = load_yaml(path) if path.suffix == ".yaml" else _load_json(path)
    try:
        catalogue = CatalogueFile.model_validate(document.data or {})
    except ValidationError as error:
        raise ConfigError([_problem(document, item) for item in error.errors(include_url=False)]) from error
    folder = root or Path(catalogue.root or path.parent)
    if not folder.is_dir():
        raise AssetError(f"{path}: the pack's folder {folder} must exist; add the pack again where it lies now")
    pack = name or catalogue.pack or folder.name
    problems: list[Problem] = []
    entries: list[CatalogueEntry] = []
    for index, record in enumerate(catalogue.assets):
        try:
            entries.append(_entry(record, catalogue, pack, folder))
        except AssetError as error:
            problems.append(document.problem(("assets", index), str(error)))
    if problems:
        raise ConfigError(problems)
    return Pack(
        name=pack,
        root=folder,
        entries=sorted_entries(entries, pack),
        description=catalogue.description,
        notes=catalogue.notes,
        origin=origin,
    )


def _load_json(path: Path) -> YamlDocument:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([Problem(str(path), "", None, "there is no such file")]) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError([Problem(str(path), "", None, f"must be a JSON file: {error}")]) from error
    return YamlDocument(data, {}, str(path))


def _problem(document: YamlDocument, item: Any) -> Problem:
    path = tuple(item["loc"])
    if item["type"] == "extra_forbidden":
        fields = AssetRecord.model_fields if path[:1] == ("assets",) and len(path) == 3 else CatalogueFile.model_fields
        near = nearest_name(str(path[-1]), fields)
        hint = f"; did you mean {near!r}?" if near else ""
        return document.problem(path, f"there is no such key{hint} (allowed: {', '.join(fields)})")
    given = item.get("input")
    shown = "" if item["type"] == "missing" else f", got {given!r}"
    return document.problem(path, item["msg"].replace("Input should be", "must be") + shown)


def _kind(record: AssetRecord) -> AssetKind:
    if record.kind is not None:
        return record.kind
    suffix = Path(record.file or "").suffix.lower()
    if record.maps or suffix in IMAGE_SUFFIXES:
        return "material"
    if suffix in MODEL_SUFFIXES:
        return "model"
    if suffix in ENVIRONMENT_SUFFIXES:
        return "environment"
    raise AssetError(f"an asset must have a file of a known kind or maps, got file {record.file!r}")


def _entry(record: AssetRecord, catalogue: CatalogueFile, pack: str, root: Path) -> CatalogueEntry:
    kind = _kind(record)
    owner = record.name or record.file or "asset"
    maps: dict[str, Path] = {str(role): resource_path(file, root, root, owner) for role, file in record.maps.items()}
    main = record.file or record.maps.get("base_colour")
    if main is None or (record.maps and kind != "material"):
        raise AssetError(f"{owner}: must have a file, or a base_colour map where it is a material")
    path = resource_path(main, root, root, owner)
    if kind == "material":
        maps.setdefault("base_colour", path)
    relative = Path(main)
    name = record.name or relative.with_suffix("").as_posix()
    tags = record.tags or tags_from_words(record.category or "", name)
    return CatalogueEntry(
        pack=pack,
        name=name,
        kind=kind,
        category=record.category or category_from_folders(relative.parts[:-1], relative.stem),
        tags=tuple(sorted(tags)),
        size_m=record.size_m,
        licence=record.licence or catalogue.licence,
        author=record.author or catalogue.author,
        source=record.source or catalogue.source,
        path=path,
        root=root,
        maps=maps,
        attributes=dict(record.attributes),
        description=record.description,
        tile_m=(record.tile_m or tile_from_tags(tags)) if kind == "material" else None,
        options=_options(record) if kind == "model" else ModelOptions(),
        recorded_sha256=record.sha256,
        notes=record.notes,
    )


def _options(record: AssetRecord) -> ModelOptions:
    for state in record.states:
        if not any(state.direction):
            raise AssetError(f"state {state.state} = {state.value}: its direction must not be zero")
    return ModelOptions(
        size_m=record.size_m,
        up_axis=record.up_axis,
        unit=record.unit,
        origin=record.origin,
        attributes=dict(record.attributes),
        states=tuple(StateDirection(item.state, item.value, item.direction, item.towards) for item in record.states),
        keypoints=dict(record.keypoints),
    )


def catalogue_data(pack: Pack, *, hashes: bool = True) -> dict[str, Any]:
    """Return the catalogue of a pack of files as JSON data that `read_catalogue` reads back.

    Args:
        pack: A pack with a root.
        hashes: Also read every file for its SHA-256.

    Raises:
        AssetError: The pack is code, or a file cannot be read.
    """
    if pack.root is None:
        raise AssetError(f"pack {pack.name!r} is code; only packs of files have a catalogue")
    root = pack.root
    return {
        "version": 1,
        "pack": pack.name,
        "root": str(root),
        "description": pack.description,
        "notes": list(pack.notes),
        "assets": [_record(entry, root, hashes) for entry in pack.entries if not entry.is_procedural],
    }


def _record(entry: CatalogueEntry, root: Path, hashes: bool) -> dict[str, Any]:
    options = entry.options
    states = [
        {"state": item.state, "value": item.value, "direction": list(item.direction_xyz), "towards": item.towards}
        for item in options.states
    ]
    maps = {role: path.relative_to(root).as_posix() for role, path in entry.maps.items()}
    record: dict[str, Any] = {
        "name": entry.name,
        "kind": entry.kind,
        "file": entry.path.relative_to(root).as_posix() if entry.path and entry.kind != "material" else None,
        "maps": maps if entry.kind == "material" else {},
        "category": entry.category,
        "tags": list(entry.tags),
        "size_m": entry.size_m,
        "tile_m": entry.tile_m,
        "licence": entry.licence,
        "author": entry.author,
        "source": entry.source,
        "sha256": entry.sha256 if hashes else entry.recorded_sha256,
        "up_axis": options.up_axis,
        "unit": options.unit,
        "origin": options.origin if options.origin != "base" else None,
        "attributes": dict(entry.attributes),
        "states": states,
        "keypoints": {name: list(point) for name, point in options.keypoints.items()},
        "description": entry.description,
        "notes": list(entry.notes),
    }
    return {key: value for key, value in record.items() if value not in (None, "", [], {})}


def write_json_atomic(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON so that a reader sees the old file or the whole new one; folders are made.

    Raises:
        AssetError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(data, stream, ensure_ascii=False, indent=1, sort_keys=True)
                stream.write("\n")
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise AssetError(f"{path}: the catalogue cannot be written: {error.strerror or error}") from error
