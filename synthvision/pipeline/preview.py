"""Contact sheets: of a data set on disk, or of a job that has not been rendered."""

from __future__ import annotations

from pathlib import Path

from synthvision.config.job import Job
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.reader import open_dataset
from synthvision.inspect.preview import PreviewFrame, choose_evenly, draw_contact_sheet, preview_dataset
from synthvision.pipeline.frame import FrameMaker

__all__ = ["preview_folder", "preview_job"]


def preview_folder(folder: str | Path, out: str | Path | None = None, *, count: int = 12) -> Path:
    """Draw the contact sheet of a data set and return its path.

    Args:
        folder: The data set.
        out: PNG file; None for ``preview.png`` in the data set.
        count: Number of frames, chosen at even distance.

    Raises:
        DatasetError: The folder is no data set, or a file is broken.
        UsageError: The data set has no frame.
    """
    dataset = open_dataset(folder)
    path = Path(out) if out else DatasetLayout(Path(folder)).preview
    preview_dataset(dataset, path, count=count)
    return path


def preview_job(job: Job, out: str | Path, *, count: int = 12) -> Path:
    """Render some frames of a job in this process, write nothing but their contact sheet, and return its path.

    Args:
        job: What `load_job` returned.
        out: PNG file.
        count: Number of frames, chosen at even distance over the job.

    Raises:
        FrameError: A frame could not be placed or drawn.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    path = Path(out)
    with FrameMaker(job) as maker:
        made = [maker.make(index) for index in choose_evenly(range(job.frames), count)]
    frames = [PreviewFrame(frame.index, frame.captured.rgb_hwc, frame.annotated.instances) for frame in made]
    draw_contact_sheet(
        frames,
        path,
        title=job.name,
        classes=job.class_names,
        footer=f"preview of {len(frames)} of {job.frames} frames  ·  seed {job.seed}",
    )
    return path
