"""Judges pictures that any program made of the renders of a data set, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synthvision.annotate.rle import decode_id_image
from synthvision.core.errors import UsageError
from synthvision.dataset.layout import frame_stem
from synthvision.dataset.reader import DatasetFrame, open_dataset
from synthvision.realism.guard.config import GuardSpec
from synthvision.realism.guard.guard import Guard
from synthvision.realism.run import RealismCounts

__all__ = ["JudgedPictures", "judge_pictures"]

_SUFFIXES = ("png", "jpg", "jpeg", "webp")


@dataclass(frozen=True, slots=True)
class JudgedPictures:
    """What the guard says of a folder of pictures.

    Args:
        counts: Pictures and instances by decision.
        findings: A line for each picture and instance whose labels are no longer true.
    """

    counts: RealismCounts = field(default_factory=RealismCounts)
    findings: list[str] = field(default_factory=list)


def judge_pictures(
    folder: Path,
    pictures: Path,
    spec: GuardSpec,
    base: Path,
    device: str = "auto",
    *,
    smallest_px: int = 0,
    progress: Callable[[int], None] | None = None,
) -> JudgedPictures:
    """Judge every picture that is there by the labels of its render.

    Args:
        folder: The renders, a data set.
        pictures: A data set of the same frames, or a folder of pictures named by frame.
        spec: What is checked.
        base: Where relative paths of the spec start.
        device: For weights, where the spec has some: ``auto``, ``cpu``, or a device of torch.
        smallest_px: Objects whose shorter box side is below this are not judged.
        progress: Called with the number of pictures that are done.

    Raises:
        DatasetError: The renders are no data set, or one of them is broken.
        UsageError: There is no picture, or one is broken or of another size than its render.
    """
    guard, judged = Guard(spec, base, device), JudgedPictures()
    for frame in open_dataset(folder):
        path = _picture_of(pictures, frame.index)
        if path is None:
            continue
        rendered = frame.rgb()
        found = guard.judge(
            rendered,
            _read(path, rendered, frame),
            decode_id_image(frame.record.instances, frame.record.size_wh),
            frame.record.instances,
            smallest_px=smallest_px,
        ).realism
        judged.counts.pictures[found.decision] += 1
        judged.counts.instances.update(each.decision for each in found.instances)
        if found.decision == "render":
            judged.findings.append(f"frame {frame.index}: {'; '.join(found.reasons)}")
        names = {label.instance_id: label.name for label in frame.record.instances}
        for each in found.instances:
            if each.decision in ("restored", "ignored"):
                judged.findings.append(f"frame {frame.index}: {names[each.instance_id]}: {'; '.join(each.reasons)}")
        if progress is not None:
            progress(judged.counts.pictures.total())
    if not judged.counts.pictures:
        raise UsageError(
            f"{pictures} must hold pictures of the frames of {folder}, named by frame such as 00000017.png or as in a "
            "data set, but has none"
        )
    return judged


def _picture_of(folder: Path, frame: int) -> Path | None:
    for name in (f"images/{frame_stem(frame)}", frame_stem(frame), f"{frame:08d}"):
        for suffix in _SUFFIXES:
            path = folder / f"{name}.{suffix}"
            if path.is_file():
                return path
    return None


def _read(path: Path, rendered: NDArray[np.uint8], frame: DatasetFrame) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            picture = np.asarray(image.convert("RGB"), np.uint8)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} must be a whole picture: {error}") from error
    if picture.shape != rendered.shape:
        raise UsageError(
            f"{path} must be of the size of frame {frame.index}, {rendered.shape[1]} x {rendered.shape[0]} px, got "
            f"{picture.shape[1]} x {picture.shape[0]}"
        )
    return picture
