"""Which further files a glTF or OBJ file names, found without loading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from synthvision.core.errors import AssetError
from synthvision.library.resources import resource_path

__all__ = ["linked_files"]

_MAP_KEYS = ("map_", "bump", "norm", "disp", "refl", "decal")


def linked_files(path: Path, root: Path | None = None) -> tuple[Path, ...]:
    """Return the existing files that a glTF or OBJ file names, sorted; links that lead out of the pack are left out.

    Args:
        path: A ``.gltf``, ``.glb`` or ``.obj`` file. What cannot be read has no links: loading says what is wrong.
        root: Folder that links may not leave; None for the file's own.
    """
    root = root or path.parent
    try:
        if path.suffix.lower() == ".gltf":
            return _existing(_gltf_uris(json.loads(path.read_bytes())), path, root)
        if path.suffix.lower() == ".obj":
            libraries = _existing(_values(path, ("mtllib",)), path, root)
            pictures: set[Path] = set()
            for library in libraries:
                # The picture's name stands last; options before it take numbers.
                names = [value.split()[-1] for value in _values(library, _MAP_KEYS)]
                pictures.update(_existing(names, library, root))
            return tuple(sorted({*libraries, *pictures}))
    except (OSError, ValueError, RecursionError):
        return ()
    return ()


def _existing(uris: list[str], owner: Path, root: Path) -> tuple[Path, ...]:
    found: set[Path] = set()
    for uri in uris:
        try:
            candidate = resource_path(uri, owner.parent, root, str(owner))
        except AssetError:
            continue
        if candidate.is_file():
            found.add(candidate)
    return tuple(sorted(found))


def _values(path: Path, keys: tuple[str, ...]) -> list[str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.split(None, 1) for line in lines if line.lstrip().lower().startswith(keys))
    return [pair[1].strip() for pair in pairs if len(pair) == 2]


def _gltf_uris(content: Any) -> list[str]:
    items = [*content.get("buffers", []), *content.get("images", [])] if isinstance(content, dict) else []
    uris = [item.get("uri") for item in items if isinstance(item, dict)]
    return [unquote(uri) for uri in uris if isinstance(uri, str) and not uri.startswith("data:")]
