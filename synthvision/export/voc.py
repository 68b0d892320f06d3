"""Pascal VOC: ``Annotations/*.xml``, ``JPEGImages``, ``ImageSets/Main``, and masks on request.

As the development kit has it (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html): pixels are
counted from 1, and ``xmax`` and ``ymax`` are the last pixel inside, so that the half-open box (x1, y1, x2, y2) is
written (x1 + 1, y1 + 1, x2, y2). Mask images have one byte a pixel with VOC's colour map: 0 is background, 255 is
nothing that counts.

What the files cannot hold: hidden shares as numbers (``truncated`` and ``occluded`` are yes or no), poses, 3D boxes,
keypoints, weather; supercategories; masks of ignored instances, which are 255 like everything that shall not count.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.labels import InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import atomic_file
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.exporter import ExportOptions
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_picture

__all__ = ["VocExporter", "voc_palette"]

#: Pixels that do not count in VOC's mask images.
_VOID = 255


class VocOptions(ExportOptions):
    """How Pascal VOC files are written."""

    pictures: Literal["jpg", "keep"] = Field(
        default="jpg",
        description="Form of pictures: jpg, which readers of VOC look for (PNG pictures are encoded anew), or keep.",
    )
    quality: int = Field(default=95, ge=1, le=100, description="JPEG quality of pictures that are encoded anew.")
    segmentation: bool = Field(default=False, description="Also write SegmentationClass/ and SegmentationObject/.")
    truncated_above: float = Field(
        default=0.15, ge=0, le=1, description="Share of an object outside the picture above which it is truncated."
    )
    occluded_above: float = Field(
        default=0.05, ge=0, le=1, description="Hidden share of an object above which it is occluded."
    )


class VocExporter:
    """Writes Pascal VOC files.

    What the label policy ignores is an object with ``difficult`` 1, which VOC's evaluation neither counts nor punishes;
    in mask images it is 255. See the module for what is lost.

    Args:
        options: See `VocOptions`. The shares above which an object is truncated or occluded are those of VOC's
            annotation guidelines (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/guidelines.html).
    """

    Options: ClassVar[type[ExportOptions]] = VocOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(VocOptions, options, "voc")
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be held, one sentence each."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the files and return their folder.

        Raises:
            DatasetError: A record is broken, a picture is missing, a file cannot be written, or a picture has more
                objects than VOC's mask images can number.
            UsageError: There are more classes than the mask images can number.
        """
        self._notes = Notes()
        numbers = {name: number for number, name in enumerate(dataset.manifest.class_names, start=1)}
        if self._options.segmentation and len(numbers) >= _VOID:
            raise UsageError(f"mask images of VOC hold at most {_VOID - 1} classes, got {len(numbers)}")
        with ExitStack() as stack:
            lists = {name: self._lists(stack, out, name) for name in parts.names}
            for part, frame in parts.frames_of(dataset):
                name = f"{frame.index:08d}"
                for stream in lists[part]:
                    stream.write(f"{name}\n".encode())
                form = self._options.pictures
                stem = out / "JPEGImages" / name
                picture = place_picture(frame, stem, None if form == "keep" else form, self._options.quality)
                if picture.suffix != frame.path("image").suffix:
                    self._notes.count(f"PNG pictures encoded as JPEG of quality {self._options.quality}")
                self._write_annotation(frame, picture.name, out / "Annotations" / f"{name}.xml", dataset.manifest)
                if self._options.segmentation:
                    self._write_masks(frame, numbers, out, name)
        return out

    def _lists(self, stack: ExitStack, out: Path, part: str) -> list[BinaryIO]:
        tasks = ["Main", "Segmentation"] if self._options.segmentation else ["Main"]
        return [stack.enter_context(atomic_file(out / "ImageSets" / task / f"{part}.txt")) for task in tasks]

    def _write_annotation(self, frame: DatasetFrame, picture: str, path: Path, manifest: Manifest) -> None:
        root = ElementTree.Element("annotation")
        _add(root, "folder", "JPEGImages")
        _add(root, "filename", picture)
        source = ElementTree.SubElement(root, "source")
        _add(source, "database", manifest.name)
        _add(source, "annotation", manifest.generator)
        size = ElementTree.SubElement(root, "size")
        width, height = frame.record.size_wh
        for name, value in (("width", width), ("height", height), ("depth", 3)):
            _add(size, name, value)
        _add(root, "segmented", int(self._options.segmentation))
        for label in frame.labels("labelled", "ignored"):
            root.append(self._object(frame.index, label))
        ElementTree.indent(root, "\t")
        with atomic_file(path) as stream:
            stream.write(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")

    def _object(self, frame: int, label: InstanceLabel) -> ElementTree.Element:
        if label.box_xyxy is None or label.category is None:
            raise DatasetError(
                f"frame {frame}, {label.name}: a labelled instance must have a class and a visible pixel"
            )
        node = ElementTree.Element("object")
        _add(node, "name", label.category)
        _add(node, "pose", "Unspecified")
        _add(node, "truncated", int((label.truncation or 0.0) > self._options.truncated_above))
        hidden = 0.0 if label.visible_fraction is None else 1 - label.visible_fraction
        _add(node, "occluded", int(hidden > self._options.occluded_above))
        _add(node, "difficult", int(label.status == "ignored"))
        box = ElementTree.SubElement(node, "bndbox")
        x1, y1, x2, y2 = label.box_xyxy
        for name, value in (("xmin", x1 + 1), ("ymin", y1 + 1), ("xmax", x2), ("ymax", y2)):
            _add(box, name, value)
        return node

    def _write_masks(self, frame: DatasetFrame, numbers: dict[str, int], out: Path, name: str) -> None:
        width, height = frame.record.size_wh
        classes, objects = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
        # Objects are numbered in the order in which the XML file lists them, as VOC has it.
        for place, label in enumerate(frame.labels("labelled", "ignored"), start=1):
            if label.rle is None or label.category not in numbers:
                raise DatasetError(
                    f"frame {frame.index}, {label.name}: a labelled instance must have a class and a mask"
                )
            mask = decode_rle(label.rle)
            if label.status == "ignored":
                classes[mask] = objects[mask] = _VOID
                continue
            if place >= _VOID:
                raise DatasetError(
                    f"frame {frame.index}: mask images of VOC hold at most {_VOID - 1} objects; convert without "
                    "segmentation=true"
                )
            classes[mask], objects[mask] = numbers[label.category], place
        _write_indexed(classes, out / "SegmentationClass" / f"{name}.png")
        _write_indexed(objects, out / "SegmentationObject" / f"{name}.png")


def voc_palette() -> list[int]:
    """Return VOC's colour map: red, green and blue of the 256 numbers, one after the other.

    The bits of a number are dealt out to the three channels in turn, highest first, as ``VOCcolormap`` of the
    development kit does.

    Example:
        >>> voc_palette()[:9]
        [0, 0, 0, 128, 0, 0, 0, 128, 0]
    """
    colours = []
    for number in range(256):
        for channel in range(3):
            bits = (((number >> (3 * place + channel)) & 1) << (7 - place) for place in range(3))
            colours.append(sum(bits))
    return colours


def _write_indexed(numbers_hw: NDArray[np.uint8], path: Path) -> None:
    picture = Image.fromarray(numbers_hw)
    picture.putpalette(voc_palette())
    with atomic_file(path) as stream:
        picture.save(stream, format="PNG")


def _add(node: ElementTree.Element, name: str, value: str | int) -> None:
    ElementTree.SubElement(node, name).text = str(value)
