"""Writing a data set: a new folder, then frame after frame, each whole or not there."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from synthvision.core.errors import DatasetError, DiskFullError, FrameError
from synthvision.core.frames import CapturedFrame
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import TEMPORARY_SUFFIX, write_bytes
from synthvision.dataset.images import encode_layer, semantic_image
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout, frame_stem
from synthvision.dataset.manifest import Layer, LayerName, Manifest
from synthvision.dataset.records import write_part

__all__ = ["EncodedFrame", "FrameEncoder", "FrameWriter", "new_folder"]

# Room kept for what is written after the last frame: contact sheet, failures, a margin.
_RESERVE_BYTES = 4 << 20


def new_folder(root: Path, *, joining: bool = False) -> DatasetLayout:
    """Make the folder of a new data set.

    Args:
        root: The folder.
        joining: A data set that was begun may be there, or another run may be beginning one: its lock, and a manifest
            that is still being written, do not count.

    Raises:
        DatasetError: The folder holds something, is a file, or cannot be made.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        present = sorted(path.name for path in root.iterdir())
    except (FileExistsError, NotADirectoryError) as error:
        raise DatasetError(f"the output folder must be a folder, but {root} is a file; choose another") from error
    except OSError as error:
        raise DatasetError(f"the output folder {root} must be writable: {error.strerror or error}") from error
    layout = DatasetLayout(root)
    if joining:
        # Listed before the manifest is looked for: whoever writes anything else has written it first.
        present = [name for name in present if name != layout.lock.name and not name.endswith(TEMPORARY_SUFFIX)]
        if layout.manifest.is_file():
            return layout
    if present:
        more = f" and {len(present) - 1} more" if len(present) > 1 else ""
        raise DatasetError(
            f"the output folder must be new or empty, but {root} holds {present[0]!r}{more}; choose another"
        )
    return layout


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """Every byte that is written of one frame; where a frame is made and where it is written may be two machines.

    Args:
        frame: Frame index k.
        images: Whole files by path, relative to the data set's folder with forward slashes.
        record: The frame's record as one line, with its end.
    """

    frame: int
    images: Mapping[str, bytes | memoryview]
    record: bytes


class FrameEncoder:
    """Turns frames into the bytes of their files, and writes nothing.

    Args:
        layers: Which images there are, and in which form.
        class_names: Classes in the job's order.
    """

    def __init__(self, layers: Mapping[LayerName, Layer], class_names: Sequence[str]) -> None:
        self._layers = layers
        self._classes = {name: number for number, name in enumerate(class_names, start=1)}

    def encode(
        self,
        record: Mapping[str, Any],
        captured: CapturedFrame,
        *,
        encoded: Mapping[LayerName, bytes] = MappingProxyType({}),
    ) -> EncodedFrame:
        """Return the files of one frame.

        Args:
            record: `AnnotatedFrame.to_record()`; ``files`` is added here.
            captured: The picture and the label images.
            encoded: Whole files of images that are kept as they are, instead of those of `captured`.

        Raises:
            FrameError: An image is to be written that was not made.
        """
        frame = int(record["frame"])
        images: dict[str, bytes | memoryview] = {}
        files: dict[str, Any] = {}
        try:
            for name, layer in self._layers.items():
                data = encoded.get(name) or encode_layer(name, layer, self._pixels(name, record, captured))
                path = f"{layer.folder}/{frame_stem(frame)}.{layer.suffix}"
                images[path] = data
                files[name] = {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        except DatasetError as error:
            raise FrameError(f"frame {frame} could not be written: {error}") from error
        return EncodedFrame(frame, images, (canonical_json({**record, "files": files}) + "\n").encode())

    def _pixels(self, name: LayerName, record: Mapping[str, Any], captured: CapturedFrame) -> NDArray[Any]:
        labels = captured.labels
        if name == "image":
            return captured.rgb_hwc
        if name == "depth":
            return labels.depth_m_hw
        if name == "ids":
            return labels.id_hw
        if name == "normals":
            if labels.normal_hwc is None:
                raise DatasetError("normals are to be written, but the renderer was not asked for them")
            return labels.normal_hwc
        if name in ("flow_forward", "flow_backward"):
            flow: NDArray[Any] | None = getattr(captured, f"{name}_hwc")
            if flow is None:
                raise DatasetError(f"{name} is to be written, but was not worked out")
            return flow
        # Every target has its class here, also one that the policy ignores or drops: this image says what is seen.
        classes = {
            label["instance_id"]: self._classes[label["category"]]
            for label in record["instances"]
            if label["category"] in self._classes and label["role"] in ("thing", "stuff")
        }
        return semantic_image(labels.id_hw, classes)


class FrameWriter:
    """Writes the files of frames; many processes may write different frames of one data set at once.

    Args:
        layout: The data set.
        manifest: Says which images are written, and in which form.
        durable: Wait for the disk after each file.
    """

    def __init__(self, layout: DatasetLayout, manifest: Manifest, *, durable: bool = False) -> None:
        self._layout = layout
        self._encoder = FrameEncoder(manifest.layers, manifest.class_names)
        self._durable = durable

    def write(
        self,
        record: Mapping[str, Any],
        captured: CapturedFrame,
        *,
        encoded: Mapping[LayerName, bytes] = MappingProxyType({}),
    ) -> None:
        """Write the images of one frame, then its record: only then is the frame done. See `FrameEncoder.encode`.

        Raises:
            FrameError: The disk is full or cannot be written. Nothing of the frame is left.
        """
        self.write_encoded(self._encoder.encode(record, captured, encoded=encoded))

    def write_encoded(self, frame: EncodedFrame) -> None:
        """Write a frame whose files were made elsewhere; see `write`.

        Raises:
            FrameError: The disk is full or cannot be written. Nothing of the frame is left.
        """
        written: list[Path] = []
        try:
            self._check_room(frame)
            for name, data in frame.images.items():
                path = self._layout.root / name
                written.append(path)
                write_bytes(path, data, durable=self._durable)
            written.append(self._layout.part(frame.frame))
            write_part(self._layout, frame.frame, frame.record, durable=self._durable)
        except DatasetError as error:
            for path in written:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise FrameError(f"frame {frame.frame} could not be written: {error}") from error

    def _check_room(self, encoded: EncodedFrame) -> None:
        # A disk filled to the last byte with pictures has no room for the merged records and the COCO file that make
        # the pictures useful: stop before. A shard is copied once while it is merged, COCO repeats most of a record.
        try:
            free = shutil.disk_usage(self._layout.root).free
        except OSError as error:
            raise DatasetError(f"{self._layout.root} must be there: {error.strerror or error}") from error
        if free > (1 << 30):
            return
        frame, record_bytes = encoded.frame, len(encoded.record)
        after = record_bytes * (min(frame + 1, FRAMES_PER_SHARD) + frame + 1) + _RESERVE_BYTES
        needed = sum(len(data) for data in encoded.images.values()) + record_bytes + after
        if free < needed:
            raise DiskFullError(
                f"the disk is full: {free >> 20} MiB are free below {self._layout.root}, and {needed >> 20} MiB are "
                f"needed for this frame and for the annotations at the end; free some space, or write to another disk"
            )
