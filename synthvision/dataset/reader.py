"""Reading a data set: frames with their arrays and labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.core.labels import InstanceLabel, Status
from synthvision.dataset.failures import Failure, load_failures
from synthvision.dataset.images import read_layer
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import LayerName, Manifest, load_manifest
from synthvision.dataset.offsets import RecordOffsets
from synthvision.dataset.records import FrameRecord, iterate_lines, parse_record, parts_by_shard
from synthvision.scene import Scene

if TYPE_CHECKING:
    import pandas as pd

    from synthvision.dataset.samples import Samples

__all__ = ["Dataset", "DatasetFrame", "open_dataset"]


def open_dataset(folder: str | Path) -> Dataset:
    """Open a data set. One that is not finished, or whose job was stopped, can be read as far as it goes.

    Iterating over it gives its frames in order; ``frame.rgb()`` is a picture, ``frame.labels()`` what COCO has with
    ``iscrowd`` 0.

    Args:
        folder: Its folder.

    Raises:
        DatasetError: The folder is missing, is no data set, or was written in a form that this version does not read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DatasetError(f"a data set must be a folder, but there is none at {root}")
    layout = DatasetLayout(root)
    return Dataset(layout, load_manifest(layout))


@dataclass(frozen=True)
class DatasetFrame:
    """One frame of a data set. Images are read when they are asked for.

    Args:
        layout: The data set.
        manifest: Its manifest.
        record: What is known about the frame.
    """

    layout: DatasetLayout
    manifest: Manifest
    record: FrameRecord

    @property
    def index(self) -> int:
        """Frame index k."""
        return self.record.frame

    @property
    def scene(self) -> Scene:
        """What the frame shows.

        Raises:
            DatasetError: The record was written by a version with another schema.
        """
        return self.record.load_scene()

    def labels(self, *status: Status) -> tuple[InstanceLabel, ...]:
        """Return the instances that have one of the given statuses; without any: the labelled ones."""
        wanted = status or ("labelled",)
        return tuple(label for label in self.record.instances if label.status in wanted)

    def path(self, name: LayerName) -> Path:
        """Return the path of one of the frame's images.

        Raises:
            DatasetError: The data set has no such images.
        """
        layer = self.manifest.layers.get(name)
        if layer is None:
            there = ", ".join(sorted(self.manifest.layers))
            raise DatasetError(f"{self.layout.root} must have {name} images for this, but has only: {there}")
        return self.layout.layer(layer.folder, self.index, layer.suffix)

    def image(self, name: LayerName) -> NDArray[Any]:
        """Return one of the frame's images by its name in the manifest; `rgb`, `depth`, ... say what each holds.

        Raises:
            DatasetError: The data set has no such images, or the file is missing or broken.
        """
        return self._read(name)

    def rgb(self) -> NDArray[np.uint8]:
        """Return the picture, uint8 (height, width, 3).

        Raises:
            DatasetError: The file is missing or broken.
        """
        return self._read("image")

    def depth(self) -> NDArray[np.float32]:
        """Return metres along the camera's z axis, float32 (height, width), +inf where nothing is seen.

        Of a camera with a ``kannala_brandt`` lens it is metres along the ray (see `scene.rays.unproject_picture`).

        Raises:
            DatasetError: The data set has no depth, or the file is missing or broken.
        """
        return self._read("depth")

    def flow(self, direction: Literal["forward", "backward"] = "forward") -> NDArray[np.float32]:
        """Return how far the point seen in each pixel moves until the next or previous step of its scene.

        Args:
            direction: To the next step, or to the previous one.

        Returns:
            float32 (height, width, 2), pixels to the right and down; NaN where that is not known.

        Raises:
            DatasetError: The data set has no such flow, or the file is missing or broken.
        """
        return self._read("flow_forward" if direction == "forward" else "flow_backward")

    def ids(self) -> NDArray[np.uint16]:
        """Return instance ids, uint16 (height, width).

        Raises:
            DatasetError: The data set has no ids, or the file is missing or broken.
        """
        return self._read("ids")

    def normals(self) -> NDArray[np.float32]:
        """Return unit normals in camera axes, float32 (height, width, 3), 0 where nothing is seen.

        Raises:
            DatasetError: The data set has no normals, or the file is missing or broken.
        """
        return self._read("normals")

    def semantic(self) -> NDArray[np.uint16]:
        """Return class numbers from 1, uint16 (height, width), 0 for no class.

        Raises:
            DatasetError: The data set has no class images, or the file is missing or broken.
        """
        return self._read("semantic")

    def _read(self, name: LayerName) -> NDArray[Any]:
        path = self.path(name)
        return read_layer(name, self.manifest.layers[name], path)


