"""A mixed set on disk, as COCO or in Ultralytics' layout; every picture says where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.export.coco_file import CocoFile
from synthvision.export.keypoints import skeleton_numbers
from synthvision.export.mixing.classes import ClassTable, SourceClasses
from synthvision.export.mixing.coco_source import CocoSource, SourceImage
from synthvision.export.notes import Notes
from synthvision.export.pictures import place_file

__all__ = ["CocoMixWriter", "MixWriter", "YoloMixWriter", "provenance"]

# What says how a picture stands to others of its set; a mixed set has no sequences.
_OF_SEQUENCES = ("video_id", "frame_id")
_YOLO_DECIMALS = 8


class MixWriter(Protocol):
    """Writes a mixed set, picture by picture, in the context of a ``with`` block."""

    #: What could not be held.
    notes: Notes

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None: ...

    def add(self, source: CocoSource, classes: SourceClasses, number: int) -> None:
        """Add a picture with its annotations.

        Raises:
            DatasetError: A file cannot be written.
        """
        ...

    def finish(self) -> Path:
        """Write what belongs to all together, and return the file or folder to give to a reader of the format."""
        ...


def provenance(source: CocoSource, image: SourceImage) -> dict[str, Any]:
    """Return where a picture comes from: set, kind, file, id, and licences as far as its set names them."""
    return {
        "set": source.name,
        "kind": source.kind,
        "part": source.part,
        "file_name": image.file_name,
        "id": image.id,
        "licences": list(image.licences),
    }


class CocoMixWriter:
    """Writes ``images/<set>/<file>`` and ``annotations/instances_<part>.json`` for each part.

    Annotations keep all that they have but ids and tracks; crowds and what is ignored stay so. Each image has
    ``source``: see `provenance`.

    Args:
        out: The folder.
        parts: Names of the parts.
        table: The classes.
        sources: All that is mixed, for their licences.
        info: What stands under ``info``.
    """

    def __init__(
        self,
        out: Path,
        parts: Sequence[str],
        table: ClassTable,
        sources: Sequence[CocoSource],
        info: Mapping[str, Any],
    ) -> None:
        self.notes = Notes()
        self._out = out
        self._table = table
        self._info = dict(info)
        licences = dict.fromkeys(licence for source in sources for licence in source.licences)
        self._licences = {licence: number for number, licence in enumerate(licences, start=1)}
        self._stack = ExitStack()
        self._files = {part: CocoFile(out / "annotations" / f"instances_{part}.json") for part in parts}

    def __enter__(self) -> Self:
        for file in self._files.values():
            self._stack.enter_context(file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def add(self, source: CocoSource, classes: SourceClasses, number: int) -> None:
        """Add a picture with its annotations; see `MixWriter.add`."""
        file, image = self._files[source.part], source.image(number)
        entry = {key: value for key, value in source.image_entry(number).items() if key not in _OF_SEQUENCES}
        entry.pop("license", None)
        numbers = [self._licences[licence] for licence in source.licences if licence[0] in image.licences]
        entry |= {
            "id": file.count("images") + 1,
            "file_name": f"{source.folder}/{image.file_name}",
            "licenses": sorted(numbers),
            "source": provenance(source, image),
        }
        if len(numbers) == 1:
            entry["license"] = numbers[0]
        file.add("images", entry)
        for annotation in source.annotations(number):
            category = annotation["category_id"]
            if category not in classes.numbers:
                self.notes.count("annotations of classes that are left out")
                continue
            annotation |= {
                "id": file.count("annotations") + 1,
                "image_id": entry["id"],
                "category_id": classes.numbers[category],
            }
            annotation.pop("track_id", None)
            if annotation.get("keypoints"):
                annotation["keypoints"] = classes.keypoint_numbers(category, annotation["keypoints"])
            file.add("annotations", annotation)
        place_file(source.file(number), self._out / "images" / entry["file_name"])

    def finish(self) -> Path:
        """Write categories, info and licences; see `MixWriter.finish`."""
        categories = []
        for number, entry in enumerate(self._table.classes, start=1):
            category: dict[str, Any] = {"id": number, "name": entry.name, "supercategory": entry.supercategory}
            if entry.keypoints:
                category["keypoints"] = list(entry.keypoints)
                category["skeleton"] = skeleton_numbers(entry.keypoints, entry.skeleton)
            categories.append(category)
        licences = [{"id": number, "name": name, "url": url} for (name, url), number in self._licences.items()]
        for file in self._files.values():
            file.finish({"categories": categories, "info": self._info, "licenses": licences})
        paths = [file.path for file in self._files.values()]
        return paths[0] if len(paths) == 1 else self._out / "annotations"


class YoloMixWriter:
    """Writes ``images/<part>``, ``labels/<part>``, ``data.yaml`` and ``provenance.jsonl``: boxes for ``task=detect``.

    A picture is called ``<set>__<file>``, with ``__`` for each folder. Crowds and what is ignored have no label.

    Args:
        out: The folder.
        parts: Names of the parts.
        table: The classes.
    """

    def __init__(self, out: Path, parts: Sequence[str], table: ClassTable) -> None:
        self.notes = Notes()
        self._out = out
        self._parts = tuple(parts)
        self._table = table
        self._stack = ExitStack()
        self._stems: set[str] = set()

    def __enter__(self) -> Self:
        self._provenance = self._stack.enter_context(atomic_file(self._out / "provenance.jsonl"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, error, trace)

    def add(self, source: CocoSource, classes: SourceClasses, number: int) -> None:
        """Add a picture with its labels; see `MixWriter.add`."""
        image = source.image(number)
        flat = Path(f"{source.name}__{image.file_name.replace('/', '__')}")
        stem, count = flat.stem, 1
        # Two pictures of one name with different endings would share a file of labels.
        while f"{source.part}/{stem}" in self._stems:
            count += 1
            stem = f"{flat.stem}-{count}"
        self._stems.add(f"{source.part}/{stem}")
        name = f"images/{source.part}/{stem}{flat.suffix}"
        lines = []
        for annotation in source.annotations(number):
            category = annotation["category_id"]
            if category not in classes.numbers:
                self.notes.count("annotations of classes that are left out")
            elif annotation.get("iscrowd") or annotation.get("ignore"):
                self.notes.count("crowds and ignored objects without a label, in pictures that show them")
            elif (box := _shares(annotation["bbox"], image.size_wh)) is None:
                self.notes.count("boxes outside their picture left out")
            else:
                lines.append(f"{classes.numbers[category] - 1} {box}\n")
        place_file(source.file(number), self._out / name)
        write_text(self._out / f"labels/{source.part}/{stem}.txt", "".join(lines))
        self._provenance.write((canonical_json({"file": name, **provenance(source, image)}) + "\n").encode())

    def finish(self) -> Path:
        """Write ``data.yaml``; see `MixWriter.finish`."""
        folders = {part: f"images/{part}" for part in self._parts}
        train = folders.get("train", next(iter(folders.values())))
        lines = [f"train: {train}", f"val: {folders.get('val', train)}"]
        if "test" in folders:
            lines.append(f"test: {folders['test']}")
        # Quoted as JSON, which is YAML too: names may hold colons, quotes and any letter.
        names = [f"  {number}: {json.dumps(name, ensure_ascii=False)}" for number, name in enumerate(self._table.names)]
        path = self._out / "data.yaml"
        write_text(path, "\n".join([*lines, "names:", *names]) + "\n")
        return path


def _shares(box_xywh: Sequence[float], size_wh: tuple[int, int]) -> str | None:
    """Return middle and size of a box, clipped, as shares of the picture's; None where nothing of it is inside."""
    values = []
    ends = []
    for start, length, whole in zip(box_xywh[:2], box_xywh[2:], size_wh, strict=True):
        low, high = max(start, 0.0), min(start + length, float(whole))
        if high <= low:
            return None
        values.append((low + high) / 2 / whole)
        ends.append((high - low) / whole)
    return " ".join(f"{value:.{_YOLO_DECIMALS}f}".rstrip("0").rstrip(".") for value in (*values, *ends))
