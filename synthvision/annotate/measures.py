"""What the label images say about each object before any colour is drawn: how much of it shows, and who hides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from synthvision.annotate.transmittance import mean_transmittances
from synthvision.core.frames import AmodalCoverage, LabelImages
from synthvision.core.labels import BoxXyxy
from synthvision.scene import Scene

__all__ = ["ObjectMeasures", "measure_objects"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMeasures:
    """One object in one picture.

    Args:
        visible_pixels: Pixels that show it.
        box_xyxy: Tight half-open box of these, None where none does.
        amodal_box_xyxy: Box of the object alone, not clipped to the picture; None where it covers nothing.
        visible_fraction: `visible_pixels` over the pixels of the object alone inside the picture, 0..1.
        truncation: Share of the object's alone-pixels outside the picture, 0..1.
        hidden_by: Share of its alone-pixels inside the picture that each other object covers, by instance id.
        distance_m: From the camera to the origin of the object's model.
        transmittance: Mean share of its light that the air lets through, 0..1; 1 in clear air.
    """

    visible_pixels: int
    box_xyxy: BoxXyxy | None
    amodal_box_xyxy: BoxXyxy | None
    visible_fraction: float
    truncation: float
    hidden_by: Mapping[int, float] = field(default_factory=dict)
    distance_m: float
    transmittance: float = 1.0

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the visible box in pixels, 0 where nothing shows."""
        if self.box_xyxy is None:
            return 0, 0
        x1, y1, x2, y2 = self.box_xyxy
        return x2 - x1, y2 - y1


def measure_objects(
    scene: Scene, labels: LabelImages, air_transmittance_hw: NDArray[np.float32] | None = None
) -> dict[int, ObjectMeasures]:
    """Return the measures of every object whose coverage the label images hold, by instance id.

    Args:
        scene: What the picture shows.
        labels: Its label images, with the coverage of each object alone.
        air_transmittance_hw: float32 (height, width), 0..1; None in clear air.

    Raises:
        FrameError: A transmittance is not 0 to 1.
    """
    camera = np.array(scene.camera.position_m)
    pixels = np.bincount(labels.id_hw.ravel(), minlength=1)
    boxes = _boxes(labels.id_hw)
    shown = {int(instance_id): int(pixels[instance_id]) for instance_id in np.flatnonzero(pixels) if instance_id}
    through_air = mean_transmittances(labels.id_hw, air_transmittance_hw, shown)
    measures = {}
    for item in scene.objects:
        coverage = labels.amodal.get(item.instance_id)
        if coverage is None:
            continue
        visible = shown.get(item.instance_id, 0)
        canvas = coverage.alone_pixels_canvas
        measures[item.instance_id] = ObjectMeasures(
            visible_pixels=visible,
            box_xyxy=boxes.get(item.instance_id),
            amodal_box_xyxy=coverage.box_xyxy,
            visible_fraction=visible / coverage.alone_pixels if coverage.alone_pixels else 0.0,
            truncation=1 - coverage.alone_pixels / canvas if canvas else 0.0,
            hidden_by=_hidden_by(labels.id_hw, coverage, item.instance_id),
            distance_m=float(np.linalg.norm(np.array(item.position_m) - camera)),
            transmittance=through_air.get(item.instance_id, 1.0),
        )
    return measures


def _hidden_by(id_hw: NDArray[np.uint16], coverage: AmodalCoverage, own: int) -> dict[int, float]:
    if not coverage.alone_pixels:
        return {}
    (left, top), (height, width) = coverage.offset_xy, coverage.mask_hw.shape
    counts = np.bincount(id_hw[top : top + height, left : left + width][coverage.mask_hw])
    return {
        int(instance_id): float(counts[instance_id] / coverage.alone_pixels)
        for instance_id in np.flatnonzero(counts)
        if instance_id not in (0, own)
    }


def _boxes(id_hw: NDArray[np.uint16]) -> dict[int, BoxXyxy]:
    """Return the tight box of each id above 0."""
    found = enumerate(find_objects(id_hw.astype(np.int32)), start=1)
    return {
        instance_id: (part[1].start, part[0].start, part[1].stop, part[0].stop)
        for instance_id, part in found
        if part is not None
    }
