"""A dry run: check a job and its assets, sample a few of its scenes, draw and write nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from synthvision.config.job import Job
from synthvision.config.pickable import entries_of
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import ConstraintError
from synthvision.pipeline.frame import open_sampler
from synthvision.pipeline.output import job_warnings
from synthvision.pipeline.refusals import Refusals
from synthvision.sampling.constraints.judge import describe
from synthvision.sampling.proposals.estimate import Estimator
from synthvision.sampling.proposals.screening import estimated_misses
from synthvision.sampling.sampler import SceneSampler
from synthvision.scene import Scene

__all__ = ["Rehearsal", "dry_run"]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a job would do.

    Args:
        name: The job's name.
        frames: Frames it would make.
        assets: Assets that it can draw, by kind.
        sampled: Scenes that were sampled.
        targets: Objects of each class in them; classes that did not come up count 0.
        rejections: Refused places in them, by reason.
        refusals: How often scenes missed a constraint, those on pixels by estimate.
        warnings: What the user should know, one sentence each.
    """

    name: str
    frames: int
    assets: dict[str, int]
    sampled: int
    targets: dict[str, int]
    rejections: dict[str, int]
    warnings: tuple[str, ...]
    refusals: Refusals = field(default_factory=Refusals)

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {self.frames} frames, "
            + ", ".join(f"{count} {kind}s" for kind, count in self.assets.items()),
            f"{self.sampled} scenes sampled: " + ", ".join(f"{count} {name}" for name, count in self.targets.items()),
        ]
        if self.rejections:
            lines.append("refused places: " + ", ".join(f"{count} {why}" for why, count in self.rejections.items()))
        if str(self.refusals):
            lines.append(f"by estimate {self.refusals}")
        lines += [f"class {name!r} did not come up" for name, count in self.targets.items() if not count]
        return "\n".join([*lines, *(f"warning: {warning}" for warning in self.warnings)])


def dry_run(job: Job, *, scenes: int = 8) -> Rehearsal:
    """Check a job, sample some of its scenes, and return what it would do.

    Args:
        job: What `load_job` returned.
        scenes: How many scenes to sample, from the first one on.

    Raises:
        ConfigError: A pack is missing, an asset does not open, or a class can match nothing.
        PlacementError: The objects of a scene could not be placed.
        ConstraintError: No attempt at a scene held the constraints.
    """
    library = open_checked_library(job)
    entries = [entry for entry, _ in entries_of(job.scene, library).values()]
    sampler = open_sampler(job, library)
    targets: Counter[str] = Counter()
    rejections: Counter[str] = Counter()
    count = min(scenes, -(-job.frames // job.frames_of_one_scene))
    refusals = Refusals()
    estimator = Estimator(library)
    for index in range(count):
        scene = _accepted(job, sampler, index * job.frames_of_one_scene, estimator, refusals)
        targets.update(item.category for item in scene.objects if item.category is not None)
        rejections.update(scene.rejections)
    return Rehearsal(
        name=job.name,
        frames=job.frames,
        assets=dict(sorted(Counter(entry.kind for entry in entries).items())),
        sampled=count,
        targets={name: targets[name] for name in job.class_names},
        rejections=dict(rejections.most_common()),
        warnings=job_warnings(job, entries),
        refusals=refusals,
    )


def _accepted(job: Job, sampler: SceneSampler, frame: int, estimator: Estimator, refusals: Refusals) -> Scene:
    """Return the first attempt at a frame that by estimate holds the constraints.

    Raises:
        ConstraintError: None does.
    """
    constraints, missed = job.scene.constraints, Counter[str]()
    first = 0 if job.plan is None else job.plan.row_of(job.frame_order.place(frame).scene).attempt
    for attempt in range(job.scene.max_attempts):
        scene = sampler.sample(frame, first + attempt)
        failed = estimated_misses(constraints, scene, estimator) if constraints else ()
        if not failed:
            refusals.add(attempt + 1, missed)
            return scene
        missed.update(describe(constraint) for constraint in failed)
    listed = ", ".join(f"{name} ({count} times)" for name, count in missed.most_common())
    raise ConstraintError(
        f"frame {frame} must hold every constraint, but by estimate none of {job.scene.max_attempts} attempts did; "
        f"missed: {listed}; widen the constraint, let the scene propose what it asks for, or raise max_attempts"
    )
