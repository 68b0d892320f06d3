"""Images beside pictures that are there already: recorded scenes drawn again, labels alone, written if they agree.

What is written waits for the frames that are not done: the data set names a kind of image only when every frame has it.
Until then each frame that is done has a note in ``.layers/``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.annotate.flow import optical_flow
from synthvision.annotate.frame import AnnotatedFrame
from synthvision.annotate.rle import encode_id_image
from synthvision.config.job import Job
from synthvision.core.errors import DatasetError, FrameError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_bytes, write_text
from synthvision.dataset.layout import DatasetLayout, frame_stem
from synthvision.dataset.manifest import LayerName, layers_of
from synthvision.dataset.reader import DatasetFrame, open_dataset
from synthvision.dataset.records import read_line
from synthvision.dataset.writer import FrameEncoder
from synthvision.imaging.lens import lens_views
from synthvision.pipeline.frame import FinishedFrame, FrameMaker
from synthvision.pipeline.stages import StageClock
from synthvision.scene import Scene

__all__ = ["LayerMaker", "LayerOutput", "note_path", "notes_folder", "read_note"]


def notes_folder(layout: DatasetLayout) -> Path:
    """Return the folder of the notes on frames whose new images are on disk."""
    return layout.root / ".layers"


def note_path(layout: DatasetLayout, frame: int) -> Path:
    """Return the path of the note on one frame."""
    return notes_folder(layout) / f"{frame_stem(frame)}.json"


def read_note(layout: DatasetLayout, frame: int, layers: Sequence[LayerName]) -> dict[str, Any] | None:
    """Return what the record of a frame is to say of new files, by layer; None where they are not all whole on disk.

    Args:
        layout: The data set.
        frame: Frame index.
        layers: Which must be there.

    Raises:
        DatasetError: The note cannot be read.
    """
    path = note_path(layout, frame)
    try:
        files: dict[str, Any] = json.loads(path.read_bytes())
        whole = all((layout.root / files[name]["path"]).stat().st_size == files[name]["bytes"] for name in layers)
    except (FileNotFoundError, KeyError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path} must be a note on the new images of a frame; remove it: {error}") from error
    return {name: files[name] for name in layers} if whole else None


class LayerMaker(FrameMaker):
    """Draws the label images of recorded scenes; nothing is sampled but steps of a scene that the data set lacks.

    Args:
        job: The job that made the data set, with the images that are to be made among its output.
        folder: The data set.
        device: Index of the EGL device; None for the driver's first choice.

    Raises:
        DatasetError: The folder is no data set.
        GpuUnavailableError: No OpenGL context can be opened.
        AssetError: A pack is missing.
    """

    def __init__(self, job: Job, folder: Path, *, device: int | None = None) -> None:
        self._dataset = open_dataset(folder)
        super().__init__(job, device=device)

    def make(self, index: int) -> FinishedFrame:
        """Return a frame with the label images of its recorded scene and its recorded labels; its picture is black.

        Raises:
            FrameError: What was drawn is not what the record says, or the scene could not be drawn.
            DatasetError: The frame is not in the data set.
        """
        clock = StageClock()
        frame = self._dataset.frame(index)
        scene = frame.scene
        with clock.stage("labels"):
            drawn = self.labels(scene, lens_views(scene))
            labels = self._developer.rolled_labels(scene, drawn)
        _check_masks(frame, labels)
        captured = CapturedFrame(np.zeros((*labels.id_hw.shape, 3), np.uint8), labels, frame.record.exposure_ev100)
        output = self.job.output
        with clock.stage("annotate"):
            if output.flow_forward:
                after = self._step(scene, 1)
                captured = replace(captured, flow_forward_hwc=optical_flow(scene, labels, after, self.library))
            if output.flow_backward:
                before = self._step(scene, -1)
                captured = replace(captured, flow_backward_hwc=optical_flow(scene, labels, before, self.library))
        record = frame.record
        annotated = AnnotatedFrame(scene, record.instances, record.exposure_ev100, record.noise)
        return FinishedFrame(index, scene, captured, annotated, clock.seconds)

    def _step(self, scene: Scene, steps: int) -> Scene | None:
        """Return the same world some steps later: as recorded, or sampled where that frame is not in the data set."""
        index = self.job.frame_order.neighbour(scene.origin.frame, steps)
        if index is None:
            return None
        try:
            return self._dataset.frame(index).scene
        except DatasetError:
            return self.sample(index, scene.origin.attempt)


class LayerOutput:
    """Writes the new images of frames, and a note on each frame when they are whole on disk.

    Args:
        job: As of `LayerMaker`.
        folder: The data set.
        layers: Which images are written.
    """

    def __init__(self, job: Job, folder: Path, layers: Sequence[LayerName]) -> None:
        self._layout = DatasetLayout(folder)
        forms = layers_of(job.output)
        self._encoder = FrameEncoder({name: forms[name] for name in layers}, job.class_names)
        self._durable = job.output.durable

    def write(self, frame: FinishedFrame) -> float:
        """Write the images of one frame and return the seconds that took.

        Raises:
            FrameError: The disk is full or cannot be written. Nothing new of the frame is left.
        """
        start = time.perf_counter()
        written: list[Path] = []
        try:
            line = read_line(self._layout, frame.index)
            if line is None:
                raise DatasetError("its record is gone")
            encoded = self._encoder.encode(json.loads(line), frame.captured)
            for name, data in encoded.images.items():
                written.append(self._layout.root / name)
                write_bytes(written[-1], data, durable=self._durable)
            files = json.loads(encoded.record)["files"]
            write_text(note_path(self._layout, frame.index), canonical_json(files) + "\n", durable=self._durable)
        except DatasetError as error:
            for path in written:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise FrameError(f"the new images of frame {frame.index} could not be written: {error}") from error
        return time.perf_counter() - start


def _check_masks(frame: DatasetFrame, labels: LabelImages) -> None:
    """Check that every instance covers the pixels that the record says."""
    width, height = frame.record.size_wh
    if labels.id_hw.shape != (height, width):
        # Augmented sets are refused before; of a rendered one this says that the record was changed.
        rows, columns = labels.id_hw.shape
        raise FrameError(
            f"frame {frame.index} must be {width} x {height} px as recorded, but was drawn {columns} x {rows}"
        )
    drawn = {instance_id: mask.rle.counts for instance_id, mask in encode_id_image(labels.id_hw).items()}
    recorded = {label.instance_id: label.rle.counts for label in frame.record.instances if label.rle is not None}
    seen = drawn.keys() | recorded.keys()
    wrong = sorted(number for number in seen if drawn.get(number) != recorded.get(number))
    if wrong:
        names = {label.instance_id: label.name for label in frame.record.instances}
        raise FrameError(
            f"frame {frame.index}: the scene drawn again must show the recorded masks, but {len(wrong)} of {len(seen)} "
            f"differ, first that of {names.get(wrong[0], wrong[0])}; draw it with the driver, the version and the "
            "assets that made it (manifest.json names them)"
        )
