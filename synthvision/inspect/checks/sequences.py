"""Checks of sequences: videos and tracks in the COCO file and the records, and flow against ids and steps.

As for the rest of the COCO file, nothing here uses the exporter. What needs two frames remembers the earlier one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.inspect.checks.coco import CocoFile
from synthvision.inspect.checks.frame_view import FrameView

__all__ = ["SEQUENCE_CHECKS", "SequenceChecks", "warped_agreement"]

# Of the pixels whose point is seen in both pictures, so many must have its object there or in a pixel beside: what
# remains is thinner than a pixel, or hidden by something that moves alike.
_AGREEMENT = 0.998
# Flow forth and back again comes back to the pixel where the point is seen in both, but for the half pixel that the
# nearest sample is off, where flow changes from pixel to pixel.
_SEEN_IN_BOTH_PX = 1.0
# Below this many pixels, chance decides.
_FEWEST_PIXELS = 200
_FLOWS: tuple[LayerName, LayerName] = ("flow_forward", "flow_backward")

#: Name and meaning of the checks here; all findings are of one frame.
SEQUENCE_CHECKS: dict[str, str] = {
    "video": "The image is listed in the video and step that its place in the job gives, and the video is listed.",
    "track": "Every instance has one track in its scene, which no other has, and its annotation names it.",
    "flow_ends": "There is no flow beyond the first and last step, and some at every other.",
    "flow_ids": "Flow leads to the same instance in the next frame, give or take a pixel, on 99.8 % of what both see.",
}


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What is kept of a frame until the next step of its video has come."""

    ids: NDArray[np.uint16]
    forward: NDArray[np.float32] | None


class SequenceChecks:
    """The checks of one data set, which remember some frames.

    Args:
        manifest: Of the data set; its config counts.
    """

    def __init__(self, manifest: Manifest) -> None:
        config = manifest.config
        self._steps = int(config.get("frames_per_scene", 1))
        self._views = int(config.get("views_per_scene", 1))
        self._cameras = max(1, len(config.get("scene", {}).get("cameras", [])))
        self._variants = 1 if manifest.augmentation is None else manifest.augmentation.variants
        self._names: OrderedDict[tuple[Any, ...], dict[int, str]] = OrderedDict()
        self._earlier: OrderedDict[int, _Earlier] = OrderedDict()

    def check(self, view: FrameView, coco: CocoFile) -> Iterator[tuple[str, str]]:
        """Yield name of the check and message of everything that is wrong with one frame; frames come in order."""
        if self._steps == 1:
            return
        yield from (("video", message) for message in self._video(view, coco))
        yield from (("track", message) for message in self._tracks(view, coco))
        yield from (("flow_ends", message) for message in self._flow_ends(view))
        if view.record.augmentation is None:
            yield from (("flow_ids", message) for message in self._flow_ids(view))

    def _place(self, view: FrameView) -> tuple[int, int, int, int]:
        """Return scene, view, step and camera of a frame."""
        augmented = view.record.augmentation
        rest, camera = divmod(view.record.frame if augmented is None else augmented.source_frame, self._cameras)
        rest, step = divmod(rest, self._steps)
        return (*divmod(rest, self._views), step, camera)

    def _video(self, view: FrameView, coco: CocoFile) -> Iterator[str]:
        scene, number, step, camera = self._place(view)
        origin = view.record.scene.get("origin", {})
        said = tuple(origin.get(key) for key in ("scene_index", "view", "step", "camera"))
        if said != (scene, number, step, camera):
            yield f"the scene must be scene, view, step, camera {(scene, number, step, camera)}, got {said}"
        image = coco.images.get(view.record.frame + 1)
        if image is None or coco.content is None:
            return
        variant = 0 if view.record.augmentation is None else view.record.augmentation.variant
        video = ((scene * self._views + number) * self._cameras + camera) * self._variants + variant + 1
        extra = image.model_extra or {}
        if (extra.get("video_id"), extra.get("frame_id")) != (video, step):
            got = extra.get("video_id"), extra.get("frame_id")
            yield f"video_id and frame_id must be {(video, step)}, got {got}"
        listed = sum(entry.get("id") == video for entry in coco.videos)
        if listed != 1:
            yield f"video {video} must be listed once, got {listed} times"

    def _tracks(self, view: FrameView, coco: CocoFile) -> Iterator[str]:
        origin = view.record.scene.get("origin", {})
        key = (origin.get("scene_index"), origin.get("attempt"))
        known = self._names.setdefault(key, {})
        while len(self._names) > self._views * self._cameras + 1:
            self._names.popitem(last=False)
        tracks = {label.instance_id: label.track_id for label in view.record.instances}
        if len(set(tracks.values())) != len(tracks) or None in tracks.values():
            yield "every instance must have a track_id of its own"
            return
        for label in view.record.instances:
            name = known.setdefault(int(label.track_id or 0), label.name)
            if name != label.name:
                yield f"track {label.track_id} must be {name}, as before in its scene, got {label.name}"
        others = {track for other, names in self._names.items() if other != key for track in names}
        if others & set(tracks.values()):
            yield f"tracks must be unlike those of other scenes, got {sorted(others & set(known))[:5]} again"
        for entry in coco.annotations.get(view.record.frame + 1, []):
            got = (entry.model_extra or {}).get("track_id")
            if entry.instance_id in tracks and got != tracks[entry.instance_id]:
                yield f"annotation {entry.id} must have the track_id {tracks[entry.instance_id]}, got {got}"

    def _flow_ends(self, view: FrameView) -> Iterator[str]:
        step = self._place(view)[2]
        for name, last in zip(_FLOWS, (self._steps - 1, 0), strict=True):
            flow = view.pixels(name)
            if flow is None:
                continue
            known = np.isfinite(flow)
            if (known[..., 0] != known[..., 1]).any() or np.isinf(flow).any():
                yield f"{name} must have both numbers or neither in each pixel, and none that is infinite"
            if step == last and known.any():
                yield f"{name} must be NaN throughout in step {step}, beyond which there is none"
            if step != last and not known.any():
                yield f"{name} must be known somewhere in step {step}"

    def _flow_ids(self, view: FrameView) -> Iterator[str]:
        frame, step = view.record.frame, self._place(view)[2]
        before = self._earlier.pop(frame - self._cameras, None)
        backward = view.pixels(_FLOWS[1])
        if before is not None and step > 0 and before.forward is not None and backward is not None:
            share, count = warped_agreement(before.ids, view.id_image, before.forward, backward, beside=True)
            if count >= _FEWEST_PIXELS and share < _AGREEMENT:
                yield (
                    f"the flow of frame {frame - self._cameras} must lead to the same instance here on "
                    f"{_AGREEMENT:.1%} of the pixels seen in both, got {share:.2%}"
                )
        forward = view.pixels(_FLOWS[0])
        if forward is not None and step < self._steps - 1:
            self._earlier[frame] = _Earlier(view.id_image, forward)
        while len(self._earlier) > self._cameras:
            self._earlier.popitem(last=False)


