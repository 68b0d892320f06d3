"""Crops of real photos with their edges: each step's depend on the seed and the step alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.features.photos import Photos
from synthvision.realism.diffusion.edges import photo_edges
from synthvision.realism.training.data import Cache

__all__ = ["PhotoCrop", "PhotoCrops", "scaled_photo"]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoCrop:
    """One crop.

    Args:
        rgb_hwc: uint8 (crop, crop, 3).
        edges_hw: float32 (crop, crop), 0..1.
    """

    rgb_hwc: NDArray[np.uint8]
    edges_hw: NDArray[np.float32]


class PhotoCrops:
    """Draws crops of photos, all scaled alike; the photos used last are kept in memory.

    Args:
        photos: The photos.
        crop: Side of the crops, px.
        photo_side: Shorter side that photos are scaled to; None for their own.
        flip: Mirror half of the crops.
        most_bytes: Bound of the memory of decoded photos.
    """

    def __init__(self, photos: Photos, crop: int, photo_side: int | None, *, flip: bool, most_bytes: int) -> None:
        self._photos = photos
        self._crop = crop
        self._side = photo_side
        self._flip = flip
        self._cache = Cache(self._load, lambda found: found.rgb_hwc.nbytes + found.edges_hw.nbytes, most_bytes)

    def __len__(self) -> int:
        return len(self._photos)

    def draw(self, index: int, rng: np.random.Generator) -> PhotoCrop:
        """Return one crop of one photo; the generator is used as often whatever the photo.

        Args:
            index: Of the photo.
            rng: Where place and mirroring come from.
        """
        x, y, mirror = rng.random(3)
        whole = self._cache.get(index)
        height, width = whole.edges_hw.shape
        top, left = int(y * (height - self._crop + 1)), int(x * (width - self._crop + 1))
        cut = (slice(top, top + self._crop), slice(left, left + self._crop))
        rgb, edges = whole.rgb_hwc[cut], whole.edges_hw[cut]
        if self._flip and mirror < 0.5:
            rgb, edges = rgb[:, ::-1], edges[:, ::-1]
        return PhotoCrop(np.ascontiguousarray(rgb), np.ascontiguousarray(edges))

    def centre(self, index: int) -> PhotoCrop:
        """Return the crop from the middle of one photo, not mirrored."""
        whole = self._cache.get(index)
        height, width = whole.edges_hw.shape
        top, left = (height - self._crop) // 2, (width - self._crop) // 2
        cut = (slice(top, top + self._crop), slice(left, left + self._crop))
        return PhotoCrop(whole.rgb_hwc[cut].copy(), whole.edges_hw[cut].copy())

    def _load(self, index: int) -> PhotoCrop:
        # Edges are found on the whole photo: those of a crop would be wrong at its border.
        rgb = scaled_photo(self._photos.load(index), self._crop, self._side)
        return PhotoCrop(rgb, photo_edges(rgb))


def scaled_photo(rgb_hwc: NDArray[np.uint8], crop: int, photo_side: int | None) -> NDArray[np.uint8]:
    """Return a photo scaled so that its shorter side is `photo_side`, but at least `crop`.

    It is not enlarged beyond what a crop needs: enlarged photos are blurred, and a model would learn the blur.

    Args:
        rgb_hwc: uint8 (height, width, 3).
        crop: Least shorter side, px.
        photo_side: Wanted shorter side, px; None for the photo's own.
    """
    height, width = rgb_hwc.shape[:2]
    shorter = min(height, width)
    wanted = max(min(photo_side or shorter, shorter), crop)
    if wanted == shorter:
        return rgb_hwc
    scale = wanted / shorter
    size_wh = (max(round(width * scale), wanted), max(round(height * scale), wanted))
    # INTER_AREA is antialiased when a picture shrinks.
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled: NDArray[np.uint8] = cv2.resize(rgb_hwc, size_wh, interpolation=kind)
    return scaled
