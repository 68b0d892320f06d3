"""Runs the comparison of training sets: opens and splits the sets, trains what is missing, tests, and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_json
from synthvision.dataset.atomic import write_text
from synthvision.evaluate.accuracy.slices import Levels, factor_levels
from synthvision.evaluate.audit.conditions import estimate_conditions
from synthvision.evaluate.detectors.detector import Detector, load_detector, load_detector_kind
from synthvision.evaluate.detectors.pictures import fitted_side
from synthvision.evaluate.labelled_set import Factors, LabelledSet, match_classes, open_set
from synthvision.evaluate.sim2real.cells import (
    Cell,
    CellReporter,
    DetectorLoader,
    data_digest,
    find_in,
    is_trained,
    padding_of,
    train_cell,
)
from synthvision.evaluate.sim2real.config import Sim2RealSpec
from synthvision.evaluate.sim2real.examples import error_examples
from synthvision.evaluate.sim2real.figures import FoundRow, report_rows
from synthvision.evaluate.sim2real.ledger import LEDGER_NAME, count_test_reads, record_test_read
from synthvision.evaluate.sim2real.page import report_page
from synthvision.evaluate.sim2real.report import Sim2RealReport
from synthvision.evaluate.sim2real.rows import Row, TrainingSets, plan_rows, stages_of
from synthvision.evaluate.splits import refuse_leaks, split_three

__all__ = ["Sim2RealRun", "Sim2RealSources", "run_sim2real"]

_RUN_NAME = "run.json"


@dataclass(frozen=True, slots=True)
class Sim2RealSources:
    """Where the pictures lie.

    Args:
        real: COCO file of the real photos.
        synthetic: Data sets of renders.
        refined: The same, moved towards real photos.
        test: Labelled set that is tested on in place of a part of `real`; None for that part.
        renamed: New class name by old name, in all sets.
    """

    real: Path
    synthetic: tuple[Path, ...] = ()
    refined: tuple[Path, ...] = ()
    test: Path | None = None
    renamed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Sim2RealRun:
    """What a run came to.

    Args:
        folder: Where everything lies.
        report: The figures; None while other shards have to train.
        waiting: Names of the trainings that are not there yet.
    """

    folder: Path
    report: Sim2RealReport | None
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    sets: TrainingSets
    validation: LabelledSet
    test: LabelledSet
    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    spec: Sim2RealSpec
    notes: tuple[str, ...]
    digest: str
    about: dict[str, Any]


def run_sim2real(
    spec: Sim2RealSpec,
    sources: Sim2RealSources,
    out: Path,
    *,
    read_test: bool = False,
    resume: bool = False,
    shard: tuple[int, int] = (0, 1),
    detector: Detector | None = None,
    load: DetectorLoader | None = None,
    progress: CellReporter | None = None,
) -> Sim2RealRun:
    """Train every row with every seed, test, and write ``results.json`` and ``report.html``.

    Each training has a folder below ``cells``; one that is whole is not done again. With a shard only every n-th
    training is done, so that several GPUs or machines share a folder; whoever comes last reports.

    Args:
        spec: The settings.
        sources: Where the pictures lie.
        out: Folder of the comparison.
        read_test: Test on the test part, and count it in ``test_reads.json``; else on the validation part.
        resume: Go on with what lies in `out`.
        shard: Which part of the trainings to do: number from 0, and number of parts.
        detector: What is trained; None for the one that the settings name.
        load: Reads a trained detector; None for `load_detector`.
        progress: Called as trainings go on.

    Raises:
        UsageError: Sets, classes and settings do not go together; a test picture also stands in training; `out` holds
            something else.
        MissingExtraError: A library is not installed.
        DatasetError: A data set cannot be read, or a file cannot be written.
    """
    number, parts = shard
    if not 0 <= number < parts:
        raise UsageError(f"a shard must be 0 to {parts - 1} of {parts}, got {number}")
    _check_folder(out, resume=resume)
    kind = load_detector_kind(spec.detector) if detector is None else detector
    prepared = _prepare(spec, sources)
    _claim(out, prepared)
    cells = [
        Cell(row, seed, out / "cells" / row.name / f"seed-{seed}")
        for seed in prepared.spec.seeds
        for row in prepared.rows
    ]
    for place, cell in enumerate(cells):
        if place % parts == number:
            train_cell(
                cell,
                kind,
                prepared.sets,
                prepared.validation,
                prepared.classes,
                prepared.spec,
                prepared.digest,
                progress,
            )
    waiting = tuple(cell.name for cell in cells if not is_trained(cell, prepared.digest))
    if waiting:
        return Sim2RealRun(out, None, waiting)
    part, pictures = ("test", prepared.test) if read_test else ("validation", prepared.validation)
    test_digest = data_digest(prepared.test)
    ledger = out / LEDGER_NAME
    if read_test:
        names = tuple(row.name for row in prepared.rows)
        reads = record_test_read(ledger, test_digest, prepared.digest, names, len(pictures))
    else:
        reads = count_test_reads(ledger, test_digest)
    found = _found(cells, prepared, part, pictures, load_detector if load is None else load)
    rows, missing = report_rows(pictures, found, prepared.classes, prepared.spec, picture_levels(pictures))
    report = Sim2RealReport(part, reads, rows, prepared.about, (*prepared.notes, *missing))
    write_text(out / "results.json", json.dumps(report.to_json(), indent=1, sort_keys=True, allow_nan=False) + "\n")
    examples = {
        row.name: error_examples(pictures, trainings[0], prepared.classes)
        for row, _, _, trainings, _ in found
        if row.kind in ("real", "synthetic")
    }
    write_text(out / "report.html", report_page(report, examples))
    return Sim2RealRun(out, report, ())


def picture_levels(pictures: LabelledSet) -> Levels:
    """Return the level of each picture by factor: what is recorded of renders, what can be told of photos.

    Of photos it is the light and the weather as `estimate_conditions` has them, and how many objects there are.

    Args:
        pictures: The set.
    """
    if pictures.synthetic:
        return factor_levels(pictures.factors())
    facts: list[Factors] = []
    for index, boxes in enumerate(pictures.photos.boxes):
        conditions = estimate_conditions(pictures.photos.load(index))
        facts.append({"light": conditions.light, "weather": conditions.weather, "objects": float(len(boxes))})
    return factor_levels(facts)


def _check_folder(out: Path, *, resume: bool) -> None:
    there = out.is_dir() and any(out.iterdir())
    if there and not resume:
        raise UsageError(f"{out} must be empty or new, and is not: go on with it by --resume, or give another folder")
    if there and not (out / _RUN_NAME).is_file():
        raise UsageError(f"{out}: to go on there must be a {_RUN_NAME} of an earlier run, and there is none")


def _claim(out: Path, prepared: _Prepared) -> None:
    """Write what the folder is for, or check that it is for this."""
    path = out / _RUN_NAME
    if path.is_file():
        try:
            there = str(json.loads(path.read_text(encoding="utf-8"))["digest"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}: must be what an earlier run wrote: {error!r}") from error
        if there != prepared.digest:
            raise UsageError(
                f"{out} must hold a run of the same sets and settings, and holds another: give a new folder"
            )
        return
    text = {"digest": prepared.digest, "about": prepared.about}
    write_text(path, json.dumps(text, indent=1, sort_keys=True, allow_nan=False) + "\n")


def _prepare(spec: Sim2RealSpec, sources: Sim2RealSources) -> _Prepared:
    real, synthetic, refined = (_open_all(paths) for paths in ((sources.real,), sources.synthetic, sources.refined))
    given = None if sources.test is None else open_set(sources.test)
    renamed = dict(sources.renamed or {})
    rows, notes = plan_rows(spec, synthetic=bool(synthetic), refined=bool(refined))
    target = real[0] if given is None else given
    classes = _classes((*real, *synthetic, *refined), target, renamed)
    notes += tuple(
        note for one in (*real, *synthetic, *refined, *([] if given is None else [given])) for note in one.notes
    )
    if real[0].generation:
        notes += (f"{real[0].name}: the real photos are renders, or are mixed with some",)
    notes += tuple(f"{one.name}: a refined set whose pictures no refiner changed" for one in refined if not one.refined)
    train, validation, test = split_three(real[0].renamed(renamed), spec.shares, seed=spec.split_seed)
    if given is not None:
        test = given.renamed(renamed)
    sets = TrainingSets(
        _only(train, classes),
        tuple(_only(one.renamed(renamed), classes) for one in synthetic),
        tuple(_only(one.renamed(renamed), classes) for one in refined),
    )
    validation, test = _only(validation, classes), _only(test, classes)
    made = (*sets.synthetic, *sets.refined)
    if made:
        refuse_leaks(made, validation)
    seen = made if given is None else (*made, sets.real, validation)
    if seen:
        refuse_leaks(seen, test)
    training = spec.training
    if training.picture_side is None:
        training = training.model_copy(update={"picture_side": fitted_side((sets.real,), training.object_px)})
    spec = spec.model_copy(update={"training": training})
    digests = [data_digest(one) for one in (*sets.all, validation, test)]
    digest = hash_json([spec.model_dump(mode="json"), [row.name for row in rows], digests, list(classes)])
    about = _about(spec, sets, validation, test, classes, renamed)
    return _Prepared(sets, validation, test, classes, rows, spec, notes, digest, about)


def _open_all(paths: Sequence[Path]) -> tuple[LabelledSet, ...]:
    return tuple(open_set(path) for path in paths)


def _classes(training: Sequence[LabelledSet], target: LabelledSet, renamed: Mapping[str, str]) -> tuple[str, ...]:
    """Return the classes of the detector; every training set must have all that are tested."""
    everywhere = {name for one in (*training, target) for name in one.classes}
    known = {old: new for old, new in renamed.items() if old in everywhere}
    if len(known) < len(renamed):
        match_classes(sorted(everywhere), target.classes, renamed)
    classes: tuple[str, ...] = ()
    for one in training:
        of_both = {*one.classes, *target.classes}
        classes = match_classes(one.classes, target.classes, {old: new for old, new in known.items() if old in of_both})
    return classes


def _only(pictures: LabelledSet, classes: Sequence[str]) -> LabelledSet:
    """Return a set without the boxes of classes that are not tested."""
    extra = [name for name in pictures.classes if name not in classes]
    return pictures.without(extra) if extra else pictures


def _found(
    cells: Sequence[Cell], prepared: _Prepared, part: str, pictures: LabelledSet, load: DetectorLoader
) -> list[FoundRow]:
    found: list[FoundRow] = []
    for row in prepared.rows:
        mine = [cell for cell in cells if cell.row.name == row.name]
        stages = stages_of(row, prepared.sets, prepared.classes, prepared.spec, prepared.spec.seeds[0])
        trained = [one for _, of_stage, _ in stages for one in of_stage.sets]
        root = prepared.sets.real.photos.root
        found.append(
            (
                row,
                sum(len(one) for one in trained if one.photos.root == root),
                sum(len(one) for one in trained if one.photos.root != root),
                [find_in(cell, part, pictures, prepared.spec, load) for cell in mine],
                [padding_of(cell) for cell in mine],
            )
        )
    return found


def _about(
    spec: Sim2RealSpec,
    sets: TrainingSets,
    validation: LabelledSet,
    test: LabelledSet,
    classes: Sequence[str],
    renamed: Mapping[str, str],
) -> dict[str, Any]:
    def told(one: LabelledSet) -> dict[str, Any]:
        return {
            "name": one.name, "pictures": len(one), "boxes": sum(map(len, one.photos.boxes)),
            "generation": one.generation, "refined": one.refined,
        }  # fmt: skip

    settings = spec.model_dump(mode="json")
    # The name of a local model; the way to it is a matter of this machine.
    settings["detector"] = Path(spec.detector).name if Path(spec.detector).exists() else spec.detector
    return {
        "classes": list(classes),
        "renamed": dict(renamed),
        "real": told(sets.real),
        "synthetic": [told(one) for one in sets.synthetic],
        "refined": [told(one) for one in sets.refined],
        "validation": told(validation),
        "test": told(test),
        "settings": settings,
    }
