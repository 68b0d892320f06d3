"""Refine a data set: every picture through the chain and the guard, into a data set of its own.

Pictures are read, judged and written by threads while the model is at work on another batch; at most three batches are
in memory, whatever the size of the data set.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError, FrameError, SynthvisionError, UsageError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.labels import label_to_json
from synthvision.core.registry import load_plugin
from synthvision.dataset.failures import FailureLog
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.manifest import LayerName, Manifest, load_manifest, save_manifest
from synthvision.dataset.reader import Dataset, DatasetFrame, open_dataset
from synthvision.dataset.realism import FrameRealism, InstanceRealism, RealismEntry
from synthvision.dataset.records import merge_records
from synthvision.dataset.recovery import recover
from synthvision.dataset.writer import FrameWriter, new_folder
from synthvision.realism.config import RealismSpec
from synthvision.realism.inputs import refine_input
from synthvision.realism.licences import is_non_commercial
from synthvision.realism.refiner import RefineInput
from synthvision.realism.stage import RealismStage, RefinedFrame

__all__ = ["RealismCounts", "RealismSummary", "RefineryRun", "apply_realism", "refined_manifest"]

_PACKAGES = ("torch", "diffusers", "transformers", "opencv-python-headless", "numpy")
#: Batches that are read or written while one is with the model.
_BATCHES_AHEAD = 2


@dataclass(slots=True)
class RealismCounts:
    """What the guard decided so far.

    Args:
        pictures: Pictures by decision.
        instances: Judged instances by decision.
        labels: Labelled instances by class.
    """

    pictures: Counter[str] = field(default_factory=Counter)
    instances: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)

    @property
    def passed_share(self) -> float:
        """Share of the judged instances whose pixels are the refiner's; those composited by rule are not judged."""
        judged = sum(count for name, count in self.instances.items() if name != "composited")
        return self.instances["kept"] / judged if judged else 1.0


