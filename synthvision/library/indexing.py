"""Finds the assets of a folder: by its ``catalog.yaml``, by its ``ASSETS.csv``, or by its files and folder names."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthvision.core.errors import AssetError
from synthvision.library.catalogue import AssetKind, CatalogueEntry, Pack, sorted_entries
from synthvision.library.catalogue_file import CATALOGUE_NAMES, read_catalogue
from synthvision.library.environments import ENVIRONMENT_SUFFIXES
from synthvision.library.images import IMAGE_SUFFIXES
from synthvision.library.loading import MODEL_SUFFIXES, ModelOptions
from synthvision.library.words import (
    LEFT_OUT_ROLES,
    attributes_from_name,
    category_from_folders,
    parse_texture_name,
    states_from_note,
    tags_from_words,
    tile_from_tags,
)

__all__ = ["CSV_NAME", "index_folder", "is_pack_folder"]

CSV_NAME = "ASSETS.csv"

MAX_FILES = 200_000
"""A folder with more files is taken for a mistake (a home folder, a whole disk)."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One file and what a table says of it."""

    path: Path
    relative: str
    category: str | None = None
    licence: str = ""
    author: str = ""
    source: str = ""
    size_m: float | None = None
    note: str = ""
    tags: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return self.path.stem

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(self.relative.split("/")[:-1])


@dataclass(slots=True)
class _Family:
    """The pictures of one texture set."""

    maps: dict[str, _Found] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def is_pack_folder(folder: Path) -> bool:
    """Return whether a folder says of itself that it is a pack: it has a catalogue or a table of its assets."""
    return any((folder / name).is_file() for name in (*CATALOGUE_NAMES, CSV_NAME))


def index_folder(folder: Path, name: str | None = None, origin: str = "") -> Pack:
    """Return the pack of a folder. Nothing is opened but the catalogue, so this takes milliseconds.

    What describes the assets, in this order: ``catalog.yaml`` (or ``catalog.json``), then ``ASSETS.csv`` with at least
    the column ``path`` (further ones: class, source_repo, original_file, author, licence, suggested_longest_m, note),
    then the files themselves:

    * .glb .gltf .obj .ply .stl are models, .hdr .exr are environment maps, pictures are materials (photos, where a
      folder above is called photos, backgrounds or images);
    * pictures of one folder that differ by a word such as Color, Normal or Roughness are one material;
    * the category is the nearest folder whose name says something; tags are the words of class, folders and name;
    * ``<rank>_of_<suit>`` gives the attributes rank and suit; a note ``face value 1=+Y ...`` gives states.

    Args:
        folder: Any folder; it is not written to.
        name: Name of the pack; None for the one its catalogue states, else the folder's name.
        origin: ``Pack.origin``.

    Raises:
        AssetError: The folder is missing or holds no asset, or its table is broken.
        ConfigError: Its catalogue is broken.
    """
    root = Path(os.path.abspath(folder))
    if not root.is_dir():
        raise AssetError(f"{folder}: an asset pack must be an existing folder")
    for catalogue in CATALOGUE_NAMES:
        if (root / catalogue).is_file():
            return read_catalogue(root / catalogue, root=root, name=name, origin=origin)
    pack = name or root.name
    notes: list[str] = []
    table = root / CSV_NAME
    found = _read_table(table, root) if table.is_file() else _walk(root, notes)
    entries = _entries(found, pack, root, notes)
    if not entries:
        raise AssetError(f"{folder}: holds no asset: no {', '.join(sorted(MODEL_SUFFIXES | ENVIRONMENT_SUFFIXES))} and "
                         "no picture")  # fmt: skip
    return Pack(name=pack, root=root, entries=sorted_entries(entries, pack), notes=tuple(notes), origin=origin)


def _walk(root: Path, notes: list[str]) -> list[_Found]:
    found: list[_Found] = []
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for file in sorted(files):
            path = Path(folder, file)
            if path.suffix.lower() in MODEL_SUFFIXES | ENVIRONMENT_SUFFIXES | IMAGE_SUFFIXES:
                found.append(_Found(path, path.relative_to(root).as_posix()))
        if len(found) > MAX_FILES:
            raise AssetError(f"{root}: a pack must have at most {MAX_FILES} files; name the asset folder itself")
    return _without_textures_of_models(found, root, notes)


def _without_textures_of_models(found: list[_Found], root: Path, notes: list[str]) -> list[_Found]:
    """Leave out pictures that a mesh names: they are parts of it, not materials of their own."""
    from synthvision.library.links import linked_files

    linked: set[Path] = set()
    for item in found:
        if item.path.suffix.lower() in {".gltf", ".obj"}:
            linked.update(linked_files(item.path, root))
    kept = [item for item in found if item.path not in linked]
    if len(kept) < len(found):
        notes.append(f"{len(found) - len(kept)} pictures belong to meshes and are no entries of their own")
    return kept


def _read_table(table: Path, root: Path) -> list[_Found]:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AssetError(f"{table}: must be a readable UTF-8 table, got: {error}") from error
    rows = csv.DictReader(io.StringIO(text))
    if "path" not in (rows.fieldnames or ()):
        raise AssetError(f"{table}: the first line must name the columns, one of them 'path', got {rows.fieldnames}")
    found: list[_Found] = []
    try:
        for row in rows:
            values = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
            found.append(_row(values, f"{table}:{rows.line_num}", root))
    except csv.Error as error:
        raise AssetError(f"{table}:{rows.line_num}: must be a comma-separated table, got: {error}") from error
    return found


