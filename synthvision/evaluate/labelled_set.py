"""Pictures with boxes, real or rendered, as one thing: what is trained on, tested on and compared."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthvision.core.class_names import class_hint
from synthvision.core.errors import UsageError
from synthvision.core.labels import InstanceLabel
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import FrameRecord
from synthvision.features.photos import PhotoBox, Photos, open_coco, open_photos, picture_size

__all__ = ["Factors", "LabelledSet", "match_classes", "open_set"]

#: What is recorded of the scene of one picture, by name.
Factors = Mapping[str, str | float | bool]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Pictures with boxes, real or rendered: one view over a COCO file, a folder, or a data set of synthvision.

    Args:
        name: Name of the folder, or of the file with its folder, without the way there.
        photos: The pictures and their labelled boxes.
        sizes_wh: Width and height of each picture, in pixels.
        ignored: For each picture the boxes that count neither as hit nor as miss.
        classes: Class names in the order of the file.
        synthetic: Whether it is a data set of synthvision.
        refined: Whether its pictures were moved towards real photos.
        generation: 0 for real photos, 1 for a plain render, more where models of its own kind had a part in it.
        frames: Frame index of each picture in its data set; None for photos.
        notes: What was amiss in the file, one sentence each.
    """

    name: str
    photos: Photos
    sizes_wh: tuple[tuple[int, int], ...]
    ignored: tuple[tuple[PhotoBox, ...], ...]
    classes: tuple[str, ...]
    synthetic: bool
    refined: bool
    generation: int
    frames: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = (len(self.photos), len(self.sizes_wh), len(self.ignored))
        if len(set(counts)) != 1:
            raise ValueError(f"photos, sizes and ignored boxes must be equally many, got {counts}")
        unknown = {box.category for boxes in (*self.photos.boxes, *self.ignored) for box in boxes} - set(self.classes)
        if unknown:
            raise ValueError(f"every box must be of a class of the set, got {sorted(unknown)}")

    def __len__(self) -> int:
        return len(self.photos)

    def select(self, indices: Sequence[int]) -> LabelledSet:
        """Return some of the pictures, in the order given; the classes stay all.

        Raises:
            UsageError: There are no indices.
        """
        return replace(
            self,
            photos=self.photos.select(indices),
            sizes_wh=tuple(self.sizes_wh[i] for i in indices),
            ignored=tuple(self.ignored[i] for i in indices),
            frames=None if self.frames is None else tuple(self.frames[i] for i in indices),
        )

    def spread(self, count: int) -> LabelledSet:
        """Return at most `count` pictures, evenly spread over all of them.

        Args:
            count: 1 or more.

        Raises:
            UsageError: `count` is below 1.
        """
        if count < 1:
            raise UsageError(f"the number of pictures must be 1 or more, got {count}")
        if count >= len(self):
            return self
        return self.select([(2 * i + 1) * len(self) // (2 * count) for i in range(count)])

    def renamed(self, mapping: Mapping[str, str]) -> LabelledSet:
        """Return the set with other class names; two classes may become one.

        Args:
            mapping: New name by old name. Names that the set does not have are passed over, since one mapping serves
                several sets; `match_classes` refuses those that no set has.
        """

        def rename(boxes: tuple[PhotoBox, ...]) -> tuple[PhotoBox, ...]:
            return tuple(PhotoBox(mapping.get(box.category, box.category), box.box_xyxy) for box in boxes)

        if not mapping.keys() & set(self.classes):
            return self
        photos = Photos(self.photos.root, self.photos.paths, tuple(rename(boxes) for boxes in self.photos.boxes))
        return replace(
            self,
            photos=photos,
            ignored=tuple(rename(boxes) for boxes in self.ignored),
            classes=tuple(dict.fromkeys(mapping.get(name, name) for name in self.classes)),
        )

    def without(self, classes: Collection[str]) -> LabelledSet:
        """Return the set without some classes and their boxes; the pictures stay all.

        Args:
            classes: Names to leave out.
        """
        gone = set(classes)

        def keep(boxes: tuple[PhotoBox, ...]) -> tuple[PhotoBox, ...]:
            return tuple(box for box in boxes if box.category not in gone)

        photos = Photos(self.photos.root, self.photos.paths, tuple(map(keep, self.photos.boxes)))
        return replace(
            self,
            photos=photos,
            ignored=tuple(map(keep, self.ignored)),
            classes=tuple(name for name in self.classes if name not in gone),
        )

    def factors(self) -> tuple[Factors, ...]:
        """Return what is recorded of the scene of each picture; nothing for photos. Records are read on each call.

        ``factor.NAME`` is the level of a factor of the scene file, ``weather.NAME`` a level of the weather,
        ``sampled.KEY`` a value that was drawn for a key of the job, ``exposure_ev100`` and ``noise`` are numbers of the
        camera.

        Raises:
            DatasetError: The data set is gone or a record is broken.
            UsageError: A picture of the set is no longer in its data set.
        """
        if self.frames is None:
            return ({},) * len(self)
        wanted = set(self.frames)
        found = {
            record.frame: _factors(record)
            for record in open_dataset(self.photos.root).records()
            if record.frame in wanted
        }
        if len(found) < len(wanted):
            gone = min(wanted - found.keys())
            raise UsageError(f"{self.name}: its data set must still hold all its frames, and frame {gone} is gone")
        return tuple(found[frame] for frame in self.frames)


def open_set(path: Path) -> LabelledSet:
    """Return the pictures and boxes of a COCO file, a folder of photos, or a data set of synthvision.

    Pictures are not read, but headers of photos are. The records of a data set are read one at a time. The COCO file
    that a data set has in ``annotations`` stands for the data set, so that its pictures do not pass for photos.

    Args:
        path: A ``.json`` file, a folder of photos, or a folder with a ``manifest.json``.

    Raises:
        UsageError: There is no such path, it holds no pictures, or the file is no COCO.
        DatasetError: The data set cannot be read.
    """
    folder = _dataset_folder(path)
    if folder is not None:
        return _open_rendered(folder)
    if path.is_file() and path.suffix.lower() == ".json":
        coco = open_coco(path)
        name = f"{path.resolve().parent.name}/{path.name}"
        notes = []
        if coco.cut:
            notes.append(f"{name}: {coco.cut} boxes reach beyond their picture and are cut at its edge")
        if coco.left_out:
            notes.append(f"{name}: {coco.left_out} boxes are empty or outside their picture and are left out")
        classes = tuple(dict.fromkeys(coco.classes))
        generation = _mixed_generation(path)
        return LabelledSet(
            name, coco.photos, coco.sizes_wh, coco.ignored, classes, False, False, generation, notes=tuple(notes)
        )
    photos = open_photos(path)
    sizes_wh = tuple(picture_size(file) for file in photos.paths)
    return LabelledSet(path.resolve().name, photos, sizes_wh, ((),) * len(photos), (), False, False, 0)


def match_classes(
    train: Sequence[str], test: Sequence[str], renamed: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the classes that a detector must know to be tested: those of the test set, after renaming.

    Args:
        train: Class names of a training set, before renaming.
        test: Class names of the test set, before renaming.
        renamed: New name by old name, in both.

    Raises:
        UsageError: The test set has no classes; or a name to rename is in neither; or a class of the test set is not in
            training. The nearest name is given.
    """
    renamed = dict(renamed or {})
    if not test:
        raise UsageError("the test set must have labelled classes, got none: give a COCO file, or a data set")
    known = list(dict.fromkeys((*train, *test)))
    for old in renamed:
        if old not in known:
            raise UsageError(f"no set has a class {old!r} to rename{class_hint(old, known)}")
    names = list(dict.fromkeys(renamed.get(name, name) for name in train))
    wanted = tuple(dict.fromkeys(renamed.get(name, name) for name in test))
    missing = [name for name in wanted if name not in names]
    if missing:
        free = [name for name in names if name not in wanted]
        hints = ", and ".join(f"{name!r}{class_hint(name, free or names)}" for name in missing)
        raise UsageError(
            f"every class of the test set must be a class of the training set, and some are not: {hints}; "
            f"rename with --map OLD={missing[0]}"
        )
    return wanted


def _dataset_folder(path: Path) -> Path | None:
    """Return the folder of the data set that a path means; None where it means none."""
    if (path / "manifest.json").is_file():
        return path
    if path.is_file() and path.parent.name == "annotations" and (path.parent.parent / "manifest.json").is_file():
        return path.parent.parent
    return None


def _mixed_generation(file: Path) -> int:
    """Return the depth of generation of a COCO file: what the mix it belongs to says, else 0."""
    for folder in (file.parent, file.parent.parent):
        summary = folder / "mix.json"
        if summary.is_file():
            try:
                return int(json.loads(summary.read_text(encoding="utf-8")).get("generation", 1))
            except (OSError, ValueError, AttributeError, TypeError) as error:
                raise UsageError(f"{summary}: must be the summary of a mixed set: {error}") from error
    return 0


def _open_rendered(folder: Path) -> LabelledSet:
    dataset = open_dataset(folder)
    paths, sizes_wh, boxes, ignored, frames = [], [], [], [], []
    for record in dataset.records():
        frame = dataset.wrap(record)
        paths.append(frame.path("image"))
        sizes_wh.append(record.size_wh)
        boxes.append(tuple(_boxes(frame.labels("labelled"))))
        ignored.append(tuple(_boxes(frame.labels("ignored"))))
        frames.append(record.frame)
    if not paths:
        raise UsageError(f"{folder}: there must be frames in the data set, got none: render some")
    photos = Photos(folder, tuple(paths), tuple(boxes))
    return LabelledSet(
        folder.resolve().name, photos, tuple(sizes_wh), tuple(ignored), dataset.manifest.class_names, True,
        dataset.manifest.realism is not None, dataset.manifest.generation, tuple(frames),
    )  # fmt: skip


def _boxes(labels: Sequence[InstanceLabel]) -> Iterator[PhotoBox]:
    for label in labels:
        if label.category is not None and label.box_xyxy is not None:
            x1, y1, x2, y2 = label.box_xyxy
            yield PhotoBox(label.category, (float(x1), float(y1), float(x2), float(y2)))


def _factors(record: FrameRecord) -> Factors:
    values: dict[str, str | float | bool] = {"exposure_ev100": record.exposure_ev100, "noise": record.noise}
    values.update({f"factor.{name}": level for name, level in record.factor_levels.items()})
    values.update({f"weather.{name}": level for name, level in record.weather_levels().items()})
    for name, value in record.scene.get("factors", {}).items():
        if isinstance(value, str | float | int | bool):
            values[f"sampled.{name}"] = value
    return values
