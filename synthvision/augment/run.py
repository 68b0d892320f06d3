"""Augment a data set: every frame once or several times through a pipeline, into a data set of its own."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.rle import decode_id_image
from synthvision.augment.alignment import check_alignment
from synthvision.augment.extra import VERSION
from synthvision.augment.labels import augmented_record, move_labels
from synthvision.augment.pipeline import Moved, Pipeline
from synthvision.augment.pipeline_file import PipelineSpec, load_pipeline
from synthvision.core.errors import FrameError, SynthvisionError, UsageError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.registry import load_plugin
from synthvision.core.streams import MAX_SEED
from synthvision.dataset.augmentation import AugmentationEntry
from synthvision.dataset.failures import FailureLog
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import LayerName, Manifest, frame_ranges, save_manifest
from synthvision.dataset.reader import Dataset, DatasetFrame, open_dataset
from synthvision.dataset.records import merge_records
from synthvision.dataset.writer import FrameWriter, new_folder

__all__ = ["AugmentSummary", "augment_dataset"]

# What a warped picture has no more: the first is measured along another camera's axis, the second in its axes.
_OF_A_CAMERA: frozenset[LayerName] = frozenset({"depth", "normals", "flow_forward", "flow_backward"})


@dataclass(frozen=True, slots=True)
class AugmentSummary:
    """What an augmentation made.

    Args:
        folder: The new data set.
        done: Frames on disk.
        failures: Frames that could not be made, by index, with the reason.
        counts: Labelled instances by class.
    """

    folder: Path
    done: int
    failures: dict[int, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when everything is there, else 1."""
        return 1 if self.failures else 0


