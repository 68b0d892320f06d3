"""Single scenes and frames from Python, in this process."""

from __future__ import annotations

from synthvision.config.job import Job
from synthvision.pipeline.frame import FinishedFrame, FrameMaker, open_library, open_sampler
from synthvision.scene import Scene

__all__ = ["render_frame", "sample_scene"]


def sample_scene(job: Job, frame: int) -> Scene:
    """Return the scene that frame `frame` of a job shows, without drawing it.

    Args:
        job: What `load_job` returned.
        frame: Frame index, 0 or more; it may lie beyond the job's own number of frames.

    Raises:
        PlacementError: The objects could not be placed within the bounded number of tries.
        AssetError: A pack that the job names is missing.
    """
    return open_sampler(job, open_library(job)).sample(frame)


def render_frame(job: Job, frame: int) -> FinishedFrame:
    """Return one frame with its picture, label images and annotations, written nowhere.

    For many frames use `render_job`, or keep a `synthvision.pipeline.frame.FrameMaker`: opening a GL context and
    loading assets takes far longer than drawing one frame.

    Args:
        job: What `load_job` returned.
        frame: Frame index, 0 or more.

    Raises:
        FrameError: The scene could not be placed or drawn.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    with FrameMaker(job) as maker:
        return maker.make(frame)
