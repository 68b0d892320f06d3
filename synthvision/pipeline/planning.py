"""Plans that need scenes: rows tried and quotas filled on label images, without colour; coverage of what was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from synthvision.authoring.plans.coverage import CoverageReport, count_dataset
from synthvision.authoring.plans.covering import Row, count_coverage, covering_rows, possible_combinations
from synthvision.authoring.plans.files import levels_of_factors, save_plan
from synthvision.authoring.plans.fill import fill_rows
from synthvision.authoring.plans.observed import observe
from synthvision.config.job import Job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import ConfigError, ConstraintError, PlacementError, UsageError
from synthvision.core.yaml_file import dump_yaml
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.dataset.reader import Dataset, open_dataset
from synthvision.inspect.heat_map import draw_heat_map
from synthvision.pipeline.frame import FrameMaker, open_sampler
from synthvision.sampling.factors.drawable import undrawable_factors
from synthvision.sampling.factors.plan import Plan, PlanRow

__all__ = [
    "TriedPlan",
    "Unreachable",
    "covering_plan",
    "dataset_coverage",
    "draw_coverage",
    "fill_plan",
    "job_of",
    "refuse_undrawable",
    "save_filling_job",
    "try_plan",
    "why_failed",
]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A combination of levels that no attempt brought.

    Args:
        levels: The combination.
        reason: What was missed.
    """

    levels: Row
    reason: str


@dataclass(frozen=True, slots=True)
class TriedPlan:
    """A plan whose rows were made once, on label images.

    Args:
        plan: Rows that name the scene and the attempt at which they come out.
        unreachable: Combinations that did not come, alone or in a row.
        attempts: How many scenes that took.
    """

    plan: Plan
    unreachable: tuple[Unreachable, ...]
    attempts: int


def covering_plan(
    job: Job,
    strength: int,
    *,
    factors: Sequence[str] = (),
    forbidden: Sequence[Row] = (),
    seeded: Sequence[Row] = (),
    repeat: int = 1,
) -> Plan:
    """Return a plan in which all possible combinations of levels of any `strength` factors come up.

    Args:
        job: What `load_job` returned.
        strength: 1 to 3.
        factors: Only these factors are planned, the others stay free; all where empty.
        forbidden: Combinations that must not come up.
        seeded: Rows that must be among those of the plan.
        repeat: How many scenes each row gets.

    Raises:
        UsageError: There are no factors, a name is unknown, or nothing is possible.
    """
    levels = levels_of_factors(job.scene.factors, factors)
    rows = covering_rows(levels, strength, forbidden, seeded)
    return Plan(
        description=f"{job.name}: every combination of levels of any {min(strength, len(levels))} of "
        f"{len(levels)} factors",
        strength=min(strength, len(levels)),
        forbidden=tuple(forbidden),
        rows=tuple(PlanRow(levels=row) for _ in range(repeat) for row in rows),
    )


