"""Thumbnails: small JPEGs of pictures, made once and kept in the cache, the oldest dropped when there are too many."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError

__all__ = ["THUMBNAIL_WIDTH_PX", "ThumbnailStore", "make_thumbnail"]

#: Width of a thumbnail; pictures that are no larger are shown as they are.
THUMBNAIL_WIDTH_PX = 320
_QUALITY = 82
_DROP_SHARE = 0.25
# Raised when thumbnails come out in another way.
_VERSION = 1


def make_thumbnail(rgb_hwc: NDArray[np.uint8]) -> bytes:
    """Return a picture as a JPEG `THUMBNAIL_WIDTH_PX` wide, or as wide as it is where it is smaller.

    Args:
        rgb_hwc: uint8 (height, width, 3).

    Raises:
        DatasetError: It cannot be written as JPEG.
    """
    height, width = rgb_hwc.shape[:2]
    small = rgb_hwc
    if width > THUMBNAIL_WIDTH_PX:
        size = (THUMBNAIL_WIDTH_PX, max(1, round(height * THUMBNAIL_WIDTH_PX / width)))
        small = cv2.resize(rgb_hwc, size, interpolation=cv2.INTER_AREA)
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    if not ok:
        raise DatasetError(f"a picture of shape {rgb_hwc.shape} could not be written as JPEG")
    return bytes(data)


class ThumbnailStore:
    """Thumbnails of one data set in one SQLite file; safe to use from several threads.

    Where the file cannot be used (a full disk, a broken file that cannot be replaced), nothing is kept and everything
    still works.

    Args:
        folder: Folder of the file; None keeps nothing.
        limit_bytes: Size from which the oldest quarter is dropped.
    """

    def __init__(self, folder: Path | None, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._base = None if folder is None else _open(folder / "thumbnails.sqlite")
        self._bytes = self._used_bytes()

    def get(self, frame: int, stamp: str) -> bytes | None:
        """Return a frame's thumbnail, or None where it is not kept or was made of another file.

        Args:
            frame: Frame index.
            stamp: Tells one state of the picture's file from another.
        """
        if self._base is None:
            return None
        with self._lock, suppress(sqlite3.Error):
            row = self._base.execute("SELECT jpeg FROM thumbnail WHERE frame = ? AND stamp = ?", (frame, stamp))
            found = row.fetchone()
            return None if found is None else bytes(found[0])
        return None

    def put(self, frame: int, stamp: str, jpeg: bytes) -> None:
        """Keep a frame's thumbnail; an older one of the frame is replaced."""
        if self._base is None or len(jpeg) > self._limit:
            return
        with self._lock, suppress(sqlite3.Error):
            if self._bytes + len(jpeg) > self._limit:
                self._drop()
            self._base.execute("DELETE FROM thumbnail WHERE frame = ?", (frame,))
            self._base.execute("INSERT INTO thumbnail (frame, stamp, jpeg) VALUES (?, ?, ?)", (frame, stamp, jpeg))
            self._bytes += len(jpeg)

    def __len__(self) -> int:
        if self._base is None:
            return 0
        with self._lock:
            return int(self._base.execute("SELECT count(*) FROM thumbnail").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        if self._base is not None:
            with self._lock:
                self._base.close()
                self._base = None

    def _drop(self) -> None:
        """Remove the oldest quarter; SQLite uses its pages again."""
        if self._base is None:
            return
        count = int(self._base.execute("SELECT count(*) FROM thumbnail").fetchone()[0])
        self._base.execute(
            "DELETE FROM thumbnail WHERE id IN (SELECT id FROM thumbnail ORDER BY id LIMIT ?)",
            (max(1, int(count * _DROP_SHARE)),),
        )
        self._bytes = self._used_bytes()

    def _used_bytes(self) -> int:
        if self._base is None:
            return 0
        with suppress(sqlite3.Error):
            return int(self._base.execute("SELECT coalesce(sum(length(jpeg)), 0) FROM thumbnail").fetchone()[0])
        return 0


def _open(path: Path) -> sqlite3.Connection | None:
    # Two tries: a file that SQLite cannot read is thrown away, since it is only a cache.
    for _ in range(2):
        base = None
        with suppress(OSError, sqlite3.Error):
            path.parent.mkdir(parents=True, exist_ok=True)
            base = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = OFF")
            if int(base.execute("PRAGMA user_version").fetchone()[0]) != _VERSION:
                base.execute("DROP TABLE IF EXISTS thumbnail")
                base.execute(f"PRAGMA user_version = {_VERSION}")
            base.execute(
                "CREATE TABLE IF NOT EXISTS thumbnail "
                "(id INTEGER PRIMARY KEY AUTOINCREMENT, frame INTEGER NOT NULL, stamp TEXT NOT NULL, "
                "jpeg BLOB NOT NULL)"
            )
            base.execute("CREATE INDEX IF NOT EXISTS by_frame ON thumbnail (frame)")
            return base
        if base is not None:
            base.close()
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return None
