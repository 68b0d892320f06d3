"""CVAT for images 1.1: ``<part>/annotations.xml`` with ``<part>/images``, and ``labels.json``.

To import a part: make a task whose labels are ``labels.json`` (pasted under "Raw"), with the pictures of
``<part>/images``, then upload ``annotations.xml`` as "CVAT 1.1". The file follows
https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/ and
https://docs.cvat.ai/docs/manual/advanced/xml_format/; it holds no clock.

Each instance is a shape of its class with ``occluded`` 1 where something hides a part of it, and these attributes:
``ignored`` (true for what the label policy ignores), ``object`` (its name in the scene), ``visible_fraction``, and the
facts of the scene. Masks are row by row run lengths inside their box; coordinates of boxes and polygons are edges of
pixels, so that a box of one pixel is 1 wide. A polygon has a cut of no width to each hole; the polygons of an object
in several parts share a ``group_id``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synthvision.annotate.polygons import mask_polygons
from synthvision.core.hashing import canonical_json
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.exporter import ExportOptions
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file
from synthvision.export.targets import Target, category_numbers, targets_of
from synthvision.export.xml_text import xml_attributes, xml_text

__all__ = ["CvatExporter", "CvatOptions"]

Shapes = Literal["mask", "polygon", "box"]

# With more distinct values than a person would pick from a list, an attribute is free text.
_MOST_CHOICES = 50


class CvatOptions(ExportOptions):
    """How shapes are written."""

    shapes: Shapes = Field(
        default="mask",
        description="Form of each instance: mask (exact), polygon (along the pixel borders) or box.",
    )


class CvatExporter:
    """Writes XML files for CVAT.

    What the label policy ignores has the attribute ``ignored``: CVAT has no mark of its own for it. Lost are keypoints,
    poses, 3D boxes, amodal masks, tracks (each picture stands alone), levels, the images beside the pictures, the
    scenes, and everything without a label: what is dropped, hidden or no target. As polygons an object's masks are
    exact but for the cut to a hole; as boxes they are lost.

    Args:
        options: See `CvatOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = CvatOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._shapes = build_options(CvatOptions, options, "cvat").shapes
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the last export could not hold."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the files.

        Args:
            dataset: What to read.
            out: Folder of the parts.
            parts: Which frames go into which file.

        Returns:
            The XML file, or `out` where there are several parts.

        Raises:
            DatasetError: A record is broken, a picture is missing, a name cannot stand in XML, or a file cannot be
                written.
        """
        manifest = dataset.manifest
        self._notes = Notes()
        categories = category_numbers(manifest)
        labels = _Labels(manifest)
        paths = {name: out / name / "annotations.xml" for name in parts.names}
        with ExitStack() as stack:
            # Which attributes there are stands before the pictures and is known after them: these wait in a file.
            bodies: dict[str, BinaryIO] = {name: stack.enter_context(tempfile.TemporaryFile()) for name in parts.names}
            counts = dict.fromkeys(parts.names, 0)
            for part, frame in parts.frames_of(dataset):
                picture = frame.path("image")
                name = picture.relative_to(picture.parents[1]).as_posix()
                place_file(picture, out / part / "images" / name)
                targets = targets_of(frame, categories)
                labels.count(targets)
                ignored = sum(target.ignored for target in targets)
                self._notes.count(
                    "ignored instances, which only the attribute 'ignored' tells from the others", ignored
                )
                bodies[part].writelines(_image(frame, counts[part], name, targets, self._shapes))
                counts[part] += 1
            for name, path in paths.items():
                with atomic_file(path) as stream:
                    stream.write(_head(manifest, name, counts[name], labels).encode())
                    bodies[name].seek(0)
                    copyfileobj(bodies[name], stream)
                    stream.write(b"</annotations>\n")
        write_text(out / "labels.json", canonical_json(labels.for_tasks(self._shapes)) + "\n")
        return next(iter(paths.values())) if len(paths) == 1 else out


def _image(frame: DatasetFrame, number: int, name: str, targets: Iterable[Target], shapes: Shapes) -> Iterator[bytes]:
    width, height = frame.record.size_wh
    yield f"  <image{xml_attributes(id=number, name=name, width=width, height=height)}>\n".encode()
    for target in targets:
        facts = _facts(target)
        inner = "".join(
            f"      <attribute{xml_attributes(name=key)}>{xml_text(value)}</attribute>\n"
            for key, value in facts.items()
        )
        fraction = target.label.visible_fraction
        common: dict[str, str | int | float] = {
            "label": target.category,
            "source": "file",
            "occluded": int(fraction is not None and fraction < 1),
        }
        for tag, place in _shapes(target, shapes):
            attributes = xml_attributes(**common, **place, z_order=0)
            yield f"    <{tag}{attributes}>\n{inner}    </{tag}>\n".encode()
    yield b"  </image>\n"


def _shapes(target: Target, shapes: Shapes) -> Iterator[tuple[str, dict[str, str | int | float]]]:
    x1, y1, x2, y2 = target.box_xyxy
    if shapes == "box":
        yield "box", {"xtl": f"{x1:.2f}", "ytl": f"{y1:.2f}", "xbr": f"{x2:.2f}", "ybr": f"{y2:.2f}"}
        return
    mask = decode_rle(target.rle)
    if shapes == "mask":
        runs = ", ".join(str(length) for length in _row_runs(mask[y1:y2, x1:x2]).tolist())
        yield "mask", {"rle": runs, "left": x1, "top": y1, "width": x2 - x1, "height": y2 - y1}
        return
    polygons = mask_polygons(mask)
    for polygon in polygons:
        points = ";".join(f"{x:.2f},{y:.2f}" for x, y in zip(polygon[0::2], polygon[1::2], strict=True))
        group: dict[str, str | int | float] = {} if len(polygons) == 1 else {"group_id": target.label.instance_id}
        yield "polygon", {"points": points, **group}


def _row_runs(mask_hw: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many pixels are off, on, off, ... row by row."""
    flat = mask_hw.ravel()
    changes = np.flatnonzero(np.append(flat[0], flat[1:] != flat[:-1]))
    return np.diff(np.concatenate([[0], changes, [flat.size]]))


def _facts(target: Target) -> dict[str, str]:
    label = target.label
    facts = {"ignored": "true" if target.ignored else "false", "object": label.name}
    if label.visible_fraction is not None:
        facts["visible_fraction"] = f"{label.visible_fraction:.4f}"
    # What the exporter says itself has its name; a fact of the scene that is called alike gets another.
    facts.update({f"scene.{key}" if key in facts else key: value for key, value in sorted(label.attributes.items())})
    return facts


class _Labels:
    """The classes with their attributes, gathered while pictures are written."""

    def __init__(self, manifest: Manifest) -> None:
        self._values: dict[str, dict[str, dict[str, None]]] = {name: {} for name in manifest.class_names}

    def count(self, targets: Iterable[Target]) -> None:
        for target in targets:
            for name, value in _facts(target).items():
                values = self._values[target.category].setdefault(name, {})
                if len(values) <= _MOST_CHOICES:
                    values[value] = None

    def for_tasks(self, shapes: Shapes) -> list[dict[str, Any]]:
        """Return the labels as CVAT's editor of labels takes them."""
        kind = "rectangle" if shapes == "box" else shapes
        return [
            {"name": name, "type": kind, "attributes": [_attribute(*entry) for entry in sorted(attributes.items())]}
            for name, attributes in self._values.items()
        ]

    def as_xml(self) -> str:
        lines = []
        for name, attributes in self._values.items():
            lines += ["        <label>", f"          <name>{xml_text(name)}</name>", "          <attributes>"]
            for entry in sorted(attributes.items()):
                about = _attribute(*entry)
                lines.append("            <attribute>")
                for key in ("name", "input_type", "default_value"):
                    lines.append(f"              <{key}>{xml_text(about[key])}</{key}>")
                lines.append(f"              <values>{xml_text(chr(10).join(about['values']))}</values>")
                lines.append("              <mutable>False</mutable>")
                lines.append("            </attribute>")
            lines += ["          </attributes>", "        </label>"]
        return "\n".join(lines)


def _attribute(name: str, values: Mapping[str, None]) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name, "mutable": False}
    if name == "ignored":
        return {**about, "input_type": "checkbox", "default_value": "false", "values": ["false"]}
    if name in ("object", "visible_fraction") or len(values) > _MOST_CHOICES:
        return {**about, "input_type": "text", "default_value": "", "values": [""]}
    choices = ["", *sorted(value for value in values if value)]
    return {**about, "input_type": "select", "default_value": "", "values": choices}


def _head(manifest: Manifest, part: str, count: int, labels: _Labels) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n'
        f"      <name>{xml_text(manifest.name)} {xml_text(part)}</name>\n      <size>{count}</size>\n"
        "      <mode>annotation</mode>\n      <overlap>0</overlap>\n      <labels>\n"
        f"{labels.as_xml()}\n      </labels>\n    </task>\n  </meta>\n"
    )
