"""Checks of the data set as a whole: manifest, frames, records, licences, stray files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError
from synthvision.dataset.atomic import TEMPORARY_SUFFIX
from synthvision.dataset.failures import load_failures
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import Manifest, config_hash

__all__ = ["COLLECTION_CHECKS", "CollectionCheck"]


def check_config_hash(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """The hash in the manifest is that of its config."""
    expected = config_hash(manifest.config)
    if manifest.config_hash != expected:
        yield f"config_hash must be {expected[:16]}..., got {manifest.config_hash[:16]}..."


def check_classes(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """Class names are unique and not empty."""
    names = manifest.class_names
    if len(set(names)) != len(names) or "" in names:
        yield f"class names must be unique and not empty, got {list(names)}"


def check_licences(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """Every asset has a licence."""
    for entry in manifest.assets:
        if not entry.licence:
            yield f"{entry.kind} {entry.pack}/{entry.name} has no licence"


def check_frames_missing(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """Every frame that the manifest names has a record, or stands in failures.jsonl."""
    try:
        failed = {failure.frame for failure in load_failures(layout)}
    except DatasetError as error:
        yield str(error)
        failed = set()
    missing = [frame for frame in manifest.frame_indices if frame not in frames and frame not in failed]
    if missing:
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        yield f"{len(missing)} frames have no record and are not in failures.jsonl: {missing[:8]}{more}"


def check_frames_made(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """At least one of the frames that the manifest names was made."""
    wanted = sum(1 for _ in manifest.frame_indices)
    if wanted and not frames:
        try:
            failures = load_failures(layout)
        except DatasetError:
            failures = ()  # `frames_missing` says so
        why = f"; frame {failures[0].frame}: {failures[0].reason}" if failures else ""
        yield f"at least one frame must be made, but none of {wanted} was, {len(failures)} failed{why}"


def check_frames_unexpected(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """Every record is of a frame that the manifest names."""
    strangers = sorted(frames.difference(manifest.frame_indices))
    if strangers:
        yield f"{len(strangers)} records are of frames that the manifest does not name: {strangers[:8]}"


def check_stray_files(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """No image lies there without a record, and no file is half written."""
    for layer in manifest.layers.values():
        folder = layout.root / layer.folder
        expected = {layout.layer(layer.folder, frame, layer.suffix).relative_to(folder).as_posix() for frame in frames}
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        strays = sorted(there - expected)
        if strays:
            yield f"{len(strays)} files in {layer.folder}/ belong to no record, first {strays[0]}"
    for path in sorted(layout.root.glob(f"*{TEMPORARY_SUFFIX}")):
        yield f"{path.name} is a half-written file"


def check_policy_config(manifest: Manifest, layout: DatasetLayout, frames: set[int]) -> Iterator[str]:
    """The label policy in the manifest is one that this version knows."""
    try:
        LabelPolicy.model_validate(manifest.config.get("labels", {}))
    except ValueError as error:
        yield f"config.labels must be a label policy: {error}"


CollectionCheck = Callable[[Manifest, DatasetLayout, set[int]], Iterator[str]]

COLLECTION_CHECKS: tuple[CollectionCheck, ...] = (
    check_config_hash,
    check_classes,
    check_policy_config,
    check_licences,
    check_frames_missing,
    check_frames_made,
    check_frames_unexpected,
    check_stray_files,
)
