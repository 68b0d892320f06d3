"""Sheets of samples: render, what the generator makes of it, its running mean, a photo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.atomic import write_bytes

__all__ = ["sample_sheet", "save_sheet"]

Rgb = NDArray[np.uint8]

_GAP = 4
_HEADER = 18


def sample_sheet(columns: Sequence[tuple[str, Sequence[Rgb]]]) -> Rgb:
    """Return pictures of one size side by side, a row a sample, with a title above each column.

    Args:
        columns: Title and pictures, uint8 (height, width, 3), as many in each column.
    """
    height, width = columns[0][1][0].shape[:2]
    rows = len(columns[0][1])
    sheet = np.full((_HEADER + rows * (height + _GAP), len(columns) * (width + _GAP) - _GAP, 3), 255, np.uint8)
    for number, (title, pictures) in enumerate(columns):
        left = number * (width + _GAP)
        cv2.putText(sheet, title, (left + 2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        for row, picture in enumerate(pictures):
            top = _HEADER + row * (height + _GAP)
            sheet[top : top + height, left : left + width] = picture
    return sheet


def save_sheet(path: Path, columns: Sequence[tuple[str, Sequence[Rgb]]]) -> None:
    """Write a sheet as PNG.

    Args:
        path: The file.
        columns: As for `sample_sheet`.

    Raises:
        DatasetError: The file cannot be written.
    """
    ok, data = cv2.imencode(".png", cv2.cvtColor(sample_sheet(columns), cv2.COLOR_RGB2BGR))
    if not ok:
        raise DatasetError(f"{path}: the sheet could not be written as PNG")
    write_bytes(path, data.tobytes())