def _row(values: dict[str, str], where: str, root: Path) -> _Found:
    relative = values["path"].replace("\\", "/")
    if not relative or relative.startswith("/") or ".." in relative.split("/"):
        raise AssetError(f"{where}: path must be relative and stay inside the folder, got {relative!r}")
    size: float | None = None
    if values.get("suggested_longest_m"):
        try:
            size = float(values["suggested_longest_m"])
        except ValueError:
            size = 0.0
        if not 0 < size < 1e6:
            raise AssetError(f"{where}: suggested_longest_m must be a positive number of metres, got "
                             f"{values['suggested_longest_m']!r}")  # fmt: skip
    source = ": ".join(text for text in (values.get("source_repo", ""), values.get("original_file", "")) if text)
    return _Found(
        path=root / relative,
        relative=relative,
        category=values.get("class") or None,
        licence=values.get("licence") or values.get("license", ""),
        author=values.get("author", ""),
        source=source,
        size_m=size,
        note=values.get("note", ""),
    )


def _entries(found: Sequence[_Found], pack: str, root: Path, notes: list[str]) -> list[CatalogueEntry]:
    files: list[tuple[_Found, AssetKind]] = []
    families: dict[tuple[str, str, str], _Family] = {}
    for item in found:
        suffix = item.path.suffix.lower()
        texture = parse_texture_name(item.stem)
        if suffix in MODEL_SUFFIXES:
            files.append((item, "model"))
        elif suffix == ".hdr" or (suffix == ".exr" and texture.role is None):
            files.append((item, "environment"))
        elif suffix not in IMAGE_SUFFIXES | ENVIRONMENT_SUFFIXES:
            notes.append(f"{item.relative}: {suffix or 'no suffix'} is no kind of asset")
        elif _is_photo(item):
            files.append((item, "photo"))
        elif texture.role is None:
            files.append((item, "material"))
        else:
            folder = "/".join(item.folders)
            _add_map(families.setdefault((folder, texture.base, texture.resolution), _Family()), item, texture.role)
    names = _unique_names([item for item, _ in files])
    entries = [_file_entry(item, kind, name, pack, root) for (item, kind), name in zip(files, names, strict=True)]
    entries += _family_entries(families, pack, root, notes)
    return entries


def _is_photo(item: _Found) -> bool:
    words = {word.lower() for word in (*item.folders, item.category or "")}
    return bool(words & {"photo", "photos", "background", "backgrounds", "image", "images"})


def _add_map(family: _Family, item: _Found, role: str) -> None:
    if role in LEFT_OUT_ROLES:
        family.left_out.append(f"the {role} map {item.path.name} is not used")
    elif role in family.maps:
        family.left_out.append(f"{item.path.name} is not used: {family.maps[role].path.name} is the {role} map")
    else:
        family.maps[role] = item


def _unique_names(items: Sequence[_Found]) -> list[str]:
    """Return each file's path without suffix, or with it where two files differ by the suffix alone."""
    bare = [item.relative[: -len(item.path.suffix)] for item in items]
    counts: dict[str, int] = {}
    for name in bare:
        counts[name] = counts.get(name, 0) + 1
    return [name if counts[name] == 1 else item.relative for name, item in zip(bare, items, strict=True)]


def _file_entry(item: _Found, kind: AssetKind, name: str, pack: str, root: Path) -> CatalogueEntry:
    category = item.category or category_from_folders(item.folders, item.stem)
    tags = _tags(item, item.stem)
    options = ModelOptions()
    attributes = attributes_from_name(item.stem)
    if kind == "model":
        options = ModelOptions(size_m=item.size_m, attributes=attributes, states=states_from_note(item.note))
    return CatalogueEntry(
        pack=pack,
        name=name,
        kind=kind,
        category=category,
        tags=tags,
        size_m=item.size_m if kind == "model" else None,
        licence=item.licence,
        author=item.author,
        source=item.source,
        path=item.path,
        root=root,
        maps={"base_colour": item.path} if kind == "material" else {},
        attributes=attributes,
        description=item.note,
        tile_m=tile_from_tags(tags) if kind == "material" else None,
        options=options,
    )


def _tags(item: _Found, stem: str) -> tuple[str, ...]:
    folders = " ".join(item.folders)
    return tags_from_words((item.category or "").replace("texture_", "").replace("hdri_", ""), folders, stem)


def _family_entries(
    families: dict[tuple[str, str, str], _Family], pack: str, root: Path, notes: list[str]
) -> Iterable[CatalogueEntry]:
    bases: dict[tuple[str, str], int] = {}
    for folder, base, _ in families:
        bases[folder, base] = bases.get((folder, base), 0) + 1
    for (folder, base, resolution), family in families.items():
        shown = base or (folder.rpartition("/")[2] or pack)
        name = "/".join(part for part in (folder, shown) if part)
        if bases[folder, base] > 1 and resolution:
            name = f"{name}_{resolution}"
        if "base_colour" not in family.maps:
            listed = ", ".join(sorted(item.path.name for item in family.maps.values())) or "no usable map"
            notes.append(f"{name}: a texture set must have a base colour map, got {listed}")
            continue
        first = family.maps["base_colour"]
        tags = _tags(first, shown)
        yield CatalogueEntry(
            pack=pack,
            name=name,
            kind="material",
            category=first.category or category_from_folders(first.folders, shown),
            tags=tags,
            licence=first.licence,
            author=first.author,
            source=first.source,
            path=first.path,
            root=root,
            maps={role: item.path for role, item in sorted(family.maps.items())},
            attributes=attributes_from_name(shown),
            description=first.note,
            tile_m=tile_from_tags(tags),
            notes=tuple(family.left_out),
        )
