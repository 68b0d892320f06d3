"""Which further files a glTF or OBJ file names, found without loading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthvision.core.errors import AssetError
from synthvision.library.resources import resource_path

__all__ = ["linked_files"]


def linked_files(path: Path, root: Path | None = None) -> tuple[Path, ...]:
    """Return the existing files that a glTF or OBJ file names, sorted; links that lead out of the pack are left out.

    Args:
        path: A ``.gltf``, ``.glb`` or ``.obj`` file. What cannot be read has no links: loading says what is wrong.
        root: Folder that links may not leave; None for the file's own.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".obj":
            libraries = _named(path, ("mtllib",))
            folder = path.parent
            found = [folder / name for name in libraries]
            for library in _existing(libraries, path, root):
                # The picture's name is the last word; options stand before it.
                names = _named(library, ("map_", "bump", "norm", "disp", "refl"))
                found += [folder / name.split()[-1] for name in names if name.split()]
            uris = [str(item.relative_to(folder)) for item in found]
        elif suffix == ".gltf":
            uris = _gltf_uris(json.loads(path.read_bytes()))
        else:
            return ()
    except (OSError, ValueError):
        return ()
    return _existing(uris, path, root)


def _existing(uris: list[str], path: Path, root: Path | None) -> tuple[Path, ...]:
    found: set[Path] = set()
    for uri in uris:
        try:
            candidate = resource_path(uri, path.parent, root or path.parent, str(path))
        except AssetError:
            continue
        if candidate.is_file():
            found.add(candidate)
    return tuple(sorted(found))


def _named(path: Path, keys: tuple[str, ...]) -> list[str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.strip().partition(" ") for line in lines if line.lstrip().lower().startswith(keys))
    return [rest.strip() for _, _, rest in pairs if rest.strip()]


def _gltf_uris(content: Any) -> list[str]:
    items = [*content.get("buffers", []), *content.get("images", [])] if isinstance(content, dict) else []
    uris = [item.get("uri") for item in items if isinstance(item, dict)]
    return [uri for uri in uris if isinstance(uri, str) and not uri.startswith("data:")]