@dataclass(frozen=True, slots=True)
class RealismSummary:
    """What a run made.

    Args:
        folder: The new data set.
        done: Frames made by this run.
        there: Frames that were there before.
        counts: What the guard decided on the frames of this run.
        failures: Frames that could not be made, by index, with the reason.
        notes: What the user should know of how it went.
        interrupted: The user stopped it; what is done is whole and can be resumed.
    """

    folder: Path
    done: int
    there: int
    counts: RealismCounts
    failures: dict[int, str]
    notes: tuple[str, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 when everything is there, 130 after Ctrl-C, else 1."""
        return 130 if self.interrupted else 1 if self.failures else 0


def apply_realism(
    folder: str | Path,
    spec: RealismSpec,
    out: str | Path,
    *,
    base: Path | None = None,
    device: str = "auto",
    resume: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RealismSummary:
    """Put every picture of a data set through refiners and guard, into a data set of its own.

    Frame k of the new data set depends on frame k of the source and on the spec alone. Masks, boxes, depth and all
    else that is geometry is the source's, byte for byte; what is measured in the picture is measured anew.

    Args:
        folder: The source; it is only read.
        spec: What is done.
        out: Folder of the new data set; must be empty or not exist, unless `resume` is given.
        base: Where relative paths of the spec start; None for the working folder.
        device: ``auto``, ``cpu``, or a device of torch such as ``cuda:0``.
        resume: Keep what is whole in `out` and make the rest.
        workers: Threads that read, judge and write; None for one per core, at most eight.
        progress: Called with the number of frames that are there and of all.

    Returns:
        What was made. Frames that failed are in ``failures.jsonl``; the others are whole.

    Raises:
        DatasetError: The source is no data set, or `out` is not empty or holds something else.
        MissingExtraError: A package that a refiner needs is not installed.
        UsageError: The source has no frame, was refined already, or lacks images that a refiner needs; or weights or
            photos are missing.
    """
    source = open_dataset(folder)
    if source.manifest.realism is not None:
        raise UsageError(
            f"{source.root} was refined already; start from its renders, with all refiners in one realism section"
        )
    frames = source.indices
    if not frames:
        raise UsageError(f"{source.root} must have a frame to refine, but has none")
    digest = hashlib.sha256(source.layout.manifest.read_bytes()).hexdigest()
    with RealismStage(spec, base or Path.cwd(), device) as stage:
        _check_layers(stage, source)
        manifest = refined_manifest(source.manifest, stage, source.manifest.name, digest)
        layout = new_folder(Path(out), joining=resume)
        with DatasetLock(layout) as lock:
            there: set[int] = set()
            if layout.manifest.is_file():
                _check_same(load_manifest(layout), manifest, layout)
                there = set(recover(layout).frames.tolist())
            else:
                save_manifest(layout, manifest)
            run = RefineryRun(stage, source, layout, manifest, workers=workers)
            todo = [frame for frame in frames if frame not in there]
            interrupted = run.make(
                todo, progress=None if progress is None else lambda done: progress(len(there) + done, len(frames))
            )
            merge_records(layout)
            FailureLog(layout).settle()
            load_plugin("exporters", "coco")().export(open_dataset(layout.root), layout.root)
            lock.release(remove=True)
        return RealismSummary(layout.root, run.done, len(there), run.counts, run.failures, stage.notes, interrupted)


def refined_manifest(manifest: Manifest, stage: RealismStage, source: str, digest: str | None) -> Manifest:
    """Return the manifest of the refined data set.

    Args:
        manifest: That of the renders.
        stage: What refines them.
        source: Name of the data set or job that rendered them.
        digest: SHA-256 of the manifest of a data set of its own; None where the job refined while rendering.
    """
    layers = dict(manifest.layers)
    if stage.spec.keep_render:
        layers["render"] = layers["image"].model_copy(update={"folder": "renders"})
    entry = RealismEntry(
        source=source,
        source_manifest_sha256=digest,
        config=stage.spec.model_dump(mode="json"),
        models=stage.models,
        seed=stage.spec.seed,
    )
    packages = {f"package.{name}": _version(name) for name in _PACKAGES}
    warned = tuple(
        f"the model {model.name} has the licence {model.licence!r}, which does not allow commercial use"
        for model in stage.models
        if is_non_commercial(model.licence)
    )
    return manifest.model_copy(
        update={
            "name": f"{manifest.name}-refined" if digest else manifest.name,
            "layers": layers,
            "stages": {**manifest.stages, "realism": True},
            "fingerprint": dict(sorted({**manifest.fingerprint, **packages}.items())),
            "realism": entry,
            "generation": manifest.generation + bool(stage.models),
            "warnings": (*manifest.warnings, *warned),
        }
    )


class RefineryRun:
    """Refines frames of one data set into another.

    Args:
        stage: Refiners and guard.
        source: The renders; frames may be added to it while this runs.
        layout: The new data set, whose manifest is written.
        manifest: Its manifest.
        workers: Threads that read, judge and write; None for one per core, at most eight.
    """

    def __init__(
        self, stage: RealismStage, source: Dataset, layout: DatasetLayout, manifest: Manifest, *, workers: int | None
    ) -> None:
        self.done = 0
        self.failures: dict[int, str] = {}
        self.counts = RealismCounts()
        self._stage = stage
        self._source = source
        self._manifest = manifest
        self._policy = LabelPolicy.model_validate(manifest.config.get("labels", {}))
        self._writer = FrameWriter(layout, manifest)
        self._log = FailureLog(layout)
        self._workers = workers or min(len(os.sched_getaffinity(0)), 8)

    def make(self, frames: Iterable[int], *, progress: Callable[[int], None] | None = None) -> bool:
        """Refine frames in their order; return whether the user stopped it.

        Args:
            frames: Frame indices, ascending; each must be whole in the source when it is asked for.
            progress: Called with the number of frames that are done.
        """
        waiting: deque[tuple[int, Future[RefinedFrame | SynthvisionError]]] = deque()
        try:
            with ThreadPoolExecutor(self._workers, "realism") as pool:
                for group in self._read_ahead(pool, frames):
                    waiting.extend(self._refined(pool, group))
                    while len(waiting) > _BATCHES_AHEAD * self._stage.spec.batch:
                        self._take(*waiting.popleft(), progress)
                while waiting:
                    self._take(*waiting.popleft(), progress)
        except KeyboardInterrupt:
            return True
        return False

    def _read_ahead(
        self, pool: ThreadPoolExecutor, frames: Iterable[int]
    ) -> Iterator[list[tuple[int, RefineInput | SynthvisionError]]]:
        """Yield groups of consecutive frames, read a group ahead of the model."""
        size = self._stage.spec.batch
        ahead: deque[list[tuple[int, Future[RefineInput | SynthvisionError]]]] = deque()
        for _, group in groupby(frames, key=lambda frame: frame // size):
            ahead.append([(frame, pool.submit(self._read, frame)) for frame in group])
            if len(ahead) > 1:
                yield [(frame, future.result()) for frame, future in ahead.popleft()]
        for rest in ahead:
            yield [(frame, future.result()) for frame, future in rest]

    def _read(self, frame: int) -> RefineInput | SynthvisionError:
        try:
            return refine_input(self._source.frame(frame), self._stage.needs, self._stage.spec.seed)
        except SynthvisionError as error:
            return error

    def _refined(
        self, pool: ThreadPoolExecutor, group: Sequence[tuple[int, RefineInput | SynthvisionError]]
    ) -> Iterator[tuple[int, Future[RefinedFrame | SynthvisionError]]]:
        inputs = [given for _, given in group if isinstance(given, RefineInput)]
        for frame, given in group:
            if isinstance(given, SynthvisionError):
                yield frame, _done(given)
        try:
            pictures = self._stage.refine(inputs) if inputs else []
        except FrameError as error:
            if len(inputs) == 1:
                yield inputs[0].frame, _done(error)
                return
            # One picture of the batch is to blame; the others need not suffer for it.
            for given in inputs:
                yield from self._refined(pool, [(given.frame, given)])
            return
        for given, picture in zip(inputs, pictures, strict=True):
            yield given.frame, pool.submit(self._accept, given, picture)

    def _accept(self, given: RefineInput, picture: Any) -> RefinedFrame | SynthvisionError:
        try:
            refined = self._stage.accept(given, picture, self._policy)
            self._write(given, refined)
        except SynthvisionError as error:
            return error
        return refined

    def _write(self, given: RefineInput, refined: RefinedFrame) -> None:
        frame = self._source.frame(given.frame)
        kept: dict[LayerName, bytes] = {
            name: frame.path("image" if name == "render" else name).read_bytes()
            for name in self._manifest.layers
            if name != "image"
        }
        labels = LabelImages(given.id_hw, np.full(given.id_hw.shape, np.inf, np.float32), None, {})
        captured = CapturedFrame(refined.rgb_hwc, labels, given.record.exposure_ev100)
        self._writer.write(_record(frame, refined), captured, encoded=kept)

    def _take(
        self,
        frame: int,
        future: Future[RefinedFrame | SynthvisionError],
        progress: Callable[[int], None] | None,
    ) -> None:
        outcome = future.result()
        if isinstance(outcome, SynthvisionError):
            self.failures[frame] = str(outcome)
            self._log.add(frame, type(outcome).__name__, str(outcome), 1)
            return
        self.done += 1
        self.counts.pictures[outcome.realism.decision] += 1
        self.counts.instances.update(each.decision for each in outcome.realism.instances)
        self.counts.labels.update(
            label.category for label in outcome.instances if label.status == "labelled" and label.category
        )
        if progress:
            progress(self.done)


def _record(frame: DatasetFrame, refined: RefinedFrame) -> dict[str, Any]:
    """Return the record of a refined frame as JSON values; the writer adds ``files``."""
    record = frame.record
    made = {
        "frame": record.frame,
        "size_wh": list(record.size_wh),
        "camera": None
        if record.camera is None
        else {"k_33": record.camera.k_33, "camera_from_world": record.camera.camera_from_world},
        "exposure_ev100": record.exposure_ev100,
        "noise": refined.noise,
        "weather": record.weather,
        "instances": [label_to_json(label) for label in refined.instances],
        "scene": record.scene,
        "realism": _fields(refined.realism, FrameRealism)
        | {"instances": [_fields(each, InstanceRealism) for each in refined.realism.instances]},
    }
    if record.augmentation is not None:
        made["augmentation"] = _fields(record.augmentation, type(record.augmentation))
    if record.factor_levels:
        made["factor_levels"] = record.factor_levels
    return made


def _fields(value: Any, kind: type[Any]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in kind.__slots__}


def _done(error: SynthvisionError) -> Future[RefinedFrame | SynthvisionError]:
    future: Future[RefinedFrame | SynthvisionError] = Future()
    future.set_result(error)
    return future


def _check_layers(stage: RealismStage, source: Dataset) -> None:
    missing = sorted(stage.needs - source.manifest.layers.keys())
    if missing:
        raise UsageError(
            f"the refiners need {' and '.join(missing)} images, which {source.root} does not have; add them with "
            f"'synthvision replay {source.root} --layers {','.join(missing)}'"
        )


def _check_same(begun: Manifest, wanted: Manifest, layout: DatasetLayout) -> None:
    if begun.realism != wanted.realism or begun.frames != wanted.frames:
        raise DatasetError(
            f"{layout.root} can only be resumed with the source, the refiners and the weights that it was begun with; "
            "give back what they were, or choose another folder"
        )
    if begun.fingerprint != wanted.fingerprint:
        different = sorted(
            name
            for name in begun.fingerprint.keys() | wanted.fingerprint.keys()
            if begun.fingerprint.get(name) != wanted.fingerprint.get(name)
        )
        raise DatasetError(
            f"{layout.root} was begun with another {', '.join(different)}; resume it where that is the same, or choose "
            "another folder"
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
