"""Labels drawn into a picture: tinted masks with contours, boxes, name tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from synthvision.core.labels import BoxXyxy, InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.inspect.palette import IGNORED_COLOUR, Colour, text_colour_on
from synthvision.inspect.statistics import ignore_cause

__all__ = ["draw_frame", "load_font"]

# Everything is drawn at twice the size and scaled down: Pillow's shapes have no smooth edges of their own.
_OVERSAMPLE = 2
_TINT = 0.16
_TINT_IGNORED = 0.30
_HATCH_PX = 9
_FRACTION_BITS = 4

Rectangle = tuple[float, float, float, float]


@lru_cache(maxsize=32)
def load_font(size_px: float) -> Any:
    """Return Pillow's own font at a size, so that no font file is needed."""
    return ImageFont.load_default(size_px)


def draw_frame(
    rgb_hwc: NDArray[np.uint8],
    instances: Sequence[InstanceLabel],
    colours: Mapping[str, Colour],
    *,
    width: int | None = None,
    tags: bool = True,
) -> NDArray[np.uint8]:
    """Return a picture with its labels: masks tinted with a contour, boxes, class names.

    Ignored instances are grey and hatched, with their class and what hid them in grey; dropped and unlabelled ones
    are not drawn.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        instances: The frame's instances.
        colours: Colour of each class, as from `palette.class_colours`.
        width: Width of the result in pixels; None keeps the picture's.
        tags: Also write class names.

    Returns:
        uint8 (rows, width, 3) with the picture's aspect.
    """
    height_px, width_px = rgb_hwc.shape[:2]
    out_w = width or width_px
    out_h = max(1, round(height_px * out_w / width_px))
    scale = out_w * _OVERSAMPLE / width_px
    size = (out_w * _OVERSAMPLE, out_h * _OVERSAMPLE)
    shrinks = scale < 1
    canvas = cv2.resize(rgb_hwc, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    shown = [item for item in instances if item.status in ("labelled", "ignored") and item.rle is not None]
    # Far objects first, so that the outline of a near one is not covered.
    shown.sort(key=_nearness)
    for item in shown:
        _tint(canvas, item, _colour_of(item, colours), scale)
    # All sizes below are in pixels of the result and follow its width a little.
    unit = _OVERSAMPLE * float(np.clip(out_w / 480, 0.8, 2.0))
    for item in shown:
        _outline(canvas, item, _colour_of(item, colours), scale, max(1, round(unit)))
    picture = Image.fromarray(canvas)
    draw = ImageDraw.Draw(picture)
    for item in shown:
        _box(draw, item, _colour_of(item, colours), scale, unit)
    if tags:
        taken: list[Rectangle] = []
        for item in reversed(shown):
            _tag(draw, item, _colour_of(item, colours), scale, unit, size, taken)
    return np.asarray(picture.resize((out_w, out_h), Image.Resampling.LANCZOS))


def _nearness(item: InstanceLabel) -> float:
    """Return a number that is larger for nearer objects; for larger ones where their distance is not known."""
    return -item.bbox_3d.centre_m[2] if item.bbox_3d is not None else -1.0 / max(item.visible_pixels, 1)


def _colour_of(item: InstanceLabel, colours: Mapping[str, Colour]) -> Colour:
    if item.status == "ignored" or item.category is None:
        return IGNORED_COLOUR
    return colours.get(item.category, IGNORED_COLOUR)


def _window(item: InstanceLabel, scale: float, shape: tuple[int, ...]) -> tuple[slice, slice, NDArray[np.float32]]:
    """Return where the mask falls on the canvas, and its smooth cover 0..1 there."""
    if item.rle is None or item.box_xyxy is None:
        raise ValueError("only visible instances are drawn")
    mask = decode_rle(item.rle)
    x1, y1, x2, y2 = _grown(item.box_xyxy, mask.shape)
    left, top = int(x1 * scale), int(y1 * scale)
    right, bottom = min(int(np.ceil(x2 * scale)), shape[1]), min(int(np.ceil(y2 * scale)), shape[0])
    # The crop is moved by the fraction of a pixel that rounding its corner took.
    move = np.array([[scale, 0, (x1 + 0.5) * scale - 0.5 - left], [0, scale, (y1 + 0.5) * scale - 0.5 - top]])
    crop = mask[y1:y2, x1:x2].astype(np.float32)
    if scale < 1:
        crop = cv2.blur(crop, (int(np.ceil(1 / scale)),) * 2)
    cover = cv2.warpAffine(crop, move, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    return slice(top, bottom), slice(left, right), cover


def _grown(box: BoxXyxy, shape: tuple[int, ...]) -> BoxXyxy:
    margin = 2
    x1, y1, x2, y2 = box
    return max(x1 - margin, 0), max(y1 - margin, 0), min(x2 + margin, shape[1]), min(y2 + margin, shape[0])


def _tint(canvas: NDArray[np.uint8], item: InstanceLabel, colour: Colour, scale: float) -> None:
    rows, columns, cover = _window(item, scale, canvas.shape)
    if item.status == "ignored":
        y, x = np.mgrid[rows, columns]
        stripes = (x + y) % (_HATCH_PX * _OVERSAMPLE) < 2 * _OVERSAMPLE
        alpha = cover * np.where(stripes, 0.75, _TINT_IGNORED).astype(np.float32)
    else:
        alpha = cover * np.float32(_TINT)
    region = canvas[rows, columns].astype(np.float32)
    mixed = region + (np.array(colour, np.float32) - region) * alpha[..., None]
    canvas[rows, columns] = np.rint(mixed).astype(np.uint8)


def _outline(canvas: NDArray[np.uint8], item: InstanceLabel, colour: Colour, scale: float, line: int) -> None:
    rows, columns, cover = _window(item, scale, canvas.shape)
    # One pixel of nothing around it keeps the outline on the canvas's border from being left out.
    inside = np.pad((cover > 0.5).astype(np.uint8), 1)
    contours, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    shifted = [
        ((contour.astype(np.float64) - 1 + (columns.start, rows.start)) * (1 << _FRACTION_BITS)).astype(np.int32)
        for contour in contours
    ]
    cv2.polylines(canvas, shifted, True, (12, 14, 18), 2 * line, cv2.LINE_AA, _FRACTION_BITS)
    cv2.polylines(canvas, shifted, True, colour, line, cv2.LINE_AA, _FRACTION_BITS)


def _box(draw: ImageDraw.ImageDraw, item: InstanceLabel, colour: Colour, scale: float, unit: float) -> None:
    if item.box_xyxy is None:
        return
    x1, y1, x2, y2 = (value * scale for value in item.box_xyxy)
    line = max(1, round(1.1 * unit))
    radius = min(3.5 * unit, (x2 - x1) / 4, (y2 - y1) / 4)
    corners = (x1, y1, max(x2 - 1, x1), max(y2 - 1, y1))
    # Pillow refuses to round a box that leaves no straight side between its corners.
    if radius < 2:
        draw.rectangle(corners, outline=colour, width=line)
    else:
        draw.rounded_rectangle(corners, radius, outline=colour, width=line)


def _tag(
    draw: ImageDraw.ImageDraw,
    item: InstanceLabel,
    colour: Colour,
    scale: float,
    unit: float,
    size_wh: tuple[int, int],
    taken: list[Rectangle],
) -> None:
    if item.box_xyxy is None or item.category is None:
        return
    text = f"{item.category}: {ignore_cause(item)}" if item.status == "ignored" else item.category
    font = load_font(9.5 * unit)
    ascent, descent = font.getmetrics()
    tag_w = draw.textlength(text, font) + 8 * unit
    tag_h = ascent + descent + 2 * unit
    x1, y1, x2, y2 = (value * scale for value in item.box_xyxy)
    # Above the box, else below it, else inside; the first that covers no other tag, else the first that fits.
    places = [(x1, y1 - tag_h - unit), (x2 - tag_w, y1 - tag_h - unit), (x1, y2 + unit), (x2 - tag_w, y2 + unit)]
    places += [(x1 + 2 * unit, y1 + 2 * unit), (x2 - tag_w - 2 * unit, y2 - tag_h - 2 * unit)]
    fitting = [
        (x, y, x + tag_w, y + tag_h) for x, y in places if 0 <= x <= size_wh[0] - tag_w and 0 <= y <= size_wh[1] - tag_h
    ]
    if not fitting:
        x = float(np.clip(x1, 0, max(size_wh[0] - tag_w, 0)))
        y = float(np.clip(y1, 0, max(size_wh[1] - tag_h, 0)))
        fitting = [(x, y, x + tag_w, y + tag_h)]
    free = [place for place in fitting if not any(_overlap(place, other) for other in taken)]
    place = (free or fitting)[0]
    taken.append(place)
    draw.rounded_rectangle(place, 3.5 * unit, fill=colour)
    draw.text((place[0] + 4 * unit, place[1] + unit), text, text_colour_on(colour), font)


def _overlap(first: Rectangle, second: Rectangle) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
