"""The command that says what a labelled set lacks, and writes a job that fills the gaps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from synthvision.cli.options import SeedOption
from synthvision.cli.progress import count_frames

__all__ = ["audit"]


def audit(
    real: Annotated[
        Path, typer.Argument(metavar="REAL_COCO", help="A COCO file of photos, or the folder of a data set.")
    ],
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Also write a page with pictures.")] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write every figure; mix --need takes it.")
    ] = None,
    spec: Annotated[
        Path | None, typer.Option("--with", metavar="AUDIT.yaml", help="Settings of the audit; defaults if left out.")
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. fewest=50; may be given many times."),
    ] = None,
    job: Annotated[
        str | None, typer.Option("--job", metavar="JOB", help="Write a job that fills the gaps, from this one.")
    ] = None,
    job_out: Annotated[
        Path | None,
        typer.Option("--job-out", metavar="JOB.yaml", help="Where that job is written; its plan beside it."),
    ] = None,
    scenes: Annotated[int, typer.Option(metavar="N", min=1, help="Scenes of that job, at most.")] = 200,
    light: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEVEL=SETUP",
            help="For a scene without weather: which of its set-ups of light looks like dark, day or sun; may "
            "be given many times.",
        ),
    ] = None,
    tried: Annotated[
        bool, typer.Option("--try", help="Make each scene of that job once on label images; leave out what fails.")
    ] = False,
    seed: SeedOption = None,
) -> int:
    """Say what a labelled set lacks, and which of its boxes look wrong.

    Objects are counted by class, size, occlusion, light and weather; the last three are estimates. Thin cells and
    suspicious boxes are printed; with --job a job is written that makes what is missing. Exit code 1 where --try finds
    scenes that do not come out.
    """
    from synthvision.config.settings_file import load_settings
    from synthvision.core.errors import UsageError
    from synthvision.core.hashing import canonical_json
    from synthvision.dataset.atomic import write_text
    from synthvision.evaluate.audit.config import AuditSpec
    from synthvision.evaluate.audit.page import audit_page
    from synthvision.evaluate.audit.run import audit_set
    from synthvision.evaluate.labelled_set import open_set

    if (job is None) != (job_out is None):
        raise UsageError("--job JOB and --job-out JOB.yaml must come together")
    if job is None and (tried or light or seed is not None):
        raise UsageError("--try, --light and --seed are for the job that --job and --job-out write")
    report = audit_set(open_set(real), load_settings(AuditSpec, spec, sets or ()), count_frames("looked at"))
    print(report.text())
    if json is not None:
        write_text(json, canonical_json(report.to_json()) + "\n")
        print(json)
    if out is not None:
        write_text(out, audit_page(report))
        print(out)
    if job is None or job_out is None:
        return 0
    need = report.need()
    if need is None:
        print("no cell is thin; no job is written", file=sys.stderr)
        return 0
    from synthvision.authoring.gaps import plan_gaps, save_gap_job
    from synthvision.cli.options import job_overrides
    from synthvision.config.job import load_job
    from synthvision.pipeline.planning import try_plan

    gaps = plan_gaps(need, load_job(job, job_overrides(None, seed=seed)), scenes, _setups(light or ()))
    for line in gaps.left_out:
        print(f"left out: {line}", file=sys.stderr)
    plan, code = gaps.plan, 0
    if tried:
        outcome = try_plan(gaps.job, plan, lambda line: print(line, file=sys.stderr))
        plan = outcome.plan
        for item in outcome.unreachable:
            print(f"out of reach: {', '.join(f'{key}={value}' for key, value in item.levels.items())}: {item.reason}")
            code = 1
    for path in save_gap_job(gaps, job_out, plan):
        print(path)
    return code


def _setups(words: list[str] | tuple[str, ...]) -> dict[str, list[str]]:
    from synthvision.core.errors import UsageError

    found: dict[str, list[str]] = {}
    for word in words:
        level, equals, name = (piece.strip() for piece in word.partition("="))
        if not equals or not level or not name:
            raise UsageError(f"--light must be LEVEL=SETUP, got {word!r}")
        found.setdefault(level, []).append(name)
    return found
