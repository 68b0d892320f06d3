"""synthvision: labelled images for training detectors, by simulation.

Example::

    import synthvision as sv

    job = sv.load_job("quickstart", overrides=["frames=4"])
    scene = sv.sample_scene(job, frame=0)
    frame = sv.render_frame(job, frame=0)
    summary = sv.render_job(job, "out/quickstart")
    dataset = sv.open_dataset("out/quickstart")
    sv.augment_dataset("out/quickstart", "pipeline.yaml", "out/augmented")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthvision.augment.run import augment_dataset
    from synthvision.config.job import load_job
    from synthvision.dataset.reader import open_dataset
    from synthvision.pipeline.api import render_frame, sample_scene
    from synthvision.pipeline.run import render_job

__version__ = "0.1.0"

__all__ = ["augment_dataset", "load_job", "open_dataset", "render_frame", "render_job", "sample_scene"]

_WHERE = {
    "augment_dataset": "synthvision.augment.run",
    "load_job": "synthvision.config.job",
    "open_dataset": "synthvision.dataset.reader",
    "render_frame": "synthvision.pipeline.api",
    "render_job": "synthvision.pipeline.run",
    "sample_scene": "synthvision.pipeline.api",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import synthvision` and `synthvision --help` must not wait for OpenGL and meshes.
    if name not in _WHERE:
        raise AttributeError(f"module 'synthvision' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
