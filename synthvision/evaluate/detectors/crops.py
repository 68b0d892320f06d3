"""Crops of pictures with their boxes: each depends on the seed and its number alone."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.evaluate.detectors.augmentation import vary_colours
from synthvision.evaluate.detectors.config import AugmentationSpec, TrainingSpec
from synthvision.evaluate.detectors.pictures import PictureBoxes, TrainingPictures

__all__ = ["FILL", "Crop", "CropSampler", "cut_crop", "scaled_picture"]

Float32 = NDArray[np.float32]

#: Grey level outside the picture, in crops and where pictures are padded.
FILL = 114
#: Pictures in memory are kept this much larger than the working size, where they are: crops may be scaled up.
_SPARE = 1.25
_LEAST_SIDE_PX = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """One crop with its labels, in pixels of the crop.

    Args:
        rgb_hwc: uint8 (crop, crop, 3).
        box_xyxy_n4: float32 (n, 4), inside the crop.
        class_n: int64 (n,).
        ignored_xyxy_m4: float32 (m, 4), inside the crop: neither objects nor background.
    """

    rgb_hwc: NDArray[np.uint8]
    box_xyxy_n4: Float32
    class_n: NDArray[np.int64]
    ignored_xyxy_m4: Float32


class CropSampler:
    """Draws the crops of each training step.

    Pictures stay decoded in memory, at the working size, as many as fit; others are read from disk again.

    Args:
        spec: The settings.
        pictures: What is drawn from.
        picture_side: The working size, px.
    """

    def __init__(self, spec: TrainingSpec, pictures: TrainingPictures, picture_side: int) -> None:
        self.held_bytes = 0
        self._spec = spec
        self._pictures = pictures
        self._side = picture_side
        self._most_bytes = spec.cache_mib * 2**20
        self._kept: OrderedDict[tuple[int, int], NDArray[np.uint8]] = OrderedDict()

    def batch(self, step: int) -> list[Crop]:
        """Return the crops of one step.

        Args:
            step: Number of the step from 0.

        Raises:
            UsageError: A picture cannot be read.
        """
        first = step * self._spec.batch
        return [self.crop(position) for position in range(first, first + self._spec.batch)]

    def crop(self, position: int) -> Crop:
        """Return the crop at one position of the order.

        Args:
            position: 0 or more.

        Raises:
            UsageError: A picture cannot be read.
        """
        spec = self._spec
        number, index = self._pictures.place(spec.seed, position)
        rgb = self._picture(number, index)
        width, height = self._pictures.sets[number].sizes_wh[index]
        labels = self._pictures.labels(number, index)
        rng = rng_for(spec.seed, position, "detectors.crop")
        cut = cut_crop(rgb, (width, height), labels, self._side / max(width, height), spec, rng)
        colours = rng_for(spec.seed, position, "detectors.colours")
        rgb = vary_colours(cut.rgb_hwc, cut.box_xyxy_n4, spec.augmentation, colours)
        return Crop(rgb, cut.box_xyxy_n4, cut.class_n, cut.ignored_xyxy_m4)

    def _picture(self, number: int, index: int) -> NDArray[np.uint8]:
        key = number, index
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        rgb = self._pictures.sets[number].photos.load(index)
        wanted = round(self._side * _SPARE)
        if max(rgb.shape[:2]) > wanted:
            rgb = scaled_picture(rgb, wanted)
        self._kept[key] = rgb
        self.held_bytes += rgb.nbytes
        while self.held_bytes > self._most_bytes and len(self._kept) > 1:
            self.held_bytes -= self._kept.popitem(last=False)[1].nbytes
        return rgb


def scaled_picture(rgb_hwc: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture whose longest side is `side`, uint8 (height, width, 3).

    Args:
        rgb_hwc: uint8 (height, width, 3).
        side: Pixels, 1 or more.
    """
    height, width = rgb_hwc.shape[:2]
    scale = side / max(height, width)
    size_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
    if size_wh == (width, height):
        return rgb_hwc
    # INTER_AREA is antialiased when a picture shrinks.
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb_hwc, size_wh, interpolation=interpolation), np.uint8)


