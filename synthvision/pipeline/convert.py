"""A data set in another format: one pass over the records, one frame in memory at a time, nothing rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from synthvision import __version__
from synthvision.core.errors import PluginError, UsageError
from synthvision.core.hashing import canonical_json
from synthvision.core.registry import load_plugin
from synthvision.core.yaml_file import parse_yaml
from synthvision.dataset.atomic import write_text
from synthvision.dataset.reader import Dataset, open_dataset
from synthvision.dataset.records import FrameRecord
from synthvision.dataset.writer import new_folder
from synthvision.export.exporter import Exporter, ExportOptions
from synthvision.export.options import build_options, require_layers
from synthvision.export.parts import Parts
from synthvision.export.splits import check_split_kind, parse_shares, split_dataset

__all__ = ["SUMMARY_NAME", "Conversion", "PartCounts", "convert_dataset", "parse_frames", "parse_option_values"]

#: Written last, at the root of the output: a folder without it was not finished.
SUMMARY_NAME = "conversion.json"


@dataclass(slots=True)
class PartCounts:
    """What one part holds.

    Args:
        images: Pictures.
        labelled: Labelled instances by class.
        ignored: Instances that the label policy ignores, by class.
    """

    images: int = 0
    labelled: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)

    def add(self, record: FrameRecord) -> None:
        """Count one frame."""
        self.images += 1
        for label in record.instances:
            if label.category is not None and label.status in ("labelled", "ignored"):
                (self.labelled if label.status == "labelled" else self.ignored)[label.category] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return {
            "images": self.images,
            "labelled": sum(self.labelled.values()),
            "ignored": sum(self.ignored.values()),
            "labelled_by_class": dict(sorted(self.labelled.items())),
        }


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion made.

    Args:
        folder: Where everything lies.
        path: The file or folder to give to a reader of the format.
        parts: What each part holds.
        notes: What the format could not hold and the like, one sentence each.
    """

    folder: Path
    path: Path
    parts: Mapping[str, PartCounts]
    notes: tuple[str, ...] = ()


def convert_dataset(
    folder: str | Path,
    to: str,
    out: str | Path,
    *,
    options: Mapping[str, Any] | Iterable[str] = (),
    split: Mapping[str, float] | str | None = None,
    split_by: str = "scene",
    split_seed: int = 0,
    frames: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Conversion:
    """Write a data set in another format.

    Args:
        folder: The data set; it is only read. Pictures are linked where the disk can, else copied.
        to: Name of the format: of an entry point ``synthvision.exporters``.
        out: Folder to write into; must be empty or not exist, and lie outside the data set.
        options: Of the format, by name, or as ``KEY=VALUE`` with the value in YAML.
        split: Share of each part, e.g. ``{"train": 0.8, "val": 0.2}``; None for one part called ``train``.
        split_by: What must not be in two parts; see `synthvision.export.splits.split_dataset`.
        split_seed: Seed of the split, 0 or more.
        frames: Which frames, e.g. ``0-99,150,200-``; None for all.
        progress: Called with the number of frames that are done.

    Returns:
        What was made; the same stands in ``conversion.json``.

    Raises:
        PluginError: There is no such format; the nearest name is given.
        UsageError: An option is unknown or not allowed, or the split is impossible.
        MissingExtraError: The format needs a package that is not installed.
        DatasetError: The data set lacks an image that the format needs, a record is broken, or `out` is not empty.
    """
    kind = _load_exporter(to)
    values = dict(options) if isinstance(options, Mapping) else parse_option_values(options)
    chosen = build_options(kind.Options, values, to)
    exporter = kind(**chosen.model_dump(exclude_unset=True))
    shares = parse_shares(split) if isinstance(split, str) else split
    check_split_kind(split_by)
    wanted = None if frames is None else parse_frames(frames)
    dataset = open_dataset(folder)
    if not values:
        # What other options need only the exporter knows; it says so before its first file.
        require_layers(dataset, kind.needs, to)
    root, target = dataset.root.resolve(), Path(out).resolve()
    if target == root or root in target.parents:
        raise UsageError(f"the output folder must lie outside the data set, but {out} is in {dataset.root}")
    parts, notes = _choose_parts(dataset, shares, split_by, split_seed, wanted)
    layout = new_folder(Path(out))
    watched = _WatchedDataset(dataset, parts, progress)
    path = exporter.export(watched, layout.root, parts)
    notes += tuple(getattr(exporter, "notes", ()))
    made = Conversion(layout.root, path, watched.counted(), notes)
    _write_summary(made, dataset, to, chosen, _split_json(shares, split_by, split_seed), frames)
    return made


def parse_option_values(words: Iterable[str]) -> dict[str, Any]:
    """Return options from words ``KEY=VALUE``; values are read as YAML.

    Raises:
        UsageError: A word has another form, or an option is given twice.
        ConfigError: A value is not YAML.

    Example:
        >>> parse_option_values(["task=segment", "quality=90"])
        {'task': 'segment', 'quality': 90}
    """
    values: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"an option must be KEY=VALUE, e.g. task=segment, got {word!r}")
        if key.strip() in values:
            raise UsageError(f"option {key.strip()!r} is given twice")
        values[key.strip()] = parse_yaml(text, f"--option {word}").data if text.strip() else None
    return values


