"""Boxes that look wrong: for a person to look at, the worst first. A suspicion is no proof."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.audit.config import SuspicionSpec
from synthvision.features.photos import PhotoBox

__all__ = ["KINDS", "Suspicion", "ring_difference", "suspect_alone", "suspect_by_class", "suspect_flat"]

Float = NDArray[np.float64]
Box = tuple[float, float, float, float]

#: What a suspicion is called, and what it means, the gravest first.
KINDS: Mapping[str, str] = {
    "empty": "a box without width or height, which no picture shows",
    "outside": "a box that lies outside its picture",
    "broken": "an annotation that cannot be read, or whose class or picture is not in the file",
    "duplicate": "an object that is labelled twice with one class",
    "conflict": "an object that is labelled with two classes",
    "whole picture": "a box that covers the picture: often one that was meant for the picture's class",
    "tiny": "a side of a few pixels: often a slip of the mouse",
    "beyond": "a box that reaches beyond its picture",
    "odd size": "far larger or smaller than others of its class",
    "odd shape": "far longer or wider than others of its class",
    "no contrast": "inside as around it: often an object that is not there",
}

#: The ring around a box, as a share of its mean side.
_RING_SHARE = 0.2
_BINS = 8
_LEAST_RING_PX = 24
_MAD_TO_STD = 1.4826
#: A class whose boxes are all alike would find a rounding odd: the least spread, of natural logarithms.
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A box that looks wrong.

    Args:
        kind: One of `KINDS`.
        picture: Place of its picture in the set; None where the file lists none.
        file: Name of the picture's file.
        category: Its class; empty where it has none.
        box_xyxy: In pixels of the picture as the file gives it; None where it has none.
        what: What was found, in a few words.
        severity: The higher, the worse; only for the order within a kind.
    """

    kind: str
    picture: int | None
    file: str
    category: str
    box_xyxy: Box | None
    what: str
    severity: float = 0.0


def suspect_alone(
    boxes: Sequence[PhotoBox], picture_wh: tuple[int, int], picture: int, file: str, spec: SuspicionSpec
) -> Iterator[Suspicion]:
    """Yield what is wrong with the boxes of one picture as it can be told without its pixels.

    Args:
        boxes: The boxes, clipped to the picture.
        picture_wh: Width and height in pixels.
        picture: Its place in the set.
        file: Name of its file.
        spec: The limits.
    """
    for box in boxes:
        x1, y1, x2, y2 = box.box_xyxy
        shortest = min(x2 - x1, y2 - y1)
        if shortest < spec.tiny_px:
            yield Suspicion("tiny", picture, file, box.category, box.box_xyxy, f"{shortest:.1f} px", -shortest)
        share = (x2 - x1) * (y2 - y1) / (picture_wh[0] * picture_wh[1])
        if share >= spec.whole_share:
            yield Suspicion("whole picture", picture, file, box.category, box.box_xyxy, f"{share:.0%} of it", share)
    corners = np.array([box.box_xyxy for box in boxes], np.float64).reshape(-1, 4)
    for first in range(len(boxes)):
        overlaps = _ious(corners[first], corners[first + 1 :])
        for step in np.flatnonzero(overlaps >= spec.duplicate_iou).tolist():
            one, other, iou = boxes[first], boxes[first + 1 + step], float(overlaps[step])
            if one.category == other.category:
                yield Suspicion("duplicate", picture, file, one.category, one.box_xyxy, f"overlap {iou:.0%}", iou)
            else:
                what = f"{one.category} and {other.category}, overlap {iou:.0%}"
                yield Suspicion("conflict", picture, file, one.category, one.box_xyxy, what, iou)


def suspect_by_class(
    boxes: Sequence[Sequence[PhotoBox]],
    sizes_wh: Sequence[tuple[int, int]],
    cut: Sequence[Sequence[bool]],
    files: Sequence[str],
    spec: SuspicionSpec,
) -> list[Suspicion]:
    """Return boxes whose size or aspect ratio lies far from that of their class, by robust standard scores.

    The score is that of the logarithm against the median, over 1.4826 times the median absolute deviation. Boxes that
    the picture cuts are left aside: their shape is the picture's.

    Args:
        boxes: For each picture its boxes.
        sizes_wh: Width and height of each picture.
        cut: For each box whether the edge of the picture cuts it.
        files: Name of each picture's file.
        spec: The limits.
    """
    by_class: dict[str, list[tuple[int, Box]]] = defaultdict(list)
    for picture, (own, ends) in enumerate(zip(boxes, cut, strict=True)):
        for box, at_edge in zip(own, ends, strict=True):
            if not at_edge:
                by_class[box.category].append((picture, box.box_xyxy))
    found = []
    for category, placed in sorted(by_class.items()):
        if len(placed) < spec.least_boxes:
            continue
        corners = np.array([box for _, box in placed], np.float64)
        wide, high = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
        areas = np.array([sizes_wh[picture][0] * sizes_wh[picture][1] for picture, _ in placed], np.float64)
        sizes, shapes = np.log(np.sqrt(wide * high / areas)), np.log(wide / high)
        for kind, values, words in (
            ("odd size", sizes, ("times the usual size", "of the usual size")),
            ("odd shape", shapes, ("times as wide as usual", "as wide as usual")),
        ):
            scores = _robust_scores(values)
            middle = float(np.median(values))
            for place in np.flatnonzero(np.abs(scores) > spec.robust_z).tolist():
                picture, corners_of_it = placed[place]
                ratio = math.exp(float(values[place]) - middle)
                told = f"{ratio:.1f} {words[0]}" if ratio > 1 else f"{ratio:.0%} {words[1]}"
                what = f"{told}, robust z {scores[place]:.1f}"
                severity = abs(float(scores[place]))
                found.append(Suspicion(kind, picture, files[picture], category, corners_of_it, what, severity))
    return found


