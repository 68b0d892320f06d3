"""The way into training the small diffusion model: checks what is given, and goes on where an earlier run stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_json
from synthvision.dataset.atomic import write_text
from synthvision.features.photos import Photos, open_photos
from synthvision.realism.diffusion.card import DiffusionCard
from synthvision.realism.diffusion.config import DiffusionTrainingSpec
from synthvision.realism.networks.extra import require_torch, torch_device
from synthvision.realism.training.progress import TrainingReporter, TrainingResult

__all__ = ["open_split", "split_of", "train_diffusion"]

_RUN_NAME = "training.json"
# What may change between two runs of one training: it decides neither weights nor what they learn from.
_FREE = frozenset({"device", "log_every", "sheet_every", "save_every", "cache_mib", "real_licence"})


def train_diffusion(
    spec: DiffusionTrainingSpec,
    synthetic: Path | None,
    real: Path,
    out: Path,
    *,
    resume: bool = False,
    progress: TrainingReporter | None = None,
) -> TrainingResult:
    """Train a small diffusion model on real photos and write it below a folder.

    The folder then holds ``model/`` (what the refiner ``diffusion`` takes as `weights`), ``losses.jsonl``, ``sheets/``,
    ``checkpoint.safetensors`` and ``training.json``. On the CPU the same settings and photos give the same weights,
    also where a run was stopped and resumed, as long as as many threads are used; on a GPU nearly so.

    With `privacy`, batches and noise are drawn from the system's own randomness and kept nowhere, since noise that
    can be drawn again protects nothing: two such trainings differ. The budget is for model and card; the lines of
    losses are not covered by it and not for publication. Sheets then show no photos.

    Args:
        spec: The settings.
        synthetic: Renders, to scale photos like them and to show what the model makes of them on the sheets: a data set
            of synthvision, or a folder of pictures; None without.
        real: Photos: a folder, or a COCO file.
        out: Folder; must be empty or not exist, unless an earlier run is resumed.
        resume: Go on with the training in `out`.
        progress: Called with each line of losses.

    Raises:
        MissingExtraError: torch, or opacus where privacy is asked for, is not installed.
        UsageError: Photos are missing or are renders; settings do not fit them; the folder is not empty, or holds
            another training.
        DatasetError: The data set of renders is broken, or a file cannot be written.
    """
    require_torch("training of a diffusion model")
    from synthvision.realism.diffusion.loop import DiffusionTraining
    from synthvision.realism.training.sources import open_synthetic, refuse_renders

    device = torch_device(spec.device)
    refuse_renders(real)
    photos, held = open_split(real, spec.held_out, spec.seed)
    renders = None if synthetic is None else open_synthetic(synthetic, (), 0.15)[1]
    side = spec.photo_side
    if side is None and renders is not None:
        side = min(renders.load(0).rgb_hwc.shape[:2])
    digest = _digest(photos, held)
    _claim(out, spec, {"photos": digest, "photo_side": side}, resume=resume)
    training = DiffusionTraining(spec, device, photos, digest, side, renders, out, resume=resume)
    return training.run(progress)


def open_split(real: Path, held_out: float, seed: int) -> tuple[Photos, Photos | None]:
    """Return photos to train on and photos that are kept back, near duplicates on one side.

    Args:
        real: Folder, or COCO file.
        held_out: Share that is kept back; 0 for none.
        seed: Of the draw.

    Returns:
        Both parts; None for the second where none are kept back.

    Raises:
        UsageError: There are no photos, or too few to keep some back.
    """
    photos = open_photos(real)
    if held_out == 0:
        return photos, None
    held, rest = photos.split(held_out, seed)
    return rest, held


def split_of(card: DiffusionCard, real: Path) -> tuple[Photos, Photos]:
    """Return the photos that a model was trained on and those that were kept back.

    Args:
        card: Of the model.
        real: The photos it was trained with.

    Raises:
        UsageError: They are others, or none were kept back.
    """
    photos, held = open_split(real, card.held_out, card.seed)
    if _digest(photos, held) != card.real_sha256:
        raise UsageError(f"{real}: must be the photos that model {card.name} was trained with, but their hash differs")
    if held is None:
        raise UsageError(f"model {card.name} was trained on all photos: train with held_out above 0 to have a baseline")
    return photos, held


def _digest(photos: Photos, held: Photos | None) -> str:
    return hash_json([photos.digest(), None if held is None else held.digest()])


def _claim(out: Path, spec: DiffusionTrainingSpec, facts: dict[str, Any], *, resume: bool) -> None:
    """Write what the folder is for, or check that it is for this training."""
    path = out / _RUN_NAME
    # More steps may be asked for later, since no step knows how many there are; but noise for a budget does.
    free = _FREE | {"steps"} if spec.privacy is None else _FREE
    settings = spec.model_dump(mode="json", exclude=set(free))
    entry: dict[str, Any] = {"settings": settings, **facts}
    if not path.is_file():
        if out.exists() and any(out.iterdir()):
            raise UsageError(f"{out}: must be empty or not exist, but holds files: give another folder")
        write_text(path, json.dumps(entry, indent=2, sort_keys=True) + "\n")
        return
    if not resume:
        raise UsageError(f"{out}: must be empty, but holds a training: resume it or give another folder")
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: must be readable JSON: {error}") from error
    differing = sorted(
        [name for name, value in settings.items() if before.get("settings", {}).get(name) != value]
        + [name for name in facts if before.get(name) != facts[name]]
    )
    if differing:
        raise UsageError(
            f"{out}: a resumed training must have the settings and photos it began with, but {', '.join(differing)} "
            "differ: give the old ones or another folder"
        )
