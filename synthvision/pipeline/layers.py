"""More images for a whole data set: depth, ids, normals, classes and flow of pictures that are there already.

Every recorded scene is drawn again, labels alone, by worker processes as a run has them. When each frame has its new
images, records, manifest and annotations are brought in line: the data set then is, byte for byte, what the job gives
with these images asked for from the start. Until then nothing of it changes, and a stopped run is taken up again by the
same call.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

from synthvision.config.job import Job
from synthvision.core.errors import DatasetError, UsageError, nearest_name
from synthvision.core.hashing import canonical_json
from synthvision.core.registry import load_plugin
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.checksums import write_checksum
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.lock import DatasetLock
from synthvision.dataset.manifest import LayerName, Manifest, config_hash, layers_of, load_manifest, save_manifest
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import iterate_lines, merge_records
from synthvision.gpu.devices import hardware_devices
from synthvision.pipeline.chunks import frame_chunks
from synthvision.pipeline.executors.executor import Executor, ExecutorOptions, FrameOutcome
from synthvision.pipeline.joining import first_difference
from synthvision.pipeline.layer_frames import notes_folder, read_note
from synthvision.pipeline.output import export_dataset
from synthvision.pipeline.preview import preview_folder
from synthvision.pipeline.run import default_workers, driver_threads_for, worker_setup

__all__ = ["LAYER_CHOICES", "LayerSummary", "parse_layers", "replay_layers"]

#: What can be made for pictures that are there.
LAYER_CHOICES: tuple[LayerName, ...] = tuple(name for name in get_args(LayerName) if name not in ("image", "render"))


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """What became of it.

    Args:
        folder: The data set.
        layers: Images that it has now and had not before; empty where it had them all, or where frames are missing.
        done: Frames drawn.
        there: Frames that were drawn before, by a run that was stopped.
        failures: Frames that could not be drawn as recorded; the data set then is as it was.
        interrupted: True after Ctrl-C.
        errors: What went wrong beside single frames.
    """

    folder: Path
    layers: tuple[LayerName, ...] = ()
    done: int = 0
    there: int = 0
    failures: tuple[FrameOutcome, ...] = ()
    interrupted: bool = False
    errors: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when everything is there, 130 after Ctrl-C, else 1."""
        if self.interrupted:
            return 130
        return 1 if self.failures or self.errors else 0


