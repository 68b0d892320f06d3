"""The folder outside of any data set where indexes and thumbnails are kept, and its limit."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

__all__ = ["cache_limit_bytes", "cache_root", "dataset_cache", "drop_oldest"]

_DEFAULT_LIMIT_MIB = 4096


def cache_root() -> Path | None:
    """Return the user's cache folder for looking at data sets; None where nothing is to be kept on disk.

    ``$XDG_CACHE_HOME/synthvision/browse``, else ``~/.cache/synthvision/browse``. ``SYNTHVISION_CACHE`` names another
    folder; empty means that nothing is kept.
    """
    named = os.environ.get("SYNTHVISION_CACHE")
    if named is not None:
        return Path(named) / "browse" if named else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "synthvision" / "browse"
    except RuntimeError:
        return None  # a user without a home


def cache_limit_bytes() -> int:
    """Return how much all data sets together may keep: ``SYNTHVISION_CACHE_MIB``, or 4 GiB."""
    text = os.environ.get("SYNTHVISION_CACHE_MIB", "")
    return (int(text) if text.isdecimal() else _DEFAULT_LIMIT_MIB) << 20


def dataset_cache(root: Path, folder: Path) -> Path:
    """Return the folder that keeps what belongs to one data set; made if it is missing, and marked as used now.

    Args:
        root: As `cache_root` gives it.
        folder: The data set; two paths to one folder are one data set.

    Raises:
        OSError: It cannot be made.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]
    kept = root / name
    kept.mkdir(parents=True, exist_ok=True)
    os.utime(kept)
    return kept


def drop_oldest(root: Path, keep: Path, limit_bytes: int) -> None:
    """Remove what data sets keep that were not looked at for longest, until the rest is within the limit.

    Args:
        root: As `cache_root` gives it.
        keep: Folder that stays.
        limit_bytes: What may be left.
    """
    folders = []
    for path in root.iterdir():
        with suppress(OSError):
            if path.is_dir():
                folders.append((path.stat().st_mtime_ns, path, _size(path)))
    total = sum(size for _, _, size in folders)
    for _, path, size in sorted(folders):
        if total <= limit_bytes:
            return
        if path != keep:
            shutil.rmtree(path, ignore_errors=True)
            total -= size


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total
