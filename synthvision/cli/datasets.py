"""Commands about data sets: augment, preview, replay, validate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthvision.cli.options import SeedOption, SetOption, job_overrides
from synthvision.cli.progress import count_frames, format_labels

if TYPE_CHECKING:
    from synthvision.config.job import Job

__all__ = ["augment", "preview", "replay", "validate"]

_FAILURES_SHOWN = 10

DatasetArgument = Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of a data set.")]
MadeByOption = Annotated[
    str | None,
    typer.Option(
        "--job", metavar="JOB", help="The job that made it; needed where its assets lie in folders beside the job file."
    ),
]


def preview(
    target: Annotated[str, typer.Argument(metavar="JOB|DATASET", help="A job, or the folder of a data set.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="Picture to write; preview.png in the data set, or <job>.png, if left out."
        ),
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", min=1, max=400, help="Number of frames on the sheet.")] = 12,
    seed: SeedOption = None,
    sets: SetOption = None,
) -> int:
    """Draw a contact sheet of a job or data set.

    Masks, boxes and names are drawn on a grid of frames. Of a job a few frames are rendered for it.
    """
    from synthvision.core.errors import UsageError
    from synthvision.pipeline.preview import preview_folder, preview_job

    if Path(target).is_dir():
        if sets or seed is not None:
            raise UsageError(f"--set and --seed change jobs, but {target} is a data set, whose frames are made already")
        print(preview_folder(target, out, count=count))
        return 0
    from synthvision.config.job import load_job

    job = load_job(target, job_overrides(sets, seed=seed))
    print(preview_job(job, out or Path(f"{job.name}.png"), count=count))
    return 0


def replay(
    dataset: DatasetArgument,
    frame: Annotated[int | None, typer.Option("--frame", metavar="K", min=0, help="Which frame.")] = None,
    sets: SetOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the new frame; replay/<dataset>-<frame> if left out.")
    ] = None,
    job: MadeByOption = None,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Instead of one frame: add images to the whole data set, of depth, ids, normals, semantic, "
            "flow_forward, flow_backward, e.g. depth,normals.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes for --layers; one per core, at most 8, if left out."),
    ] = None,
) -> int:
    """Make one frame again, or with one change; or add images to every frame.

    Without --set the recorded scene is drawn. With --set, by the key paths that the record lists under factors, the
    scene is sampled again with these values, and nothing else moves. The folder of the new frame is printed.

    With --layers the scene of every record is drawn again and the images that the data set lacks are written into it.
    Pictures stay as they are; a frame whose masks come out otherwise is an error. A call that was stopped is taken up
    again by the same call. The folder of the data set is printed.
    """
    from synthvision.core.errors import UsageError

    if layers is not None:
        if frame is not None or sets or out is not None:
            raise UsageError("--layers is for the whole data set: leave out --frame, --set and --out")
        return _replay_layers(dataset, layers, workers, _made_by(job))
    if frame is None:
        raise UsageError("replay needs --frame K for one frame, or --layers NAMES for images of all frames")
    if workers is not None:
        raise UsageError("--workers goes with --layers: one frame is drawn by one process")
    from synthvision.pipeline.replay import replay_frame

    print(replay_frame(dataset, frame, sets or (), out, job=_made_by(job)))
    return 0


def _replay_layers(dataset: Path, layers: str, workers: int | None, job: Job | None) -> int:
    from synthvision.pipeline.layers import parse_layers, replay_layers

    summary = replay_layers(dataset, parse_layers(layers), workers=workers, job=job, progress=count_frames("drawn"))
    for failure in summary.failures[:_FAILURES_SHOWN]:
        print(f"frame {failure.index} failed: {failure.reason}", file=sys.stderr)
    if len(summary.failures) > _FAILURES_SHOWN:
        print(f"{len(summary.failures) - _FAILURES_SHOWN} more frames failed", file=sys.stderr)
    for error in summary.errors:
        print(error, file=sys.stderr)
    if summary.layers:
        print(f"{dataset} has {', '.join(summary.layers)} now", file=sys.stderr)
    elif summary.exit_code:
        print(f"{dataset} is as it was; what was drawn is kept for the next call", file=sys.stderr)
    else:
        print(f"{dataset} has these images already", file=sys.stderr)
    print(summary.folder)
    return summary.exit_code


def augment(
    dataset: DatasetArgument,
    pipeline: Annotated[
        Path, typer.Option("--with", metavar="PIPELINE.yaml", help="Transforms of albumentations with their arguments.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new data set.")],
    variants: Annotated[int, typer.Option(metavar="N", min=1, help="Pictures to make of each picture.")] = 1,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Seed of the augmentation.")] = 0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Number of threads; one per core, at most 8, if left out.")
    ] = None,
) -> int:
    """Put a data set through an albumentations pipeline.

    Pictures, masks, boxes and keypoints are transformed together into a new data set, whose folder is printed on
    standard output. Exit code 1 where frames failed: they stand in failures.jsonl, the others are whole.
    """
    from synthvision.augment.run import augment_dataset
    from synthvision.pipeline.preview import preview_folder

    summary = augment_dataset(
        dataset, pipeline, out, variants=variants, seed=seed, workers=workers, progress=count_frames("augmented")
    )
    if summary.done:
        preview_folder(summary.folder)
    for index, reason in list(summary.failures.items())[:_FAILURES_SHOWN]:
        print(f"frame {index} failed: {reason}", file=sys.stderr)
    if len(summary.failures) > _FAILURES_SHOWN:
        more = len(summary.failures) - _FAILURES_SHOWN
        print(f"{more} more frames failed, all listed in {summary.folder / 'failures.jsonl'}", file=sys.stderr)
    print(f"{summary.done} images; labels: {format_labels(summary.counts)}", file=sys.stderr)
    print(summary.folder)
    return summary.exit_code


def validate(
    dataset: DatasetArgument,
    rerender: Annotated[
        int, typer.Option(metavar="N", min=0, help="Frames to draw again from their records and compare.")
    ] = 0,
    job: MadeByOption = None,
) -> int:
    """Check every label of a data set.

    Each is checked against every other, the files and the scene; each finding is a line on standard output. Exit code
    1 where there is any.
    """
    from synthvision.pipeline.check import check_dataset

    findings = check_dataset(dataset, rerender=rerender, job=_made_by(job), progress=count_frames("checked"))
    for finding in findings:
        print(finding)
    verdict = f"{len(findings)} finding{'s' if len(findings) != 1 else ''}" if findings else "no fault found"
    print(f"{dataset}: {verdict}", file=sys.stderr)
    return 1 if findings else 0


def _made_by(name: str | None) -> Job | None:
    if name is None:
        return None
    from synthvision.config.job import load_job

    return load_job(name)
