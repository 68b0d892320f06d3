"""Where each file of a data set lies: 8 digits a frame, a folder per 10,000 frames, a record shard per 1,000."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthvision.core.errors import UsageError

__all__ = ["FRAMES_PER_FOLDER", "FRAMES_PER_SHARD", "DatasetLayout", "frame_stem"]

FRAMES_PER_FOLDER = 10_000
FRAMES_PER_SHARD = 1_000
_MAX_FRAME = 99_999_999
_PART_NAME = re.compile(r"(\d{8})\.json")
_SHARD_NAME = re.compile(r"(\d{5})\.jsonl")


def frame_stem(frame: int) -> str:
    """Return folder and name of a frame's files, without suffix.

    Raises:
        UsageError: `frame` does not fit 8 digits.

    Example:
        >>> frame_stem(20017)
        '0002/00020017'
    """
    if not 0 <= frame <= _MAX_FRAME:
        raise UsageError(f"a frame index must be 0 to {_MAX_FRAME}, got {frame}")
    return f"{frame // FRAMES_PER_FOLDER:04d}/{frame:08d}"


@dataclass(frozen=True, slots=True)
class DatasetLayout:
    """The paths of one data set.

    Args:
        root: Its folder.
    """

    root: Path

    @property
    def manifest(self) -> Path:
        """What the data set is, written before the first frame."""
        return self.root / "manifest.json"

    @property
    def coco(self) -> Path:
        """The COCO file."""
        return self.root / "annotations" / "instances.json"

    @property
    def failures(self) -> Path:
        """One line for each frame that could not be made."""
        return self.root / "failures.jsonl"

    @property
    def preview(self) -> Path:
        """The contact sheet."""
        return self.root / "preview.png"

    @property
    def records(self) -> Path:
        """Folder of the records."""
        return self.root / "records"

    @property
    def parts(self) -> Path:
        """Folder of the records that are not yet merged into shards."""
        return self.records / ".parts"

    def layer(self, folder: str, frame: int, suffix: str) -> Path:
        """Return the path of one image of a frame, e.g. ``depth/0000/00000017.tiff``.

        Args:
            folder: ``images``, ``depth``, ``ids``, ``normals`` or ``semantic``.
            frame: Frame index.
            suffix: ``png``, ``jpg`` or ``tiff``.
        """
        return self.root / folder / f"{frame_stem(frame)}.{suffix}"

    def part(self, frame: int) -> Path:
        """Return the path of the record of one frame before it is merged."""
        return self.parts / f"{frame:08d}.json"

    def shard(self, number: int) -> Path:
        """Return the path of the records of frames 1000 * number to 1000 * number + 999."""
        return self.records / f"{number:05d}.jsonl"

    def checksum(self, number: int) -> Path:
        """Return the path of the checksum of a shard, in the form of ``sha256sum``."""
        return self.records / f"{number:05d}.sha256"

    @property
    def mixed(self) -> Path:
        """Which frames another fingerprint than the manifest's made; missing where there are none."""
        return self.root / "mixed.jsonl"

    @property
    def lock(self) -> Path:
        """Held by whoever writes; gone when all is written."""
        return self.root / ".lock"

    def part_frames(self) -> list[int]:
        """Return the frames whose records are not yet merged, ascending."""
        return sorted(_numbers(self.parts, _PART_NAME))

    def shard_numbers(self) -> list[int]:
        """Return the numbers of the shards on disk, ascending."""
        return sorted(_numbers(self.records, _SHARD_NAME))


def _numbers(folder: Path, pattern: re.Pattern[str]) -> Iterator[int]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        match = pattern.fullmatch(path.name)
        if match:
            yield int(match[1])
