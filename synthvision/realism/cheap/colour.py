"""Tone and colour of real photos, region by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.hashing import hash_json
from synthvision.core.streams import rng_for
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.features.photos import PhotoBox, Photos, open_photos
from synthvision.realism.cheap.colour_maps import (
    ColourMap,
    ColourStatistics,
    MapLimits,
    colour_map,
    colour_statistics,
    lab_from_rgb,
    rgb_from_lab,
)
from synthvision.realism.cheap.config import ColourSpec
from synthvision.realism.cheap.reference import model_entry, open_reference
from synthvision.realism.refiner import RefineInput, RefinerSpec

__all__ = ["ColourRefiner"]

Float32 = NDArray[np.float32]

#: Photos are measured at this longer side.
_PHOTO_SIDE = 320
#: Regions of fewer pixels have no figures of their own.
_LEAST_PIXELS = 64
#: Of a box the middle counts: its corners show what lies behind.
_BOX_MIDDLE = 0.7
#: Pixels of a picture's region that are measured, at least, where it has so many.
_MEASURED = 20_000
#: Pixels that each photo gives to the figures of the set, for each region.
_SAMPLED = 2_000


@dataclass(frozen=True, slots=True)
class _PhotoColours:
    rest: ColourStatistics | None
    classes: Mapping[str, ColourStatistics]


class ColourRefiner:
    """Gives each picture the colours of real photos: objects those of their class, the rest those of the rest.

    Each region is mapped by one smooth function of its colours, and the functions fade into each other over a few
    pixels along the mask, each acting on the pixel's own colour: no edge moves and no halo appears.

    Args:
        spec: A `ColourSpec`.
        folder: Where the path of the photos starts.
        device: Not used.

    Raises:
        UsageError: The photos are missing or broken.
    """

    Spec: ClassVar[type[RefinerSpec]] = ColourSpec

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None:
        self._spec = cast(ColourSpec, spec)
        photos = open_reference(self._spec, folder)
        self._photos, self._set = _measured(photos, per_class=self._spec.per_class)
        self._renders: _PhotoColours | None = None
        if self._spec.renders is not None:
            renders = open_photos(folder / self._spec.renders).spread(self._spec.reference_photos)
            self._renders = _measured(renders, per_class=self._spec.per_class)[1]
        self._limits = MapLimits(self._spec.most_shift, self._spec.most_stretch)
        learned = [
            None
            if colours is None
            else [
                colours.rest.to_json() if colours.rest else None,
                {n: s.to_json() for n, s in colours.classes.items()},
            ]
            for colours in (*self._photos, self._set, self._renders)
        ]
        self._model = model_entry(
            self._spec,
            kind="colour",
            name=self._spec.method,
            sha256=hash_json(learned),
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
        """Return the pictures with the colours of real photos."""
        return [self._refined(item) for item in batch]

    def close(self) -> None:
        """Nothing to give back: the figures are small."""

    def _refined(self, item: RefineInput) -> NDArray[np.uint8]:
        rng = rng_for(item.seed, item.frame, "realism.colour")
        lab = lab_from_rgb(item.rgb_hwc)
        regions = self._regions(item)
        covered = np.zeros(lab.shape[:2], np.bool_)
        for mask in regions.values():
            covered |= mask
        rest = lab[~covered]
        of_rest = self._target(rng, None)
        base: ColourMap | None = None
        if of_rest is not None and len(rest) >= _LEAST_PIXELS:
            base = colour_map(self._source(None, rest), of_rest, self._spec.method, self._limits)
        mapped = lab if base is None else base.apply(lab)
        if regions:
            mapped = mapped.copy()
        for name, mask in regions.items():
            target = self._target(rng, name)
            if target is not None:
                own = colour_map(self._source(name, lab[mask]), target, self._spec.method, self._limits)
                _blend_region(mapped, lab, mask, own, base, self._spec.feather_px)
        strength = np.float32(self._spec.strength)
        return rgb_from_lab(lab + strength * (mapped - lab))

    def _regions(self, item: RefineInput) -> dict[str, NDArray[np.bool_]]:
        """Return the masks of the classes that have figures, by name."""
        by_class: dict[str, list[int]] = {}
        for instance in item.record.instances:
            if instance.category in self._set.classes:
                by_class.setdefault(str(instance.category), []).append(instance.instance_id)
        masks = {name: np.isin(item.id_hw, ids) for name, ids in sorted(by_class.items())}
        return {name: mask for name, mask in masks.items() if int(mask.sum()) >= _LEAST_PIXELS}

    def _source(self, name: str | None, lab_nc: Float32) -> ColourStatistics:
        """Return where the map of a region starts: at the figures of all renders, or at its own."""
        known = None
        if self._renders is not None:
            known = self._renders.rest if name is None else self._renders.classes.get(name)
        if known is not None:
            return known
        # Every k-th pixel says as much: sorting all of them would take longer than the map.
        return colour_statistics(lab_nc[:: max(len(lab_nc) // _MEASURED, 1)])

    def _target(self, rng: np.random.Generator, name: str | None) -> ColourStatistics | None:
        """Return the figures that a region shall have, drawn or of all photos; the rest's for None."""
        if self._spec.target == "set" or self._renders is not None:
            return self._set.rest if name is None else self._set.classes[name]
        # Always one draw, so that what one region gets does not depend on what the others find.
        place = float(rng.random())
        found = [photo.rest if name is None else photo.classes.get(name) for photo in self._photos]
        usable = [statistics for statistics in found if statistics is not None]
        return usable[int(place * len(usable))] if usable else None