def parse_layers(text: str) -> tuple[LayerName, ...]:
    """Return kinds of images from text such as ``depth,normals``, in the order in which manifests list them.

    Raises:
        UsageError: One is unknown; the nearest is given.

    Example:
        >>> parse_layers("normals,depth")
        ('depth', 'normals')
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in LAYER_CHOICES:
            near = nearest_name(name, LAYER_CHOICES)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"layers must be of {', '.join(LAYER_CHOICES)}, got {name!r}{hint}")
    return tuple(name for name in LAYER_CHOICES if name in names)


def replay_layers(
    folder: str | Path,
    layers: Sequence[LayerName],
    *,
    workers: int | None = None,
    job: Job | None = None,
    progress: Callable[[int], None] | None = None,
    frame_timeout_s: float = 900.0,
) -> LayerSummary:
    """Draw every scene of a data set again and write images that it lacks; pictures stay as they are.

    Args:
        folder: The data set.
        layers: Kinds of images; those that it has are left out.
        workers: Number of processes; None for one per core, at most eight.
        job: The job that made it, where its asset roots are relative to a job file; None takes the manifest's.
        progress: Called with the number of frames that are done.
        frame_timeout_s: A frame that takes longer is tried once more in a new process, then given up.

    Returns:
        What was made. A frame whose scene drawn again does not show the recorded masks is a failure, and the data set
        is then as it was; what was drawn is kept for the next call.

    Raises:
        DatasetError: The folder is no data set, or is being written by another process.
        UsageError: The data set was augmented, `job` is another one, or other images were begun and not ended.
        AssetError: A pack that the job names is missing.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    dataset = open_dataset(folder)
    layout, manifest = dataset.layout, dataset.manifest
    if manifest.augmentation is not None:
        raise UsageError(f"{folder} was augmented; add the images to the data set that it was made from")
    request = _load_request(layout, layers)
    wanted = request.layers if request else tuple(name for name in layers if name not in manifest.layers)
    if not wanted:
        return LayerSummary(layout.root)
    if not dataset.indices:
        raise UsageError(f"{folder} must have frames to draw, but has none")
    drawn_by = _job_with(manifest, wanted, job)
    with DatasetLock(layout) as lock:
        merge_records(layout)
        request = request or _Request(wanted)
        _save_request(layout, request)
        frames = open_dataset(folder).indices
        todo = [frame for frame in frames if read_note(layout, frame, wanted) is None]
        making = _Making(len(frames) - len(todo), progress)
        if todo:
            count = max(1, min(workers or default_workers(), len(todo)))
            devices = hardware_devices() if count > 1 else ()
            options = ExecutorOptions(
                workers=count,
                driver_threads=driver_threads_for(count),
                devices=devices if len(devices) > 1 else (),
                frame_timeout_s=frame_timeout_s,
            )
            setup = {**worker_setup(drawn_by, layout.root), "task": "layers", "layers": list(wanted)}
            pool: Executor = load_plugin("executors", "local")(setup, options)
            try:
                if first_difference(dict(manifest.fingerprint), pool.hello["fingerprint"]) is not None:
                    request = replace(request, elsewhere=True)
                    _save_request(layout, request)
                making.make(pool, frame_chunks(todo, drawn_by.frames_of_one_scene))
            finally:
                pool.close()
        whole = not (making.failures or making.interrupted or making.errors)
        if whole:
            _bring_in_line(layout, load_manifest(layout), request, drawn_by)
        lock.release(remove=True)
    return LayerSummary(
        layout.root,
        wanted if whole else (),
        making.done,
        len(frames) - len(todo),
        tuple(making.failures),
        making.interrupted,
        tuple(making.errors),
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """What was asked for, kept beside the notes until it is done.

    Args:
        layers: Kinds of images.
        elsewhere: Whether some were drawn with another fingerprint than the pictures.
    """

    layers: tuple[LayerName, ...]
    elsewhere: bool = False


def _request_path(layout: DatasetLayout) -> Path:
    return notes_folder(layout) / "request.json"


def _save_request(layout: DatasetLayout, request: _Request) -> None:
    write_text(_request_path(layout), canonical_json(asdict(request)) + "\n")


def _load_request(layout: DatasetLayout, layers: Sequence[LayerName]) -> _Request | None:
    """Return what a stopped run was to make; None where there is none. Nothing else can be asked for before it ends."""
    path = _request_path(layout)
    try:
        data = json.loads(path.read_bytes())
        begun = _Request(tuple(data["layers"]), bool(data["elsewhere"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path} must be readable: {error}") from error
    if not set(begun.layers) <= set(layers):
        listed = ",".join(begun.layers)
        raise UsageError(
            f"{layout.root}: {listed} were begun and not ended; end them first with --layers {listed}, or remove "
            f"{notes_folder(layout)} where that fails because the scenes are drawn differently here"
        )
    return begun


def _job_with(manifest: Manifest, layers: Sequence[LayerName], made_by: Job | None) -> Job:
    """Return the job of a data set with more images among its output."""
    if made_by is not None:
        found = first_difference(manifest.config.get("scene"), made_by.resolved().get("scene"), "scene")
        if found is not None:
            raise UsageError(f"the job must be the one that made the data set, but {found}")
    folder = None if made_by is None else made_by.folder
    return Job.from_resolved(_config_with(manifest.config, layers), folder=folder, name=manifest.name)


def _config_with(config: dict[str, Any], layers: Sequence[LayerName]) -> dict[str, Any]:
    return {**config, "output": {**config.get("output", {}), **dict.fromkeys(layers, True)}}


class _Making:
    """Frames that are drawn and what became of them."""

    def __init__(self, there: int, progress: Callable[[int], None] | None) -> None:
        self.done = 0
        self.failures: list[FrameOutcome] = []
        self.errors: list[str] = []
        self.interrupted = False
        self._there = there
        self._progress = progress

    def make(self, pool: Executor, chunks: Any) -> None:
        """Draw frames until all are done, the disk is full, or the user stops it."""
        try:
            for outcome in pool.run(chunks):
                if outcome.disk_full:
                    self.errors.append(f"{outcome.reason}; then run it again")
                    break
                self._take(outcome)
            else:
                return
        except KeyboardInterrupt:
            self.interrupted = True
        for outcome in pool.finish_started():
            if not outcome.disk_full:
                self._take(outcome)

    def _take(self, outcome: FrameOutcome) -> None:
        if outcome.ok:
            self.done += 1
        else:
            self.failures.append(outcome)
        if self._progress:
            self._progress(self._there + self.done)


def _bring_in_line(layout: DatasetLayout, manifest: Manifest, request: _Request, job: Job) -> None:
    """Let records, manifest and annotations name the new images. Stopped at any moment, the next call ends it."""
    layers = request.layers
    for number in layout.shard_numbers():
        digest = hashlib.sha256()
        with atomic_file(layout.shard(number)) as stream:
            for frame, line in iterate_lines(layout, number):
                new = _with_files(layout, frame, line, layers)
                stream.write(new)
                digest.update(new)
        write_checksum(layout, number, digest.hexdigest())
    config = _config_with(manifest.config, layers)
    warnings = manifest.warnings
    if request.elsewhere:
        note = f"{', '.join(layers)} were drawn later, on another machine or by another version; masks agree with it"
        warnings = tuple(dict.fromkeys((*warnings, note)))
    forms = layers_of(job.output)
    update = {
        "config": config,
        "config_hash": config_hash(config),
        "layers": {name: form for name, form in forms.items() if name in manifest.layers or name in layers},
        "warnings": warnings,
    }
    save_manifest(layout, manifest.model_copy(update=update))
    export_dataset(layout)
    preview_folder(layout.root)
    shutil.rmtree(notes_folder(layout))


def _with_files(layout: DatasetLayout, frame: int, line: bytes, layers: Sequence[LayerName]) -> bytes:
    note = read_note(layout, frame, layers)
    if note is None:
        raise DatasetError(f"frame {frame} must have its new images, but they are gone; run it again")
    record = json.loads(line)
    record["files"] |= note
    return (canonical_json(record) + "\n").encode()
