"""Commands about jobs: render, init, schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from synthvision.cli.options import JobArgument, SeedOption, SetOption, job_overrides
from synthvision.cli.progress import ProgressForm, ended_like_ctrl_c, format_labels, format_seconds, show_progress

__all__ = ["init", "render", "schema"]

_FAILURES_SHOWN = 10


def render(
    job: JobArgument,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the new data set, or a URL such as s3://bucket/set; datasets/<job> if left out.",
        ),
    ] = None,
    frames: Annotated[int | None, typer.Option(metavar="N", help="Number of pictures instead of the job's.")] = None,
    seed: SeedOption = None,
    sets: SetOption = None,
    backend: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Renderer instead of the job's: opengl, pyrender or mitsuba."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Number of processes; one per core, at most 8, if left out.")
    ] = None,
    frame: Annotated[
        list[int] | None,
        typer.Option(
            "--frame", metavar="K", min=0, help="Only this frame; may be given many times, not with --frames."
        ),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", metavar="PLAN.yaml", help="Make the scenes of this plan, as many pictures as it has, unless told."
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Keep what is whole in DIR and make the rest: the same bytes as in one run."),
    ] = False,
    allow_mixed: Annotated[
        bool,
        typer.Option("--allow-mixed", help="Resume also where another driver or version would give other bytes."),
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard", metavar="I/N", help="Only this share of the frames; other machines make the others in DIR."
        ),
    ] = None,
    executor: Annotated[
        str, typer.Option(metavar="NAME", help="Who makes the frames: local processes, or a ray cluster.")
    ] = "local",
    address: Annotated[
        str | None, typer.Option(metavar="URL", help="Address of the cluster, where the executor needs one.")
    ] = None,
    worker_cpus: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="Cores that a cluster sets aside for each worker.")
    ] = 1.0,
    worker_gpus: Annotated[
        float, typer.Option(metavar="N", min=0, help="GPUs, or what part of one, that it sets aside for each worker.")
    ] = 0.0,
    staging: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Local folder for frames on their way to a URL; in your cache if left out."),
    ] = None,
    frame_timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=1, help="A frame that takes longer is tried once more, then given up."),
    ] = 900.0,
    progress: Annotated[
        ProgressForm, typer.Option(help="A bar or lines for people, or one JSON object a line.")
    ] = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the job and its assets, sample a few scenes, write nothing.")
    ] = False,
) -> int:
    """Render a job into a labelled data set.

    A run that was stopped, by whatever, goes on with --resume and ends in the same bytes. The folder of the data set
    is printed on standard output. Exit code 1 where frames failed: they stand in failures.jsonl, the others are whole.
    """
    from synthvision.config.job import load_job
    from synthvision.core.errors import UsageError

    if frame and frames is not None:
        raise UsageError(
            f"--frames {frames} asks for the first {frames} frames and --frame for single ones; give one of the two"
        )
    loaded = load_job(job, job_overrides(sets, frames=frames, seed=seed, backend=backend, plan=_text(plan)))
    if plan is not None and loaded.plan is not None and frames is None:
        loaded = loaded.with_frames(len(loaded.plan.rows) * loaded.frames_of_one_scene)
    if dry_run:
        from synthvision.pipeline.rehearsal import dry_run as rehearse

        print(rehearse(loaded))
        return 0
    from synthvision.pipeline.run import render_job
    from synthvision.pipeline.shards import parse_shard

    folder = out or str(Path("datasets") / loaded.name)
    with show_progress(len(set(frame)) if frame else loaded.frames, progress) as update, ended_like_ctrl_c():
        summary = render_job(
            loaded,
            folder,
            workers=workers,
            frames=frame or None,
            progress=update,
            resume=resume,
            allow_mixed=allow_mixed,
            shard=None if shard is None else parse_shard(shard),
            executor=executor,
            address=address,
            worker_cpus=worker_cpus,
            worker_gpus=worker_gpus,
            frame_timeout_s=frame_timeout,
            staging=staging,
        )
    for warning in summary.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for failure in summary.failures[:_FAILURES_SHOWN]:
        print(f"frame {failure.index} failed: {failure.reason}", file=sys.stderr)
    if len(summary.failures) > _FAILURES_SHOWN:
        more = len(summary.failures) - _FAILURES_SHOWN
        print(f"{more} more frames failed, all listed in {summary.place}/failures.jsonl", file=sys.stderr)
    for error in summary.errors:
        print(error, file=sys.stderr)
    if str(summary.refusals):
        print(summary.refusals, file=sys.stderr)
    took = format_seconds(summary.seconds)
    if summary.there:
        print(f"{summary.there} images were there already", file=sys.stderr)
    if not summary.complete:
        print(
            "other shards are not all there yet: the last one to end writes the annotations, or this command again",
            file=sys.stderr,
        )
    print(
        f"{summary.done} images in {took} ({summary.images_per_second:.1f} images/s); "
        f"labels: {format_labels(summary.counts)}",
        file=sys.stderr,
    )
    print(summary.place)
    return summary.exit_code


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def init(
    models: Annotated[
        list[Path], typer.Argument(metavar="MODEL", help="Model files (GLB, glTF, OBJ, PLY, STL), one per class.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the job and the scene; that of the models if left out."),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the job.")] = "parts",
    size_m: Annotated[
        list[str] | None,
        typer.Option(
            "--size-m",
            metavar="[NAME=]METRES",
            help="Real longest side of a model, or of all models; what the file says if left out.",
        ),
    ] = None,
) -> int:
    """Write a scene and a job for your own models.

    Every model becomes a class named by its file. The models stay where they are; the job finds them by the folder.
    """
    from synthvision.authoring.init import write_job_for_models

    written = write_job_for_models(models, out=out, name=name, sizes=size_m or ())
    for note in written.notes:
        print(note, file=sys.stderr)
    print(f"next: synthvision render {written.job} --frames 8", file=sys.stderr)
    print(written.job)
    print(written.scene)
    return 0


def schema(
    what: Annotated[Literal["job", "scene"], typer.Argument(help="Which file the schema is of.")] = "job",
) -> int:
    """Print the JSON schema of config files."""
    import json

    from synthvision.config.schema import job_schema, scene_schema

    print(json.dumps(job_schema() if what == "job" else scene_schema(), indent=2, ensure_ascii=False))
    return 0
