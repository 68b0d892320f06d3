"""Commands of the long-tail engine: list scenarios, plan what is made, count what was made."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthvision.cli.options import EPILOG, JobArgument, SeedOption, SetOption, job_overrides

if TYPE_CHECKING:
    from synthvision.authoring.plans.coverage import CoverageReport
    from synthvision.authoring.plans.quota import QuotaResult
    from synthvision.sampling.factors.plan import Plan

__all__ = ["app", "coverage", "fit", "list_scenarios", "plan", "write"]

app = typer.Typer(help="Rare cases on demand: plan what is made, count what was made.", rich_markup_mode=None)

_SECONDS_BETWEEN_LINES = 5.0
_MISSING_SHOWN = 20

StrengthOption = Annotated[
    int, typer.Option("--strength", metavar="T", min=1, max=3, help="Levels of any T factors in every combination.")
]
FactorsOption = Annotated[
    str | None, typer.Option("--factors", metavar="A,B", help="Only these factors; all of the scene if left out.")
]
ForbidOption = Annotated[
    list[str] | None,
    typer.Option(
        "--forbid", metavar="A=X,B=Y", help="A combination of levels that cannot be; may be given many times."
    ),
]


@app.command("list", epilog=EPILOG)
def list_scenarios() -> int:
    """List the scenarios that ship: rare cases by name, each a scene that a job can name."""
    from synthvision.authoring.scenarios import builtin_scenarios

    found = builtin_scenarios()
    width = max((len(item.name) for item in found), default=0)
    world = max((len(item.extends) for item in found), default=0)
    for item in found:
        print(f"{item.name:<{width}}  {item.extends:<{world}}  {item.description}")
    example = next((item for item in found if item.job is not None), None)
    if example is not None:
        hint = f"synthvision render {example.job} --set scene={example.name}"
        print(f"render one with the classes of a job of its world, e.g.: {hint}", file=sys.stderr)
    return 0


@app.command("plan", epilog=EPILOG)
def plan(
    job: JobArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PLAN.yaml", help="File to write; only shown if left out.")
    ] = None,
    strength: StrengthOption = 2,
    factors: FactorsOption = None,
    forbid: ForbidOption = None,
    seed_row: Annotated[
        list[str] | None,
        typer.Option("--seed-row", metavar="A=X,B=Y", help="A row that must be in the plan; may be given many times."),
    ] = None,
    repeat: Annotated[int, typer.Option("--repeat", metavar="N", min=1, help="Scenes for each row.")] = 1,
    tried: Annotated[
        bool, typer.Option("--try", help="Make each row once on label images, and freeze the scene that came out.")
    ] = False,
    quota: Annotated[
        Path | None,
        typer.Option("--quota", metavar="QUOTA.yaml", help="Instead: choose scenes that meet these counts of cells."),
    ] = None,
    seed: SeedOption = None,
    sets: SetOption = None,
) -> int:
    """Plan the scenes of a job over the factors of its scene.

    Without --quota the plan covers every combination of levels of any T factors. It is frozen: a job that names it
    (plan: PLAN.yaml, or render --plan PLAN.yaml) makes exactly its rows. Exit code 1 where something is out of reach.
    """
    from synthvision.authoring.plans.files import levels_of_factors, read_row, save_plan
    from synthvision.config.job import load_job
    from synthvision.core.errors import UsageError
    from synthvision.pipeline.planning import covering_plan, refuse_undrawable, try_plan
    from synthvision.pipeline.quotas import quota_plan

    loaded = load_job(job, job_overrides(sets, seed=seed))
    if quota is not None:
        if forbid or seed_row or factors or tried or repeat > 1:
            raise UsageError(
                "--quota chooses scenes by itself; leave out --factors, --forbid, --seed-row, --repeat, --try"
            )
        found, result = quota_plan(loaded, quota, _say_now_and_then())
        _print_quota(result)
        if found is not None and out is not None:
            _tell_saved(save_plan(found, out), out, loaded.frame_order.frames_of_one_scene)
        return 0 if result.met else 1
    known = levels_of_factors(loaded.scene.factors)
    made = covering_plan(
        loaded,
        strength,
        factors=_names(factors),
        forbidden=[read_row(text, known) for text in forbid or ()],
        seeded=[read_row(text, known) for text in seed_row or ()],
        repeat=repeat,
    )
    refuse_undrawable(loaded)
    code = 0
    if tried:
        outcome = try_plan(loaded, made, _say_now_and_then())
        made = outcome.plan
        print(f"{outcome.attempts} scenes tried on label images", file=sys.stderr)
        for item in outcome.unreachable:
            print(f"out of reach: {_shown(item.levels)}: {item.reason}")
            code = 1
    _print_plan(made, known)
    if out is not None:
        _tell_saved(save_plan(made, out), out, loaded.frame_order.frames_of_one_scene)
    return code


@app.command("coverage", epilog=EPILOG)
def coverage(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of a data set.")],
    strength: StrengthOption = 2,
    factors: FactorsOption = None,
    forbid: ForbidOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="HEAT.png", help="Also draw how often levels came together.")
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write every figure.")] = None,
    fill: Annotated[
        int | None,
        typer.Option("--fill", metavar="N", min=1, help="Write a job that makes what is missing in at most N scenes."),
    ] = None,
    job_out: Annotated[
        Path | None,
        typer.Option("--job-out", metavar="JOB.yaml", help="Where that job is written; its plan beside it."),
    ] = None,
) -> int:
    """Count what a data set shows of its factors, from its records.

    Coverage of combinations of any 1 to T factors, levels that never came together, entropy, and what the importance
    weights leave of the sample.
    """
    from synthvision.authoring.plans.files import levels_of_factors, read_row
    from synthvision.core.errors import UsageError
    from synthvision.dataset.reader import open_dataset
    from synthvision.pipeline.planning import dataset_coverage, fill_plan, job_of, save_filling_job

    if (fill is None) != (job_out is None):
        raise UsageError("--fill N and --job-out JOB.yaml must come together")
    made_by = job_of(open_dataset(dataset))
    known = levels_of_factors(made_by.scene.factors)
    report = dataset_coverage(
        dataset, strength, factors=_names(factors), forbidden=[read_row(text, known) for text in forbid or ()]
    )
    _print_coverage(report)
    if json is not None:
        import json as encoder

        json.write_text(encoder.dumps(report.to_json(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(json)
    if out is not None:
        from synthvision.pipeline.planning import draw_coverage

        print(draw_coverage(report, made_by.name, out))
    if fill is not None and job_out is not None:
        filling, left = fill_plan(report, made_by, fill)
        if filling is None:
            print("nothing is missing; no job is written", file=sys.stderr)
            return 0
        for path in save_filling_job(made_by, filling, job_out):
            print(path)
        if left:
            print(f"{left} combinations are left for want of scenes; raise --fill", file=sys.stderr)
    return 0


@app.command("fit", epilog=EPILOG)
def fit(
    annotations: Annotated[Path, typer.Argument(metavar="REAL_COCO", help="A real COCO annotation file.")],
    out: Annotated[Path, typer.Option("--out", metavar="FIT.yaml", help="Scene file to write.")],
    scene: Annotated[
        str | None,
        typer.Option("--scene", metavar="SCENE", help="Scene to build on: a built-in one, or a file beside --out."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Folder for figures and pictures of the marginals.")
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="CLASS=GROUP", help="Which object group stands for a class; may be given often."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="bootstrap, mixture or copula; held-out pictures choose if left out."),
    ] = None,
    rare: Annotated[
        float | None,
        typer.Option("--rare", metavar="SHARE", min=0, max=1, help="How often rare pictures come, e.g. 0.3."),
    ] = None,
    looseness: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=0.9, help="How much wider real boxes are than tight ones.")
    ] = 0.0,
    packs: Annotated[list[str] | None, typer.Option("--pack", metavar="NAME", help="Asset packs of the scene.")] = None,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Seed of the fit.")] = 0,
) -> int:
    """Learn from a real annotation file how many objects there are, how large and where.

    A joint distribution is chosen by what it says of held-out pictures, and written as a scene file whose boxes follow
    it. Faults of the annotations are told and left out.
    """
    from synthvision.authoring.fit.run import FitOptions, fit_annotations
    from synthvision.core.errors import UsageError

    pairs = [text.partition("=") for text in maps or ()]
    if any(not equals or not group for _, equals, group in pairs):
        raise UsageError("--map must be CLASS=GROUP")
    options = FitOptions(
        classes={name: group for name, _, group in pairs},
        packs=tuple(packs or ()),
        kind=kind,
        rare_share=rare,
        looseness=looseness,
        seed=seed,
    )
    found = fit_annotations(annotations, out, scene=scene, report=report, options=options)
    for text in (*found.real.problems, *found.notes):
        print(text, file=sys.stderr)
    print(f"{len(found.real.images)} pictures, {found.real.boxes} boxes, learned: {found.joint.density}")
    for score in found.joint.scores:
        print(f"  {score.kind:<10} {score.mean:8.3f} +- {score.error:.3f} log-likelihood of a held-out picture")
    for title, compared in (("scene before", found.before), ("fitted scene", found.after)):
        if compared is None:
            continue
        print(f"{title} against the photos: energy distance {compared.energy:.3f} (p {compared.energy_p:.3f})")
        for each in compared.marginals:
            print(
                f"  {each.name:<22} mean {each.mean[0]:.4g} / {each.mean[1]:.4g}, deviation {each.deviation[0]:.4g} / "
                f"{each.deviation[1]:.4g}, KS {each.distance:.3f} (p {each.p_holm:.3f}, corrected by Holm)"
            )
    for path in found.files:
        print(path)
    return 0


@app.command("write", epilog=EPILOG)
def write(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the pictures shall show, in plain words.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.yaml", help="Scene file to write; only shown if left out.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="DIR", help="A local model, instead of the endpoint SYNTHVISION_LLM_URL."),
    ] = None,
    timeout: Annotated[float, typer.Option(metavar="S", min=1, help="Longest wait for an answer in seconds.")] = 120.0,
    packs: Annotated[list[str] | None, typer.Option("--pack", metavar="NAME", help="Asset packs it may use.")] = None,
) -> int:
    """Ask a language model for a scenario.

    The answer is held to a schema, checked like any scene file and repaired once where it does not hold. It is shown
    and explained; nothing is rendered, and a file is written only where --out says so and only if it is valid. The
    endpoint is named by SYNTHVISION_LLM_URL, SYNTHVISION_LLM_MODEL and SYNTHVISION_LLM_KEY.
    """
    import os

    from synthvision.authoring.words.endpoint import endpoint_from
    from synthvision.authoring.words.local import LocalModel
    from synthvision.authoring.words.writing import Model, write_scenario

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    asked: Model = LocalModel(model) if model is not None else endpoint_from(os.environ, timeout_s=timeout, say=say)
    written = write_scenario(text, asked, out, packs=packs or (), say=say)
    print(written.text, end="")
    for line in written.explanation:
        say(line)
    say(
        f"written to {out}: a job takes it as its scene"
        if out is not None
        else "not written; --out FILE.yaml does that"
    )
    return 0


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else []


def _print_plan(made: Plan, levels: Mapping[str, Sequence[str]]) -> None:
    from synthvision.authoring.plans.covering import count_coverage

    there = {name for row in made.rows for name in row.levels}
    planned = {name: own for name, own in levels.items() if name in there}
    widths = {name: max(len(name), *(len(level) for level in own)) for name, own in planned.items()}
    print("row   " + "  ".join(f"{name:<{width}}" for name, width in widths.items()))
    for number, row in enumerate(made.rows):
        print(f"{number:<5} " + "  ".join(f"{row.levels.get(name, ''):<{width}}" for name, width in widths.items()))
    counted = count_coverage([row.levels for row in made.rows], planned, made.strength or 1, made.forbidden)
    print(
        f"{len(made.rows)} scenes, {counted.covered} of {counted.possible} possible combinations of levels of any "
        f"{counted.strength} of {len(planned)} factors"
    )


def _print_quota(result: QuotaResult) -> None:
    width = max((len(str(item.cell)) for item in result.cells), default=0)
    for item in result.cells:
        verdict = "met" if item.met else f"not met: {item.reason}"
        print(f"{item.cell!s:<{width}}  {item.made:>6} of {item.cell.target:<6}  {verdict}")
    met = sum(item.met for item in result.cells)
    print(f"{met} of {len(result.cells)} cells met by {len(result.scenes)} scenes; {result.judged} were judged")


def _print_coverage(report: CoverageReport) -> None:
    print(f"{report.frames} pictures, {len(report.factors)} factors")
    width = max(len(factor.name) for factor in report.factors)
    for factor in report.factors:
        shares = ", ".join(
            f"{level} {count}" + (f" ({factor.made[level]:.0%}, weighted {factor.natural[level]:.0%})"
                                  if report.effective < report.frames * 0.9999 else "")
            for level, count in factor.counts.items()
        )  # fmt: skip
        what = "objects" if factor.measured else "pictures"
        more = f", {factor.without} without a level" if factor.without else ""
        print(f"  {factor.name:<{width}}  {what}: {shares}{more}; entropy {factor.entropy_bits:.2f} bits"
              f" ({factor.evenness:.0%})")  # fmt: skip
    print(
        f"all factors together: {report.combinations} different combinations, entropy "
        f"{report.joint_entropy_bits:.2f} bits"
    )
    print(f"effective sample size of the weights: {report.effective:.1f} of {report.frames}")
    for each in report.coverages:
        print(f"{each.strength}-wise: {each.covered} of {each.possible} possible combinations ({each.share:.1%})")
    missing = report.coverages[-1].missing
    for row in missing[:_MISSING_SHOWN]:
        print(f"  never came: {_shown(row)}")
    if len(missing) > _MISSING_SHOWN:
        print(f"  and {len(missing) - _MISSING_SHOWN} more; --json lists all")


def _tell_saved(saved: Plan, out: Path, frames: int) -> None:
    print(out)
    print(
        f"{len(saved.rows)} rows, {len(saved.rows) * frames} pictures, hash {(saved.hash or '')[:12]}; render it with "
        f"--plan {out}",
        file=sys.stderr,
    )


def _say_now_and_then() -> Callable[[str], None]:
    last = time.monotonic()

    def say(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    return say


def _shown(row: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={level}" for name, level in row.items())
