"""Records: what is known about each frame, one JSON object a frame, in parts while a job runs and in shards after.

A frame's record is written last, as ``records/.parts/00000017.json``; a frame is done if and only if its part or its
line in a shard exists. Parts become shards ``records/00000.jsonl`` of 1,000 frames, in frame order.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from synthvision.core.errors import DatasetError
from synthvision.core.labels import InstanceLabel, Keypoint, OrientedBox, Pose, Rle
from synthvision.dataset.atomic import atomic_file, write_bytes
from synthvision.dataset.augmentation import FrameAugmentation
from synthvision.dataset.checksums import write_checksum
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import FrameRealism, InstanceRealism
from synthvision.scene import Scene, scene_from_json
from synthvision.scene.levels import weather_levels

__all__ = [
    "FileEntry",
    "FrameRecord",
    "RecordCamera",
    "frame_of_line",
    "iterate_lines",
    "merge_records",
    "parse_record",
    "parts_by_shard",
    "read_line",
    "write_part",
]

Row3 = tuple[float, float, float]
Row4 = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a frame.

    Args:
        path: Relative to the data set's folder, with forward slashes.
        bytes: Its length.
        sha256: Hash of its bytes.
    """

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordCamera:
    """The camera of a frame as matrices; OpenCV axes.

    Args:
        k_33: Rows of the intrinsic matrix.
        camera_from_world: Rows of the 4x4 extrinsic matrix.
    """

    k_33: tuple[Row3, Row3, Row3]
    camera_from_world: tuple[Row4, Row4, Row4, Row4]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRecord:
    """One frame: enough to render it again without sampling, and to write any label format.

    Args:
        frame: Frame index k.
        size_wh: Picture size in pixels.
        camera: Intrinsic and extrinsic matrix; None where the picture was warped after it was made.
        exposure_ev100: The exposure value at ISO 100 that was used.
        noise: Standard deviation of the picture's noise in 8-bit levels.
        instances: Every object of the scene, by ascending instance id.
        scene: The scene as JSON values; `load_scene` gives the object.
        files: The frame's images by kind.
        weather: Levels of the weather, as `weather_levels` gives them; None in records of before they were kept.
        augmentation: How the frame came from one of another data set; None for a frame as it was rendered.
        factor_levels: Level of each sampled factor of the scene file; those of measured ones are on the instances.
        realism: What realism did to the picture; None for one as it was rendered.
    """

    frame: int
    size_wh: tuple[int, int]
    camera: RecordCamera | None
    exposure_ev100: float
    noise: float
    instances: tuple[InstanceLabel, ...]
    scene: dict[str, Any]
    files: Mapping[LayerName, FileEntry]
    weather: dict[str, str | float] | None = None
    augmentation: FrameAugmentation | None = None
    factor_levels: dict[str, str] = field(default_factory=dict)
    realism: FrameRealism | None = None

    @property
    def weight(self) -> float:
        """Importance weight of the picture: 1 unless the job boosts levels of factors."""
        return float(self.scene.get("weight", 1.0))

    def load_scene(self) -> Scene:
        """Return the scene.

        Raises:
            DatasetError: It was written by a version with another schema.
        """
        return scene_from_json(self.scene)

    def weather_levels(self) -> dict[str, str | float]:
        """Return the levels of the weather: those of the record, or worked out where it has none.

        Raises:
            DatasetError: The record has none, and a scene that this version does not read.
        """
        return self.weather if self.weather is not None else weather_levels(self.load_scene())


def parse_record(text: str | bytes) -> FrameRecord:
    """Return the record of one line or part.

    Raises:
        DatasetError: The text is no JSON, or a key is unknown, missing or of the wrong type.
    """
    try:
        return _record_adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"must be a whole frame record; {where or 'line'}: {first['msg']}") from error


def write_part(layout: DatasetLayout, frame: int, line: bytes, *, durable: bool = False) -> None:
    """Write the record of one frame: from now on the frame is done.

    Args:
        layout: The data set.
        frame: Frame index k.
        line: The record as canonical JSON, with its end of line.
        durable: Wait for the disk.

    Raises:
        DatasetError: The file cannot be written.
    """
    write_bytes(layout.part(frame), line, durable=durable)


