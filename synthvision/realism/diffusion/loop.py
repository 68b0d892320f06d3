"""The loop that trains the small diffusion model."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.streams import rng_for
from synthvision.features.photos import Photos
from synthvision.realism.diffusion.card import DiffusionCard, PrivacyEntry
from synthvision.realism.diffusion.config import DiffusionTrainingSpec
from synthvision.realism.diffusion.edges import photo_edges
from synthvision.realism.diffusion.model import apply_model
from synthvision.realism.diffusion.network import SmallUNet
from synthvision.realism.diffusion.photo_crops import PhotoCrop, PhotoCrops
from synthvision.realism.diffusion.process import sample_losses
from synthvision.realism.model_card import WEIGHTS_NAME, save_card
from synthvision.realism.privacy.dp import ACCOUNTANT, PrivateGradients, epsilon_of, noise_for
from synthvision.realism.training.checkpoint import load_checkpoint, save_checkpoint, save_weights
from synthvision.realism.training.log import LossLog
from synthvision.realism.training.progress import TrainingProgress, TrainingReporter, TrainingResult
from synthvision.realism.training.sheet import save_sheet
from synthvision.realism.training.sources import PictureSource

__all__ = ["DiffusionTraining"]

CHECKPOINT_NAME = "checkpoint.safetensors"
MODEL_FOLDER = "model"

_STREAM = "realism.train.diffusion"
_LARGEST_NORM = 1.0
_SHEET_ROWS = 6
_SHEET_STEPS = 20
_SHEET_STRENGTHS = (0.4, 0.7)
# Gradients told apart by photo take a copy of the network each: so many at once.
_PRIVATE_CHUNK = 32


@dataclass(slots=True)
class _State:
    """What of a training is neither network nor optimiser; a checkpoint holds it as JSON."""

    step: int = 0
    total: float = 0.0
    summed: int = 0


class DiffusionTraining:
    """One training, from its first step or from a checkpoint.

    Args:
        spec: The settings.
        device: A device of torch.
        photos: Photos to train on.
        digest: Hash of these and of those kept back.
        photo_side: Shorter side that photos are scaled to; None for their own.
        renders: What to show on the sheets; None for photos.
        folder: Where everything is written.
        resume: Go on from the checkpoint, where there is one.

    Raises:
        UsageError: The checkpoint is of other settings, or there are fewer photos than privacy needs.
        MissingExtraError: Privacy is asked for and opacus is not installed.
    """

    def __init__(
        self,
        spec: DiffusionTrainingSpec,
        device: str,
        photos: Photos,
        digest: str,
        photo_side: int | None,
        renders: PictureSource | None,
        folder: Path,
        *,
        resume: bool,
    ) -> None:
        self._spec, self._device, self._folder = spec, device, folder
        self._digest, self._photo_side = digest, photo_side
        self._name = f"diffusion-{photos.root.stem if photos.root.suffix else photos.root.resolve().name}"
        self._crops = PhotoCrops(photos, spec.crop, photo_side, flip=spec.flip, most_bytes=spec.cache_mib * 2**20)
        self._renders = renders
        rng = rng_for(spec.seed, 0, f"{_STREAM}.weights")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            self._network = SmallUNet(spec.width, spec.levels)
        self._ema = copy.deepcopy(self._network).requires_grad_(False).eval().to(device)
        self._network.to(device)
        self._optimiser = torch.optim.AdamW(self._network.parameters(), spec.learning_rate, weight_decay=0.0)
        self._private, self._budget = self._privacy()
        self._state = _State()
        checkpoint = folder / CHECKPOINT_NAME
        if resume and checkpoint.is_file():
            found = load_checkpoint(checkpoint, self._networks, {"adamw": self._optimiser})
            self._state = _State(**found.state)
        self._log = LossLog(folder, self._state.step, tensorboard=False)

    def run(self, reporter: TrainingReporter | None) -> TrainingResult:
        """Train to the end and write the model.

        Args:
            reporter: Called with each line of losses.

        Raises:
            FrameError: The loss became infinite.
            UsageError: The GPU has too little memory.
        """
        try:
            while self._state.step < self._spec.steps:
                self._step()
                self._after_step(reporter)
            return self._finish()
        finally:
            self._log.close()

    @property
    def _networks(self) -> dict[str, torch.nn.Module]:
        return {"network": self._network, "ema": self._ema}

    def _privacy(self) -> tuple[PrivateGradients | None, PrivacyEntry | None]:
        """Return what makes gradients private, and the budget of the whole training."""
        wanted, spec = self._spec.privacy, self._spec
        if wanted is None:
            return None, None
        count = len(self._crops)
        delta = wanted.delta if wanted.delta is not None else 0.1 / count
        if delta >= 1.0 / count:
            raise UsageError(
                f"delta must be below 1 / photos, here {1.0 / count:.2g}, or one photo may leak whole; got {delta:g}"
            )
        rate = min(spec.batch / count, 1.0)
        multiplier = noise_for(wanted.epsilon, delta, rate, spec.steps)
        private = PrivateGradients(self._network, count, spec.batch, wanted.clip, multiplier)
        return private, PrivacyEntry(
            epsilon=epsilon_of(multiplier, delta, rate, spec.steps),
            delta=delta,
            noise_multiplier=multiplier,
            clip=wanted.clip,
            sample_rate=rate,
            accountant=ACCOUNTANT,
        )

    def _step(self) -> None:
        spec, state = self._spec, self._state
        for group in self._optimiser.param_groups:
            group["lr"] = spec.learning_rate * min((state.step + 1) / (spec.warmup + 1), 1.0)
        try:
            loss = self._plain_step() if self._private is None else self._private_step(self._private)
        except torch.OutOfMemoryError as error:
            raise UsageError(
                f"a step must fit the GPU, but batch {spec.batch} of crops of {spec.crop} px at width {spec.width} "
                "does not: halve one of them"
            ) from error
        if loss is not None:
            if not math.isfinite(loss):
                raise FrameError(
                    f"the loss must be finite, but became {loss} at step {state.step}: lower learning_rate"
                )
            state.total += loss
            state.summed += 1
        decay = min(spec.ema, (1 + state.step) / (10 + state.step))
        with torch.no_grad():
            for mean, own in zip(self._ema.parameters(), self._network.parameters(), strict=True):
                mean.lerp_(own.detach(), 1 - decay)
        state.step += 1

    def _plain_step(self) -> float:
        rng = rng_for(self._spec.seed, self._state.step, _STREAM)
        indices = rng.integers(len(self._crops), size=self._spec.batch)
        losses = self._losses(self._network, indices, rng)
        loss = losses.mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_NORM)
        self._optimiser.step()
        return float(loss.detach())

    def _private_step(self, private: PrivateGradients) -> float | None:
        indices, rng = private.draw()
        total = 0.0
        for start in range(0, len(indices), _PRIVATE_CHUNK):
            losses = self._losses(private.module, indices[start : start + _PRIVATE_CHUNK], rng)
            total += float(losses.detach().sum())
            private.add(losses)
        private.finish()
        self._optimiser.step()
        return total / len(indices) if len(indices) else None

    def _losses(self, network: Any, indices: NDArray[np.int64], rng: np.random.Generator) -> torch.Tensor:
        crops = [self._crops.draw(int(index), rng) for index in indices]
        count, side = len(crops), self._spec.crop
        # One time from each of as many equal parts of the schedule: the mean loss wavers less.
        times = (rng.permutation(count) + rng.random(count)) / count
        guided = rng.random(count) >= self._spec.edge_dropout
        noise = rng.standard_normal((count, 3, side, side), np.float32)
        picture, edges = _tensors(crops, self._device)
        return sample_losses(
            network,
            picture,
            edges,
            torch.from_numpy(guided.astype(np.float32)).to(self._device),
            torch.from_numpy(times.astype(np.float32)).to(self._device),
            torch.from_numpy(noise).to(self._device),
        )

    def _after_step(self, reporter: TrainingReporter | None) -> None:
        state, spec = self._state, self._spec
        last = state.step == spec.steps
        if (state.step % spec.log_every == 0 or last) and state.summed:
            losses = {"velocity": state.total / state.summed}
            self._log.add(state.step, losses, {})
            state.total, state.summed = 0.0, 0
            if reporter is not None:
                reporter(TrainingProgress(state.step, spec.steps, losses))
        if spec.sheet_every and (state.step % spec.sheet_every == 0 or last):
            self._save_sheet()
        if state.step % spec.save_every == 0 or last:
            self._save()

    def _save(self) -> None:
        state = {name: getattr(self._state, name) for name in _State.__slots__}
        save_checkpoint(self._folder / CHECKPOINT_NAME, self._networks, {"adamw": self._optimiser}, {}, state)

    def _save_sheet(self) -> None:
        shown, first = [], "render"
        if self._renders is not None:
            shown = [_middle(self._renders.load(i).rgb_hwc) for i in range(min(_SHEET_ROWS, len(self._renders)))]
        elif self._private is None:
            first = "photo"
            shown = [self._crops.centre(index).rgb_hwc for index in range(min(_SHEET_ROWS, len(self._crops)))]
        if not shown:
            return
        columns = [(first, shown)]
        columns += [
            (f"strength {strength:g}", [self._refined(picture, i, strength) for i, picture in enumerate(shown)])
            for strength in _SHEET_STRENGTHS
        ]
        columns.append(("edges alone", [self._refined(picture, i, 1.0) for i, picture in enumerate(shown)]))
        save_sheet(self._folder / "sheets" / f"{self._state.step:08d}.png", columns)

    def _refined(self, rgb_hwc: NDArray[np.uint8], index: int, strength: float) -> NDArray[np.uint8]:
        return apply_model(
            self._ema,
            rgb_hwc,
            photo_edges(rgb_hwc),
            rng_for(self._spec.seed, index, f"{_STREAM}.sheet"),
            self._device,
            tile=self._spec.crop,
            strength=strength,
            steps=_SHEET_STEPS,
            guidance=1.0,
            overlap=0.25,
            batch=8,
        )

    def _finish(self) -> TrainingResult:
        state, spec = self._state, self._spec
        model = self._folder / MODEL_FOLDER
        save_weights(model / WEIGHTS_NAME, self._ema)
        card = DiffusionCard(
            name=self._name,
            crop=spec.crop,
            width=spec.width,
            levels=spec.levels,
            sha256=hash_file(model / WEIGHTS_NAME),
            real_photos=len(self._crops),
            real_sha256=self._digest,
            real_licence=spec.real_licence,
            photo_side=self._photo_side,
            held_out=spec.held_out,
            seed=spec.seed,
            steps=state.step,
            privacy=self._budget,
            training=spec.model_dump(mode="json"),
        )
        save_card(model, card)
        return TrainingResult(model, state.step, state.step, False, None, None, len(self._crops), self._notes())

    def _notes(self) -> tuple[str, ...]:
        if self._budget is None:
            return ()
        return (
            f"differential privacy: epsilon {self._budget.epsilon:.3g} at delta {self._budget.delta:.2g} for each of "
            f"{len(self._crops)} photos (noise multiplier {self._budget.noise_multiplier:.3g}, clip "
            f"{self._budget.clip:g}); losses.jsonl and checkpoint.safetensors are not covered: keep them private",
        )


def _tensors(crops: list[PhotoCrop], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    rgb = torch.from_numpy(np.stack([crop.rgb_hwc for crop in crops])).to(device)
    edges = torch.from_numpy(np.stack([crop.edges_hw for crop in crops])).to(device)
    return rgb.permute(0, 3, 1, 2).float() / 127.5 - 1, edges[:, None]


def _middle(rgb_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return at most 256 pixels a side from the middle of a picture, so that a sheet does not take minutes."""
    height, width = rgb_hwc.shape[:2]
    top, left = max(height - 256, 0) // 2, max(width - 256, 0) // 2
    return np.ascontiguousarray(rgb_hwc[top : top + 256, left : left + 256])
