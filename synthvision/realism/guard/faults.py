"""Changes for calibrating the guard: faults that make a label untrue, and harmless ones that a refiner may make.

A fault is planted into one instance of one picture: `shift_object`, `warp_object`, `erase_object`, `smear_object`; or
beside it: `insert_object`; or into the picture: `slide_picture`, `mirror_picture`. Those of an instance give the
picture and the pixels that they changed. Harmless changes keep every edge where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FAULTS",
    "HARMLESS",
    "PICTURE_FAULTS",
    "Fault",
    "erase_object",
    "insert_object",
    "mirror_picture",
    "shift_object",
    "slide_picture",
    "smear_object",
    "warp_object",
]

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault.

    Args:
        rgb_hwc: The picture with it.
        changed_hw: bool, the pixels that it changed.
    """

    rgb_hwc: Picture
    changed_hw: Mask


def shift_object(rgb_hwc: Picture, mask_hw: Mask, rng: np.random.Generator) -> Fault | None:
    """Return the picture with an object moved by 3 to 8 pixels, what it uncovers filled from its surroundings.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        mask_hw: bool (height, width), the object.
        rng: For direction and distance.

    Returns:
        None where the move can hardly be seen: it is along the object's own border.
    """
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(3, 8)
    dx, dy = round(float(distance * np.cos(angle))), round(float(distance * np.sin(angle)))
    if dx * dx + dy * dy < 9:
        return None
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = (mask_hw.shape[1], mask_hw.shape[0])
    moved = cv2.warpAffine(mask_hw.view(np.uint8), move, size, flags=cv2.INTER_NEAREST).astype(bool)
    picture = _fill(rgb_hwc, mask_hw)
    picture[moved] = cv2.warpAffine(rgb_hwc, move, size, flags=cv2.INTER_NEAREST)[moved]
    return _fault(rgb_hwc, picture)


