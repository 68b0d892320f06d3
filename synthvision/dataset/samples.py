"""A data set as a map: a length, and sample i as a dict of arrays, the form that PyTorch's DataLoader takes.

Nothing here imports torch. What is kept in memory is 16 bytes a frame, it is built once and goes to the workers of a
DataLoader with the object, also where they are spawned.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.core.labels import InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.offsets import IN_PART, read_record_at, scan_offsets
from synthvision.dataset.records import parse_record

if TYPE_CHECKING:
    from synthvision.dataset.reader import Dataset, DatasetFrame

__all__ = ["Samples"]

_LAYERS: tuple[LayerName, ...] = get_args(LayerName)


class Samples:
    """The frames of a data set as dicts of numpy arrays, in frame order, each read when it is asked for.

    Sample i holds

    * ``image``: uint8 (height, width, 3), sRGB, and the other images that were asked for under their names,
    * ``boxes``: float32 (n, 4), half-open pixel boxes x1, y1, x2, y2,
    * ``labels``: int64 (n,), class numbers in the manifest's order, counted from 1 (0 is left for the background),
    * ``iscrowd``: int64 (n,), 1 for what the label policy ignores,
    * ``area``: float32 (n,), visible pixels, and ``instance_ids``: int64 (n,), the value of each in the ids image,
    * ``masks``: bool (n, height, width), where asked for,
    * ``image_id``: the id of the picture in the COCO file, and ``frame``: the frame index.

    The n instances are those that are labelled or ignored; frames without any have arrays of length 0. The object can
    be pickled if `transform` can.

    Args:
        dataset: What to read.
        transform: Called with each sample's dict; what it returns takes the dict's place.
        layers: Images to load, by their names in the manifest; empty for labels alone.
        masks: Also decode the visible masks.

    Raises:
        UsageError: A layer's name is unknown.
        DatasetError: The data set does not have one of the images, or a record file is broken.

    Example::

        samples = synthvision.open_dataset("out/quickstart").samples()
        loader = torch.utils.data.DataLoader(samples, batch_size=4, collate_fn=list, num_workers=2)
    """

    def __init__(
        self,
        dataset: Dataset,
        transform: Callable[[dict[str, Any]], Any] | None = None,
        layers: Sequence[LayerName] = ("image",),
        *,
        masks: bool = False,
    ) -> None:
        for name in layers:
            _check_layer(name, dataset)
        # Without what the given one remembers: this copy goes to other processes.
        self._dataset = type(dataset)(dataset.layout, dataset.manifest)
        self._classes = {name: number for number, name in enumerate(dataset.manifest.class_names, start=1)}
        self._transform = transform
        self._layers = tuple(layers)
        self._masks = masks
        self._offsets = scan_offsets(dataset.layout)

    def __len__(self) -> int:
        return len(self._offsets.frames)

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"a sample's index must be below {len(self)}, got {index}")
        sample = self._sample(self.frame(index))
        return sample if self._transform is None else self._transform(sample)

    def frame(self, index: int) -> DatasetFrame:
        """Return the frame of a sample, with everything that is known of it.

        Raises:
            DatasetError: Its record is broken, or no longer there.
        """
        frame, offset = int(self._offsets.frames[index]), int(self._offsets.offsets[index])
        line = None if offset == IN_PART else read_record_at(self._dataset.layout, frame, offset)
        if line is None:
            # The record was in a part, or its shard was written anew since: look for it again.
            return self._dataset.frame(frame)
        try:
            return self._dataset.wrap(parse_record(line))
        except DatasetError as error:
            raise DatasetError(f"{self._dataset.layout.records}: frame {frame}: {error}") from error

    def with_transform(self, transform: Callable[[dict[str, Any]], Any] | None) -> Samples:
        """Return the same samples through another transform; the list of frames is shared."""
        other = copy.copy(self)
        other._transform = transform
        return other

    def _sample(self, frame: DatasetFrame) -> dict[str, Any]:
        labels = frame.labels("labelled", "ignored")
        sample: dict[str, Any] = {name: frame.image(name) for name in self._layers}
        sample["boxes"] = np.array([label.box_xyxy for label in labels], np.float32).reshape(-1, 4)
        sample["labels"] = np.array([self._number(frame, label) for label in labels], np.int64)
        sample["iscrowd"] = np.array([label.status == "ignored" for label in labels], np.int64)
        sample["area"] = np.array([label.visible_pixels for label in labels], np.float32)
        sample["instance_ids"] = np.array([label.instance_id for label in labels], np.int64)
        if self._masks:
            width, height = frame.record.size_wh
            masks = np.zeros((len(labels), height, width), np.bool_)
            for place, label in enumerate(labels):
                if label.rle is not None:
                    masks[place] = decode_rle(label.rle)
            sample["masks"] = masks
        sample["image_id"] = frame.index + 1
        sample["frame"] = frame.index
        return sample

    def _number(self, frame: DatasetFrame, label: InstanceLabel) -> int:
        if label.category not in self._classes or label.box_xyxy is None:
            raise DatasetError(
                f"frame {frame.index}, {label.name}: a {label.status} instance must have a visible pixel and a class "
                f"of the manifest, got class {label.category!r}"
            )
        return self._classes[label.category]


def _check_layer(name: LayerName, dataset: Dataset) -> None:
    if name not in _LAYERS:
        near = nearest_name(name, _LAYERS)
        hint = f"; did you mean {near!r}?" if near else ""
        raise UsageError(f"a layer must be one of {', '.join(_LAYERS)}, got {name!r}{hint}")
    if name not in dataset.manifest.layers:
        there = ", ".join(sorted(dataset.manifest.layers))
        raise DatasetError(
            f"{dataset.root} must have {name} images for this, but has only: {there}; make them with "
            f"'synthvision replay {dataset.root} --layers {name}'"
        )
