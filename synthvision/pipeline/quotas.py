"""Quotas: scenes are chosen on their label images, without colour, until every cell has its count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from synthvision.annotate.config import PolicyRule
from synthvision.annotate.measures import ObjectMeasures
from synthvision.annotate.policy import judge_instance
from synthvision.authoring.plans.covering import Row
from synthvision.authoring.plans.observed import ObservedFrame, ObservedObject, rows_of
from synthvision.authoring.plans.quota import Judged, QuotaResult, choose_scenes
from synthvision.authoring.plans.quota_file import CLASS, load_quota
from synthvision.config.job import Job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import ConfigError, ConstraintError, PlacementError, Problem, UsageError
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.frame import FrameMaker, open_sampler
from synthvision.pipeline.planning import why_failed
from synthvision.sampling.constraints.contradictions import contradictions
from synthvision.sampling.factors.drawable import why_never
from synthvision.sampling.factors.levels import frame_levels, object_levels
from synthvision.sampling.factors.plan import Plan, PlanRow, constraints_of
from synthvision.scene import Scene

__all__ = ["quota_plan"]

Progress = Callable[[str], None]
#: Rules of the label policy that look at the finished picture.
_OF_PICTURES: tuple[PolicyRule, ...] = ("min_lens_transmittance", "min_apparent_contrast")

#: Attempts at a scene that is asked for measured levels, before the next one is proposed.
_STEERED_ATTEMPTS = 6


def quota_plan(job: Job, quota: Path, progress: Progress | None = None) -> tuple[Plan | None, QuotaResult]:
    """Choose scenes that meet a quota, on label images, and return them as a plan with what became of each cell.

    Args:
        job: What `load_job` returned; its own plan is left aside.
        quota: The quota file.
        progress: Called with a line now and then.

    Returns:
        The plan, None where no scene was taken, and the result.

    Raises:
        ConfigError: The job or the quota file is wrong, or a cell can never be met, with every reason.
        UsageError: The label policy looks at finished pictures.
        GpuUnavailableError: No OpenGL context can be opened.
    """
    factors = job.scene.factors
    spec, cells = load_quota(quota, factors, job.class_names)
    if spec.count == "objects":
        _check_policy(job)
    library = open_checked_library(job)
    drawable = [name for name, factor in factors.items() if factor.measure is None]
    _refuse_contradictions(job, library, quota, [cell.levels for cell in cells if cell.target], drawable)
    with FrameMaker(job, library) as maker:
        judge = _SceneJudge(job, maker, by_picture=spec.count == "frames")

        def tell(missing: int, judged: int) -> None:
            if progress:
                progress(f"{judged} scenes judged, {missing} {spec.count} missing")

        result = choose_scenes(
            cells,
            judge,
            drawable=drawable,
            steerable=[name for name, factor in factors.items() if factor.measure is not None],
            tolerance=spec.tolerance,
            tries=spec.tries,
            most=spec.most_frames,
            by_picture=spec.count == "frames",
            progress=tell,
        )
    if not result.scenes:
        return None, result
    plan = Plan(
        description=spec.description or f"{job.name}: quota of {len(cells)} cells",
        rows=tuple(
            PlanRow(levels=dict(chosen.levels), scene=chosen.scene, attempt=chosen.attempt) for chosen in result.scenes
        ),
        made_for=job.scenes_hash,
    )
    return plan, result


class _SceneJudge:
    """Makes scenes on label images and says what each holds that a quota counts."""

    def __init__(self, job: Job, maker: FrameMaker, *, by_picture: bool) -> None:
        self._frames = job.frame_order.frames_of_one_scene
        self._job = job
        self._maker = maker
        self._by_picture = by_picture
        measures = {spec.measure for spec in job.scene.factors.values()}
        self._through_air = "transmittance" in measures or job.labels.min_contrast_transmittance > 0

    def __call__(self, asked: Row, scene: int) -> Judged:
        row = PlanRow(levels=dict(asked), scene=scene)
        measured = any(self._job.scene.factors[name].measure is not None for name in asked)
        pictures, attempt = [], 0
        try:
            for index in range(self._frames):
                accepted = self._maker.accept(index, row=row, attempts=None if not measured else _STEERED_ATTEMPTS)
                attempt = accepted.scene.origin.attempt
                labels = accepted.labels or self._maker.labels(accepted.scene, accepted.views)
                measures = self._maker.measure(accepted.scene, labels, through_air=self._through_air)
                pictures.append(tuple(self._units(accepted.scene, measures)))
        except (ConstraintError, PlacementError, UsageError) as error:
            return Judged(problem=why_failed(error))
        # Of several pictures each starts its attempts at the first, as rendering will.
        return Judged(tuple(pictures), attempt if self._frames == 1 else 0)

    def _units(self, scene: Scene, measures: Mapping[int, ObjectMeasures]) -> Iterator[Row]:
        factors = self._job.scene.factors
        own, levels = frame_levels(factors, scene), object_levels(factors, scene, measures)
        if self._by_picture:
            objects = tuple(ObservedObject(None, "labelled", found) for found in levels.values())
            yield from rows_of(ObservedFrame(0, own, objects), factors)
            return
        for item in scene.objects:
            found = measures.get(item.instance_id)
            if found is None or item.category is None:
                continue
            status, _ = judge_instance(
                self._job.labels,
                role=item.role,
                category=item.category,
                visible_pixels=found.visible_pixels,
                box_xyxy=found.box_xyxy,
                visible_fraction=found.visible_fraction,
                truncation=found.truncation,
                contrast_transmittance=found.transmittance,
                lens_transmittance=1.0,
                apparent_contrast=None,
            )
            if status == "labelled":
                yield {CLASS: item.category, **own, **levels.get(item.instance_id, {})}


def _check_policy(job: Job) -> None:
    for rule in _OF_PICTURES:
        if getattr(job.labels, rule) > 0 and job.labels.action_of(rule) != "keep":
            raise UsageError(
                f"labels.{rule} must be 0, or its action keep, for a quota of objects: which objects are labelled must "
                f"be known before pictures are drawn, got {getattr(job.labels, rule):g}; or count frames"
            )


def _refuse_contradictions(
    job: Job, library: AssetLibrary, quota: Path, cells: Sequence[Row], drawable: Sequence[str]
) -> None:
    """Refuse cells whose levels can never come, alone or together.

    Raises:
        ConfigError: With every such cell.
    """
    sampler = open_sampler(job, library)
    size_wh = (job.image.width, job.image.height)
    problems = []
    known: dict[tuple[tuple[str, str], ...], str] = {}
    for cell in cells:
        asked = {name: level for name, level in cell.items() if name in drawable}
        key = tuple(asked.items())
        if key not in known:
            known[key] = why_never(sampler, job.scene.factors, asked) if asked else ""
        whole = job.scene.constraints + constraints_of(
            job.scene.factors, {name: level for name, level in cell.items() if name in job.scene.factors}
        )
        faults = contradictions(whole, job.scene.objects, job.class_names, size_wh)
        reason = known[key] or "; ".join(message for _, message in faults)
        if reason:
            shown = ", ".join(f"{name}: {level}" for name, level in cell.items())
            problems.append(Problem(str(quota), "cells", None, f"{{{shown}}} can never come: {reason}"))
    if problems:
        raise ConfigError(problems)