def warp_object(rgb_hwc: Picture, mask_hw: Mask, rng: np.random.Generator) -> Fault | None:
    """Return the picture bent around an object by a smooth field of 4 to 9 pixels at its strongest.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        mask_hw: bool (height, width), the object.
        rng: For the field.

    Returns:
        None where the contour moves by less than 3 pixels everywhere.
    """
    ys, xs = np.nonzero(mask_hw)
    strength = rng.uniform(4, 9)
    # Bumps at places on the object, each pushing its own way; wide enough not to fold the picture.
    spread = max(float(min(np.ptp(xs), np.ptp(ys)) + 1) / 2, 1.5 * strength) / 1.6
    window = _window(mask_hw, round(3 * spread))
    before, mask = rgb_hwc[window], mask_hw[window]
    grid_y, grid_x = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    map_x, map_y = grid_x.copy(), grid_y.copy()
    for place in rng.choice(len(xs), size=3):
        x, y = xs[place] - window[1].start, ys[place] - window[0].start
        angle = rng.uniform(0, 2 * np.pi)
        bump = strength * np.exp(-((grid_x - x) ** 2 + (grid_y - y) ** 2) / (2 * spread**2))
        map_x += bump * np.float32(np.cos(angle))
        map_y += bump * np.float32(np.sin(angle))
    moved = cv2.remap(mask.view(np.uint8), map_x, map_y, cv2.INTER_NEAREST).astype(bool)
    if _contour_distance(mask, moved) < 3:
        return None
    picture = rgb_hwc.copy()
    picture[window] = cv2.remap(before, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _fault(rgb_hwc, picture)


def erase_object(rgb_hwc: Picture, mask_hw: Mask, rng: np.random.Generator) -> Fault | None:
    """Return the picture with an object painted over from its surroundings (Telea, 2004), with the picture's noise.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        mask_hw: bool (height, width), the object.
        rng: For the noise.
    """
    picture = _fill(rgb_hwc, mask_hw)
    wide = cv2.dilate(mask_hw.view(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    noise = rng.normal(0, 2, size=(np.count_nonzero(wide), 3))
    picture[wide] = np.clip(picture[wide] + noise, 0, 255).astype(np.uint8)
    return _fault(rgb_hwc, picture)


def insert_object(rgb_hwc: Picture, mask_hw: Mask, rng: np.random.Generator) -> Fault | None:
    """Return the picture with the object pasted a second time elsewhere, cut out sharply.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        mask_hw: bool (height, width), the object.
        rng: For the place.

    Returns:
        None where there is no place that leaves the object itself uncovered.
    """
    height, width = mask_hw.shape
    ys, xs = np.nonzero(mask_hw)
    crop = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
    tall, wide = mask_hw[crop].shape
    for _ in range(20):
        top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
        place = slice(top, top + tall), slice(left, left + wide)
        if not (mask_hw[place] & mask_hw[crop]).any():
            picture = rgb_hwc.copy()
            picture[place][mask_hw[crop]] = rgb_hwc[crop][mask_hw[crop]]
            return _fault(rgb_hwc, picture)
    return None


def smear_object(rgb_hwc: Picture, mask_hw: Mask, rng: np.random.Generator) -> Fault | None:
    """Return the picture with what is drawn on an object smeared and shaken beyond reading, its contour kept.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        mask_hw: bool (height, width), the object.
        rng: For the shaking.
    """
    window = _window(mask_hw, 2)
    before = rgb_hwc[window]
    inside = cv2.erode(mask_hw[window].view(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if np.count_nonzero(inside) < 100:
        return None
    field = [cv2.GaussianBlur(rng.normal(size=inside.shape).astype(np.float32), (0, 0), 2.5) for _ in range(2)]
    grid_y, grid_x = np.mgrid[0 : inside.shape[0], 0 : inside.shape[1]].astype(np.float32)
    map_x, map_y = (grid + 4 * part / part.std() for grid, part in zip((grid_x, grid_y), field, strict=True))
    shaken = cv2.remap(before, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    picture = rgb_hwc.copy()
    picture[window][inside] = cv2.GaussianBlur(shaken, (0, 0), 1.0)[inside]
    return _fault(rgb_hwc, picture)


def slide_picture(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    """Return the whole picture moved by 3 to 6 pixels.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        rng: For direction and distance.
    """
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(3, 6)
    move = np.array([[1, 0, distance * np.cos(angle)], [0, 1, distance * np.sin(angle)]], np.float32)
    size = (rgb_hwc.shape[1], rgb_hwc.shape[0])
    moved: Picture = cv2.warpAffine(rgb_hwc, move, size, borderMode=cv2.BORDER_REFLECT_101)
    return moved


def mirror_picture(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    """Return the whole picture mirrored: what a refiner gives that made up a picture of its own.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        rng: Not drawn from.
    """
    return np.ascontiguousarray(rgb_hwc[:, ::-1])


def _fill(rgb_hwc: Picture, mask_hw: Mask) -> Picture:
    """A copy without the object, painted over from its surroundings."""
    window = _window(mask_hw, 12)
    wide = cv2.dilate(mask_hw[window].view(np.uint8), np.ones((5, 5), np.uint8))
    picture = rgb_hwc.copy()
    picture[window] = cv2.inpaint(np.ascontiguousarray(rgb_hwc[window]), wide, 3, cv2.INPAINT_TELEA)
    return picture


def _window(mask_hw: Mask, reach_px: int) -> tuple[slice, slice]:
    """Rows and columns of an object and its surroundings, so that the time goes with its size."""
    ys, xs = np.nonzero(mask_hw)
    top, left = max(int(ys.min()) - reach_px, 0), max(int(xs.min()) - reach_px, 0)
    return slice(top, int(ys.max()) + reach_px + 1), slice(left, int(xs.max()) + reach_px + 1)


def _fault(before: Picture, after: Picture) -> Fault:
    return Fault(after, (before != after).any(axis=2))


def _contour_distance(before: Mask, after: Mask) -> float:
    """The 90th percentile of how far pixels that changed sides lie from the old contour, in pixels."""
    changed = before != after
    if not changed.any():
        return 0.0
    distance = np.where(
        before,
        cv2.distanceTransform(before.view(np.uint8), cv2.DIST_L2, 5),
        cv2.distanceTransform((~before).view(np.uint8), cv2.DIST_L2, 5),
    )
    return float(np.percentile(distance[changed], 90))


def _untouched(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    return rgb_hwc


def _tone(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    """Gains, gammas and a mix of channels: another camera, another light."""
    mix = np.eye(3) + rng.uniform(-0.15, 0.15, size=(3, 3))
    light = (rgb_hwc / 255.0) ** rng.uniform(0.7, 1.4, size=3)
    return _bytes(255 * (light @ mix.T) * rng.uniform(0.75, 1.2))


def _noise(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    return _bytes(rgb_hwc + rng.normal(0, rng.uniform(2, 8), size=rgb_hwc.shape))


def _blur(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    blurred: Picture = cv2.GaussianBlur(rgb_hwc, (0, 0), float(rng.uniform(0.4, 0.7)))
    return blurred


def _jpeg(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    quality = int(rng.integers(40, 90))
    data = cv2.imencode(".jpg", cv2.cvtColor(rgb_hwc, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    decoded: Picture = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return decoded


def _texture(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    """Grain of several sizes, as refiners like to put on smooth grounds."""
    height, width = rgb_hwc.shape[:2]
    field = np.zeros((height, width), np.float32)
    for sigma in (1.0, 2.0, 4.0):
        part = cv2.GaussianBlur(rng.normal(size=(height, width)).astype(np.float32), (0, 0), sigma)
        field += part / part.std()
    return _bytes(rgb_hwc + (rng.uniform(2, 7) / np.sqrt(3) * field)[:, :, None])


def _shade(rgb_hwc: Picture, rng: np.random.Generator) -> Picture:
    """Slow waves of brightness: another lamp."""
    height, width = rgb_hwc.shape[:2]
    coarse = rng.uniform(0.7, 1.25, size=(4, 5)).astype(np.float32)
    return _bytes(rgb_hwc * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None])


def _bytes(values: NDArray[np.float64]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


#: Faults by name: (picture, mask of the object, rng) -> the fault, or None where it cannot be planted.
FAULTS: dict[str, Callable[[Picture, Mask, np.random.Generator], Fault | None]] = {
    "shift": shift_object,
    "warp": warp_object,
    "erase": erase_object,
    "insert": insert_object,
    "smear": smear_object,
}
#: Faults of the whole picture by name: (picture, rng) -> picture.
PICTURE_FAULTS: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "slide": slide_picture,
    "mirror": mirror_picture,
}
#: Harmless changes by name: (picture, rng) -> picture.
HARMLESS: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "untouched": _untouched,
    "tone": _tone,
    "noise": _noise,
    "blur": _blur,
    "jpeg": _jpeg,
    "texture": _texture,
    "shade": _shade,
}
