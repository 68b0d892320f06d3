"""Label Studio: ``<part>/tasks.json`` with ``<part>/images``, and the labelling interface ``interface.xml``.

To import: paste ``interface.xml`` as the project's labelling interface, serve the export's folder as local files (or
give the address of another place with the option `picture_url`), and import ``tasks.json``. The forms are those of
https://labelstud.io/guide/task_format and https://labelstud.io/guide/predictions; places are in percent of the
picture's size, as Label Studio wants them.

Each instance is a region of its class, or several of the same object where it is cut into several polygons. Per region
the choices ``ignored`` (by the label policy) and ``occluded`` (something hides a part of it) are set, and a note names
the object in the scene and how much of it is visible.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field

from synthvision.annotate.polygons import mask_polygons
from synthvision.core.hashing import canonical_json
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.export.brush_rle import encode_brush
from synthvision.export.exporter import ExportOptions
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file
from synthvision.export.targets import Target, category_numbers, targets_of
from synthvision.export.xml_text import xml_attributes

__all__ = ["LabelStudioExporter", "LabelStudioOptions"]

Shapes = Literal["brush", "polygon", "rectangle"]

_CONTROLS: dict[Shapes, str] = {"brush": "BrushLabels", "polygon": "PolygonLabels", "rectangle": "RectangleLabels"}
_GOLDEN_RATIO = 0.618033988749895


class LabelStudioOptions(ExportOptions):
    """How regions are written."""

    shapes: Shapes = Field(
        default="brush",
        description="Form of each instance: brush (exact), polygon (along the pixel borders) or rectangle.",
    )
    kind: Literal["annotations", "predictions"] = Field(
        default="annotations",
        description="Import as annotations, which count as done, or as predictions, which a person starts from.",
    )
    picture_url: str = Field(
        default="/data/local-files/?d=",
        description="What the address of a picture begins with; its path below the export follows. The default is for "
        "an export whose folder is Label Studio's LOCAL_FILES_DOCUMENT_ROOT.",
    )


class LabelStudioExporter:
    """Writes tasks for Label Studio.

    What the label policy ignores has the choice ``ignored``: Label Studio has no mark of its own for it. Lost are
    keypoints, poses, 3D boxes, amodal masks, tracks, attributes and levels, the images beside the pictures, the scenes,
    and everything without a label: what is dropped, hidden or no target. As polygons an object's masks are exact but
    for the cut to a hole; as rectangles they are lost.

    Args:
        options: See `LabelStudioOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = LabelStudioOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(LabelStudioOptions, options, "labelstudio")
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
            The file of tasks, or `out` where there are several parts.

        Raises:
            DatasetError: A record is broken, a picture is missing, the name of a class cannot stand in XML, or a file
                cannot be written.
        """
        self._notes = Notes()
        categories = category_numbers(dataset.manifest)
        write_text(out / "interface.xml", _interface(dataset.manifest, self._options.shapes))
        paths = {name: out / name / "tasks.json" for name in parts.names}
        with ExitStack() as stack:
            files: dict[str, BinaryIO] = {name: stack.enter_context(atomic_file(path)) for name, path in paths.items()}
            begun: set[str] = set()
            for part, frame in parts.frames_of(dataset):
                picture = frame.path("image")
                name = f"{part}/images/{picture.relative_to(picture.parents[1]).as_posix()}"
                place_file(picture, out / name)
                targets = targets_of(frame, categories)
                ignored = sum(target.ignored for target in targets)
                self._notes.count("ignored instances, which only the choice 'ignored' tells from the others", ignored)
                task = self._task(frame, name, targets, dataset.manifest)
                files[part].write(((",\n" if part in begun else "[\n") + canonical_json(task)).encode())
                begun.add(part)
            for name, file in files.items():
                file.write(b"\n]\n" if name in begun else b"[]\n")
        return next(iter(paths.values())) if len(paths) == 1 else out

    def _task(self, frame: DatasetFrame, name: str, targets: Iterable[Target], manifest: Manifest) -> dict[str, Any]:
        width, height = frame.record.size_wh
        size = {"original_width": width, "original_height": height, "image_rotation": 0}
        results: list[dict[str, Any]] = []
        for target in targets:
            for number, value in enumerate(_values(target, self._options.shapes, (width, height))):
                results += _results(target, f"{target.label.instance_id}-{number}", value, size, self._options.shapes)
        made: dict[str, Any] = {"result": results}
        if self._options.kind == "predictions":
            made["model_version"] = manifest.generator
        return {
            "data": {
                "image": self._options.picture_url + quote(name),
                "image_id": frame.index + 1,
                "width": width,
                "height": height,
            },
            self._options.kind: [made],
        }


def _results(
    target: Target, region: str, value: dict[str, Any], size: dict[str, int], shapes: Shapes
) -> Iterator[dict[str, Any]]:
    label = target.label
    notes = [f"object {label.name}"]
    if label.visible_fraction is not None:
        notes.append(f"visible fraction {label.visible_fraction:.4f}")
    about = {"id": region, "to_name": "image", **size}
    kind = _CONTROLS[shapes].lower()
    yield {
        **about,
        "from_name": "label",
        "type": kind,
        "value": {**value, kind: [target.category]},
        "meta": {"text": notes},
    }
    states = ["ignored"] if target.ignored else []
    if label.visible_fraction is not None and label.visible_fraction < 1:
        states.append("occluded")
    if states:
        yield {**about, "from_name": "state", "type": "choices", "value": {**value, "choices": states}}


def _values(target: Target, shapes: Shapes, size_wh: tuple[int, int]) -> Iterator[dict[str, Any]]:
    width, height = size_wh
    if shapes == "rectangle":
        x1, y1, x2, y2 = target.box_xyxy
        yield {
            "x": 100 * x1 / width,
            "y": 100 * y1 / height,
            "width": 100 * (x2 - x1) / width,
            "height": 100 * (y2 - y1) / height,
            "rotation": 0,
        }
        return
    mask = decode_rle(target.rle)
    if shapes == "brush":
        yield {"format": "rle", "rle": encode_brush(mask)}
        return
    for polygon in mask_polygons(mask):
        points = zip(polygon[0::2], polygon[1::2], strict=True)
        yield {"points": [[100 * x / width, 100 * y / height] for x, y in points], "closed": True}


def _interface(manifest: Manifest, shapes: Shapes) -> str:
    control = _CONTROLS[shapes]
    lines = [
        "<View>",
        '  <Image name="image" value="$image" zoom="true"/>',
        f'  <{control} name="label" toName="image">',
    ]
    for number, name in enumerate(manifest.class_names):
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(number * _GOLDEN_RATIO % 1, 0.75, 0.9))
        lines.append(f"    <Label{xml_attributes(value=name, background=f'#{red:02x}{green:02x}{blue:02x}')}/>")
    lines += [
        f"  </{control}>",
        '  <Choices name="state" toName="image" choice="multiple" perRegion="true">',
        '    <Choice value="ignored"/>',
        '    <Choice value="occluded"/>',
        "  </Choices>",
        "</View>",
    ]
    return "\n".join([*lines, ""])