def cut_crop(
    rgb_hwc: NDArray[np.uint8],
    size_wh: tuple[int, int],
    labels: PictureBoxes,
    scale: float,
    spec: TrainingSpec,
    rng: np.random.Generator,
) -> Crop:
    """Return a crop: scaled, mirrored and turned as the settings allow, with the boxes that it shows.

    Objects that the crop cuts below `least_visible` of their box, or to less than two pixels, are ignored.

    Args:
        rgb_hwc: The picture at any size.
        size_wh: Its size in the pixels of its labels.
        labels: Its labels.
        scale: Pixels at the working size per pixel of the labels.
        spec: The settings.
        rng: Where the choices come from.
    """
    how = spec.augmentation
    turn = _linear_part(how, scale, rng)
    matrix = np.concatenate([turn, np.zeros((2, 1))], axis=1)
    focus = None
    if len(labels.box_xyxy_n4) and rng.random() < spec.object_crops:
        chosen = int(rng.integers(len(labels.box_xyxy_n4)))
        focus = _moved(labels.box_xyxy_n4[chosen : chosen + 1], matrix)[0]
    width, height = size_wh
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ turn.T
    for axis in range(2):
        low, high = corners[:, axis].min(), corners[:, axis].max()
        span = None if focus is None else (float(focus[axis]), float(focus[axis + 2]))
        matrix[axis, 2] = -_start(rng, spec.crop, float(low), float(high), span)
    sampled = matrix.copy()
    # The picture may be at another size than its labels.
    sampled[:, 0] *= width / rgb_hwc.shape[1]
    sampled[:, 1] *= height / rgb_hwc.shape[0]
    # Pixel centres lie at half: OpenCV counts from the centre of the first pixel.
    sampled[:, 2] += sampled[:, :2].sum(axis=1) * 0.5 - 0.5
    rgb = cv2.warpAffine(
        rgb_hwc,
        sampled,
        (spec.crop, spec.crop),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(FILL, FILL, FILL),
    )
    boxes, shares = _clipped(_moved(labels.box_xyxy_n4, matrix), spec.crop)
    sides = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    seen = (shares >= spec.least_visible) & (sides >= _LEAST_SIDE_PX)
    ignored, ignored_shares = _clipped(_moved(labels.ignored_xyxy_m4, matrix), spec.crop)
    dropped = np.concatenate([boxes[~seen & (shares > 0)], ignored[ignored_shares > 0]])
    return Crop(np.asarray(rgb, np.uint8), boxes[seen], labels.class_n[seen], dropped)


def _linear_part(how: AugmentationSpec, scale: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the 2 x 2 matrix from the labels' pixels to those of a crop, but for where the crop lies."""
    grown = scale * math.exp(rng.uniform(-how.scale, how.scale))
    stretched = math.exp(rng.uniform(-how.aspect, how.aspect) / 2)
    diagonal = [grown * stretched, grown / stretched]
    if rng.random() < 0.5 and how.flip_horizontal:
        diagonal[0] = -diagonal[0]
    if rng.random() < 0.5 and how.flip_vertical:
        diagonal[1] = -diagonal[1]
    quarters = int(rng.integers(4)) if how.turns else 0
    angle = math.radians(rng.uniform(-how.rotation_deg, how.rotation_deg))
    # Exact for quarters, so that boxes turned by them stay tight.
    right = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), quarters)
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return np.asarray(rotation @ right @ np.diag(diagonal))


def _moved(box_xyxy_n4: Float32, matrix: NDArray[np.float64]) -> Float32:
    """Return boxes under an affine map: around the image of the ellipse inside each box."""
    centre = (box_xyxy_n4[:, :2] + box_xyxy_n4[:, 2:]) / 2
    half = (box_xyxy_n4[:, 2:] - box_xyxy_n4[:, :2]) / 2
    centre = centre @ matrix[:, :2].T + matrix[:, 2]
    half = np.sqrt(half**2 @ (matrix[:, :2].T ** 2))
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def _clipped(box_xyxy_n4: Float32, side: int) -> tuple[Float32, Float32]:
    """Return boxes inside a crop, and the share of the area of each that is left."""
    inside = box_xyxy_n4.clip(0, side)
    area = (box_xyxy_n4[:, 2:] - box_xyxy_n4[:, :2]).prod(axis=1)
    left = (inside[:, 2:] - inside[:, :2]).prod(axis=1)
    return inside, np.asarray(left / np.maximum(area, 1e-6), np.float32)


def _start(rng: np.random.Generator, side: int, low: float, high: float, span: tuple[float, float] | None) -> float:
    """Return where a crop begins on one axis of the turned picture.

    It holds a span where it is given and fits, lies inside it where it does not, and shows nothing outside the picture
    where that can be.
    """
    first, last = sorted((low, high - side))
    if span is not None:
        begin, end = sorted((span[1] - side, span[0]))
        # At least the span, and beyond that no more of the outside than there must be.
        first, last = sorted((min(max(first, begin), end), min(max(last, begin), end)))
    return float(rng.uniform(first, last))
