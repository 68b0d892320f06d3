"""Commands about this machine: bench, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["bench", "doctor"]


def bench(
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures as JSON; - prints only them.")
    ] = None,
    detail: Annotated[
        bool,
        typer.Option("--detail", help="Tell the stages apart, and measure each effect of weather and camera."),
    ] = False,
    workers: Annotated[int, typer.Option(metavar="N", min=1, help="Number of processes.")] = 1,
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="Frames per round.")] = 60,
    rounds: Annotated[int, typer.Option(metavar="N", min=1, help="Rounds; their median counts.")] = 3,
    job: Annotated[
        str | None, typer.Option(metavar="JOB", help="Measure this job instead of the fixed bench scene.")
    ] = None,
) -> int:
    """Measure images per second.

    A fixed scene is rendered with everything that a job writes, from sampling to COCO; the share of each stage is
    shown.
    """
    from synthvision.config.job import load_job
    from synthvision.pipeline.bench import run_bench

    measured = None if job is None else load_job(job)
    report = run_bench(workers=workers, frames=frames, rounds=rounds, detail=detail, job=measured)
    if json is not None and str(json) == "-":
        print(report.to_json())
        return 0
    if json is not None:
        from synthvision.dataset.atomic import write_text

        write_text(json, report.to_json() + "\n")
    each = ", ".join(f"{rate:.1f}" for rate in report.rounds)
    print(f"{report.images_per_second:.1f} images/s  (median of {each}; {report.frames} frames each)")
    print(f"{report.job}: {report.objects} objects, {report.triangles:,} triangles")
    print(f"{report.backend} on {report.driver}, workers: {report.workers}, ready after {report.start_seconds:.1f} s")
    print(f"largest worker: {report.peak_rss_mib:.0f} MiB")
    total = sum(report.stages.values()) or 1.0
    for stage, seconds in report.stages.items():
        print(f"  {stage:<10} {seconds * 1000:7.1f} ms  {seconds / total:6.1%}")
    if report.effects:
        print("added to a frame by effects of weather and camera, each alone:")
    for effect, cost in report.effects.items():
        print(f"  {effect:<22} {cost.seconds * 1000:7.1f} ms  {cost.share:+7.1%}")
    return 0


def doctor(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing; the exit code tells.")] = False,
) -> int:
    """Check that this machine can render.

    OpenGL, its driver and the packages are looked at; what is missing is named with the line that installs it.
    """
    from synthvision.gpu.doctor import diagnose
    from synthvision.render.extras import diagnose_backends

    diagnosis = diagnose()
    if not quiet:
        print(diagnosis)
        for finding in diagnose_backends():
            print(finding)
    return 0 if diagnosis.ok else 2
