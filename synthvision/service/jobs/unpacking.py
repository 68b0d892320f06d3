"""Unpacks an uploaded ZIP file into a folder, counting what really comes out and believing nothing that it says.

What a ZIP file can do to its reader: names that lead out of the folder, links, files that unpack to a thousand times
their size, entries that share their bytes, a million empty entries. Each is refused by what is counted here; the
process that runs this has bounded time and memory besides.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from synthvision.core.errors import AssetError
from synthvision.library.environments import ENVIRONMENT_SUFFIXES
from synthvision.library.images import IMAGE_SUFFIXES
from synthvision.library.loading import MODEL_SUFFIXES

__all__ = ["PACK_SUFFIXES", "safe_name", "unpack"]

#: What a pack is made of: assets, what they refer to, and what describes them.
PACK_SUFFIXES = frozenset(
    {*MODEL_SUFFIXES, *ENVIRONMENT_SUFFIXES, *IMAGE_SUFFIXES, ".mtl", ".bin", ".csv", ".yaml", ".json", ".txt", ".md"}
)

_MAX_DEPTH = 8
_MAX_NAME = 100
_BLOCK = 1 << 16
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What archivers of desktops add unasked.
_RUBBISH = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def safe_name(name: str) -> PurePosixPath | None:
    """Return the path of an entry below its folder, or None where it is to be left out.

    Raises:
        AssetError: It leads elsewhere, or is no plain name on some system.
    """
    path = PurePosixPath(name)
    if any(part in _RUBBISH for part in path.parts):
        return None
    bad = (
        not path.parts
        or path.is_absolute()
        or len(path.parts) > _MAX_DEPTH
        or any(part.startswith((".", "-")) or len(part.encode()) > _MAX_NAME for part in path.parts)
        or any(character in '\\:*?"<>|' or not character.isprintable() for character in name)
    )
    if bad:
        raise AssetError(
            f"the names in a ZIP file must be relative, plain and at most {_MAX_DEPTH} folders deep, "
            f"got {name[:_MAX_NAME]!r}"
        )
    return path


def unpack(archive: Path, folder: Path, *, max_bytes: int, max_files: int) -> int:
    """Unpack a ZIP file and return how many files came out.

    Args:
        archive: The ZIP file.
        folder: An empty folder.
        max_bytes: Most bytes of all files together.
        max_files: Most entries.

    Raises:
        AssetError: It is broken, or holds something that an asset pack has not.
    """
    try:
        with zipfile.ZipFile(archive) as bundle:
            entries = bundle.infolist()
            if len(entries) > max_files:
                raise AssetError(f"a ZIP file must hold at most {max_files} files, got {len(entries)}")
            declared = sum(entry.file_size for entry in entries)
            if declared > max_bytes:
                raise AssetError(f"a ZIP file must unpack to at most {max_bytes} bytes, got {declared}")
            seen: set[str] = set()
            left = max_bytes
            for entry in entries:
                path = _checked(entry, seen)
                if path is not None:
                    left -= _copy(bundle, entry, folder / path, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise AssetError(f"the ZIP file must be whole and readable: {error}") from error
    except (OSError, ValueError) as error:
        # OSError: offsets before the file's start; ValueError: dates and sizes that cannot be.
        raise AssetError(f"the ZIP file must be whole and readable: {error}") from error
    return len(seen)


def _checked(entry: zipfile.ZipInfo, seen: set[str]) -> PurePosixPath | None:
    path = safe_name(entry.filename.rstrip("/") if entry.is_dir() else entry.filename)
    if path is None or entry.is_dir():
        return None
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise AssetError(f"a ZIP file must hold plain files and no links or devices, got {entry.filename!r}")
    if entry.flag_bits & 0x1:
        raise AssetError(f"a ZIP file must not be encrypted, got {entry.filename!r}")
    if entry.compress_type not in _PLAIN:
        raise AssetError(
            f"a ZIP file must be stored or deflated, got method {entry.compress_type} for {entry.filename!r}"
        )
    if path.suffix.lower() not in PACK_SUFFIXES:
        allowed = ", ".join(sorted(PACK_SUFFIXES))
        raise AssetError(f"a pack must hold assets only ({allowed}), got {entry.filename!r}")
    # Two names that differ in case alone are one file on some systems.
    folded = path.as_posix().casefold()
    if folded in seen:
        raise AssetError(f"a ZIP file must hold each name once, got {entry.filename!r} again")
    seen.add(folded)
    return path


def _copy(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, left: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with bundle.open(entry) as source, path.open("xb") as target:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > left:
                raise AssetError(f"a ZIP file must not unpack to more than it says, as {entry.filename!r} does")
            target.write(block)
    return written
