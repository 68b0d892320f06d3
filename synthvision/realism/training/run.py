"""The way into training: checks what is given, and goes on where an earlier run stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_json
from synthvision.dataset.atomic import write_text
from synthvision.realism.before import before_entry
from synthvision.realism.networks.extra import require_torch, torch_device
from synthvision.realism.stage import open_refiner
from synthvision.realism.training.config import TrainingSpec
from synthvision.realism.training.progress import TrainingReporter, TrainingResult

if TYPE_CHECKING:
    from synthvision.realism.training.loop import Sources

__all__ = ["train"]

_RUN_NAME = "training.json"
# What may change between two runs of one training: it decides neither weights nor what they learn from.
_FREE = frozenset({"device", "log_every", "sheet_every", "save_every", "tensorboard", "cache_mib"})


def train(
    spec: TrainingSpec,
    synthetic: Path,
    real: Path,
    out: Path,
    *,
    validation: Path | None = None,
    base: Path | None = None,
    resume: bool = False,
    progress: TrainingReporter | None = None,
) -> TrainingResult:
    """Train a refiner and write it below a folder.

    The folder then holds ``model/`` (what a refiner takes as `weights`), ``losses.jsonl``, ``sheets/``,
    ``checkpoint.safetensors`` and ``training.json``. On the CPU the same settings and pictures give the same weights,
    also where a run was stopped and resumed, as long as as many threads are used; on a GPU nearly so.

    Args:
        spec: The settings.
        synthetic: Renders: a data set of synthvision, or a folder of pictures. Not looked at for diffusion, but for
            the scale of its things.
        real: Photos: a folder, or a COCO file.
        out: Folder; must be empty or not exist, unless an earlier run is resumed.
        validation: Photos that progress is measured against, as `real`; none for a share of those, `held_out`.
        base: Where relative paths of `before` start; None for the working folder.
        resume: Go on with the training in `out`.
        progress: Called with each line of losses.

    Raises:
        MissingExtraError: torch is not installed.
        UsageError: Pictures are missing, too few, or of the wrong kind; settings do not fit them; the folder is not
            empty, or holds another training.
        DatasetError: The data set of renders is broken, or a file cannot be written.
    """
    require_torch("training of refiners")
    if spec.method == "diffusion":
        from synthvision.realism.diffusion.training import train_diffusion

        return train_diffusion(spec.for_diffusion(), synthetic, real, out, resume=resume, progress=progress)
    from synthvision.realism.training.data import PairSampler
    from synthvision.realism.training.loop import GanTraining, Sources
    from synthvision.realism.training.sources import PhotoPictures, matching_side, open_real, open_synthetic

    device = torch_device(spec.device)
    photos, held_photos = open_real(real, spec.held_out, spec.seed, validation)
    before = [open_refiner(each, base or Path.cwd(), spec.device) for each in spec.before]
    renders, held_renders = open_synthetic(
        synthetic, spec.ordered_conditions, spec.held_out, before=before, seed=spec.seed
    )
    side = spec.photo_side or matching_side(renders, PhotoPictures(photos))
    train_pairs = PairSampler(spec, renders, PhotoPictures(photos), side)
    try:
        larger = spec.model_copy(update={"crop": spec.evaluate_crop or spec.crop})
        held_pairs = PairSampler(larger, held_renders, PhotoPictures(held_photos), side)
        untouched = None
        if before:
            plain = open_synthetic(synthetic, spec.ordered_conditions, spec.held_out)[1]
            untouched = PairSampler(larger, plain, PhotoPictures(held_photos), side)
    except UsageError as error:
        raise UsageError(f"among the pictures that are kept back: {error}; or keep back more by held_out") from error
    entries = tuple(before_entry(each, refiner) for each, refiner in zip(spec.before, before, strict=True))
    sources = Sources(renders.name, len(photos), hash_json([photos.digest(), held_photos.digest()]), entries)
    _claim(out, spec, sources, len(renders), resume=resume)
    training = GanTraining(spec, device, train_pairs, held_pairs, sources, out, untouched=untouched, resume=resume)
    return training.run(progress)


def _claim(out: Path, spec: TrainingSpec, sources: Sources, frames: int, *, resume: bool) -> None:
    """Write what the folder is for, or check that it is for this training."""
    path = out / _RUN_NAME
    settings = spec.model_dump(mode="json", exclude=set(_FREE))
    # Without the places of files, which may differ when it is resumed.
    settings["before"] = [entry.model_dump(mode="json") for entry in sources.before]
    entry: dict[str, Any] = {
        "settings": settings,
        "photos": sources.real_sha256,
        "renders": sources.synthetic,
        "frames": frames,
    }
    if path.is_file():
        if not resume:
            raise UsageError(f"{out}: must be empty, but holds a training: resume it or give another folder")
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: must be readable JSON: {error}") from error
        differing = sorted(
            [name for name, value in settings.items() if before.get("settings", {}).get(name) != value]
            + [name for name in ("photos", "renders", "frames") if before.get(name) != entry[name]]
        )
        if differing:
            raise UsageError(
                f"{out}: a resumed training must have the settings and pictures it began with, but "
                f"{', '.join(differing)} differ: give the old ones or another folder"
            )
        return
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out}: must be empty or not exist, but holds files: give another folder")
    write_text(path, json.dumps(entry, indent=2, sort_keys=True) + "\n")