def augment_dataset(
    folder: str | Path,
    pipeline: PipelineSpec | str | Path,
    out: str | Path,
    *,
    variants: int = 1,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> AugmentSummary:
    """Put every frame of a data set through an albumentations pipeline, picture and labels together.

    Frame k of the source gives the frames ``k * variants`` to ``k * variants + variants - 1``. Each depends on its
    source frame, its variant, the seed and the pipeline alone: not on workers, order or the number of frames. A
    pipeline that only changes values of pixels keeps every label and image; one that crops and pads at the picture's
    own scale moves them along; after any other, depth, normals, 3D boxes, poses and cameras are left out
    (`synthvision.augment.labels` says what becomes of each figure).

    Args:
        folder: The source; it is only read.
        pipeline: From `load_pipeline`, or the path of its YAML file.
        out: Folder of the new data set; must be empty or not exist.
        variants: Frames to make of each source frame, 1 or more.
        seed: Of the augmentation, 0 or more.
        workers: Threads; None for one per core, at most eight.
        progress: Called with the number of frames that are done.

    Returns:
        What was made. Frames that failed are in ``failures.jsonl``; the others are whole.

    Raises:
        ConfigError: The pipeline file is wrong; every fault with its line.
        MissingExtraError: albumentations is not installed.
        DatasetError: The source is no data set, or the folder is not empty.
        UsageError: The source has no frame or was augmented itself, the pipeline cannot take its pictures or moves them
            against their labels, or a number is out of range.
    """
    if variants < 1 or not 0 <= seed <= MAX_SEED:
        raise UsageError(f"variants must be 1 or more and seed 0 to {MAX_SEED}, got {variants} and {seed}")
    spec = pipeline if isinstance(pipeline, PipelineSpec) else load_pipeline(Path(pipeline))
    source = open_dataset(folder)
    if source.manifest.augmentation is not None:
        raise UsageError(
            f"{source.root} was augmented already; put both pipelines in one file and start from its source"
        )
    frames = source.indices
    if not frames:
        raise UsageError(f"{source.root} must have a frame to augment, but has none")
    check_alignment(spec, source.frame(frames[0]).record.size_wh)
    layout = new_folder(Path(out))
    manifest = _manifest(source, spec, variants, seed)
    save_manifest(layout, manifest)
    run = _Run(layout, manifest, spec, variants, seed)
    with ThreadPoolExecutor(workers or min(len(os.sched_getaffinity(0)), 8), "augment") as pool:
        for index, outcome in _in_order(pool, run, source):
            run.take(index, outcome)
            if progress:
                progress(run.done)
    merge_records(layout)
    FailureLog(layout).settle()
    load_plugin("exporters", "coco")().export(open_dataset(layout.root), layout.root)
    counts = {name: run.counts.get(name, 0) for name in manifest.class_names}
    return AugmentSummary(layout.root, run.done, run.failures, counts)


def _manifest(source: Dataset, spec: PipelineSpec, variants: int, seed: int) -> Manifest:
    manifest = source.manifest
    layers = manifest.layers
    if spec.geometry != "pixels":
        # Each frame is moved by its own draw, so flow no longer leads from one to the next.
        layers = {name: layer for name, layer in layers.items() if not name.startswith("flow_")}
    if spec.geometry == "warped":
        layers = {name: layer for name, layer in layers.items() if name not in _OF_A_CAMERA}
    numbers = [frame * variants + variant for frame in source.indices for variant in range(variants)]
    entry = AugmentationEntry(
        source=manifest.name,
        source_manifest_sha256=hashlib.sha256(source.layout.manifest.read_bytes()).hexdigest(),
        pipeline=spec.to_json(),
        library=f"albumentations {VERSION}",
        seed=seed,
        variants=variants,
        geometry=spec.geometry,
    )
    return manifest.model_copy(
        update={
            "name": f"{manifest.name}-augmented",
            "frames": frame_ranges(numbers),
            "layers": layers,
            "stages": {**manifest.stages, "augment": True},
            "fingerprint": dict(sorted({**manifest.fingerprint, "package.albumentations": VERSION}.items())),
            "augmentation": entry,
        }
    )


def _in_order(
    pool: ThreadPoolExecutor, run: _Run, source: Dataset
) -> Iterator[tuple[int, Counter[str] | SynthvisionError]]:
    """Yield index and outcome of every new frame, in order; only a few frames are in memory at a time."""
    waiting: deque[tuple[int, Future[Counter[str] | SynthvisionError]]] = deque()
    for frame in source:
        for variant in range(run.variants):
            index = frame.index * run.variants + variant
            waiting.append((index, pool.submit(run.make, frame, index, variant)))
        while len(waiting) > 4 * run.variants + 16:
            number, future = waiting.popleft()
            yield number, future.result()
    for number, future in waiting:
        yield number, future.result()


class _Run:
    """Makes and counts frames; `make` runs in many threads at once, `take` in one."""

    def __init__(self, layout: DatasetLayout, manifest: Manifest, spec: PipelineSpec, variants: int, seed: int) -> None:
        self.variants = variants
        self.done = 0
        self.failures: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self._layers = manifest.layers
        self._policy = LabelPolicy.model_validate(manifest.config.get("labels", {}))
        self._writer = FrameWriter(layout, manifest)
        self._log = FailureLog(layout)
        self._spec = spec
        self._seed = seed
        # A pipeline has random state while it runs, so every thread has its own.
        self._own = threading.local()

    def make(self, frame: DatasetFrame, index: int, variant: int) -> Counter[str] | SynthvisionError:
        """Make and write one frame; return its labelled instances by class, or why it could not be made."""
        try:
            if not hasattr(self._own, "pipeline"):
                self._own.pipeline = Pipeline(self._spec)
            return self._write(frame, self._own.pipeline, index, variant)
        except SynthvisionError as error:
            return error
        except OSError as error:
            return FrameError(f"{error.filename} must be readable: {error.strerror or error}")

    def take(self, index: int, outcome: Counter[str] | SynthvisionError) -> None:
        """Count one outcome."""
        if isinstance(outcome, SynthvisionError):
            self.failures[index] = str(outcome)
            self._log.add(index, type(outcome).__name__, str(outcome), 1)
        else:
            self.done += 1
            self.counts.update(outcome)

    def _write(self, frame: DatasetFrame, pipeline: Pipeline, index: int, variant: int) -> Counter[str]:
        record = frame.record
        boxes = [label.box_xyxy for label in frame.labels() if label.box_xyxy is not None]
        moved = pipeline.apply(frame.rgb(), self._seed, frame.index, variant, boxes)
        ids = decode_id_image(record.instances, record.size_wh)
        if not moved.source.is_identity:
            ids = moved.source.gather(ids, 0)
        instances, noise = move_labels(record.instances, moved, ids, self._policy)
        new = augmented_record(record, moved, instances, noise, frame=index, variant=variant)
        captured = CapturedFrame(moved.rgb_hwc, self._label_images(frame, moved, ids), record.exposure_ev100)
        self._writer.write(new, captured, encoded=self._unchanged(frame, moved))
        return Counter(label.category for label in instances if label.status == "labelled" and label.category)

    def _label_images(self, frame: DatasetFrame, moved: Moved, ids: Any) -> LabelImages:
        depth: Any = np.full(ids.shape, np.inf, np.float32)
        normals: Any = None
        if not moved.source.is_identity:
            if "depth" in self._layers:
                depth = moved.source.gather(frame.depth(), np.inf)
            if "normals" in self._layers:
                normals = moved.source.gather(frame.normals(), 0)
        return LabelImages(ids, depth, normals, {})

    def _unchanged(self, frame: DatasetFrame, moved: Moved) -> dict[LayerName, bytes]:
        """Return the files of the source that the new frame shares, byte for byte."""
        if not moved.source.is_identity:
            return {}
        return {name: frame.path(name).read_bytes() for name in self._layers if name != "image"}