def parse_frames(text: str) -> tuple[range, ...]:
    """Return frame indices from text: single ones, ``first-last`` with the last included, and ``first-`` without end.

    Raises:
        UsageError: The text has another form.

    Example:
        >>> parse_frames("0-99,150")
        (range(0, 100), range(150, 151))
    """
    ranges = []
    for item in text.split(","):
        first, dash, last = (piece.strip() for piece in item.partition("-"))
        if not first.isascii() or not first.isdigit() or not (last == "" or (last.isascii() and last.isdigit())):
            raise UsageError(f"frames must be written as 0-99,150,200- with whole numbers, got {item!r}")
        stop = int(first) + 1 if not dash else 10**9 if last == "" else int(last) + 1
        if stop <= int(first):
            raise UsageError(f"a range of frames must not end before it starts, got {item!r}")
        ranges.append(range(int(first), stop))
    return tuple(ranges)


class _Chosen:
    """The frames of some ranges, as something that knows what is in it."""

    def __init__(self, ranges: tuple[range, ...]) -> None:
        self._ranges = ranges

    def __contains__(self, frame: object) -> bool:
        return any(frame in part for part in self._ranges)


class _WatchedDataset(Dataset):
    """A data set that counts what is read of it, so that the counts need no pass of their own."""

    def __init__(self, source: Dataset, parts: Parts, progress: Callable[[int], None] | None) -> None:
        super().__init__(source.layout, source.manifest)
        self._parts = parts
        self._progress = progress
        self._counted: dict[str, PartCounts] | None = None

    def records(self) -> Iterator[FrameRecord]:
        """Yield the records of all frames in order, and count them."""
        counts = {name: PartCounts() for name in self._parts.names}
        done = 0
        for record in super().records():
            part = self._parts.of(record.frame)
            if part is not None:
                counts[part].add(record)
                done += 1
            yield record
            if self._progress is not None and part is not None:
                self._progress(done)
        self._counted = counts

    def counted(self) -> dict[str, PartCounts]:
        """Return what each part holds; an exporter that read frames in another way costs one more pass."""
        if self._counted is None:
            self._progress = None
            for _ in self.records():
                pass
        assert self._counted is not None
        return self._counted


def _load_exporter(name: str) -> type[Exporter]:
    kind = load_plugin("exporters", name)
    options = getattr(kind, "Options", None)
    if not (isinstance(options, type) and issubclass(options, ExportOptions) and hasattr(kind, "needs")):
        raise PluginError(f"exporters plugin {name!r} must have Options (a class of ExportOptions) and needs")
    return cast("type[Exporter]", kind)


def _choose_parts(
    dataset: Dataset, shares: Mapping[str, float] | None, by: str, seed: int, wanted: tuple[range, ...] | None
) -> tuple[Parts, tuple[str, ...]]:
    chosen = None if wanted is None else _Chosen(wanted)
    if shares is not None:
        split = split_dataset(dataset, shares, by=by, seed=seed, frames=chosen)
        return split.parts, split.notes
    if chosen is None:
        if next(iter(dataset.lines()), None) is None:
            raise UsageError(f"{dataset.root} must have frames to convert, but has none")
        return Parts.whole(), ()
    frames = [frame for frame, _ in dataset.lines() if frame in chosen]
    if not frames:
        raise UsageError(f"--frames must name frames of {dataset.root}, but none of them is there")
    return Parts.of_frames({"train": frames}), ()


def _split_json(shares: Mapping[str, float] | None, by: str, seed: int) -> dict[str, Any] | None:
    return None if shares is None else {"shares": dict(shares), "by": by, "seed": seed}


def _write_summary(
    made: Conversion,
    dataset: Dataset,
    to: str,
    options: ExportOptions,
    split: dict[str, Any] | None,
    frames: str | None,
) -> None:
    manifest = dataset.manifest
    data = {
        "source": manifest.name,
        "config_hash": manifest.config_hash,
        "generator": f"synthvision {__version__}",
        "format": to,
        "options": options.model_dump(mode="json"),
        "frames": frames,
        "split": split,
        "parts": {name: counts.to_json() for name, counts in made.parts.items()},
        "licences": list(manifest.licences),
        "notes": list(made.notes),
    }
    write_text(made.folder / SUMMARY_NAME, canonical_json(data) + "\n")
