"""The way into distillation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file, hash_json
from synthvision.dataset.atomic import write_text
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.distil.config import DistilSpec
from synthvision.realism.distil.report import DistilReport, measure_loss, save_report
from synthvision.realism.gan.card import GeneratorCard
from synthvision.realism.model_card import WEIGHTS_NAME, save_card
from synthvision.realism.networks.extra import require_torch, torch_device
from synthvision.realism.refiner import Refiner
from synthvision.realism.training.progress import TrainingReporter

if TYPE_CHECKING:
    from synthvision.realism.distil.pairs import TeacherPictures

__all__ = ["DistilResult", "distil"]

_RUN_NAME = "distil.json"
_FREE = {"device", "log_every", "save_every", "cache_mib", "teacher_batch"}
# Photos and held-out pictures that the report is made on, at most.
_MOST_MEASURED = 64


@dataclass(frozen=True, slots=True)
class DistilResult:
    """What a distillation made.

    Args:
        folder: Where the student lies, with model.safetensors and model.json.
        report: How much is lost.
    """

    folder: Path
    report: DistilReport


def distil(
    teacher: Refiner | Path,
    dataset: Path,
    out: Path,
    spec: DistilSpec,
    *,
    real: Path | None = None,
    resume: bool = False,
    progress: TrainingReporter | None = None,
) -> DistilResult:
    """Train a small generator to do what a slow refiner does, and report how much is lost.

    The folder then holds ``model/`` (what the refiner `generator` takes as `weights`), ``report.json``,
    ``losses.jsonl``, ``checkpoint.safetensors``, and ``pairs/`` where a refiner was given.

    Args:
        teacher: The slow refiner, which is given every frame once; or what it made before: a refined data set with
            the same frames, or a folder of pictures named by frame, such as ``00000017.png``.
        dataset: The renders, a data set of synthvision.
        out: Folder; must be empty or not exist, unless an earlier run is resumed.
        spec: The settings.
        real: Photos for the report: a folder, or a COCO file; None for none.
        resume: Go on with the distillation in `out`.
        progress: Called with each line of losses.

    Raises:
        MissingExtraError: torch is not installed.
        UsageError: There are too few pairs, pictures do not fit, or the folder holds something else.
        DatasetError: The data set is broken, or a file cannot be written.
        FrameError: The teacher failed.
    """
    require_torch("distillation of refiners")
    from synthvision.features.photos import open_photos
    from synthvision.realism.distil.pairs import make_pairs, open_pairs
    from synthvision.realism.distil.student import Student
    from synthvision.realism.training.checkpoint import save_weights
    from synthvision.realism.training.sources import DatasetRenders

    device = torch_device(spec.device)
    renders = open_dataset(dataset)
    if getattr(renders.manifest, "realism", None) is not None:
        raise UsageError(f"{dataset}: renders to distil on must not be refined, but these are: give their source")
    for name in ("depth", "normals"):
        if name in spec.conditions and name not in renders.manifest.layers:
            raise UsageError(
                f"{dataset}: the condition {name} needs {name} images, which this data set does not have: render with "
                f"--set output.{name}=true or leave it out"
            )
    photos = None if real is None else open_photos(real).spread(_MOST_MEASURED)
    _claim(out, spec, hash_json(renders.manifest.config_hash), len(renders), resume=resume)
    if isinstance(teacher, Path):
        pictures = open_pairs(teacher)
    else:
        pictures = make_pairs(teacher, renders, out / "pairs", spec.seed, spec.teacher_batch)
    frames = sorted(set(renders.indices) & set(pictures.frames))
    # A distance needs two pictures on each side, and training one.
    kept = max(round(spec.held_out * len(frames)), 2)
    if len(frames) <= kept:
        raise UsageError(
            f"{dataset}: there must be at least 3 frames that the teacher refined, got {len(frames)}: give the pairs "
            "of this data set"
        )
    student = Student(
        spec, device, DatasetRenders(renders, frames[:-kept], spec.ordered_conditions), pictures, out, resume=resume
    )
    student.train(progress)
    held = DatasetRenders(renders, frames[-kept:][:_MOST_MEASURED], spec.ordered_conditions)
    loaded = [held.load(index) for index in range(len(held))]
    report = measure_loss(
        [entry.rgb_hwc for entry in loaded],
        [pictures.load(frame) for frame in held.frames],
        [student.refine(entry.rgb_hwc, entry.conditions_chw) for entry in loaded],
        [] if photos is None else [photos.load(index) for index in range(len(photos))],
    )
    model = out / "model"
    save_weights(model / WEIGHTS_NAME, student.ema)
    save_card(model, _card(spec, pictures, renders.manifest.name, hash_file(model / WEIGHTS_NAME), report))
    save_report(out / "report.json", report)
    return DistilResult(model, report)


def _card(
    spec: DistilSpec, pictures: TeacherPictures, synthetic: str, sha256: str, report: DistilReport
) -> GeneratorCard:
    models: tuple[ModelEntry, ...] = pictures.models
    licences = sorted({model.licence for model in models if model.licence})
    return GeneratorCard(
        # What the teacher learned of photos, the student learns from it: their number and licence go along.
        name="distilled-" + ("+".join(model.name for model in models) or synthetic),
        method="distilled",
        width=spec.width,
        blocks=spec.blocks,
        downs=spec.downs,
        conditions=spec.ordered_conditions,
        crop=spec.crop,
        sha256=sha256,
        synthetic=synthetic,
        real_photos=max((model.real_photos for model in models), default=0),
        real_licence="; ".join(licences) or None,
        steps=spec.steps,
        distance=report.to_real.get("student"),
        render_distance=report.to_real.get("render"),
        training=spec.model_dump(mode="json"),
    )


def _claim(out: Path, spec: DistilSpec, renders: str, frames: int, *, resume: bool) -> None:
    """Write what the folder is for, or check it."""
    path = out / _RUN_NAME
    entry = {"settings": spec.model_dump(mode="json", exclude=_FREE), "renders": renders, "frames": frames}
    if path.is_file():
        if not resume:
            raise UsageError(f"{out}: must be empty, but holds a distillation: resume it or give another folder")
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: must be readable JSON: {error}") from error
        if before != entry:
            raise UsageError(
                f"{out}: a resumed distillation must have the settings and renders it began with, but they differ: "
                "give the old ones or another folder"
            )
        return
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out}: must be empty or not exist, but holds files: give another folder")
    write_text(path, json.dumps(entry, indent=2, sort_keys=True) + "\n")
