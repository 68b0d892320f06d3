"""From finished frames to files: the manifest before the first frame, the frames, the exports after the last."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from synthvision import __version__
from synthvision.config.job import Job
from synthvision.config.pickable import entries_of
from synthvision.core.registry import load_plugin
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import (
    AssetEntry,
    Manifest,
    config_hash,
    frame_ranges,
    layers_of,
    load_manifest,
)
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.writer import EncodedFrame, FrameEncoder, FrameWriter
from synthvision.export.parts import Parts
from synthvision.library.assets import AssetLibrary
from synthvision.library.catalogue import CatalogueEntry
from synthvision.pipeline.class_entries import class_entries
from synthvision.pipeline.frame import FinishedFrame
from synthvision.sampling.config import spec_warnings

__all__ = ["FrameFiles", "FrameOutput", "export_dataset", "job_warnings", "new_manifest"]


class FrameOutput:
    """Writes the files of finished frames; many processes may do so for one data set.

    Args:
        job: The job; its `output` block says which files.
        folder: The data set; its manifest must be in place when the first frame is written.
    """

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._layout = DatasetLayout(folder)
        self._writer: FrameWriter | None = None

    @property
    def writer(self) -> FrameWriter:
        """What writes the files.

        Raises:
            DatasetError: The manifest is not in place.
        """
        if self._writer is None:
            manifest = load_manifest(self._layout)
            self._writer = FrameWriter(self._layout, manifest, durable=self._job.output.durable)
        return self._writer

    def write(self, frame: FinishedFrame) -> float:
        """Write one frame, its record last, and return the seconds that took.

        Raises:
            FrameError: The disk is full or cannot be written. Nothing of the frame is left.
        """
        start = time.perf_counter()
        self.writer.write(frame.annotated.to_record(), frame.captured)
        return time.perf_counter() - start


class FrameFiles:
    """Turns finished frames into the bytes of their files, for another process to write.

    Args:
        job: The job; its `output` block says which files.
    """

    def __init__(self, job: Job) -> None:
        self._encoder = FrameEncoder(layers_of(job.output), job.class_names)

    def encode(self, frame: FinishedFrame) -> EncodedFrame:
        """Return the files of a frame: the bytes that `FrameOutput` writes."""
        return self._encoder.encode(frame.annotated.to_record(), frame.captured)


def new_manifest(job: Job, library: AssetLibrary, frames: Iterable[int], fingerprint: Mapping[str, str]) -> Manifest:
    """Return the manifest of a run that is about to start.

    Args:
        job: What is rendered.
        library: The assets that the job can use.
        frames: Frame indices of the run.
        fingerprint: Of the renderer and this machine.
    """
    config = job.resolved()
    entries = [entry for entry, _ in entries_of(job.scene, library).values()]
    return Manifest(
        name=job.name,
        generator=f"synthvision {__version__}",
        seed=job.seed,
        frames=frame_ranges(frames),
        config=config,
        config_hash=config_hash(config),
        classes=class_entries(job, library),
        layers=layers_of(job.output),
        fingerprint=dict(fingerprint),
        assets=tuple(
            AssetEntry(
                pack=entry.pack,
                name=entry.name,
                kind=entry.kind,
                sha256=entry.sha256,
                licence=entry.licence,
                author=entry.author,
                source=entry.source,
            )
            for entry in entries
        ),
        generation=1 if job.plan is None else job.plan.generation,
        warnings=job_warnings(job, entries),
    )


def job_warnings(job: Job, entries: Sequence[CatalogueEntry]) -> tuple[str, ...]:
    """Return what the user of a job should know before the first frame, one sentence each.

    Args:
        job: The job.
        entries: Assets that it can draw.
    """
    unlicensed = [entry.full_name for entry in entries if not entry.licence]
    warnings = list(spec_warnings(job.scene))
    if unlicensed:
        named = ", ".join(unlicensed[:5]) + (f" and {len(unlicensed) - 5} more" if len(unlicensed) > 5 else "")
        warnings.append(
            f"no licence is known of {named}; state it in the pack's catalogue before you share the pictures"
        )
    return tuple(warnings)


def export_dataset(layout: DatasetLayout) -> Path:
    """Write the COCO file of a data set from its records and return its path.

    Raises:
        DatasetError: A record is broken, or the file cannot be written.
    """
    path: Path = load_plugin("exporters", "coco")().export(open_dataset(layout.root), layout.root, Parts.whole())
    return path
