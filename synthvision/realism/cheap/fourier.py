"""Exchange of low-frequency amplitude with a real photo.

Y. Yang and S. Soatto, "FDA: Fourier Domain Adaptation for Semantic Segmentation", 2020: the amplitude of the lowest
frequencies of each channel becomes that of the photo, the phase stays. Differences to the paper:

* Pictures are continued beyond their right and lower edges until they meet their left and upper ones, so that the jump
  at the edges, which is not in the picture, does not enter its spectrum.
* Only the low frequencies are computed, as products with two small matrices; what is added to the picture is their
  change, which is smooth: no edge moves, and nothing finer than the limit changes.
* A frequency that the picture has little of, whose phase is chance, is not raised without limit (`most_gain`).
* Where the change would drive too many pixels into black or white, all of it is made smaller. Phases stay then, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import FrameError
from synthvision.core.streams import rng_for
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.features.resizing import resize_picture
from synthvision.realism.cheap.config import FourierSpec
from synthvision.realism.cheap.reference import model_entry, open_reference
from synthvision.realism.refiner import RefineInput, RefinerSpec

__all__ = ["FourierRefiner", "continued", "exchange_amplitude", "low_spectrum"]

Float32 = NDArray[np.float32]
Complex64 = NDArray[np.complex64]

#: Added to each axis to close the picture upon itself, as a share of its length.
_CONTINUED = 0.25
#: Photos are kept at this size: their low frequencies are the same at any.
_REFERENCE_SIDE = 256
_HIGHEST = 120
#: Pixels this near to black or white, in levels, have nothing more to lose there.
_SATURATED = 2.0


class FourierRefiner:
    """Gives each picture the low-frequency amplitude of a real photo that is drawn for its frame.

    Args:
        spec: A `FourierSpec`.
        folder: Where the path of the photos starts.
        device: Not used.

    Raises:
        UsageError: The photos are missing or broken.
    """

    Spec: ClassVar[type[RefinerSpec]] = FourierSpec

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None:
        self._spec = cast(FourierSpec, spec)
        photos = open_reference(self._spec, folder)
        size = (_REFERENCE_SIDE, _REFERENCE_SIDE)
        self._references = [resize_picture(photos.load(i), size) for i in range(len(photos))]
        self._model = model_entry(self._spec, kind="fourier", name="FDA", sha256=photos.digest(), photos=len(photos))

    @property
    def needs(self) -> frozenset[LayerName]:
        """Nothing beside the picture."""
        return frozenset()

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """One entry, with the hash of the photos."""
        return (self._model,)

    @property
    def smallest_px(self) -> int:
        """0: objects of any size survive."""
        return 0

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return the pictures with the amplitudes of real photos.

        Raises:
            FrameError: A picture is so large that the limit lies beyond what the photos are kept at.
        """
        return [self._refined(item) for item in batch]

    def close(self) -> None:
        """Give back the photos."""
        self._references = []

    def _refined(self, item: RefineInput) -> NDArray[np.uint8]:
        rng = rng_for(item.seed, item.frame, "realism.fourier")
        reference = self._references[int(rng.integers(len(self._references)))]
        highest = int(self._spec.share * min(item.rgb_hwc.shape[:2]) * (1 + _CONTINUED))
        if highest > _HIGHEST:
            raise FrameError(
                f"frame {item.frame}: share times the picture's shorter side must be at most "
                f"{_HIGHEST / (1 + _CONTINUED):.0f} cycles, got {self._spec.share:g} of "
                f"{min(item.rgb_hwc.shape[:2])} pixels: lower share"
            )
        change = exchange_amplitude(item.rgb_hwc, reference, highest, self._spec.most_gain) * np.float32(
            self._spec.strength
        )
        change *= _room(item.rgb_hwc, change, self._spec.most_clipped)
        return np.asarray(np.clip(np.rint(item.rgb_hwc + change), 0, 255), np.uint8)


