"""Photos with faces, number plates and the like made unrecognisable, before anything learns from them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_bytes, write_text
from synthvision.features.photos import PhotoBox, Photos
from synthvision.realism.privacy.detectors import Finder

__all__ = ["MaskStyle", "MaskingReport", "mask_boxes", "mask_photos"]

MaskStyle = Literal["fill", "blur"]

#: Cells across the longer side of a box that is blurred: too few to tell people apart.
_CELLS = 4
_RING_PX = 4
_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class MaskingReport:
    """What was masked.

    Args:
        photos: How many photos were written.
        masked: How many of them had something to mask.
        boxes: How many boxes were masked, by category.
    """

    photos: int
    masked: int
    boxes: dict[str, int]


def mask_photos(
    photos: Photos,
    out: Path,
    *,
    categories: Sequence[str] = (),
    finder: Finder | None = None,
    style: MaskStyle = "fill",
    margin: float = 0.15,
) -> MaskingReport:
    """Write copies of photos with things masked, and nothing of the originals' metadata.

    The copies lie in ``out/images`` with a COCO file ``out/annotations.json`` that has the boxes that were not masked.
    JPEG photos stay JPEG (quality 95), all others become PNG. Originals stay as they are.

    Args:
        photos: The photos.
        out: Folder; must be empty or not exist.
        categories: Categories of the photos' own boxes that are to be masked, e.g. ``face``.
        finder: What finds further boxes; None without.
        style: ``fill``: one colour, that of the surroundings. ``blur``: at most 4 x 4 blurred cells.
        margin: By which share of its sides a box grows on each side before it is masked, 0..1.

    Raises:
        UsageError: There is nothing to mask by, a category is unknown, the folder is not empty, or a photo is broken.
        DatasetError: A file cannot be written.
    """
    unknown = sorted(set(categories) - set(photos.categories))
    if unknown:
        known = ", ".join(photos.categories) or "no boxes"
        raise UsageError(f"categories must be those of the photos' boxes ({known}), got {', '.join(unknown)}")
    if not categories and finder is None:
        raise UsageError("masking needs categories of boxes, or a detector, got neither")
    if not 0 <= margin <= 1:
        raise UsageError(f"margin must be 0 to 1, got {margin:g}")
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out}: must be empty or not exist, but holds files: give another folder")
    counts: dict[str, int] = {}
    masked = 0
    kept = []
    for index, path in enumerate(photos.paths):
        rgb = photos.load(index)
        hidden = [box for box in photos.boxes[index] if box.category in categories]
        hidden += finder.find(rgb) if finder is not None else []
        picture = mask_boxes(rgb, [box.box_xyxy for box in hidden], style=style, margin=margin)
        jpeg = path.suffix.lower() in (".jpg", ".jpeg")
        name = f"{index:06}{'.jpg' if jpeg else '.png'}"
        stream = io.BytesIO()
        options: dict[str, Any] = {"quality": _JPEG_QUALITY, "subsampling": 0} if jpeg else {}
        # A picture made of pixels alone has no EXIF: no place, no time, no small copy of the original.
        Image.fromarray(picture).save(stream, "JPEG" if jpeg else "PNG", **options)
        write_bytes(out / "images" / name, stream.getvalue())
        kept.append((name, rgb.shape[:2], [box for box in photos.boxes[index] if box.category not in categories]))
        masked += bool(hidden)
        for box in hidden:
            counts[box.category] = counts.get(box.category, 0) + 1
    write_text(out / "annotations.json", canonical_json(_coco(kept)) + "\n")
    return MaskingReport(len(photos), masked, dict(sorted(counts.items())))


def mask_boxes(
    rgb_hwc: NDArray[np.uint8],
    boxes_xyxy: Iterable[tuple[float, float, float, float]],
    *,
    style: MaskStyle = "fill",
    margin: float = 0.15,
) -> NDArray[np.uint8]:
    """Return a picture with boxes made unrecognisable for good.

    ``fill`` keeps nothing of what was inside. ``blur`` keeps at most 16 mean colours of it: the box is averaged into 4
    cells along its longer side, and those are blended. Both leave everything outside as it is.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        boxes_xyxy: Boxes in pixels; parts outside the picture do not count.
        style: How.
        margin: By which share of its sides a box grows on each side.

    Example:
        >>> picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
        >>> bool((mask_boxes(picture, [(0, 0, 4, 4)]) == picture.mean(axis=(0, 1)).round()).all())
        True
    """
    height, width = rgb_hwc.shape[:2]
    result = rgb_hwc.copy()
    areas = []
    for x1, y1, x2, y2 in boxes_xyxy:
        dx, dy = margin * (x2 - x1), margin * (y2 - y1)
        left, right = max(int(np.floor(x1 - dx)), 0), min(int(np.ceil(x2 + dx)), width)
        top, bottom = max(int(np.floor(y1 - dy)), 0), min(int(np.ceil(y2 + dy)), height)
        if left < right and top < bottom:
            areas.append((left, top, right, bottom))
    inside = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in areas:
        inside[top:bottom, left:right] = True
    for left, top, right, bottom in areas:
        if style == "blur":
            # From the original, so that boxes that overlap do not depend on their order in what they keep.
            result[top:bottom, left:right] = _cells(rgb_hwc[top:bottom, left:right])
            continue
        ring = (
            slice(max(top - _RING_PX, 0), min(bottom + _RING_PX, height)),
            slice(max(left - _RING_PX, 0), min(right + _RING_PX, width)),
        )
        around = rgb_hwc[ring][~inside[ring]]
        # A box over the whole picture has no surroundings: its mean is one colour of millions of pixels.
        colour = around.mean(axis=0) if len(around) else rgb_hwc[top:bottom, left:right].mean(axis=(0, 1))
        result[top:bottom, left:right] = np.rint(colour).astype(np.uint8)
    return result


def _cells(part_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = part_hwc.shape[:2]
    longer = max(height, width)
    rows, columns = max(round(_CELLS * height / longer), 1), max(round(_CELLS * width / longer), 1)
    means = np.zeros((rows, columns, 3), np.float32)
    for row in range(rows):
        for column in range(columns):
            cell = part_hwc[
                row * height // rows : max((row + 1) * height // rows, row * height // rows + 1),
                column * width // columns : max((column + 1) * width // columns, column * width // columns + 1),
            ]
            means[row, column] = cell.mean(axis=(0, 1))
    blended = cv2.resize(np.rint(means), (width, height), interpolation=cv2.INTER_LINEAR)
    cells: NDArray[np.uint8] = np.rint(blended).clip(0, 255).astype(np.uint8).reshape(height, width, 3)
    return cells


def _coco(kept: Sequence[tuple[str, tuple[int, ...], Sequence[PhotoBox]]]) -> dict[str, Any]:
    names = sorted({box.category for _, _, boxes in kept for box in boxes})
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (name, (height, width), boxes) in enumerate(kept, start=1):
        images.append({"id": number, "file_name": name, "width": width, "height": height})
        for box in boxes:
            x1, y1, x2, y2 = box.box_xyxy
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": names.index(box.category) + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                }
            )
    categories = [{"id": number, "name": name} for number, name in enumerate(names, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}