def try_plan(job: Job, plan: Plan, progress: Progress | None = None) -> TriedPlan:
    """Make the scenes of a plan on label images until each row comes out, and freeze scene and attempt of each.

    A row that does not come in the scene file's `max_attempts` is broken up: each combination that only it held gets a
    scene of its own, and what does not come even so is out of reach.

    Args:
        job: What the plan is for.
        plan: From `covering_plan`.
        progress: Called with a line now and then.

    Raises:
        ConfigError: The job cannot run.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    library = open_checked_library(job)
    factors = job.scene.factors
    names = {name for row in plan.rows for name in row.levels}
    levels = {name: tuple(spec.levels) for name, spec in factors.items() if name in names}
    made: list[PlanRow] = []
    unreachable: list[Unreachable] = []
    attempts = 0
    with FrameMaker(job, library) as maker:
        waiting = [row.levels for row in plan.rows]
        scene, rounds = 0, 0
        while waiting:
            failed: dict[int, str] = {}
            for number, row in enumerate(waiting):
                if progress:
                    progress(f"round {rounds + 1}: row {number + 1} of {len(waiting)}, {attempts} scenes tried")
                wanted = PlanRow(levels=row, scene=scene)
                scene += 1
                try:
                    attempt = max(maker.accept(index, row=wanted).scene.origin.attempt for index in range(_frames(job)))
                except (ConstraintError, PlacementError, UsageError) as error:
                    failed[number] = why_failed(error)
                    attempts += job.scene.max_attempts
                    continue
                attempts += attempt + 1
                first = attempt if _frames(job) == 1 else 0
                made.append(wanted.model_copy(update={"attempt": first}))
            if not failed:
                break
            held = [row.levels for row in made]
            wanted_by_failed = [waiting[number] for number in failed]
            strength = plan.strength or 1
            lost = _only_in(wanted_by_failed, held, levels, strength)
            if rounds:
                # These rows held one combination each, and nothing else.
                unreachable += [
                    Unreachable(row, failed[number]) for number, row in enumerate(waiting) if number in failed
                ]
                break
            waiting = [fill_rows(levels, [each], plan.forbidden)[0] for each in lost]
            rounds += 1
    if not made:
        raise UsageError(f"no row of the plan came out; the first: {unreachable[0].reason if unreachable else ''}")
    tried = plan.model_copy(update={"rows": tuple(made), "made_for": job.scenes_hash, "hash": None})
    return TriedPlan(tried, tuple(unreachable), attempts)


def refuse_undrawable(job: Job) -> None:
    """Refuse a job of whose sampled factors some level can never be drawn.

    Raises:
        ConfigError: With every such factor.
    """
    sampler = open_sampler(job, open_checked_library(job))
    faults = undrawable_factors(sampler, job.scene.factors)
    if faults:
        raise ConfigError(
            job.sorted_problems([job.problem(("scene", "factors", name), message) for name, message in faults])
        )


def job_of(dataset: Dataset) -> Job:
    """Return the job that made a data set, from its manifest.

    Raises:
        ConfigError: The manifest's config is not what this version's models hold.
    """
    return Job.from_resolved(dataset.manifest.config, name=dataset.manifest.name)


def dataset_coverage(
    folder: str | Path, strength: int, *, factors: Sequence[str] = (), forbidden: Sequence[Row] = ()
) -> CoverageReport:
    """Return the coverage of a data set, counted from its records.

    Args:
        folder: The data set.
        strength: Combinations of any 1 to so many factors are counted.
        factors: Only these; all where empty.
        forbidden: Combinations that count as impossible, beside those that the job's plan forbids.

    Raises:
        DatasetError: It is no data set, or a record is broken.
        UsageError: It has no factors, or none of a name.
    """
    dataset = open_dataset(folder)
    job = job_of(dataset)
    names = levels_of_factors(job.scene.factors, factors)
    chosen = {name: spec for name, spec in job.scene.factors.items() if name in names}
    planned = job.plan.forbidden if job.plan is not None else ()
    ruled_out = [row for row in planned if row.keys() <= chosen.keys()]
    ruled_out += [row for row in forbidden if row not in ruled_out]
    return count_dataset(observe(dataset), chosen, strength, ruled_out)


def draw_coverage(report: CoverageReport, name: str, out: Path) -> Path:
    """Draw how often levels came together and return the picture's path.

    Args:
        report: From `dataset_coverage`.
        name: Name of the data set.
        out: The PNG file to write.

    Raises:
        DatasetError: The file cannot be written.
    """
    pairs = next((each for each in report.coverages if each.strength == 2), None)
    possible = {frozenset(row.items()) for row in possible_combinations(report.levels, 2, report.forbidden)}
    every = {frozenset(row.items()) for row in possible_combinations(report.levels, 2)}
    share = (
        "" if pairs is None else f", {pairs.covered} of {pairs.possible} possible pairs of levels ({pairs.share:.1%})"
    )
    picture = draw_heat_map(
        report.levels,
        report.pairs,
        every - possible,
        title=f"{name}: how many pictures show two levels together",
        note=f"{report.frames} pictures{share}, effective sample size {report.effective:.0f}",
    )
    with atomic_file(out) as stream:
        Image.fromarray(picture).save(stream, "PNG")
    return out


def save_filling_job(job: Job, plan: Plan, path: Path) -> tuple[Path, Path]:
    """Write a job that makes a plan, and the plan beside it; return both paths.

    Args:
        job: The job that made the data set.
        plan: From `fill_plan`.
        path: The job's file.

    Raises:
        DatasetError: A file cannot be written.
    """
    file = path.with_name(f"{path.stem}_plan.yaml")
    save_plan(plan, file)
    data = job.resolved() | {"plan": file.name, "frames": len(plan.rows) * _frames(job)}
    head = f"# Makes what {job.name} lacks: {len(plan.rows)} scenes.\n"
    write_text(path, head + dump_yaml(data))
    return path, file


def fill_plan(report: CoverageReport, job: Job, most: int) -> tuple[Plan | None, int]:
    """Return a plan that makes what a data set lacks, and how many combinations it leaves out for want of scenes.

    Args:
        report: The data set's coverage.
        job: The job that made it.
        most: At most so many scenes.

    Returns:
        The plan, None where nothing is missing.
    """
    coverage = report.coverages[-1]
    rows = fill_rows(report.levels, coverage.missing, report.forbidden, most)
    if not rows:
        return None, 0
    left = sum(not any(each.items() <= row.items() for row in rows) for each in coverage.missing)
    # Scenes beyond those of the data set, so that none is made twice.
    first = max([job.frames // _frames(job), *(row.scene or 0 for row in (job.plan.rows if job.plan else ()))]) + 1
    plan = Plan(
        description=f"{job.name}: what it lacks of all combinations of {coverage.strength} factors",
        strength=coverage.strength,
        forbidden=tuple(dict(row) for row in report.forbidden),
        rows=tuple(PlanRow(levels=row, scene=first + number) for number, row in enumerate(rows)),
    )
    return plan, left


def _only_in(
    rows: Sequence[Row], others: Sequence[Row], levels: Mapping[str, Sequence[str]], strength: int
) -> tuple[Row, ...]:
    """Return the combinations that some rows hold and no others do."""
    there = {tuple(each.items()) for each in count_coverage(others, levels, strength).missing}
    not_in_rows = {tuple(each.items()) for each in count_coverage(rows, levels, strength).missing}
    return tuple(dict(each) for each in sorted(there - not_in_rows))


def _frames(job: Job) -> int:
    return job.frame_order.frames_of_one_scene


def why_failed(error: Exception) -> str:
    """Return why a scene was not made, in a few words."""
    text = str(error)
    if isinstance(error, ConstraintError):
        missed = text.partition("missed: ")[2].partition("; widen")[0]
        return f"constraints missed: {missed}"
    return text