def warped_agreement(
    ids_hw: NDArray[np.uint16],
    next_hw: NDArray[np.uint16],
    forward_hwc: NDArray[np.float32],
    backward_hwc: NDArray[np.float32],
    *,
    beside: bool = False,
) -> tuple[float, int]:
    """Return on which share of the pixels seen in both pictures the flow leads to the same instance, and their number.

    A pixel is seen in both where the flow forth, and back from the pixel that it leads to, comes back within a pixel.

    Args:
        ids_hw: uint16 (height, width), instance ids of the first picture.
        next_hw: Of the second one.
        forward_hwc: float32 (height, width, 2), flow from the first to the second.
        backward_hwc: Flow from the second to the first.
        beside: The instance may also be that of one of the four pixels around the place that the flow leads to: along
            edges, which one is nearest is chance. Otherwise it must be that of the pixel that holds the place.
    """
    height, width = ids_hw.shape
    y, x = np.mgrid[0:height, 0:width]
    with np.errstate(invalid="ignore"):
        column, row = np.floor(x + 0.5 + forward_hwc[..., 0]), np.floor(y + 0.5 + forward_hwc[..., 1])
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    columns, rows = column[inside].astype(np.intp), row[inside].astype(np.intp)
    there_and_back = forward_hwc[inside] + backward_hwc[rows, columns]
    seen = np.nan_to_num(np.hypot(there_and_back[:, 0], there_and_back[:, 1]), nan=np.inf) < _SEEN_IN_BOTH_PX
    count = int(seen.sum())
    wanted = ids_hw[inside][seen]
    same = wanted == next_hw[rows[seen], columns[seen]]
    if beside:
        place = np.stack([x + 0.5, y + 0.5], axis=2)[inside][seen] + forward_hwc[inside][seen] - 0.5
        corner = np.floor(place).astype(np.intp)
        for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
            column_at = np.clip(corner[:, 0] + right, 0, width - 1)
            row_at = np.clip(corner[:, 1] + down, 0, height - 1)
            same |= wanted == next_hw[row_at, column_at]
    return (float(same.mean()) if count else 1.0), count
