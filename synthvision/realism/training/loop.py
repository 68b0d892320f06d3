"""The loop that trains CycleGAN and CUT."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.streams import rng_for
from synthvision.features.crops import crop_square
from synthvision.realism.before import BeforeEntry
from synthvision.realism.gan.card import GeneratorCard
from synthvision.realism.gan.cut import Cut
from synthvision.realism.gan.cyclegan import CycleGan
from synthvision.realism.gan.model import GanModel, TensorBatch
from synthvision.realism.gan.pictures import generate, picture_tensor
from synthvision.realism.model_card import WEIGHTS_NAME, save_card
from synthvision.realism.networks.generator import Generator
from synthvision.realism.training.checkpoint import load_checkpoint, load_weights, save_checkpoint, save_weights
from synthvision.realism.training.config import TrainingSpec
from synthvision.realism.training.data import Example, PairSampler
from synthvision.realism.training.log import LossLog
from synthvision.realism.training.measure import DistanceMeter
from synthvision.realism.training.progress import TrainingProgress, TrainingReporter, TrainingResult
from synthvision.realism.training.sheet import save_sheet

__all__ = ["GanTraining", "Sources"]

CHECKPOINT_NAME = "checkpoint.safetensors"
BEST_NAME = "best.safetensors"
MODEL_FOLDER = "model"

_SHEET_ROWS = 6
# Sets of one kind come out about as far apart as this: a share of less says nothing.
_NO_DISTANCE = 0.02
# Objects are compared with some of what surrounds them, as in `synthvision.features.crops`.
_OBJECT_PX = 64
_OBJECT_MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known of the pictures of a training, for the card of its model.

    Args:
        synthetic: Name of the renders.
        real_photos: How many photos are trained on.
        real_sha256: Hash of all photos and their boxes, also those kept back.
        before: What the renders went through before the generator sees them.
    """

    synthetic: str
    real_photos: int
    real_sha256: str
    before: tuple[BeforeEntry, ...] = ()


@dataclass(slots=True)
class _State:
    """What of a training is neither network nor optimiser; a checkpoint holds it as JSON."""

    step: int = 0
    sums: dict[str, float] | None = None
    summed: int = 0
    render_distances: dict[str, float] | None = None
    given_distances: dict[str, float] | None = None
    distances: dict[str, float] | None = None
    best: dict[str, float] | None = None
    best_step: int = 0
    since_best: int = 0
    ended: bool = False


