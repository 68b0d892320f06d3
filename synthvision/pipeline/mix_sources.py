"""What is to be mixed: words of the command line as sources, with their pictures, their part and their share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.reader import open_dataset
from synthvision.export.mixing.coco_source import CocoSource, open_coco
from synthvision.export.mixing.shares import Share

__all__ = ["SUMMARY_NAME", "Addition", "open_sources", "parse_addition", "parse_pairs"]

#: What sums up a mixed set, in its folder.
SUMMARY_NAME = "mix.json"
_PARTS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
#: Names of files and folders that say nothing about a set.
_PLAIN_NAMES = frozenset(
    {"instances", "annotations", "labels", "coco", "images", "data", "person", "keypoints", "person_keypoints", ""}
)


@dataclass(frozen=True, slots=True)
class Addition:
    """A set to be mixed in.

    Args:
        path: Folder of a data set, of COCO files, or one COCO file.
        share: How much of it.
    """

    path: Path
    share: Share = field(default_factory=Share)


def parse_addition(word: str) -> Addition:
    """Return a set from ``PATH``, ``PATH:WEIGHT`` or ``PATH=COUNT``.

    Raises:
        UsageError: The weight or number is not above 0.

    Example:
        >>> parse_addition("made/street:90").share.weight
        Fraction(90, 1)
    """
    match = re.fullmatch(r"(.+?)(?::(\d+(?:\.\d+)?)|=(\d+))?", word.strip())
    if match is None:
        raise UsageError(f"a set must be given as PATH, PATH:WEIGHT or PATH=COUNT, got {word!r}")
    path, weight, count = match.groups()
    share = Share(None if weight is None else Fraction(weight), None if count is None else int(count))
    if share.weight == 0 or share.count == 0:
        raise UsageError(f"weight or number of a set must be above 0, got {word!r}")
    return Addition(Path(path), share)


def parse_pairs(words: Iterable[str], what: str) -> dict[str, str]:
    """Return what is written as ``A=B`` by A.

    Args:
        words: The words.
        what: What messages call them.

    Raises:
        UsageError: A word has another form, or gives something twice.

    Example:
        >>> parse_pairs(["traffic cone=cone"], "--map")
        {'traffic cone': 'cone'}
    """
    found: dict[str, str] = {}
    for word in words:
        old, equals, new = (piece.strip() for piece in word.partition("="))
        if not equals or not old or not new:
            raise UsageError(f"{what} must be OLD=NEW, got {word!r}")
        if old in found:
            raise UsageError(f"{what} gives {old!r} twice")
        found[old] = new
    return found


def open_sources(additions: Sequence[Addition], pictures: Mapping[str, str]) -> list[list[CocoSource]]:
    """Return the sources of each set: one for each of its parts.

    Args:
        additions: The sets.
        pictures: Folder of pictures by the path of a COCO file, for those whose pictures lie elsewhere.

    Raises:
        DatasetError: A file is missing or not COCO, or the pictures are not found.
        UsageError: A set is given twice, or `pictures` names another.
    """
    given = {str(Path(path)): Path(folder) for path, folder in pictures.items()}
    entries_of = [list(_files_of(addition.path)) for addition in additions]
    files = [path for entries in entries_of for path, *_ in entries]
    for number, path in enumerate(files):
        if path.resolve() in {other.resolve() for other in files[:number]}:
            raise UsageError(f"every set must be given once, but {path} is given twice")
    unknown = sorted(given.keys() - {str(path) for path in files} - {str(addition.path) for addition in additions})
    if unknown:
        raise UsageError(f"--images must name a COCO file that is added, got {unknown[0]!r}")
    taken: dict[str, Path] = {}
    opened = []
    for addition, entries in zip(additions, entries_of, strict=True):
        name = _unique(_name_of(addition.path), taken)
        taken[name] = addition.path
        sources = []
        for path, kind, part, folder in entries:
            where = given.get(str(path), given.get(str(addition.path), folder))
            source = open_coco(path, name, kind, part, where or path.parent)
            source.generation = max(source.generation, _generation(path))
            if where is None:
                source.pictures = _find_pictures(source)
            _check_one_part(source)
            sources.append(source)
        if len(sources) > 1:
            for source in sources:
                source.folder = f"{name}/{source.part}"
        parts = [source.part for source in sources]
        if len(set(parts)) < len(parts):
            listed = ", ".join(entry[0].name for entry in entries)
            raise UsageError(f"{addition.path} must have one file for each part, got {listed}; give one of them")
        opened.append(sources)
    return opened


def _files_of(path: Path) -> Iterable[tuple[Path, str | None, str, Path | None]]:
    """Yield COCO file, kind, part and folder of pictures of a set; None for what the file has to tell."""
    if path.is_file():
        yield path, None, _part_of(path), None
        return
    if not path.is_dir():
        raise DatasetError(f"there is no data set and no COCO file at {path}")
    if DatasetLayout(path).manifest.is_file():
        layout = open_dataset(path).layout
        if not layout.coco.is_file():
            raise DatasetError(f"{path} must have {layout.coco.relative_to(path)}: finish it first, or export it anew")
        yield layout.coco, "synthetic", "train", path / "images"
        return
    found = sorted((path / "annotations").glob("instances*.json")) or sorted((path / "annotations").glob("*.json"))
    found = found or sorted(path.glob("*.json"))
    if not found:
        raise DatasetError(f"{path} must be a data set, or hold annotations/*.json in COCO form")
    for file in found:
        yield file, None, _part_of(file), None


def _generation(path: Path) -> int:
    """Return the depth of generation that the data set or mix of a COCO file tells of; 0 where there is neither."""
    for folder in (path.parent, path.parent.parent):
        if DatasetLayout(folder).manifest.is_file():
            return open_dataset(folder).manifest.generation
        if (folder / SUMMARY_NAME).is_file():
            try:
                return int(json.loads((folder / SUMMARY_NAME).read_text(encoding="utf-8")).get("generation", 1))
            except (OSError, ValueError, AttributeError, TypeError) as error:
                raise DatasetError(f"{folder / SUMMARY_NAME}: must be the summary of a mixed set: {error}") from error
    return 0


def _part_of(path: Path) -> str:
    words = [re.sub(r"\d+$", "", word) for word in re.split(r"[^A-Za-z0-9]+", path.stem.lower())]
    return next((_PARTS[word] for word in reversed(words) if word in _PARTS), "train")


def _check_one_part(source: CocoSource) -> None:
    """Refuse a file whose pictures lie in folders of several parts: those to test with must not be trained on."""
    found = {
        _PARTS[word]
        for number in range(len(source))
        for word in source.image(number).file_name.lower().split("/")[:-1]
        if word in _PARTS
    }
    if len(found) > 1:
        raise UsageError(
            f"{source.path} lists pictures of {' and '.join(sorted(found))}, by their folders; make one file of each "
            "part, named like instances_train.json, and add the folder of these"
        )


def _name_of(path: Path) -> str:
    """Return a name for a set that can be that of a folder."""
    resolved = path.resolve()
    candidates = [resolved.stem if path.is_file() else resolved.name, resolved.parent.name, resolved.parent.parent.name]
    for candidate in candidates if path.is_file() else candidates[:1]:
        words = [word for word in re.split(r"[^\w.-]+", candidate, flags=re.ASCII) if word]
        slug = "-".join(words).strip(".-_").lstrip(".")
        bare = re.sub(r"[_-]?(train|val|valid|validation|test)?\d*$", "", slug.lower())
        if bare.strip("_-") not in _PLAIN_NAMES:
            return slug
    return "set"


def _unique(name: str, taken: Mapping[str, Path]) -> str:
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in names if candidate not in taken)


def _find_pictures(source: CocoSource) -> Path:
    """Return the folder beside a COCO file that holds its first picture."""
    near, above = source.path.parent, source.path.parent.parent
    word = source.path.stem.rpartition("_")[2]
    candidates = [near / "images", above / "images", near, above, above / word, above / "images" / word, near / word]
    if not len(source):
        return near
    first = source.image(0).file_name
    for folder in candidates:
        if (folder / first).is_file():
            return folder
    tried = ", ".join(str(folder) for folder in candidates[:4])
    raise DatasetError(
        f"{source.path}: its first picture, {first}, is in none of {tried}; say with --images {source.path}=DIR where "
        "the pictures are"
    )
