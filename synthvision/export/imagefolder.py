"""Hugging Face imagefolder: pictures in a folder for each part, with ``metadata.jsonl`` beside them.

``datasets.load_dataset(FOLDER)`` reads it: ``README.md`` says which folder is which split, whatever the parts are
called. A line of ``metadata.jsonl`` is the ``file_name`` of a picture, relative to the file, and what
`synthvision.export.hub_features` lists. See https://huggingface.co/docs/datasets/image_dataset#imagefolder.
Its reader takes class numbers as plain numbers; ``classes.json`` lists the names in their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset
from synthvision.export.exporter import ExportOptions
from synthvision.export.hub_features import HubRows
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.pictures import place_file
from synthvision.export.targets import category_numbers

__all__ = ["ImageFolderExporter", "ImageFolderOptions", "check_split_names"]

_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")


class ImageFolderOptions(ExportOptions):
    """There is nothing to choose."""


class ImageFolderExporter:
    """Writes ``<part>/metadata.jsonl`` with ``<part>/0000/00000017.png`` and so on, ``README.md`` and ``classes.json``.

    What the label policy ignores has ``iscrowd`` 1 in ``objects``; a training script that does not look there takes it
    for a target. Lost are keypoints, poses, 3D boxes, amodal masks, attributes, tracks, the images beside the pictures,
    the scenes, and everything without a label: what is dropped, hidden or no target.

    Args:
        options: See `ImageFolderOptions`.
    """

    Options: ClassVar[type[ExportOptions]] = ImageFolderOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        build_options(ImageFolderOptions, options, "imagefolder")
        self._notes = Notes()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the last export could not hold."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write the folders.

        Args:
            dataset: What to read.
            out: Folder of the parts.
            parts: Which frames go into which folder.

        Returns:
            `out`.

        Raises:
            UsageError: The name of a part cannot be that of a split.
            DatasetError: A record is broken, a picture is missing, or a file cannot be written.
        """
        check_split_names(parts.names)
        self._notes = Notes()
        rows = HubRows(category_numbers(dataset.manifest), self._notes)
        with ExitStack() as stack:
            tables: dict[str, BinaryIO] = {
                name: stack.enter_context(atomic_file(out / name / "metadata.jsonl")) for name in parts.names
            }
            for part, frame in parts.frames_of(dataset):
                picture = frame.path("image")
                name = picture.relative_to(picture.parents[1]).as_posix()
                place_file(picture, out / part / name)
                row = {"file_name": name, **rows.of(part, frame)}
                tables[part].write((canonical_json(row) + "\n").encode())
        write_text(out / "README.md", _card(dataset.manifest, parts.names))
        write_text(out / "classes.json", canonical_json(list(dataset.manifest.class_names)) + "\n")
        return out


def check_split_names(names: Sequence[str]) -> None:
    """Check that parts can be splits of the package ``datasets``.

    Raises:
        UsageError: A name holds something else than letters, digits, underscores and single dots.
    """
    for name in names:
        if not _SPLIT_NAME.fullmatch(name):
            raise UsageError(
                f"a part's name must be letters, digits and underscores to be a split of Hugging Face, got {name!r}"
            )


def _card(manifest: Manifest, parts: Sequence[str]) -> str:
    # JSON text is YAML text: any name can be written so.
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for name in parts:
        lines += [f"  - split: {canonical_json(name)}", f"    path: {canonical_json(name + '/**')}"]
    lines += ["  drop_labels: true", "---", "", f"# {manifest.name}", ""]
    lines += [f"Simulated pictures with exact labels, made by {manifest.generator}.", ""]
    lines += ["`objects.categories` are places in this list of classes, which `classes.json` holds too:", ""]
    lines += [f"{number}. {name}" for number, name in enumerate(manifest.class_names)]
    return "\n".join([*lines, ""])