def _blend_region(
    mapped: Float32,
    lab: Float32,
    mask: NDArray[np.bool_],
    own: ColourMap,
    base: ColourMap | None,
    feather_px: float,
) -> None:
    """Change `mapped` inside a mask, and fading across its edge, from the rest's colours to the region's own."""
    margin = int(np.ceil(2 * feather_px)) + 1
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )
    weight = mask[window].astype(np.float32)
    if feather_px > 0:
        weight = cv2.GaussianBlur(weight, (0, 0), feather_px / 2)
    part = lab[window]
    under = part if base is None else base.apply(part)
    # Added to what is there, so that the edges of two classes that touch count both.
    mapped[window] += weight[..., None] * (own.apply(part) - under)


def _measured(photos: Photos, *, per_class: bool) -> tuple[tuple[_PhotoColours, ...], _PhotoColours]:
    """Return the figures of each photo, and those of all together."""
    found = []
    samples: dict[str | None, list[Float32]] = {}
    for index in range(len(photos)):
        rgb = photos.load(index)
        scale = min(_PHOTO_SIDE / max(rgb.shape[:2]), 1.0)
        if scale < 1:
            size = (max(round(rgb.shape[1] * scale), 1), max(round(rgb.shape[0] * scale), 1))
            rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        lab = lab_from_rgb(rgb)
        pixels = _pixels_by_region(lab, photos.boxes[index] if per_class else (), scale)
        pixels = {name: values for name, values in pixels.items() if len(values) >= _LEAST_PIXELS}
        rng = rng_for(0, index, "realism.colour.sample")
        for name, values in pixels.items():
            chosen = rng.permutation(len(values))[:_SAMPLED]
            samples.setdefault(name, []).append(values[np.sort(chosen)])
        found.append(_colours({name: colour_statistics(values) for name, values in pixels.items()}))
    together = {name: colour_statistics(np.concatenate(parts)) for name, parts in samples.items()}
    return tuple(found), _colours(together)


def _colours(by_region: Mapping[str | None, ColourStatistics]) -> _PhotoColours:
    classes = {name: by_region[name] for name in sorted(n for n in by_region if n is not None)}
    return _PhotoColours(by_region.get(None), classes)


def _pixels_by_region(lab: Float32, boxes: Sequence[PhotoBox], scale: float) -> dict[str | None, Float32]:
    """Return the colours inside the boxes of each class, and under None those outside all boxes."""
    outside = np.ones(lab.shape[:2], np.bool_)
    inside: dict[str, NDArray[np.bool_]] = {}
    for box in boxes:
        x1, y1, x2, y2 = (value * scale for value in box.box_xyxy)
        outside[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))] = False
        cut_x, cut_y = (x2 - x1) * (1 - _BOX_MIDDLE) / 2, (y2 - y1) * (1 - _BOX_MIDDLE) / 2
        mask = inside.setdefault(box.category, np.zeros(lab.shape[:2], np.bool_))
        mask[round(y1 + cut_y) : max(round(y2 - cut_y), 1), round(x1 + cut_x) : max(round(x2 - cut_x), 1)] = True
    regions: dict[str | None, Float32] = {name: lab[mask] for name, mask in inside.items()}
    regions[None] = lab[outside]
    return regions