def suspect_flat(
    rgb_hwc: NDArray[np.uint8], boxes: Sequence[PhotoBox], picture: int, file: str, spec: SuspicionSpec
) -> Iterator[Suspicion]:
    """Yield the boxes of one picture whose inside looks like what is around them.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        boxes: Its boxes.
        picture: Its place in the set.
        file: Name of its file.
        spec: The limits.
    """
    if not spec.flat_difference:
        return
    others = [box.box_xyxy for box in boxes]
    for number, box in enumerate(boxes):
        difference = ring_difference(rgb_hwc, box.box_xyxy, [*others[:number], *others[number + 1 :]])
        if difference is not None and difference < spec.flat_difference:
            what = f"differs by {difference:.3f} of 1"
            yield Suspicion("no contrast", picture, file, box.category, box.box_xyxy, what, -difference)


def ring_difference(rgb_hwc: NDArray[np.uint8], box_xyxy: Box, others: Sequence[Box] = ()) -> float | None:
    """Return how unlike a box's inside is to a ring around it, 0..1; None where too little of the ring is to be seen.

    It is the larger of two distances between histograms, half the sum of absolute differences: of the colours, and of
    the steepness of the edges. Each distance is lessened by what two samples of one distribution of these sizes would
    show by chance.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        box_xyxy: Half-open box in pixels.
        others: Boxes of other objects, which are left out of the ring.
    """
    height, width = rgb_hwc.shape[:2]
    x1, y1, x2, y2 = box_xyxy
    reach = max(3.0, _RING_SHARE * math.sqrt((x2 - x1) * (y2 - y1)))
    left, top = max(int(x1 - reach), 0), max(int(y1 - reach), 0)
    right, bottom = min(math.ceil(x2 + reach), width), min(math.ceil(y2 + reach), height)
    piece = rgb_hwc[top:bottom, left:right]
    ring = np.ones(piece.shape[:2], bool)
    for box in (box_xyxy, *others):
        rows = slice(max(int(box[1]) - top, 0), max(math.ceil(box[3]) - top, 0))
        ring[rows, max(int(box[0]) - left, 0) : max(math.ceil(box[2]) - left, 0)] = False
    inside = np.zeros_like(ring)
    inside[max(round(y1) - top, 0) : round(y2) - top, max(round(x1) - left, 0) : round(x2) - left] = True
    if ring.sum() < _LEAST_RING_PX or not inside.any():
        return None
    lab = cv2.cvtColor(piece, cv2.COLOR_RGB2LAB).astype(np.int64) * _BINS // 256
    colours = (lab[..., 0] * _BINS + lab[..., 1]) * _BINS + lab[..., 2]
    grey = cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY).astype(np.float32)
    steep = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8))
    # Octaves of steepness: 0 to 1, to 2, to 4, ... levels a pixel.
    edges = np.minimum(np.log2(steep + 1).astype(np.int64), _BINS - 1)
    return max(
        _distance(colours[inside], colours[ring], _BINS**3),
        _distance(edges[inside], edges[ring], _BINS),
    )


def _distance(first: NDArray[np.int64], second: NDArray[np.int64], bins: int) -> float:
    one, other = np.bincount(first, minlength=bins), np.bincount(second, minlength=bins)
    both = (one + other) / (len(first) + len(second))
    # The mean absolute difference of two binomial shares is sqrt(2 / pi) of its standard deviation.
    chance = np.sqrt(2 / np.pi * both * (1 - both) * (1 / len(first) + 1 / len(second))).sum() / 2
    return max(float(np.abs(one / len(first) - other / len(second)).sum()) / 2 - float(chance), 0.0)


def _ious(box: Float, others: Float) -> Float:
    wide = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    high = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.maximum(wide, 0) * np.maximum(high, 0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return np.asarray(both / np.maximum((box[2] - box[0]) * (box[3] - box[1]) + areas - both, 1e-9))


def _robust_scores(values: Float) -> Float:
    middle = np.median(values)
    spread = max(float(np.median(np.abs(values - middle))) * _MAD_TO_STD, _LEAST_SPREAD)
    return np.asarray((values - middle) / spread)
