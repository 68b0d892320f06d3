"""Videos in COCO files: which pictures follow each other, as tracking benchmarks write it.

``images[].video_id`` and ``frame_id`` (from 0) say where a picture belongs, ``videos`` lists the videos, and
``annotations[].track_id`` follows an object. A video is all steps of one camera of one view; the other cameras and
views of a scene show the same tracks. Data sets without steps in time have none of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthvision.core.errors import DatasetError
from synthvision.core.frame_order import FrameOrder
from synthvision.dataset.manifest import Manifest
from synthvision.dataset.records import FrameRecord

__all__ = ["CocoVideos"]


class CocoVideos:
    """The videos of a data set.

    Args:
        manifest: Of the data set; its config counts.
    """

    def __init__(self, manifest: Manifest) -> None:
        config = manifest.config
        cameras = config.get("scene", {}).get("cameras", [])
        self._names = [str(camera.get("name", "camera")) for camera in cameras] or ["camera"]
        steps = int(config.get("frames_per_scene", 1))
        self._order = FrameOrder(int(config.get("views_per_scene", 1)), steps, len(self._names))
        self._variants = 1 if manifest.augmentation is None else manifest.augmentation.variants
        self._interval_s = float(config.get("frame_interval_s", 0.1))
        self._listed: set[int] = set()
        self._scene = -1

    @property
    def is_sequence(self) -> bool:
        """Whether the data set has steps in time."""
        return self._order.steps > 1

    def of_image(self, record: FrameRecord) -> dict[str, int]:
        """Return what an image says of its video; empty where there are no steps.

        Raises:
            DatasetError: The record does not say which step it is.
        """
        if not self.is_sequence:
            return {}
        frame, variant = _source(record)
        try:
            step = int(record.scene["origin"]["step"])
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"the record of frame {record.frame} must say which step of its scene it is") from error
        return {"video_id": self._order.video(frame) * self._variants + variant + 1, "frame_id": step}

    def new_entries(self, record: FrameRecord) -> Iterator[dict[str, Any]]:
        """Yield the entry of a record's video when it comes for the first time; records come in frame order."""
        if not self.is_sequence:
            return
        frame, _ = _source(record)
        place, number = self._order.place(frame), self.of_image(record)["video_id"]
        if place.scene != self._scene:
            self._scene, self._listed = place.scene, set()
        if number in self._listed:
            return
        self._listed.add(number)
        width, height = record.size_wh
        camera = self._names[place.camera]
        name = f"scene_{place.scene:06d}/view_{place.view}/{camera}"
        yield {
            "id": number,
            "name": name if self._variants == 1 else f"{name}/{_source(record)[1]}",
            "width": width,
            "height": height,
            "fps": 1 / self._interval_s,
            "scene_index": place.scene,
            "view": place.view,
            "camera": camera,
        }


def _source(record: FrameRecord) -> tuple[int, int]:
    """Return the frame that was rendered, and which variant of it this is."""
    if record.augmentation is None:
        return record.frame, 0
    return record.augmentation.source_frame, record.augmentation.variant
