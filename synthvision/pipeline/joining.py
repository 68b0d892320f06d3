"""Whether a run may add to a data set that is there: the same job, version and assets, and the same fingerprint.

A data set is what one job gives on one fingerprint, whoever made which frame. Another job is refused, with the first
value that differs; another fingerprint too, unless mixing is allowed: then ``mixed.jsonl`` says which frames it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import Manifest, frame_ranges, hashed_config

__all__ = ["check_same_fingerprint", "check_same_job", "first_difference", "joined_manifest", "note_mixed"]


def check_same_job(old: Manifest, new: Manifest, layout: DatasetLayout) -> None:
    """Raise an error that names the first difference between the job of a data set and another.

    Frame count, workers, executor, shard and folder may differ.

    Args:
        old: Manifest of the data set.
        new: Manifest of the run that is to add to it.
        layout: The data set.

    Raises:
        DatasetError: The jobs, the versions of the program or the assets differ.
    """
    for changed, how in ((old.augmentation, "augmented"), (old.realism if new.realism is None else None, "refined")):
        if changed is not None:
            raise DatasetError(
                f"{layout.root} must hold renders to be added to, but was {how}; resume the data set of the renders"
            )
    start = f"{layout.root} can only be resumed by the run that began it"
    end = "; give back what it was, or render into another folder"
    if old.generator != new.generator:
        raise DatasetError(f"{start}: it was made by {old.generator}, this is {new.generator}{end}")
    found = first_difference(hashed_config(old.config), hashed_config(new.config))
    if found is None and old.config_hash != new.config_hash:
        found = "config: the same values stand in another order, which decides what is placed first"
    if found is not None:
        raise DatasetError(f"{start}: {found}{end}")
    before = {(entry.pack, entry.name): entry.sha256 for entry in old.assets}
    for entry in new.assets:
        was = before.get((entry.pack, entry.name), "")
        if was != entry.sha256:
            how = "is new" if was == "" else "has changed"
            raise DatasetError(f"{start}: asset {entry.pack}/{entry.name} {how} since{end}")


def first_difference(old: Any, new: Any, path: str = "") -> str | None:
    """Return the first value that differs between two trees of JSON values, and how; None where they are equal.

    Example:
        >>> first_difference({"image": {"width": 640}}, {"image": {"width": 320}})
        'image.width was 640 and is 320'
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            where = f"{path}.{key}" if path else str(key)
            if key not in old or key not in new:
                return f"{where} was {_shown(old, key)} and is {_shown(new, key)}"
            found = first_difference(old[key], new[key], where)
            if found is not None:
                return found
        return None
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        for number, (one, other) in enumerate(zip(old, new, strict=False)):
            found = first_difference(one, other, f"{path}.{number}")
            if found is not None:
                return found
        return None if len(old) == len(new) else f"{path} had {len(old)} entries and has {len(new)}"
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return None
    return f"{path} was {_short(old)} and is {_short(new)}"


def joined_manifest(old: Manifest, new: Manifest) -> Manifest:
    """Return the manifest of a data set that is to hold the frames of two runs: the old one where nothing is added."""
    if new.frames == old.frames:
        return old
    frames = frame_ranges([*old.frame_indices, *new.frame_indices])
    if frames == old.frames:
        return old
    return new.model_copy(update={"frames": frames, "fingerprint": old.fingerprint})


def check_same_fingerprint(
    old: Mapping[str, str], new: Mapping[str, str], layout: DatasetLayout, *, allow_mixed: bool
) -> bool:
    """Return whether two fingerprints are the same; others are refused unless mixing is allowed.

    Args:
        old: Of the data set.
        new: Of the workers that are to add to it.
        layout: The data set.
        allow_mixed: Do not refuse.

    Raises:
        DatasetError: They differ; the message says where first.
    """
    found = first_difference(dict(old), dict(new))
    if found is None:
        return True
    if not allow_mixed:
        raise DatasetError(
            f"{layout.root} was made where {found}: the same job gives other bytes here, though labels differ by a "
            "pixel at most; resume it on such a machine, or allow it with --allow-mixed, which notes the frames"
        )
    return False


def note_mixed(layout: DatasetLayout, fingerprint: Mapping[str, str], frames: NDArray[np.int64]) -> None:
    """Note in ``mixed.jsonl`` that another fingerprint makes some frames from now on.

    Args:
        layout: The data set.
        fingerprint: Theirs.
        frames: Frames that it is to make, ascending; those that it does not come to are noted again by the next.

    Raises:
        DatasetError: The file cannot be read or written.
    """
    try:
        before = layout.mixed.read_text(encoding="utf-8") if layout.mixed.is_file() else ""
    except OSError as error:
        raise DatasetError(f"{layout.mixed} must be readable: {error.strerror or error}") from error
    ranges = [[part.start, part.stop, part.step] for part in frame_ranges(frames.tolist())]
    line = canonical_json({"fingerprint": dict(fingerprint), "frames": ranges}) + "\n"
    write_text(layout.mixed, before + line)


def _shown(tree: Mapping[str, Any], key: str) -> str:
    return _short(tree[key]) if key in tree else "not there"


def _short(value: Any) -> str:
    text = canonical_json(value)
    return text if len(text) <= 80 else text[:77] + "..."