def merge_records(layout: DatasetLayout, shards: Collection[int] | None = None) -> None:
    """Merge parts into shards, in frame order, and remove them. A shard that exists is read and written anew.

    A crash at any moment loses nothing: the shard replaces the old one in one step, and a part that is still there
    afterwards is the same record again. The shard's checksum is written after it: between the two a shard has none, or
    one that does not hold, and is looked through by `synthvision.dataset.recovery`.

    Args:
        layout: The data set.
        shards: Only these shard numbers; None for all that have parts.

    Raises:
        DatasetError: A shard cannot be written; all parts are still there and the data set is readable.
    """
    waiting = parts_by_shard(layout)
    for number in sorted(waiting if shards is None else set(shards) & waiting.keys()):
        digest = hashlib.sha256()
        with atomic_file(layout.shard(number)) as stream:
            for _, line in iterate_lines(layout, number, waiting[number]):
                stream.write(line)
                digest.update(line)
        write_checksum(layout, number, digest.hexdigest())
        for frame in waiting[number]:
            layout.part(frame).unlink()
    with suppress(OSError):
        layout.parts.rmdir()


def parts_by_shard(layout: DatasetLayout) -> dict[int, list[int]]:
    """Return the frames whose records are not yet merged, ascending, by the number of the shard that they go to."""
    found: dict[int, list[int]] = {}
    for frame in layout.part_frames():
        found.setdefault(frame // FRAMES_PER_SHARD, []).append(frame)
    return found


def iterate_lines(layout: DatasetLayout, shard: int, parts: Collection[int] = ()) -> Iterator[tuple[int, bytes]]:
    """Yield frame index and line of every record of one shard and of some parts, in frame order.

    A frame that has both is given once, from its part: a part is written after the shard's line.

    Args:
        layout: The data set.
        shard: Number of the shard, which need not exist.
        parts: Frames whose parts belong to the shard, ascending, as from `parts_by_shard`.

    Raises:
        DatasetError: A file cannot be read, or a line holds no frame index.
    """
    newest = -1
    for frame, _, line in heapq.merge(_part_lines(layout, parts), _shard_lines(layout, shard)):
        if frame != newest:
            yield frame, line
        newest = frame


def read_line(layout: DatasetLayout, frame: int) -> bytes | None:
    """Return the line of one frame, or None where there is none.

    Raises:
        DatasetError: The file cannot be read.
    """
    if layout.part(frame).is_file():
        return _read(layout, frame)
    for found, _, line in _shard_lines(layout, frame // FRAMES_PER_SHARD):
        if found == frame:
            return line
    return None


_FRAME = re.compile(rb'"frame":\s*(\d+)')


def frame_of_line(line: bytes) -> int | None:
    """Return the frame index that stands in a record's line, or None.

    Keys are sorted, so no other key of that name comes before it, and a shard need not be parsed to be indexed.
    """
    match = _FRAME.search(line)
    return int(match[1]) if match else None


def _part_lines(layout: DatasetLayout, frames: Collection[int]) -> Iterator[tuple[int, int, bytes]]:
    for frame in frames:
        yield frame, 0, _read(layout, frame)


def _shard_lines(layout: DatasetLayout, shard: int) -> Iterator[tuple[int, int, bytes]]:
    path = layout.shard(shard)
    if not path.is_file():
        return
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                frame = frame_of_line(line)
                if frame is None or not line.endswith(b"}\n"):
                    raise DatasetError(f"{path}:{number}: must be the whole record of a frame")
                yield frame, 1, line
    except OSError as error:
        raise DatasetError(f"{path} must be readable: {error.strerror or error}") from error


def _read(layout: DatasetLayout, frame: int) -> bytes:
    try:
        return layout.part(frame).read_bytes()
    except OSError as error:
        raise DatasetError(f"{layout.part(frame)} must be readable: {error.strerror or error}") from error


_OWN = (FrameRecord, RecordCamera, FileEntry, FrameAugmentation, FrameRealism, InstanceRealism)
_adapter: TypeAdapter[FrameRecord] | None = None


def _record_adapter() -> TypeAdapter[FrameRecord]:
    # Built on first use: it takes longer than `synthvision --help` may.
    global _adapter
    if _adapter is None:
        for kind in (*_OWN, InstanceLabel, Pose, OrientedBox, Keypoint, Rle):
            kind.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[union-attr]
        _adapter = TypeAdapter(FrameRecord)
    return _adapter
