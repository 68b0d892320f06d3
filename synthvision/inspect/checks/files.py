"""Checks of a frame's files: there, whole, what was written, of the right size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import cv2
import numpy as np

from synthvision.inspect.checks.frame_view import FrameCheck, FrameView

__all__ = ["FILE_CHECKS"]

# A picture whose channels all stay within this many levels shows nothing.
_BLANK_LEVELS = 3


def check_file_names(view: FrameView) -> Iterator[str]:
    """The record names exactly the files that the manifest promises, under the names that its index gives."""
    for name, layer in view.manifest.layers.items():
        expected = view.layout.layer(layer.folder, view.record.frame, layer.suffix)
        path = expected.relative_to(view.layout.root).as_posix()
        entry = view.record.files.get(name)
        if entry is None:
            yield f"the record must name the {name} file {path}, but names none"
        elif entry.path != path:
            yield f"the {name} file must be {path}, got {entry.path}"
    for name in view.record.files.keys() - view.manifest.layers.keys():
        yield f"the record names a {name} file that the manifest does not promise"


def check_file_missing(view: FrameView) -> Iterator[str]:
    """Every file that the manifest promises is there."""
    for name, file in view.files.items():
        if file.data is None:
            yield f"the {name} file cannot be read: {file.problem}"


def check_file_bytes(view: FrameView) -> Iterator[str]:
    """Every file holds the bytes that were written."""
    for name, file in view.files.items():
        entry = view.record.files.get(name)
        if file.data is None or entry is None:
            continue
        if len(file.data) != entry.bytes:
            yield f"the {name} file must have {entry.bytes} bytes, got {len(file.data)}"
        elif hashlib.sha256(file.data).hexdigest() != entry.sha256:
            yield f"the {name} file is not the one that was written: its hash differs"


def check_file_decodes(view: FrameView) -> Iterator[str]:
    """Every file is a whole image of the form that the manifest states."""
    for name, file in view.files.items():
        if file.data is not None and file.pixels is None:
            yield f"the {name} file {file.problem}"


def check_image_size(view: FrameView) -> Iterator[str]:
    """Every image has the size that the record states."""
    height, width = view.shape_hw
    for name, file in view.files.items():
        if file.pixels is not None and file.pixels.shape[:2] != (height, width):
            rows, columns = file.pixels.shape[:2]
            yield f"the {name} image must be {width} x {height} px, got {columns} x {rows}"


def check_image_blank(view: FrameView) -> Iterator[str]:
    """The picture shows something: it is not black, and not of one colour."""
    picture = view.pixels("image")
    if picture is None:
        return
    limits = [cv2.minMaxLoc(np.ascontiguousarray(picture[..., channel]))[:2] for channel in range(3)]
    if max(high - low for low, high in limits) <= _BLANK_LEVELS:
        yield f"the picture is of one colour, {tuple(int(high) for _, high in limits)}"


FILE_CHECKS: tuple[FrameCheck, ...] = (
    check_file_names,
    check_file_missing,
    check_file_bytes,
    check_file_decodes,
    check_image_size,
    check_image_blank,
)