def exchange_amplitude(
    rgb_hwc: NDArray[np.uint8], reference_hwc: NDArray[np.uint8], highest: int, most_gain: float | None = None
) -> Float32:
    """Return what is to be added to a picture, in levels, float32 (height, width, 3).

    Args:
        rgb_hwc: uint8 (height, width, 3).
        reference_hwc: uint8; whose amplitudes it gets, of any size of more than twice `highest` pixels a side.
        highest: Highest frequency that is exchanged, in cycles per continued picture.
        most_gain: By how much an amplitude is multiplied at most, but for the mean; without limit where None.
    """
    height, width = rgb_hwc.shape[:2]
    planes = continued(np.moveaxis(rgb_hwc.astype(np.float32), 2, 0))
    own = low_spectrum(planes, highest)
    others = np.abs(low_spectrum(continued(np.moveaxis(reference_hwc.astype(np.float32), 2, 0)), highest))
    amplitude = np.abs(own)
    # A frequency that the picture has nothing of has no phase: it stays at nothing.
    factor = np.where(amplitude > 1e-6, others / np.maximum(amplitude, 1e-6) - 1, 0.0)
    if most_gain is not None:
        mean = factor[:, highest, highest].copy()
        factor = np.minimum(factor, most_gain - 1)
        factor[:, highest, highest] = mean
    rows = _waves(planes.shape[1], highest)[:height]
    columns = _waves(planes.shape[2], highest)[:width, highest:]
    # Of a real picture one half of the spectrum says all: the other counts by doubling.
    half = ((own * factor)[..., highest:]).astype(np.complex64)
    half[..., 1:] *= 2
    change = (rows @ half @ columns.T).real
    return np.ascontiguousarray(np.moveaxis(change, 0, 2), np.float32)


def low_spectrum(planes: Float32, highest: int) -> Complex64:
    """Return the Fourier coefficients from -highest to highest on both axes, over the number of pixels.

    Args:
        planes: float32 (channels, height, width).
        highest: 0 or more, in cycles per picture.

    Returns:
        complex64 (channels, 2 highest + 1, 2 highest + 1), rows first, frequency 0 in the middle.
    """
    height, width = planes.shape[1:]
    down, across = _waves(height, highest).conj(), _waves(width, highest).conj()
    # The matrices are thin: first the one that leaves less to do.
    narrow = planes.astype(np.complex64) @ across
    return np.asarray((down.T @ narrow) / (height * width), np.complex64)


def continued(planes: Float32) -> Float32:
    """Return planes made a quarter longer on each axis, so that their last pixels lead on to their first.

    The added part fades from the mirrored end to the mirrored beginning.

    Args:
        planes: float32 (channels, height, width).
    """
    for axis in (1, 2):
        length = planes.shape[axis]
        added = min(round(length * _CONTINUED), length - 1)
        if added < 1:
            continue
        after = np.take(planes, np.arange(length - 2, length - 2 - added, -1), axis=axis)
        before = np.take(planes, np.arange(added, 0, -1), axis=axis)
        step = (np.arange(added) + 1) / (added + 1)
        weight = (step * step * (3 - 2 * step)).astype(np.float32)
        shape = [1, 1, 1]
        shape[axis] = added
        weight = weight.reshape(shape)
        planes = np.concatenate([planes, (1 - weight) * after + weight * before], axis=axis)
    return planes


def _waves(length: int, highest: int) -> Complex64:
    """Return exp(2 pi i k x / length), complex64 (length, 2 highest + 1)."""
    turns = np.outer(np.arange(length), np.arange(-highest, highest + 1)) % length
    return np.asarray(np.exp(2j * np.pi * turns / length), np.complex64)


def _room(rgb_hwc: NDArray[np.uint8], change: Float32, most_clipped: float) -> np.float32:
    """Return the share of a change, 0..1, with which no more than a share of pixels is newly clipped."""
    picture = rgb_hwc.astype(np.float32)
    space = np.where(change > 0, 255 - picture, picture)
    # What is white already loses nothing by becoming whiter.
    possible = np.where(space <= _SATURATED, 1.0, space / np.maximum(np.abs(change), 1e-3)).min(axis=2)
    return np.float32(min(1.0, float(np.quantile(possible, most_clipped))))
