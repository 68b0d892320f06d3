"""Detections on disk, as COCO has results: what any tool that knows COCO can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_text
from synthvision.evaluate.detections import Detections

__all__ = ["load_detections", "save_detections"]


def save_detections(path: Path, detections: Sequence[Detections]) -> None:
    """Write detections as COCO's list of results: image and category ids count from 1, boxes are x, y, width, height.

    Args:
        path: The file.
        detections: One entry a picture.

    Raises:
        DatasetError: The file cannot be written.
    """
    rows = []
    for image_id, one in enumerate(detections, start=1):
        for (x1, y1, x2, y2), score, place in zip(
            one.box_xyxy_n4.astype(np.float64).tolist(), one.score_n.tolist(), one.class_n.tolist(), strict=True
        ):
            box = [x1, y1, x2 - x1, y2 - y1]
            rows.append({"image_id": image_id, "category_id": place + 1, "bbox": box, "score": score})
    write_text(path, canonical_json(rows))


def load_detections(path: Path, pictures: int) -> tuple[Detections, ...]:
    """Return detections that were saved.

    Args:
        path: The file.
        pictures: How many pictures they are of.

    Raises:
        UsageError: The file cannot be read, or speaks of other pictures.
    """
    found: list[list[tuple[float, ...]]] = [[] for _ in range(pictures)]
    try:
        for row in json.loads(path.read_text(encoding="utf-8")):
            x, y, width, height = row["bbox"]
            entry = (x, y, x + width, y + height, row["score"], row["category_id"] - 1)
            place = int(row["image_id"]) - 1
            if place < 0:
                raise IndexError("image_id below 1")
            found[place].append(entry)
        return tuple(_detections(entries) for entries in found)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UsageError(f"{path}: must hold the detections of {pictures} pictures: {error!r}; delete it") from error


def _detections(entries: Sequence[tuple[float, ...]]) -> Detections:
    table = np.array(entries, np.float64).reshape(-1, 6)
    return Detections(
        table[:, :4].astype(np.float32), table[:, 4].astype(np.float32), np.round(table[:, 5]).astype(np.int64)
    )
