"""What renders, trains and tests for the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.authoring.plans.files import save_plan
from synthvision.config.job import load_job
from synthvision.config.model import Job
from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.hashing import hash_file
from synthvision.evaluate.accuracy.matches import match_detections
from synthvision.evaluate.accuracy.precision import average_precision
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.detector import load_detector, load_detector_kind
from synthvision.evaluate.detectors.pictures import TrainingPictures, fitted_side
from synthvision.evaluate.labelled_set import LabelledSet, match_classes, open_set
from synthvision.evaluate.splits import refuse_leaks
from synthvision.improve.config import ImproveSpec
from synthvision.improve.journal import Judged
from synthvision.improve.outcomes import CLASS, levels_of_objects, outcomes_of, slice_of
from synthvision.improve.rounds import Asked
from synthvision.improve.weak_slices import Outcome
from synthvision.pipeline.run import render_job
from synthvision.sampling.factors.plan import Plan, PlanRow

__all__ = ["LocalWorkshop"]

Levels = Mapping[str, str]

#: Scenes of the asked-for pictures are drawn from these on, so that none is one of the base job's.
_FIRST_ASKED_SCENE = 1_000_000


class LocalWorkshop:
    """Renders with this machine's workers, trains and tests in this process.

    Args:
        spec: Settings of the loop.
        base: Folder against which the paths of the settings are read.
        progress: Called with a line of text now and then.

    Raises:
        ConfigError: A job is wrong.
        UsageError: Classes do not match, a real set is rendered, or real photos stand in training and validation.
    """

    def __init__(self, spec: ImproveSpec, base: Path, progress: Callable[[str], None] | None = None) -> None:
        self.spec = spec
        self._folder = base
        self._say = progress or (lambda _: None)
        self.job = _load(spec.job, base, {})
        self.base_job = _load(spec.base or spec.job, base, spec.base_changes)
        for job in (self.job, self.base_job):
            if job.frame_order.frames_of_one_scene != 1:
                raise UsageError("a job of the loop must make one picture a scene: leave views, cameras and steps at 1")
            if job.plan is not None:
                raise UsageError("a job of the loop must have no plan of its own: the loop writes one")
        self.validation = open_set(base / spec.validation).renamed(spec.renamed)
        self.real = [open_set(base / each).renamed(spec.renamed) for each in spec.real]
        for each in self.real:
            if each.generation > 0:
                raise UsageError(f"{each.name}: real must be photos, but it has generation {each.generation}: renders")
        if self.real:
            refuse_leaks(self.real, self.validation)
        own = [name for job in (self.job, self.base_job) for name in job.class_names]
        self.classes = match_classes(own, self.validation.classes, spec.renamed)
        self._levels = levels_of_objects(self.validation, self.job.scene.factors)
        side = spec.training.picture_side or fitted_side([self.validation], spec.training.object_px)
        self.training = spec.training.model_copy(update={"picture_side": side})

    @property
    def steerable(self) -> Sequence[str]:
        """Factors that a plan can set: those of the scene, where the validation set tells levels that they have."""
        seen: dict[str, set[str]] = {}
        for own in self._levels:
            for levels in own:
                for name, level in levels.items():
                    seen.setdefault(name, set()).add(level)
        return [name for name, spec in self.job.scene.factors.items() if seen.get(name, set()) & spec.levels.keys()]

    def make_base(self, first: int, count: int, out: Path) -> Path:
        """Render pictures of the base job, frames `first` to `first + count`; return their data set."""
        self._render(self.base_job, out, range(first, first + count))
        return out

    def make_asked(self, asked: Asked, number: int, first_base: int, out: Path) -> Sequence[Path]:
        """Render what a round asks for; return the data sets."""
        as_before = sum(row is None for row in asked.rows)
        made = [self.make_base(first_base, as_before, out / "base")] if as_before else []
        rows = [row for row in asked.rows if row is not None]
        if not rows:
            return made
        factors = self.job.scene.factors
        first = _FIRST_ASKED_SCENE + number * self.spec.round_frames
        plan = Plan(
            description=f"round {number}: what was missed",
            generation=number + 1,
            rows=tuple(
                PlanRow(
                    levels={name: level for name, level in row.items() if level in factors[name].levels},
                    scene=first + place,
                )
                for place, row in enumerate(rows)
            ),
        )
        out.mkdir(parents=True, exist_ok=True)
        save_plan(plan, out / "plan.yaml")
        # The plan itself, not its path: nothing of this machine goes into the manifest.
        data = plan.frozen().model_dump(mode="json", exclude_none=True)
        job = _load(self.spec.job, self._folder, {**asked.changes, "plan": data, "frames": len(rows)})
        self._render(job, out / "asked", range(len(rows)))
        return [*made, out / "asked"]

    def judge(self, sets: Sequence[Path], slices: Callable[[Sequence[Outcome]], Sequence[Levels]], out: Path) -> Judged:
        """Train from the common start on data sets, and test on the validation set.

        Raises:
            UsageError: A photo of the validation set stands in training.
        """
        rendered = [open_set(folder).renamed(self.spec.renamed) for folder in sets]
        self._refuse_same_files(rendered)
        pictures = self._pictures(rendered)
        all_outcomes: list[Outcome] = []
        found_of_seed: list[list[Detections]] = []
        for seed in range(self.spec.seeds):
            self._say(f"training {seed + 1} of {self.spec.seeds} on {sum(map(len, pictures.sets))} pictures")
            training = self.training.model_copy(update={"seed": self.spec.training.seed + seed})
            detector = load_detector_kind(self.spec.detector).train(pictures, training, out / f"seed{seed}")
            found = list(detector.detect(self.validation.photos.load(i) for i in range(len(self.validation))))
            found_of_seed.append(found)
            all_outcomes += outcomes_of(self.validation, self._levels, found, detector.classes)
        names = pictures.classes
        totals = [match_detections(self.validation, found, names, self.classes, ("all",)) for found in found_of_seed]
        asked = {", ".join(f"{name}={level}" for name, level in each.items()): each for each in slices(all_outcomes)}
        of_slices = {text: self._slice_ap50(each, found_of_seed, names) for text, each in asked.items()}
        return Judged(
            float(np.mean([average_precision(each)[0] for each in totals])),
            float(np.mean([average_precision(each, threshold=0)[0] for each in totals])),
            {text: value for text, value in of_slices.items() if value is not None},
            tuple(all_outcomes),
        )

    def open_test(self, path: Path) -> LabelledSet:
        """Return the test set.

        Raises:
            UsageError: Its classes are others, or its pictures stand in training or validation.
        """
        pictures = open_set(path).renamed(self.spec.renamed)
        match_classes(self.classes, pictures.classes, self.spec.renamed)
        refuse_leaks([*self.real, self.validation], pictures)
        return pictures

    def measure(self, pictures: LabelledSet, folder: Path) -> tuple[float, float]:
        """Return AP and AP50 of the models of a round, means over seeds.

        Args:
            pictures: What they are tested on.
            folder: The round's.

        Raises:
            UsageError: A model is missing.
        """
        figures = []
        for seed in range(self.spec.seeds):
            detector = load_detector(folder / f"seed{seed}" / "model", self.spec.training.device)
            found = list(detector.detect(pictures.photos.load(i) for i in range(len(pictures))))
            matches = match_detections(pictures, found, detector.classes, self.classes, ("all",))
            figures.append((average_precision(matches)[0], average_precision(matches, threshold=0)[0]))
        return float(np.mean([ap for ap, _ in figures])), float(np.mean([ap50 for _, ap50 in figures]))

    def _pictures(self, rendered: Sequence[LabelledSet]) -> TrainingPictures:
        counts = [float(len(each)) for each in rendered]
        sets, shares = [*rendered], [count / sum(counts) for count in counts]
        if self.real:
            of_real = [float(len(each)) for each in self.real]
            shares = [share * (1 - self.spec.real_share) for share in shares]
            shares += [self.spec.real_share * count / sum(of_real) for count in of_real]
            sets += self.real
        return TrainingPictures(
            [each.without(set(each.classes) - set(self.classes)) for each in sets], shares, self.classes
        )

    def _refuse_same_files(self, rendered: Sequence[LabelledSet]) -> None:
        """Raise an error where a picture of the validation set is trained on: the same job with the same seed."""
        held = {hash_file(path): path for path in self.validation.photos.paths}
        same = [path for each in rendered for path in each.photos.paths if hash_file(path) in held]
        if same:
            raise UsageError(
                f"no picture of the validation set may be trained on, but {len(same)} are, such as {same[0]}: render "
                "the validation set with another seed"
            )

    def _slice_ap50(
        self, wanted: Levels, found_of_seed: Sequence[Sequence[Detections]], names: Sequence[str]
    ) -> float | None:
        """Return AP50 of the objects of a slice; the other objects are ignored.

        Only pictures that show such objects, of whatever class, count: where a class is found that is not there is part
        of how well it is found.
        """
        if not slice_of(self.validation, self._levels, wanted):
            return None
        of_any_class = {name: level for name, level in wanted.items() if name != CLASS}
        chosen = slice_of(self.validation, self._levels, of_any_class)
        part = self.validation.select(chosen)
        inside = [[wanted.items() <= own.items() for own in self._levels[number]] for number in chosen]
        part = replace(
            part,
            photos=replace(
                part.photos,
                boxes=tuple(
                    tuple(box for box, keep in zip(boxes, keeps, strict=True) if keep)
                    for boxes, keeps in zip(part.photos.boxes, inside, strict=True)
                ),
            ),
            ignored=tuple(
                (*ignored, *(box for box, keep in zip(boxes, keeps, strict=True) if not keep))
                for ignored, boxes, keeps in zip(part.ignored, part.photos.boxes, inside, strict=True)
            ),
        )
        values = [
            average_precision(
                match_detections(part, [found[number] for number in chosen], names, self.classes, ("all",)), threshold=0
            )[0]
            for found in found_of_seed
        ]
        return float(np.mean(values))

    def _render(self, job: Job, out: Path, frames: range) -> None:
        summary = render_job(job, out, workers=self.spec.workers, frames=frames, resume=True)
        if summary.interrupted:
            raise KeyboardInterrupt
        if summary.failures and len(summary.failures) == len(frames):
            raise DatasetError(f"{out}: no frame could be made; the first: {summary.failures[0].reason}")


def _load(name: str, folder: Path, changes: Mapping[str, Any]) -> Job:
    """Return a job: a file beside the settings, else a built-in one."""
    file = folder / name
    return load_job(file if file.is_file() else name, list(changes.items()))
