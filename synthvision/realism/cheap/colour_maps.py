"""Colour statistics of a region, and the map that turns those of one region into those of another, in CIE Lab.

* reinhard: E. Reinhard et al., "Color Transfer between Images", 2001 (there in another opponent space): mean and
  standard deviation of each channel.
* monge_kantorovich: F. Pitie and A. Kokaram, "The linear Monge-Kantorovitch linear colour mapping", 2007: the linear
  map between two covariances that moves colours least.
* histogram: monotone map of each channel between quantiles.

All are held within limits of how far the mean moves and how much colours spread: the figures of two regions also
differ by what is shown there, and a map that makes up for that turns red hearts into black ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.realism.cheap.config import ColourMethod

__all__ = [
    "ColourMap",
    "ColourStatistics",
    "MapLimits",
    "colour_map",
    "colour_statistics",
    "lab_from_rgb",
    "rgb_from_lab",
]

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

#: In standard deviations.
_REACH = 3.0
_QUANTILES = np.linspace(0.01, 0.99, 33)


@dataclass(frozen=True, slots=True)
class ColourStatistics:
    """What is kept of the colours of a region.

    Args:
        mean_c: Mean of L, a and b.
        covariance_cc: Their covariance.
        quantiles_cq: 33 quantiles of each, from 1 to 99 %.
    """

    mean_c: Float
    covariance_cc: Float
    quantiles_cq: Float

    def to_json(self) -> list[Any]:
        """Return the figures, rounded, as JSON values."""
        return [np.round(part, 4).tolist() for part in (self.mean_c, self.covariance_cc, self.quantiles_cq)]


@dataclass(frozen=True, slots=True)
class MapLimits:
    """How far a map may go.

    Args:
        shift: Of the mean of L, at most; half of it in the plane of a and b.
        stretch: Factor by which colours are spread or drawn together at most, 1 or more.
    """

    shift: float
    stretch: float


@dataclass(frozen=True, slots=True)
class ColourMap:
    """A map of Lab colours: linear, and then one curve a channel.

    Args:
        matrix_cc: Linear part, about `centre_c`.
        centre_c: What becomes `shifted_c`.
        shifted_c: What `centre_c` becomes.
        reach_c: How far from `centre_c` the linear part holds, in each channel; colours beyond are shifted as those at
            its border are, since nothing like them was in the region that the map was made for.
        curves: For each channel its old and new values; None where there are no curves.
    """

    matrix_cc: Float
    centre_c: Float
    shifted_c: Float
    reach_c: Float
    curves: tuple[tuple[Float, Float], ...] | None = None

    def apply(self, lab_hwc: Float32) -> Float32:
        """Return mapped colours, float32 (height, width, 3)."""
        if self.curves is None:
            # c' = c + (M - 1) clip(c - centre) + (shifted - centre): the identity but for a term that is bounded.
            centre, reach = self.centre_c.astype(np.float32), self.reach_c.astype(np.float32)
            term = np.clip(lab_hwc - centre, -reach, reach)
            matrix = np.column_stack([self.matrix_cc - np.eye(3), self.shifted_c - self.centre_c]).astype(np.float32)
            return np.asarray(cv2.transform(term, matrix) + lab_hwc, np.float32)
        planes = []
        for channel, (old, new) in enumerate(self.curves):
            plane = lab_hwc[..., channel]
            mapped = np.interp(plane, old, new)
            # Beyond the outer quantiles colours are shifted, not squeezed into one.
            mapped += np.minimum(plane - old[0], 0) + np.maximum(plane - old[-1], 0)
            planes.append(mapped.astype(np.float32))
        return np.stack(planes, axis=2)


def lab_from_rgb(rgb_hwc: NDArray[np.uint8]) -> Float32:
    """Return CIE Lab (D65), float32 (height, width, 3): L 0..100, a and b about -100..100."""
    return np.asarray(cv2.cvtColor(rgb_hwc.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)


def rgb_from_lab(lab_hwc: Float32) -> NDArray[np.uint8]:
    """Return sRGB, uint8 (height, width, 3), of Lab colours, clipped to its gamut."""
    lab = lab_hwc.copy()
    np.clip(lab[..., 0], 0, 100, out=lab[..., 0])
    return np.asarray(np.clip(np.rint(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255), 0, 255), np.uint8)


def colour_statistics(lab_nc: NDArray[Any]) -> ColourStatistics:
    """Return the figures of some pixels, (n, 3), at least one."""
    values = np.asarray(lab_nc, np.float64)
    centred = values - values.mean(axis=0)
    return ColourStatistics(
        values.mean(axis=0), centred.T @ centred / len(values), np.quantile(values, _QUANTILES, axis=0).T
    )


def colour_map(
    source: ColourStatistics, target: ColourStatistics, method: ColourMethod, limits: MapLimits
) -> ColourMap:
    """Return the map that gives a region with the figures of `source` those of `target`.

    Args:
        source: Of the region as it is.
        target: As it shall be.
        method: Which figures count.
        limits: How far the map may go.
    """
    reach = _REACH * np.sqrt(np.diag(source.covariance_cc)) + 1.0
    shift = _short(target.mean_c - source.mean_c, limits.shift)
    if method == "histogram":
        medians = [quantiles[:, len(_QUANTILES) // 2] for quantiles in (source.quantiles_cq, target.quantiles_cq)]
        moved = medians[0] + _short(medians[1] - medians[0], limits.shift)
        curves = tuple(
            _curve(source.quantiles_cq[c], target.quantiles_cq[c], float(moved[c]), limits.stretch) for c in range(3)
        )
        return ColourMap(np.eye(3), source.mean_c, source.mean_c + shift, reach, curves)
    # A spread of half a level is that of rounding alone.
    own = source.covariance_cc + 0.25 * np.eye(3)
    wanted = target.covariance_cc + 0.25 * np.eye(3)
    if method == "reinhard":
        matrix = np.diag(np.clip(np.sqrt(np.diag(wanted) / np.diag(own)), 1 / limits.stretch, limits.stretch))
    else:
        root, inverse = _powers(own)
        middle, _ = _powers(root @ wanted @ root)
        matrix = _limited(inverse @ middle @ inverse, limits.stretch)
    return ColourMap(matrix, source.mean_c, source.mean_c + shift, reach)


def _powers(matrix: Float) -> tuple[Float, Float]:
    """Return the square root of a symmetric positive matrix, and its inverse."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    root = np.sqrt(np.maximum(values, 1e-9))
    return (vectors * root) @ vectors.T, (vectors / root) @ vectors.T


def _short(shift_c: Float, most: float) -> Float:
    """Return a shift of L, a and b made as short as it has to be."""
    chroma = float(np.hypot(shift_c[1], shift_c[2]))
    share = min(1.0, most / 2 / chroma) if chroma > 0 else 1.0
    return np.array([np.clip(shift_c[0], -most, most), shift_c[1] * share, shift_c[2] * share])


def _limited(matrix: Float, most: float) -> Float:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    limited: Float = (vectors * np.clip(values, 1 / most, most)) @ vectors.T
    return limited


def _curve(own: Float, wanted: Float, middle_value: float, most: float) -> tuple[Float, Float]:
    """Return old and new values of a growing curve through a new median, with slopes within 1 / most and most."""
    steps = np.maximum(np.diff(own), 1e-3)
    rises = np.clip(np.diff(wanted), steps / most, steps * most)
    middle = len(own) // 2
    old = np.concatenate([[0.0], np.cumsum(steps)])
    new = np.concatenate([[0.0], np.cumsum(rises)])
    return old - old[middle] + own[middle], new - new[middle] + middle_value
