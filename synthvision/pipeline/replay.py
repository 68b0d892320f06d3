"""Make one frame of a data set again, exactly or with one factor changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from synthvision.config.job import Job
from synthvision.config.overrides import AnyOverride, read_overrides
from synthvision.core.errors import ConfigError, Problem, UsageError
from synthvision.dataset.manifest import save_manifest
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import merge_records
from synthvision.dataset.writer import new_folder
from synthvision.pipeline.frame import FrameMaker, Neighbours
from synthvision.pipeline.output import FrameOutput, export_dataset, new_manifest
from synthvision.pipeline.preview import preview_folder
from synthvision.sampling.override import override_scene

__all__ = ["replay_frame"]


def replay_frame(
    folder: str | Path,
    frame: int,
    sets: Iterable[AnyOverride] = (),
    out: str | Path | None = None,
    *,
    job: Job | None = None,
) -> Path:
    """Render one frame of a data set again into a data set of its own, and return that data set's folder.

    Without changes the recorded scene is drawn, and nothing is sampled. A change to a field of the record is set there;
    a change to a key of the scene file samples the scene again with that value pinned: every other value keeps its own
    random stream, so what the change does not concern stays as it was, to the bit.

    Args:
        folder: The data set.
        frame: Frame index.
        sets: Changes by key path of the recorded scene (``camera.exposure.compensation_ev=-1``) or of the scene file,
            as the record lists them under ``factors`` (``lights.sun.elevation_deg=10``).
        out: Folder of the new data set; None for ``replay/<name>-<frame>`` (with a number if that is taken).
        job: The job that made it, where its asset roots are relative to a job file; None takes the manifest's.

    Raises:
        DatasetError: The folder is no data set, or has no such frame.
        ConfigError: The value of a change is not YAML.
        UsageError: The data set was augmented, or a change is not written as KEY=VALUE, names nothing, or cannot be
            made because the scene was sampled by another version.
        FrameError: The changed scene could not be placed or drawn.
    """
    dataset = open_dataset(folder)
    manifest = dataset.manifest
    if manifest.augmentation is not None:
        raise UsageError(f"{folder} was augmented; replay the frame of the data set that it was made from")
    recorded = dataset.frame(frame).scene
    made_by = job or Job.from_resolved(manifest.config, name=manifest.name)
    pins = _pins(sets)
    with FrameMaker(made_by) as maker:
        scene, around = recorded, maker.neighbours(recorded)
        if pins:
            scene = override_scene(recorded, pins, maker.sampler)
            changed_around = (
                each and override_scene(each, pins, maker.sampler) for each in (around.before, around.after)
            )
            around = Neighbours(*changed_around)
        finished = maker.make_scene(scene, neighbours=around)
        layout = new_folder(Path(out) if out else _free_folder(manifest.name, frame))
        changed = tuple(f"frame {frame} is a replay with {path} = {value!r}" for path, value in pins.items())
        new = new_manifest(made_by, maker.library, [frame], maker.fingerprint)
        save_manifest(layout, new.model_copy(update={"warnings": (*new.warnings, *changed)}))
        FrameOutput(made_by, layout.root).write(finished)
    merge_records(layout)
    export_dataset(layout)
    preview_folder(layout.root)
    return layout.root


def _pins(sets: Iterable[AnyOverride]) -> dict[str, object]:
    problems: list[Problem] = []
    overrides = read_overrides(sets, problems)
    if problems:
        raise ConfigError(problems)
    # `render` writes scene.camera.fov_deg, the factors of a record camera.fov_deg: both mean the same here.
    return {override.key.removeprefix("scene."): override.value for override in overrides}


def _free_folder(name: str, frame: int) -> Path:
    folder = Path("replay") / f"{name}-{frame}"
    for number in itertools.count(2):
        if not folder.exists():
            return folder
        folder = folder.with_name(f"{name}-{frame}-{number}")
    raise AssertionError("unreachable")
