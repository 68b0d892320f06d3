"""Pictures of a data set at another place: linked where the disk can, else copied, or written in another form."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.atomic import write_bytes
from synthvision.dataset.images import encode_layer
from synthvision.dataset.manifest import Layer
from synthvision.dataset.reader import DatasetFrame

__all__ = ["place_file", "place_picture", "write_picture"]

Suffix = Literal["png", "jpg"]


def place_file(source: Path, target: Path) -> None:
    """Put a file of a data set at a second place: as a hard link, or across disks as a copy of the same bytes.

    Args:
        source: The file.
        target: Where it shall be; its folder is made, a file that is there is replaced.

    Raises:
        DatasetError: The source is missing, or the disk cannot be written.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, partial)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, partial)
        os.replace(partial, target)
        # Where both are the same file already, replacing leaves the link behind.
        partial.unlink(missing_ok=True)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DatasetError(f"{target} could not be written from {source}: {error.strerror or error}") from error


def write_picture(rgb_hwc: NDArray[np.uint8], target: Path, quality: int = 95) -> None:
    """Write a picture as PNG or JPEG, as the ending of `target` says.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        target: Ends in ``.png`` or ``.jpg``.
        quality: Of JPEG, 1 to 100.

    Raises:
        DatasetError: The disk cannot be written.
    """
    suffix: Suffix = "jpg" if target.suffix == ".jpg" else "png"
    layer = Layer(folder="images", suffix=suffix, dtype="uint8", channels=3, unit="sRGB", quality=quality)
    write_bytes(target, encode_layer("image", layer, rgb_hwc))


def place_picture(frame: DatasetFrame, stem: Path, suffix: Suffix | None = None, quality: int = 95) -> Path:
    """Put the picture of a frame at a second place, in its own form or in another.

    Args:
        frame: The frame.
        stem: Where it shall be, without an ending.
        suffix: The form it must have; None for its own. A picture that has it is placed byte for byte.
        quality: Of JPEG, where a PNG has to become one.

    Returns:
        The file.

    Raises:
        DatasetError: The picture is missing or broken, or the disk cannot be written.
    """
    source = frame.path("image")
    target = stem.with_name(f"{stem.name}.{suffix or source.suffix[1:]}")
    if target.suffix == source.suffix:
        place_file(source, target)
    else:
        write_picture(frame.rgb(), target, quality)
    return target
