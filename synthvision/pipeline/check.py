"""Validate a data set, drawing some of its frames again where only the picture can tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from synthvision.config.job import Job
from synthvision.core.errors import UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import FrameRecord
from synthvision.inspect.checks.rerender import Rerendered
from synthvision.inspect.validate import Finding, validate_dataset
from synthvision.pipeline.frame import FrameMaker

__all__ = ["check_dataset"]


def check_dataset(
    folder: str | Path, *, rerender: int = 0, job: Job | None = None, progress: Callable[[int], None] | None = None
) -> list[Finding]:
    """Return everything that is wrong with a data set; empty for one without fault.

    Args:
        folder: The data set.
        rerender: How many frames, chosen at even distance, are drawn again from their records and compared, picture
            and labels, and drawn once more in flat colours that must decode to the ids.
        job: The job that made it, where its asset roots are relative to a job file; None takes the manifest's.
        progress: Called with the number of frames that are done.

    Raises:
        DatasetError: There is no such folder, or it is no data set at all.
        UsageError: Frames of an augmented data set are to be drawn again.
        GpuUnavailableError: Frames are to be drawn again and no OpenGL context can be opened.
    """
    if not rerender:
        return validate_dataset(folder, progress=progress)
    manifest = open_dataset(folder).manifest
    if manifest.augmentation is not None:
        raise UsageError(
            f"{folder} was augmented, and its pictures cannot be drawn again; leave out --rerender here, and use it "
            "on the data set that it was made from"
        )
    made_by = job or Job.from_resolved(manifest.config, name=manifest.name)
    with FrameMaker(made_by) as maker:
        exact = manifest.fingerprint == maker.fingerprint

        def draw_again(record: FrameRecord) -> Rerendered:
            scene = record.load_scene()
            frame = maker.make_scene(scene)
            return Rerendered(frame.captured, maker.flat_colours(scene).rgb_hwc, exact)

        return validate_dataset(folder, rerender=draw_again, rerender_frames=rerender, progress=progress)