class Dataset:
    """A data set on disk. Iterating gives its frames in order and holds one in memory at a time.

    Args:
        layout: Where its files lie.
        manifest: What it is.
    """

    def __init__(self, layout: DatasetLayout, manifest: Manifest) -> None:
        self.layout = layout
        self.manifest = manifest

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.layout.root

    @cached_property
    def indices(self) -> tuple[int, ...]:
        """Indices of the frames that are there, ascending.

        Raises:
            DatasetError: A record file is broken.
        """
        return tuple(frame for frame, _ in self.lines())

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Frames that could not be made."""
        return load_failures(self.layout)

    @property
    def missing(self) -> tuple[int, ...]:
        """Frames that the manifest names and that are not there, also those that failed."""
        there = set(self.indices)
        return tuple(frame for frame in self.manifest.frame_indices if frame not in there)

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[DatasetFrame]:
        for record in self.records():
            yield self.wrap(record)

    def records(self) -> Iterator[FrameRecord]:
        """Yield the records of all frames in order, one in memory at a time.

        Raises:
            DatasetError: A record is broken; the message names file and frame.
        """
        for frame, line in self.lines():
            yield self._parse(frame, line)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield frame index and the bytes of the record of all frames in order.

        Raises:
            DatasetError: A record file is broken.
        """
        parts = parts_by_shard(self.layout)
        for number in sorted(parts.keys() | set(self.layout.shard_numbers())):
            yield from iterate_lines(self.layout, number, parts.get(number, ()))

    def frame(self, index: int) -> DatasetFrame:
        """Return one frame. The first frame of a shard looks through the shard; the others are read where they lie.

        Raises:
            DatasetError: The frame is not in the data set; the message says why where that is known.
        """
        line = self._offsets.read_line(index)
        if line is None:
            for failure in self.failures:
                if failure.frame == index:
                    raise DatasetError(f"frame {index} is not in {self.root}: it failed: {failure.reason}")
            raise DatasetError(f"frame {index} is not in {self.root}, which holds {len(self)} frames")
        return self.wrap(self._parse(index, line))

    def wrap(self, record: FrameRecord) -> DatasetFrame:
        """Return the frame of a record of this data set."""
        return DatasetFrame(self.layout, self.manifest, record)

    def samples(
        self,
        transform: Callable[[dict[str, Any]], Any] | None = None,
        layers: Sequence[LayerName] = ("image",),
        *,
        masks: bool = False,
    ) -> Samples:
        """Return the frames as a map data set: a length, and sample i as a dict of arrays; torch is not imported.

        Args:
            transform: Called with each sample's dict; what it returns takes the dict's place.
            layers: Images to load, by their names in the manifest; empty for labels alone.
            masks: Also decode the visible masks.

        Returns:
            See `synthvision.dataset.samples.Samples` for what a sample holds.

        Raises:
            UsageError: A layer's name is unknown.
            DatasetError: The data set does not have one of the images, or a record file is broken.
        """
        from synthvision.dataset.samples import Samples

        return Samples(self, transform, layers, masks=masks)

    def table(self, *status: Status) -> pd.DataFrame:
        """Return the annotations as a pandas table, one row an instance.

        Args:
            status: Statuses to list; without any all instances of a class: labelled, ignored, dropped and hidden.

        Returns:
            See `synthvision.dataset.table` for the columns and the memory they take.

        Raises:
            MissingExtraError: pandas is not installed.
            DatasetError: A record is broken.
        """
        from synthvision.dataset.table import annotation_table

        return annotation_table(self, status)

    def images_table(self) -> pd.DataFrame:
        """Return the frames as a pandas table, one row a frame, with counts of instances by status.

        Raises:
            MissingExtraError: pandas is not installed.
            DatasetError: A record is broken.
        """
        from synthvision.dataset.table import image_table

        return image_table(self)

    @cached_property
    def _offsets(self) -> RecordOffsets:
        return RecordOffsets(self.layout)

    def _parse(self, frame: int, line: bytes) -> FrameRecord:
        try:
            return parse_record(line)
        except DatasetError as error:
            raise DatasetError(f"{self.layout.records}: frame {frame}: {error}") from error
