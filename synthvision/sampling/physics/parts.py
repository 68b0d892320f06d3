"""Convex parts of models, kept in memory and in the user's cache folder.

Cutting a model into parts takes up to seconds and depends on its geometry alone. Files are named by the hash of that
geometry, so a model that changes gets new ones; what is read from a file is what would be computed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Literal

import numpy as np

from synthvision.sampling.physics.hulls import Hull
from synthvision.sampling.physics.shells import shell_parts
from synthvision.sampling.physics.solids import solid_parts
from synthvision.sampling.shapes import Shape

__all__ = ["Kind", "PartsCache", "cache_folder"]

# Part of every file's name: raised when the cutting changes.
_VERSION = 5
_KEPT = 512
_FILES_KEPT = 4_000
Kind = Literal["solid", "shell"]


def cache_folder() -> Path | None:
    """Return the user's cache folder for convex parts, or None where there is none.

    ``SYNTHVISION_CACHE`` names another folder; empty means that nothing is kept on disk.
    """
    named = os.environ.get("SYNTHVISION_CACHE")
    if named is not None:
        return Path(named) / "convex" if named else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "synthvision" / "convex"
    except RuntimeError:
        return None


class PartsCache:
    """Convex parts by geometry, the least recently used dropped first.

    Args:
        folder: Where files are kept; None for memory alone.
        kept: Most models in memory.
        files_kept: Most files in the folder; the oldest are dropped.
    """

    def __init__(self, folder: Path | None, *, kept: int = _KEPT, files_kept: int = _FILES_KEPT) -> None:
        self._folder = folder
        self._most = kept
        self._files_most = files_kept
        self._kept: OrderedDict[tuple[str, Kind], tuple[Hull, ...]] = OrderedDict()
        #: How many models were cut by this process.
        self.computed = 0

    def parts(self, shape: Shape, kind: Kind) -> tuple[Hull, ...]:
        """Return the convex parts of a model in its own frame.

        Args:
            shape: The model.
            kind: solid for what is dropped; shell for the inner surfaces of what stands.
        """
        key = shape.key, kind
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        found = self._from_disk_or_computed(shape, kind)
        self._kept[key] = found
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found

    def _from_disk_or_computed(self, shape: Shape, kind: Kind) -> tuple[Hull, ...]:
        path = None if self._folder is None else self._folder / f"{_geometry_hash(shape, kind)}.npz"
        found = _load(path)
        if found is None:
            self.computed += 1
            cut = solid_parts if kind == "solid" else shell_parts
            found = cut(shape.points_n3, shape.faces_m3)
            if path is not None:
                _save(path, found, self._files_most)
        return found


def _geometry_hash(shape: Shape, kind: Kind) -> str:
    digest = hashlib.sha256(f"{kind} {_VERSION} {np.__version__}".encode())
    digest.update(np.ascontiguousarray(shape.points_n3).tobytes())
    digest.update(np.ascontiguousarray(shape.faces_m3).tobytes())
    return f"{kind}-{digest.hexdigest()[:40]}"


def _load(path: Path | None) -> tuple[Hull, ...] | None:
    if path is None:
        return None
    try:
        with np.load(path, allow_pickle=False) as data:
            points, corners = data["points"], data["corner_counts"]
            triangles, faces = data["triangles"], data["triangle_counts"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        # Missing, or left behind broken by a full disk: it is made anew.
        return None
    point_ends, face_ends = np.cumsum(corners), np.cumsum(faces)
    return tuple(
        Hull(points[end - count : end], triangles[face_end - faces_of : face_end])
        for end, count, face_end, faces_of in zip(point_ends, corners, face_ends, faces, strict=True)
    )


def _save(path: Path, parts: tuple[Hull, ...], most: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as stream:
                np.savez(
                    stream,
                    points=np.concatenate([part.points_n3 for part in parts]),
                    corner_counts=np.array([len(part.points_n3) for part in parts]),
                    triangles=np.concatenate([part.triangles_m3 for part in parts]),
                    triangle_counts=np.array([len(part.triangles_m3) for part in parts]),
                )
            os.replace(temporary, path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        files = sorted(path.parent.glob("*.npz"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        for file in files[: max(len(files) - most, 0)]:
            file.unlink(missing_ok=True)
    except OSError:
        # A cache that cannot be written only costs time.
        return
