"""Cells of the table: one training of one row with one seed, in a folder of its own, and what it then finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json, hash_json
from synthvision.dataset.atomic import write_text
from synthvision.evaluate.accuracy.padding import fit_box_padding
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.detector import Detector, DetectorProgress, TrainedDetector
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.sim2real.config import Sim2RealSpec
from synthvision.evaluate.sim2real.rows import Row, TrainingSets, stages_of
from synthvision.evaluate.sim2real.saved_detections import load_detections, save_detections

__all__ = ["Cell", "CellReporter", "DetectorLoader", "data_digest", "find_in", "is_trained", "padding_of", "train_cell"]

#: Reads a trained detector from its folder, for a device.
DetectorLoader = Callable[[Path, str], TrainedDetector]

#: Photos on which a padding is fitted, at most.
_PADDING_PHOTOS = 200
_CELL_NAME = "cell.json"


@dataclass(frozen=True, slots=True)
class Cell:
    """One training.

    Args:
        row: Of which row.
        seed: With which seed.
        folder: Where it lies.
    """

    row: Row
    seed: int
    folder: Path

    @property
    def name(self) -> str:
        """Row and seed."""
        return f"{self.row.name}, seed {self.seed}"


#: Called with the cell that is trained, the steps it has done, and all its steps.
CellReporter = Callable[[Cell, int, int], None]


def train_cell(
    cell: Cell,
    detector: Detector,
    sets: TrainingSets,
    validation: LabelledSet,
    classes: tuple[str, ...],
    spec: Sim2RealSpec,
    run_digest: str,
    progress: CellReporter | None = None,
) -> None:
    """Train one cell, and save what it finds in the validation part; nothing is done where that is there.

    Args:
        cell: Which.
        detector: What is trained.
        sets: What can be trained on.
        validation: Validation part of the real photos.
        classes: Classes of the detector.
        spec: The settings, with a picture_side.
        run_digest: What tells the report that the cell belongs to.
        progress: Called as the training goes on.

    Raises:
        UsageError: The cell belongs to another report, or the detector cannot be trained like that.
        DatasetError: A file cannot be written.
    """
    if is_trained(cell, run_digest):
        return
    trained: TrainedDetector | None = None
    stages = stages_of(cell.row, sets, classes, spec, cell.seed)
    total, before = sum(steps for _, _, steps in stages), 0
    for number, (name, pictures, steps) in enumerate(stages):
        training = spec.training.model_copy(update={"steps": steps, "seed": cell.seed})
        start = cell.folder / "training" / stages[number - 1][0] / "model" if number else None

        def report(state: DetectorProgress, done: int = before) -> None:
            if progress is not None:
                progress(cell, done + state.step, total)

        trained = detector.train(pictures, training, cell.folder / "training" / name, start=start, progress=report)
        before += steps
    if trained is None:
        raise UsageError(f"{cell.name}: a row must have a training")
    if tuple(trained.classes) != classes:
        raise UsageError(f"{cell.name}: the detector must have the classes it was given, got {trained.classes}")
    padding = 0.0
    if spec.box_padding == "fit":
        part = sets.real.spread(_PADDING_PHOTOS)
        padding = fit_box_padding(part, _detect(trained, part, spec), classes)
    save_detections(cell.folder / "validation.json", _detect(trained, validation, spec))
    result = {
        "run": run_digest,
        "padding": round(padding, 6),
        "stages": [
            {
                "name": name, "steps": steps,
                "sets": [{"name": one.name, "pictures": len(one)} for one in pictures.sets],
            }
            for name, pictures, steps in stages
        ],
        "detector": dict(trained.record),
    }  # fmt: skip
    write_text(cell.folder / _CELL_NAME, canonical_json(result))


def is_trained(cell: Cell, run_digest: str) -> bool:
    """Return whether a cell is there and whole.

    Args:
        cell: Which.
        run_digest: What tells the report that it must belong to.

    Raises:
        UsageError: It belongs to another report, or cannot be read.
    """
    if not (cell.folder / _CELL_NAME).is_file():
        return False
    if _load(cell)["run"] != run_digest:
        raise UsageError(f"{cell.folder} must belong to this report, and was trained for another: give a new folder")
    return True


def padding_of(cell: Cell) -> float:
    """Return by which share the boxes of a trained cell are grown.

    Raises:
        UsageError: The cell cannot be read.
    """
    return float(_load(cell)["padding"])


def find_in(
    cell: Cell, part: str, pictures: LabelledSet, spec: Sim2RealSpec, load: DetectorLoader
) -> tuple[Detections, ...]:
    """Return what a trained cell finds in a part of the real photos; found once, then read.

    Args:
        cell: Which.
        part: validation or test.
        pictures: The photos of that part.
        spec: The settings.
        load: Reads the trained detector.

    Raises:
        UsageError: The detections or the detector cannot be read.
    """
    path = cell.folder / f"{part}.json"
    if not path.is_file():
        last = "second" if cell.row.kind == "synthetic_then_real" else "all"
        trained = load(cell.folder / "training" / last / "model", spec.training.device)
        save_detections(path, _detect(trained, pictures, spec))
    return load_detections(path, len(pictures))


def data_digest(pictures: LabelledSet) -> str:
    """Return what tells a set: its pictures and all its boxes, as 64 hexadecimal digits.

    Raises:
        UsageError: A file cannot be read.
    """
    ignored = [[[box.category, *box.box_xyxy] for box in boxes] for boxes in pictures.ignored]
    return hash_json([pictures.photos.digest(), ignored, list(pictures.classes)])


def _detect(trained: TrainedDetector, pictures: LabelledSet, spec: Sim2RealSpec) -> list[Detections]:
    found = [
        one.best(spec.most_detections)
        for one in trained.detect(pictures.photos.load(index) for index in range(len(pictures)))
    ]
    if len(found) != len(pictures):
        raise UsageError(f"a detector must answer for each of {len(pictures)} pictures, got {len(found)} answers")
    return found


def _load(cell: Cell) -> dict[str, Any]:
    path = cell.folder / _CELL_NAME
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        return {"run": str(result["run"]), "padding": float(result["padding"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: must be what a training left: {error!r}; delete its folder") from error
