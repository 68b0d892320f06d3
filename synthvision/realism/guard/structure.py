"""How much of the structure of one picture the other explains: the hand-made structure distance.

In every small window the colours of one picture are fitted by an affine function of the other's, as a guided filter
does (He, Sun and Tang, "Guided Image Filtering", 2010). What the fit leaves is structure that has no counterpart,
whatever became of colour, contrast and brightness. Fitting the render by the refined picture finds what was lost; the
other way round, what is new.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.realism.guard.targets import Target

__all__ = ["SCALE", "StructureMaps", "overall_shift_px", "structure_maps"]

#: The maps are computed at half size: that alone forgives a blur of a pixel and halves the noise.
SCALE = 2
# Grey and two colour axes at right angles to it. Colours count half: compression and demosaicing smear them over some
# pixels, which moves no edge.
_AXES = np.diag([1, 0.5, 0.5]) @ (np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]]))
# Side of a window at half size.
_WINDOW = 7
# Places of a symmetric 3 x 3 matrix, row by row.
_PAIRS = [(i, j) for i in range(3) for j in range(i, 3)]
# Variance, in squared 8-bit levels, below which there is no structure; the noise comes on top.
_FLOOR = 2.0**2
# Share of it that is added to what a window varies by before that explains anything.
_RIDGE = 0.1

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StructureMaps:
    """Structure of two pictures and the part of it that the other does not explain.

    Args:
        render_hw: float32 (height / 2, width / 2), variance of the render's colours around each pixel, levels squared.
        lost_hw: What the refined picture does not explain of it.
        refined_hw: Variance of the refined picture's colours.
        new_hw: What the render does not explain of it.
        ramp_hw: What a linear function of the place alone explains of it.
        floor: Variance that says nothing.
    """

    render_hw: Floats
    lost_hw: Floats
    refined_hw: Floats
    new_hw: Floats
    ramp_hw: Floats
    floor: float

    def window(self, target: Target) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
        """Return the target's rows and columns in the maps, and its mask with a band around it, at their size."""
        height, width = self.render_hw.shape
        ys, xs = np.nonzero(target.mask_hw)
        # Where a side of the picture is odd its last line has no place of its own.
        ys = np.minimum((ys + target.y) // SCALE, height - 1)
        xs = np.minimum((xs + target.x) // SCALE, width - 1)
        top, bottom = max(int(ys.min()) - 1, 0), min(int(ys.max()) + 2, height)
        left, right = max(int(xs.min()) - 1, 0), min(int(xs.max()) + 2, width)
        small = np.zeros((bottom - top, right - left), np.uint8)
        small[ys - top, xs - left] = 1
        wide = cv2.dilate(small, np.ones((3, 3), np.uint8))
        return (slice(top, bottom), slice(left, right)), wide.astype(bool)

    def lost(self, target: Target) -> float | None:
        """Return the share of the render's structure on and around a target that is gone, 0..1; None without any."""
        window, mask = self.window(target)
        total = float(self.render_hw[window][mask].sum())
        if total < 4 * self.floor * np.count_nonzero(mask):
            return None
        return float(self.lost_hw[window][mask].sum()) / total

    def picture_lost(self) -> float | None:
        """Return the share of the whole render's structure that is gone, 0..1; None where it has none."""
        total = float(self.render_hw.sum())
        return float(self.lost_hw.sum()) / total if total > self.floor * self.render_hw.size else None


def structure_maps(
    render_hwc: NDArray[np.uint8], refined_hwc: NDArray[np.uint8], id_hw: NDArray[np.uint16], noise: float
) -> StructureMaps:
    """Return the structure of two pictures of one size and what they do not share.

    A step of colour along the border of an object is not new, even where the render has none: the object is there.

    Args:
        render_hwc: uint8 (height, width, 3).
        refined_hwc: uint8, the same size.
        id_hw: uint16 (height, width); instance id, 0 for none.
        noise: Standard deviation of the noise of the noisier of the two, in levels.
    """
    first, second = _half(render_hwc), _half(refined_hwc)
    floor = _FLOOR + (noise / SCALE) ** 2
    ridge = _RIDGE * floor
    mean_first, mean_second = _box(first), _box(second)
    aa = _products(first, first, mean_first, mean_first, symmetric=True)
    bb = _products(second, second, mean_second, mean_second, symmetric=True)
    ab = _products(first, second, mean_first, mean_second, symmetric=False)
    variance_a, variance_b = aa[0] + aa[3] + aa[5], bb[0] + bb[3] + bb[5]
    lost = np.clip(variance_a - _explained(ab, bb, ridge), 0, None)
    places = _places(id_hw)
    mean_places = _mean(places)
    # What the place of the objects explains is taken from both (Frisch and Waugh, 1933).
    spread = _mean(places * places) - mean_places * mean_places + 1
    ca = [_mean(plane * places) - mean * mean_places for plane, mean in zip(first, mean_first, strict=True)]
    cb = [_mean(plane * places) - mean * mean_places for plane, mean in zip(second, mean_second, strict=True)]
    aa = [own - ca[i] * ca[j] / spread for own, (i, j) in zip(aa, _PAIRS, strict=True)]
    # Transposed: rows are the refined picture's colours.
    ba = [ab[3 * i + j] - ca[i] * cb[j] / spread for j in range(3) for i in range(3)]
    rest = variance_b - sum(part * part for part in cb) / spread
    new = np.clip(rest - _explained(ba, aa, ridge), 0, None)
    return StructureMaps(variance_a, lost, variance_b, new, _ramps(second), floor)


def overall_shift_px(render_hwc: NDArray[np.uint8], refined_hwc: NDArray[np.uint8]) -> tuple[float, float]:
    """Return how far the whole picture moved, in pixels, and how sure that is, 0..1; (0, 0) of a tiny picture.

    By the phase correlation of both pictures' gradients (Kuglin and Hines, 1975).
    """
    spectra = []
    for picture in (render_hwc, refined_hwc):
        small = cv2.resize(picture, _half_size(picture), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        size = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
        spectra.append(np.sqrt(size))
    if min(spectra[0].shape) < _WINDOW:
        return 0.0, 0.0
    (dx, dy), sure = cv2.phaseCorrelate(*spectra, cv2.createHanningWindow(spectra[0].shape[::-1], cv2.CV_32F))
    return float(SCALE * np.hypot(dx, dy)), float(sure)


def _half_size(picture_hwc: NDArray[np.uint8]) -> tuple[int, int]:
    height, width = picture_hwc.shape[:2]
    return max(width // SCALE, 1), max(height // SCALE, 1)


def _half(picture_hwc: NDArray[np.uint8]) -> Floats:
    # Three planes instead of three channels: OpenCV and numpy are both faster on them.
    small = cv2.resize(picture_hwc, _half_size(picture_hwc), interpolation=cv2.INTER_AREA)
    small = cv2.transform(small.astype(np.float32), _AXES)
    return np.ascontiguousarray(small.transpose(2, 0, 1), dtype=np.float32)


def _places(id_hw: NDArray[np.uint16]) -> Floats:
    """Half the size, another level for every object: neighbours hardly get the same by the golden ratio."""
    ids = np.arange(int(id_hw.max(initial=0)) + 1)
    levels = np.where(ids > 0, 60 + 195 * ((ids * 0.6180339887498949) % 1), 0).astype(np.float32)
    height, width = id_hw.shape
    size = (max(width // SCALE, 1), max(height // SCALE, 1))
    places: Floats = cv2.resize(levels[id_hw], size, interpolation=cv2.INTER_AREA)
    return places


def _box(planes: Floats) -> Floats:
    return np.stack([_mean(plane) for plane in planes])


def _mean(plane: Floats) -> Floats:
    mean: Floats = cv2.blur(plane, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT_101)
    return mean


def _ramps(planes: Floats) -> Floats:
    """Variance in each window that a linear function of the place explains, summed over planes."""
    offsets = np.arange(_WINDOW, dtype=np.float32) - _WINDOW // 2
    level = np.full(_WINDOW, 1 / _WINDOW, np.float32)
    total = np.zeros(planes.shape[1:], np.float32)
    for plane in planes:
        for across, along in ((offsets / _WINDOW, level), (level, offsets / _WINDOW)):
            total += cv2.sepFilter2D(plane, cv2.CV_32F, across, along, borderType=cv2.BORDER_REFLECT_101) ** 2
    result: Floats = total / np.float32((offsets**2).mean())
    return result


def _products(a: Floats, b: Floats, mean_a: Floats, mean_b: Floats, *, symmetric: bool) -> list[Floats]:
    """Covariances around each pixel: of 6 pairs of a symmetric matrix row by row, or of all 9."""
    pairs = _PAIRS if symmetric else [(i, j) for i in range(3) for j in range(3)]
    return [_mean(a[i] * b[j]) - mean_a[i] * mean_b[j] for i, j in pairs]


def _explained(cross: list[Floats], own: list[Floats], ridge: float) -> Floats:
    """Trace of C S^-1 C^T: C the 3 x 3 covariances `cross`, S the symmetric ones `own`, ridge on its diagonal."""
    xx, xy, xz, yy, yz, zz = own
    # Nearly grey or flat windows have no inverse without it.
    xx, yy, zz = xx + ridge, yy + ridge, zz + ridge
    # Adjugate of a symmetric 3 x 3 matrix.
    axx, axy, axz = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    ayy, ayz, azz = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    determinant = xx * axx + xy * axy + xz * axz
    total = np.zeros_like(xx)
    for row in range(3):
        x, y, z = cross[3 * row : 3 * row + 3]
        total += x * (axx * x + 2 * (axy * y + axz * z)) + y * (ayy * y + 2 * ayz * z) + z * (azz * z)
    result: Floats = total / determinant
    return result
