"""Make one frame of a data set again, exactly or with one factor changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

from synthvision.config.job import Job
from synthvision.config.overrides import AnyOverride, read_overrides
from synthvision.core.errors import ConfigError, DatasetError, Problem
from synthvision.core.hashing import canonical_json
from synthvision.dataset.manifest import save_manifest
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import merge_records
from synthvision.dataset.writer import new_folder
from synthvision.pipeline.frame import FrameMaker
from synthvision.pipeline.output import FrameOutput, export_dataset, new_manifest
from synthvision.pipeline.preview import preview_folder
from synthvision.scene import Scene, scene_to_json

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

    Without changes the recorded scene is drawn, and nothing is sampled. With changes the scene is sampled again with
    the named values pinned: every other value keeps its own random stream, so what the change does not concern stays
    as it was, to the bit.

    Args:
        folder: The data set.
        frame: Frame index.
        sets: Changes by the key paths that the record lists under ``factors``, e.g.
            ``"lights.sun.elevation_deg=10"``.
        out: Folder of the new data set; None for ``replay/<name>-<frame>`` (with a number if that is taken).
        job: The job that made it, where its asset roots are relative to a job file; None takes the manifest's.

    Raises:
        DatasetError: The folder is no data set, has no such frame, or was made by another version of the job.
        ConfigError: A change is not written as KEY=VALUE, or names nothing that the scene draws.
        FrameError: The changed scene could not be placed or drawn.
    """
    dataset = open_dataset(folder)
    recorded = dataset.frame(frame).scene
    manifest = dataset.manifest
    made_by = job or Job.from_resolved(manifest.config, name=manifest.name)
    pins = _pins(sets)
    with FrameMaker(made_by) as maker:
        scene = recorded
        if pins:
            _check_sampling(maker, recorded)
            scene = maker.sampler.sample(frame, recorded.origin.attempt, pins=pins)
        finished = maker.make_scene(scene)
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


def _check_sampling(maker: FrameMaker, recorded: Scene) -> None:
    """Refuse to change a scene that this version would not sample as it is recorded."""
    again = maker.sampler.sample(recorded.origin.frame, recorded.origin.attempt)
    # As JSON: a scene that was read has lists where a sampled one may have tuples.
    if canonical_json(scene_to_json(again)) != canonical_json(scene_to_json(recorded)):
        raise DatasetError(
            f"frame {recorded.origin.frame} was sampled by another version of synthvision or of its assets, so a "
            "change would not be the only difference; replay it without --set, or render the job again"
        )


def _free_folder(name: str, frame: int) -> Path:
    folder = Path("replay") / f"{name}-{frame}"
    for number in itertools.count(2):
        if not folder.exists():
            return folder
        folder = folder.with_name(f"{name}-{frame}-{number}")
    raise AssertionError("unreachable")
