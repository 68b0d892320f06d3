"""Blur, noise, compression and white balance of real photos, put into a picture as far as it lacks them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.cheap.compression import compress_picture
from synthvision.realism.cheap.config import SensorMatchSpec
from synthvision.realism.cheap.measure import PhotoMeasure, measure_photos
from synthvision.realism.cheap.noise import add_noise, lacking_noise, measure_noise
from synthvision.realism.cheap.reference import model_entry, open_reference
from synthvision.realism.cheap.sharpness import blur_picture, edge_variance
from synthvision.realism.cheap.white_balance import apply_tint, measure_tint
from synthvision.realism.refiner import RefineInput, RefinerSpec

__all__ = ["SensorRefiner"]

#: Tints are changed by this at most, as ln of the gain: what differs more is colour of things.
_MOST_TINT = 0.2
#: Blur can be added and never taken away: to meet a photo drawn at random would make pictures softer than photos. So
#: all get what all but the sharpest photos have at least.
_SHARP_SHARE = 0.25
#: Edges of a picture are never blurred by more than this, in pixels: what differs more is out of focus.
_MOST_BLUR_PX = 1.5


class SensorRefiner:
    """Makes each picture look as if the camera of the real photos had taken it.

    For each frame one photo is drawn. In the order of a camera: the tint is brought nearer to the photo's, a picture
    that is sharper than nearly all photos is blurred, noise that the picture lacks against all photos together is
    added, and it goes through JPEG at the photo's quality. A picture that is already softer or noisier stays so.

    Args:
        spec: A `SensorMatchSpec`.
        folder: Where the path of the photos starts.
        device: Not used.

    Raises:
        UsageError: The photos are missing or broken.
    """

    Spec: ClassVar[type[RefinerSpec]] = SensorMatchSpec

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None:
        self._spec = cast(SensorMatchSpec, spec)
        photos = open_reference(self._spec, folder)
        self._measure = measure_photos(photos, longer_side_px=self._spec.photo_side_px)
        self._noise = self._measure.noise.filled()
        known = [photo.edge_variance for photo in self._measure.photos if photo.edge_variance is not None]
        self._edge_variance = float(np.quantile(known, _SHARP_SHARE)) if known else None
        self._model = model_entry(
            self._spec,
            kind="sensor",
            name="sensor matching",
            sha256=self._measure.digest(),
            photos=len(photos),
        )

    @property
    def needs(self) -> frozenset[LayerName]:
        """Nothing beside the picture."""
        return frozenset()

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """One entry, with the hash of the figures."""
        return (self._model,)

    @property
    def smallest_px(self) -> int:
        """0: objects of any size survive."""
        return 0

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return the pictures as the camera of the photos would give them."""
        return [self._refined(item) for item in batch]

    def close(self) -> None:
        """Nothing to give back: the figures are small."""

    def _refined(self, item: RefineInput) -> NDArray[np.uint8]:
        spec, rgb = self._spec, item.rgb_hwc
        if spec.strength == 0:
            return rgb.copy()
        rng = rng_for(item.seed, item.frame, "realism.sensor")
        photo = self._measure.photos[int(rng.integers(len(self._measure.photos)))]
        rgb = self._balanced(rgb, photo)
        if spec.blur:
            rgb = self._blurred(rgb)
        if spec.noise and self._measure.noise.known:
            rgb = add_noise(rgb, lacking_noise(measure_noise(rgb), self._noise, spec.strength), rng)
        if spec.jpeg and photo.jpeg_quality is not None:
            rgb = compress_picture(rgb, round(100 - (100 - photo.jpeg_quality) * spec.strength))
        return np.array(rgb, dtype=np.uint8)

    def _balanced(self, rgb: NDArray[np.uint8], photo: PhotoMeasure) -> NDArray[np.uint8]:
        share = self._spec.white_balance * self._spec.strength
        own = measure_tint(rgb) if share > 0 else None
        if own is None or photo.tint is None:
            return rgb
        red, blue = (
            share * float(np.clip(wanted - have, -_MOST_TINT, _MOST_TINT))
            for wanted, have in zip(photo.tint, own, strict=True)
        )
        return apply_tint(rgb, (red, blue))

    def _blurred(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        own = edge_variance(rgb)
        if own is None or self._edge_variance is None:
            return rgb
        lacking = self._spec.strength * max(self._edge_variance - own, 0.0)
        return blur_picture(rgb, min(float(np.sqrt(lacking)), _MOST_BLUR_PX))
