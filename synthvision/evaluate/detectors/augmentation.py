"""Variation of the colours of crops: light, tone, white balance, shade, blur, noise, JPEG, things in front."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.evaluate.detectors.config import AugmentationSpec

__all__ = ["vary_colours"]

Picture = NDArray[np.uint8]

#: Luma of BT.601, as JPEG has it.
_LUMA = np.array([0.299, 0.587, 0.114])
_GREY_AXIS = np.full(3, 1 / math.sqrt(3))
#: A thing pasted over may hide this share of an object's box; more, and what is left may not tell its class.
_MOST_HIDDEN = 0.25
_SHARE = 1 / 3


def vary_colours(
    rgb_hwc: Picture, box_xyxy_n4: NDArray[np.float32], how: AugmentationSpec, rng: np.random.Generator
) -> Picture:
    """Return a varied picture, uint8 (height, width, 3); nothing in it moves.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        box_xyxy_n4: float32 (n, 4); objects that pasted rectangles must not hide.
        how: Bounds of the variation.
        rng: Where the choices come from.
    """
    # These are drawn whether they are used or not: one setting hardly moves the choices of the others.
    tone_u, colour_u, others = rng.uniform(-1, 1, 3), rng.uniform(-1, 1, 5), rng.random(8)
    picture = rgb_hwc
    if others[0] < how.shadow:
        picture = _shaded(picture, rng)
    picture = _toned(picture, how, tone_u, colour_u[:3])
    grey = others[1] < how.grey
    if grey or how.saturation or how.hue_deg:
        saturation = 0.0 if grey else 1 + how.saturation * colour_u[3]
        picture = _recoloured(picture, saturation, math.radians(how.hue_deg * colour_u[4]))
    if others[2] < how.cutout:
        picture = _pasted(picture, box_xyxy_n4, rng)
    if how.blur_px and others[3] < _SHARE:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.3 + others[4] * how.blur_px), np.uint8)
    if how.noise and others[5] < _SHARE:
        noise = rng.normal(0, others[6] * how.noise, picture.shape).astype(np.float32)
        picture = (picture + noise).clip(0, 255).astype(np.uint8)
    if others[7] < how.jpeg:
        # The same draw tells whether and how much: uniform again below the share.
        quality = int(30 + 60 * others[7] / how.jpeg)
        _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    return np.ascontiguousarray(picture)


def _toned(
    picture: Picture, how: AugmentationSpec, tone_u: NDArray[np.float64], gain_u: NDArray[np.float64]
) -> Picture:
    """Brightness, contrast, gamma and white balance as one table a channel."""
    brightness, contrast, gamma = tone_u
    levels = (np.arange(256) / 255) ** math.exp(how.gamma * gamma) * 2 ** (how.brightness * brightness)
    mean = float(picture.mean()) / 255
    gains = 1 + how.colour * gain_u
    tables = (levels[:, None] * gains - mean) * (1 + how.contrast * contrast) + mean
    return np.asarray(cv2.LUT(picture, (tables * 255).round().clip(0, 255).astype(np.uint8)[:, None]), np.uint8)


def _recoloured(picture: Picture, saturation: float, hue: float) -> Picture:
    """Turn colours about the grey axis and scale their distance from grey."""
    x, y, z = _GREY_AXIS
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + math.sin(hue) * cross + (1 - math.cos(hue)) * cross @ cross
    luma = np.tile(_LUMA, (3, 1))
    matrix = luma + saturation * (np.eye(3) - luma)
    return np.asarray(cv2.transform(picture, (matrix @ rotation).astype(np.float32)), np.uint8)


def _shaded(picture: Picture, rng: np.random.Generator) -> Picture:
    """Darken one side of a random line, with an edge between hard and soft."""
    height, width = picture.shape[:2]
    angle, place = rng.uniform(0, 2 * math.pi), rng.uniform(0.2, 0.8, 2)
    softness, depth = math.exp(rng.uniform(math.log(1), math.log(40))), rng.uniform(0.25, 0.65)
    across = (np.arange(width, dtype=np.float32) - place[0] * width) * math.cos(angle)
    down = (np.arange(height, dtype=np.float32) - place[1] * height) * math.sin(angle)
    lit = 1 - depth * ((across[None] + down[:, None]) / softness + 0.5).clip(0, 1)
    return np.asarray((picture * lit[..., None]).astype(np.uint8))


def _pasted(picture: Picture, box_xyxy_n4: NDArray[np.float32], rng: np.random.Generator) -> Picture:
    """Paste up to three rectangles of one colour."""
    height, width = picture.shape[:2]
    pasted = picture.copy()
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.05, 0.25, 2) * (width, height)
        low = rng.uniform(0, 1, 2) * (width, height) - size / 2
        x1, y1 = (int(value) for value in low.clip(0))
        x2, y2 = (int(value) for value in (low + size).clip(0, (width, height)))
        colour = rng.integers(0, 256, 3)
        hidden = np.minimum(box_xyxy_n4[:, 2:], (x2, y2)) - np.maximum(box_xyxy_n4[:, :2], (x1, y1))
        area = (box_xyxy_n4[:, 2:] - box_xyxy_n4[:, :2]).prod(axis=1)
        if (hidden.clip(0).prod(axis=1) <= _MOST_HIDDEN * area).all():
            pasted[y1:y2, x1:x2] = colour
    return pasted
