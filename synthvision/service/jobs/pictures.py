"""The newest pictures of a job that runs, small."""

from __future__ import annotations

import io
import os
import re
from functools import lru_cache
from pathlib import Path

from synthvision.core.errors import UsageError
from synthvision.dataset.layout import DatasetLayout, frame_stem
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.folders import open_regular

__all__ = ["MAX_WIDTH", "newest_frames", "thumbnail"]

MAX_WIDTH = 960

_FOLDER = re.compile(r"\d{4}\Z")
_PICTURE = re.compile(r"(\d{8})\.(?:png|jpg)\Z")
_QUALITY = 82


def newest_frames(data: Path, count: int) -> list[int]:
    """Return the indices of the last pictures of a data set, the last one first.

    Args:
        data: Its folder; nothing need be there.
        count: How many.
    """
    found: list[int] = []
    images = DatasetLayout(data).root / "images"
    folders = sorted(_names(images, _FOLDER), reverse=True)
    for name in folders:
        frames = (int(match[1]) for file in _names(images / name, _PICTURE) if (match := _PICTURE.match(file)))
        found += sorted(frames, reverse=True)[: count - len(found)]
        if len(found) >= count:
            break
    return found


def thumbnail(data: Path, frame: int, width: int) -> bytes:
    """Return a picture as JPEG, at most so wide.

    Args:
        data: Folder of the data set.
        frame: Frame index.
        width: Pixels.

    Raises:
        RequestError: There is no such picture (404).
    """
    for suffix in ("png", "jpg"):
        path = data / "images" / f"{frame_stem(frame)}.{suffix}"
        if not path.parent.is_symlink() and path.is_file() and not path.is_symlink():
            # A name says nothing about its bytes: a job that was removed may have had the same.
            return _small(str(path), path.stat().st_mtime_ns, width)
    raise RequestError(404, f"there is no picture {frame} in this job (yet)")


@lru_cache(maxsize=256)
def _small(path: str, _changed_ns: int, width: int) -> bytes:
    from PIL import Image

    try:
        with os.fdopen(open_regular(Path(path)), "rb") as stream, Image.open(stream) as picture:
            rgb = picture.convert("RGB")
    except (OSError, UsageError) as error:
        raise RequestError(404, f"the picture cannot be read: {error}") from error
    rgb.thumbnail((width, 4 * width), Image.Resampling.BOX, reducing_gap=2.0)
    target = io.BytesIO()
    rgb.save(target, "JPEG", quality=_QUALITY)
    return target.getvalue()


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder) if pattern.match(entry.name) and not entry.is_symlink()]
    except OSError:
        return []