class GanTraining:
    """One training, from its first step or from a checkpoint.

    Args:
        spec: The settings.
        device: A device of torch.
        train: Crops to train on.
        held: Crops of renders and photos that were kept back.
        untouched: The same crops where nothing stands before the generator; None where nothing does.
        sources: For the card.
        folder: Where everything is written.
        resume: Go on from the checkpoint, where there is one.

    Raises:
        UsageError: The checkpoint is of other settings.
    """

    def __init__(
        self,
        spec: TrainingSpec,
        device: str,
        train: PairSampler,
        held: PairSampler,
        sources: Sources,
        folder: Path,
        *,
        untouched: PairSampler | None = None,
        resume: bool,
    ) -> None:
        self._spec = spec
        self._device = device
        self._train = train
        self._sources = sources
        self._folder = folder
        self._model: GanModel = (CycleGan if spec.method == "cyclegan" else Cut)(spec, device)
        self._state = _State()
        self._renders, photos = held.fixed(spec.evaluate_crops)
        self._untouched = self._renders if untouched is None else untouched.fixed(spec.evaluate_crops)[0]
        self._photos = [photo.rgb_hwc for photo in photos]
        shown = [_shown(photo, photo.rgb_hwc) for photo in photos]
        self._meters = {name: DistanceMeter(shown, name) for name in spec.extractors}
        checkpoint = folder / CHECKPOINT_NAME
        if resume and checkpoint.is_file():
            found = load_checkpoint(checkpoint, self._model.networks, self._model.optimisers)
            self._model.restore(found.tensors)
            self._state = _State(**found.state)
        self._log = LossLog(folder, self._state.step, tensorboard=spec.tensorboard)

    def run(self, reporter: TrainingReporter | None) -> TrainingResult:
        """Train to the end and write the model.

        Args:
            reporter: Called with each line of losses.

        Raises:
            UsageError: Losses became infinite, or the GPU has too little memory.
        """
        state, spec = self._state, self._spec
        try:
            if state.step == 0:
                state.render_distances = self._distances([example.rgb_hwc for example in self._untouched])
                state.given_distances = (
                    state.render_distances
                    if self._untouched is self._renders
                    else self._distances([example.rgb_hwc for example in self._renders])
                )
                self._save_sheet()
            while state.step < spec.steps and not state.ended:
                self._step()
                self._after_step(reporter)
            return self._finish()
        finally:
            self._log.close()

    def _step(self) -> None:
        state = self._state
        try:
            losses = self._model.step(self._batch(state.step), state.step)
        except torch.cuda.OutOfMemoryError as error:
            raise UsageError(
                f"a step must fit the GPU, but batch {self._spec.batch} of crops of {self._spec.crop} px at width "
                f"{self._spec.width} does not: halve one of them"
            ) from error
        broken = [name for name, value in losses.items() if not math.isfinite(value)]
        if broken:
            raise FrameError(
                f"losses must be finite, but {', '.join(broken)} became {losses[broken[0]]} at step {state.step}: "
                "lower learning_rate, or switch mixed_precision off"
            )
        sums = state.sums or {}
        state.sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
        state.summed += 1
        state.step += 1

    def _after_step(self, reporter: TrainingReporter | None) -> None:
        state, spec = self._state, self._spec
        last = state.step == spec.steps
        measured = state.step % spec.evaluate_every == 0 or last
        if measured:
            self._measure()
        if state.step % spec.log_every == 0 or measured:
            losses = {name: total / state.summed for name, total in (state.sums or {}).items()}
            measures = {}
            if measured and state.distances:
                measures = {f"distance.{name}": value for name, value in state.distances.items()}
                measures["distance"] = sum(state.distances.values()) / len(state.distances)
            self._log.add(state.step, losses, measures)
            state.sums, state.summed = None, 0
            if reporter is not None:
                reporter(TrainingProgress(state.step, spec.steps, losses, _mean(state.distances), _mean(state.best)))
        if state.step % spec.sheet_every == 0 or last or state.ended:
            self._save_sheet()
        if state.step % spec.save_every == 0 or last or state.ended:
            self._save()

    def _measure(self) -> None:
        """Measure the distances and keep the weights where they are the best so far."""
        state = self._state
        state.distances = self._distances(self._refined(self._model.ema, self._renders))
        if state.best is None or self._left(state.distances) < self._left(state.best):
            state.best, state.best_step, state.since_best = state.distances, state.step, 0
            save_weights(self._folder / BEST_NAME, self._model.ema)
        else:
            state.since_best += 1
            state.ended = 0 < self._spec.patience <= state.since_best

    def _distances(self, pictures: list[NDArray[np.uint8]]) -> dict[str, float]:
        """Return the distance of pictures made of the held-out renders to the photos, by extractor."""
        shown = [_shown(example, picture) for example, picture in zip(self._renders, pictures, strict=True)]
        return {name: meter.distance(shown) for name, meter in self._meters.items()}

    def _left(self, distances: Mapping[str, float]) -> float:
        """Return how much of the renders' distance is left by the extractor by which most of it is.

        One extractor alone can be led on: what lowers its distance may raise another's.
        """
        before = self._state.render_distances or {}
        return max(value / max(before[name], _NO_DISTANCE) for name, value in distances.items())

    def _batch(self, step: int) -> TensorBatch:
        renders, photos = self._train.batch(step)
        conditions = None
        without = rng_for(self._spec.seed, step, "realism.train.conditions").random() < self._spec.condition_dropout
        if renders[0].conditions_chw is not None and not without:
            stacked = np.stack([_given(example.conditions_chw) for example in renders])
            conditions = torch.from_numpy(stacked).to(self._device)
        return TensorBatch(
            picture_tensor([example.rgb_hwc for example in renders], self._device),
            conditions,
            picture_tensor([example.rgb_hwc for example in photos], self._device),
            tuple(example.box_xyxy for example in renders if example.box_xyxy is not None),
            tuple(example.box_xyxy for example in photos if example.box_xyxy is not None),
        )

    def _refined(self, generator: Generator, examples: list[Example]) -> list[NDArray[np.uint8]]:
        found = []
        for example in examples:
            found += generate(generator, [example.rgb_hwc], [example.conditions_chw], self._device)
        return found

    def _save_sheet(self) -> None:
        chosen = self._renders[:_SHEET_ROWS]
        columns = [
            ("render", [example.rgb_hwc for example in chosen]),
            ("now", self._refined(self._model.generator, chosen)),
            ("running mean", self._refined(self._model.ema, chosen)),
            ("photo", self._photos[:_SHEET_ROWS]),
        ]
        save_sheet(self._folder / "sheets" / f"{self._state.step:08d}.png", columns)

    def _save(self) -> None:
        state: dict[str, Any] = {name: getattr(self._state, name) for name in _State.__slots__}
        save_checkpoint(
            self._folder / CHECKPOINT_NAME, self._model.networks, self._model.optimisers, self._model.tensors(), state
        )

    def _finish(self) -> TrainingResult:
        state, spec = self._state, self._spec
        load_weights(self._folder / BEST_NAME, self._model.ema)
        model = self._folder / MODEL_FOLDER
        save_weights(model / WEIGHTS_NAME, self._model.ema)
        card = GeneratorCard(
            name=f"{spec.method}-{self._sources.synthetic}",
            method=spec.method,  # type: ignore[arg-type]  # diffusion is trained elsewhere
            width=spec.width,
            blocks=spec.blocks,
            downs=spec.downs,
            norm=spec.norm,
            most_change=spec.most_change,
            before=self._sources.before,
            conditions=spec.ordered_conditions,
            crop=spec.crop,
            sha256=hash_file(model / WEIGHTS_NAME),
            synthetic=self._sources.synthetic,
            real_photos=self._sources.real_photos,
            real_sha256=self._sources.real_sha256,
            real_licence=spec.real_licence,
            steps=state.best_step,
            distance=_mean(state.best),
            render_distance=_mean(state.render_distances),
            distances=state.best or {},
            given_distances=state.given_distances or {},
            render_distances=state.render_distances or {},
            training=spec.model_dump(mode="json", exclude={"before", "diffusion"}),
        )
        save_card(model, card)
        return TrainingResult(
            model,
            state.step,
            state.best_step,
            state.ended and state.step < spec.steps,
            _mean(state.best),
            _mean(state.render_distances),
            self._sources.real_photos,
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        given, best = self._state.given_distances or {}, self._state.best or {}
        what = "what stands before it makes pictures that" if self._spec.before else "the renders themselves"
        return tuple(
            f"{what} are nearer to the photos ({given[name]:.3f}, {name}) than what the generator makes of them "
            f"({value:.3f}): train longer, or do without it"
            for name, value in best.items()
            if value >= given[name]
        )


def _mean(distances: Mapping[str, float] | None) -> float | None:
    return sum(distances.values()) / len(distances) if distances else None


def _shown(example: Example, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what of a crop is compared: its object where classes are matched, else all of it."""
    if example.box_xyxy is None:
        return picture
    return crop_square(picture, example.box_xyxy, side=_OBJECT_PX, padding=_OBJECT_MARGIN)


def _given(conditions: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if conditions is None:
        raise UsageError("renders of one batch must all have conditions, or none of them")
    return conditions
