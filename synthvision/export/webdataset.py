"""WebDataset: tar files of bounded size in which the files of a frame follow each other under the frame's number.

``train-000000.tar`` holds ``00000017.png`` (or ``.jpg``), ``00000017.json`` and, for layers that are asked for,
``00000017.depth.tiff``, ``00000017.ids.png`` and so on, byte for byte as in the data set. Frames are in order. The JSON
has ``image`` and ``annotations`` as in the COCO file, ids and fields included, with masks as run lengths and the
``category`` of each by name. ``classes.json`` beside the shards lists the classes. The layout is that of
https://github.com/webdataset/webdataset#the-webdataset-format; all headers of the tar files are the same but for name,
size and checksum, so the same data set gives the same bytes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from pydantic import Field

from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.coco import CocoForm, CocoLicences, coco_annotation, coco_image
from synthvision.export.coco_videos import CocoVideos
from synthvision.export.exporter import ExportOptions
from synthvision.export.keypoints import keypoint_names
from synthvision.export.options import build_options, require_layers
from synthvision.export.parts import Parts
from synthvision.export.shards import MEBIBYTE, Shards
from synthvision.export.targets import category_numbers, layer_bytes, picture_suffix, targets_of

__all__ = ["WebDatasetExporter", "WebDatasetOptions"]


class WebDatasetOptions(ExportOptions):
    """How tar files are written."""

    shard_mib: float = Field(default=256.0, gt=0, description="Size in MiB at which a tar file takes no further frame.")
    layers: tuple[LayerName, ...] = Field(
        default=(), description="Images beside the pictures that go with each frame, such as depth and ids."
    )
    amodal_segmentation: bool = Field(default=False, description="Also write the mask of each object alone.")


class WebDatasetExporter:
    """Writes tar files for the package ``webdataset``.

    What the label policy ignores has ``iscrowd: 1`` and ``ignore: 1``, as in COCO. Lost are the scenes, the camera
    matrices, and everything without a label: what is dropped, hidden or no target.

    Args:
        options: See `WebDatasetOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = WebDatasetOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(WebDatasetOptions, options, "webdataset")

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write ``<part>-000000.tar`` and so on, and ``classes.json``.

        Args:
            dataset: What to read.
            out: Folder of the tar files.
            parts: Which frames go into which tar files.

        Returns:
            `out`.

        Raises:
            DatasetError: A record is broken, an image is missing, or a file cannot be written.
        """
        require_layers(dataset, self._options.layers, "webdataset")
        samples = _Samples(dataset, self._options)
        with Shards[_Sample](out, _TarFile, _shard_name, int(self._options.shard_mib * MEBIBYTE)) as shards:
            for part, frame in parts.frames_of(dataset):
                shards.write(part, samples.of(part, frame))
        write_text(out / "classes.json", canonical_json(_classes(dataset.manifest)) + "\n")
        return out


#: Name without suffix, and the bytes of each file by suffix.
_Sample = tuple[str, Mapping[str, bytes]]


class _Samples:
    """Makes the files of frames; annotation ids count up in each part."""

    def __init__(self, dataset: Dataset, options: WebDatasetOptions) -> None:
        manifest = dataset.manifest
        self._layers = {name: manifest.layers[name].suffix for name in options.layers if name != "image"}
        self._suffix = picture_suffix(manifest)
        self._categories = category_numbers(manifest)
        self._videos = CocoVideos(manifest)
        self._form = CocoForm(
            categories=self._categories,
            keypoints=keypoint_names(dataset),
            segmentation="rle",
            amodal=options.amodal_segmentation,
            tracks=self._videos.is_sequence,
        )
        self._licences = CocoLicences(manifest)
        self._count: dict[str, int] = {}

    def of(self, part: str, frame: DatasetFrame) -> _Sample:
        record = frame.record
        annotations = []
        for target in targets_of(frame, self._categories):
            number = self._count[part] = self._count.get(part, 0) + 1
            annotation = coco_annotation(target.label, record.frame, number, self._form)
            annotations.append({**annotation, "category": target.category})
        image = {**coco_image(record, self._licences.of_scene(record.scene)), **self._videos.of_image(record)}
        files = {
            self._suffix: layer_bytes(frame),
            "json": canonical_json({"image": image, "annotations": annotations}).encode(),
        }
        files.update({f"{name}.{suffix}": layer_bytes(frame, name) for name, suffix in self._layers.items()})
        return f"{record.frame:08d}", files


class _TarFile:
    def __init__(self, stream: BinaryIO) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115  closed below

    def write(self, item: _Sample) -> None:
        name, files = item
        for suffix, data in files.items():
            # A new header has time, owner and group 0.
            header = tarfile.TarInfo(f"{name}.{suffix}")
            header.size = len(data)
            self._tar.addfile(header, io.BytesIO(data))

    def close(self) -> None:
        self._tar.close()


def _shard_name(part: str, number: int, count: int) -> str:
    return f"{part}-{number:06d}.tar"


def _classes(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {"id": number, "name": entry.name, "supercategory": entry.supercategory}
        for number, entry in enumerate(manifest.classes, start=1)
    ]
