"""The training of detectors that are networks: resumable, and the same bytes from the same settings."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from synthvision.core.errors import FrameError, UsageError
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.crops import Crop, CropSampler
from synthvision.evaluate.detectors.detector import DetectorProgress, DetectorReporter
from synthvision.evaluate.detectors.networks.numerics import autocast
from synthvision.evaluate.detectors.networks.weights import load_state, save_state
from synthvision.evaluate.detectors.records import LossLines

__all__ = ["CHECKPOINT_NAME", "FREE", "Learner", "TrainingLoop", "rate_factor"]

CHECKPOINT_NAME = "checkpoint.safetensors"
#: What may change between two runs of one training: it decides neither weights nor what they learn from.
FREE = frozenset({"device", "log_every", "save_every", "cache_mib"})


class Learner(Protocol):
    """A network and what it is told it should have answered."""

    @property
    def network(self) -> nn.Module:
        """The network, in training mode, on its device."""
        ...

    def losses(self, crops: Sequence[Crop]) -> dict[str, torch.Tensor]:
        """Return the terms of the loss; their sum is lowered.

        Args:
            crops: The crops of a step.
        """
        ...


def rate_factor(spec: TrainingSpec, step: int) -> float:
    """Return the learning rate of a step over the highest: a linear rise, then half a cosine down to a hundredth.

    Args:
        spec: The settings.
        step: Number of the step from 0.
    """
    rise = max(round(spec.warm_up * spec.steps), 1)
    if step < rise:
        return (step + 1) / rise
    share = (step - rise) / max(spec.steps - rise, 1)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))


class TrainingLoop:
    """One training, from its first step or from where it was stopped.

    Args:
        learner: What is trained.
        spec: The settings.
        learning_rate: The highest.
        precision: float32, bfloat16 or float16.
        device: Where the network is.
        out: Where losses and checkpoint are written.

    Raises:
        UsageError: The checkpoint in `out` is broken.
    """

    def __init__(
        self,
        learner: Learner,
        spec: TrainingSpec,
        *,
        learning_rate: float,
        precision: str,
        device: torch.device,
        out: Path,
    ) -> None:
        self.step = 0
        self.mean = copy.deepcopy(learner.network)
        self._learner = learner
        self._spec = spec
        self._rate = learning_rate
        self._precision = precision
        self._device = device
        self._out = out
        self._optimiser = _optimiser(spec, learner.network, learning_rate)
        self._scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16")
        self._lowest, self._since_lowest = math.inf, 0
        self._ended = False
        if (out / CHECKPOINT_NAME).is_file():
            self._restore(out / CHECKPOINT_NAME)

    def run(self, sampler: CropSampler, progress: DetectorReporter | None) -> nn.Module:
        """Train to the end and return the network with the running mean of the weights.

        Args:
            sampler: Where crops come from.
            progress: Called with each line of losses.

        Raises:
            FrameError: A loss became infinite.
            UsageError: A picture cannot be read, or the GPU has too little memory.
        """
        before = torch.get_num_threads()
        if self._spec.threads is not None:
            torch.set_num_threads(self._spec.threads)
        try:
            self._train(sampler, progress)
        except torch.cuda.OutOfMemoryError as error:
            raise UsageError(
                f"a step must fit the GPU, but batch {self._spec.batch} of crops of {self._spec.crop} px does not: "
                "halve one of them"
            ) from error
        finally:
            torch.set_num_threads(before)
        return self.mean

    def end(self) -> None:
        """Take away the checkpoint: the trained detector is safe."""
        (self._out / CHECKPOINT_NAME).unlink(missing_ok=True)

    def _train(self, sampler: CropSampler, progress: DetectorReporter | None) -> None:
        spec = self._spec
        lines = LossLines(self._out, self.step)
        sums: dict[str, float] = {}
        since = self.step
        while self.step < spec.steps and not self._ended:
            for name, value in self._one_step(sampler.batch(self.step)).items():
                sums[name] = sums.get(name, 0.0) + value
            self.step += 1
            saving = self.step % spec.save_every == 0
            if self.step % spec.log_every == 0 or self.step == spec.steps or saving:
                losses = {name: total / (self.step - since) for name, total in sums.items()}
                lines.add(self.step, losses)
                if progress is not None:
                    progress(DetectorProgress(self.step, spec.steps, losses))
                self._look(sum(losses.values()))
                sums, since = {}, self.step
            if saving and self.step < spec.steps:
                self._save()

    def _one_step(self, crops: Sequence[Crop]) -> dict[str, float]:
        network = self._learner.network
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * rate_factor(self._spec, self.step)
        with autocast(self._device, self._precision):
            losses = self._learner.losses(crops)
        total = torch.stack([value.float() for value in losses.values()]).sum()
        value = total.item()
        if not math.isfinite(value):
            raise FrameError(f"losses must be finite, got {value} at step {self.step}: lower learning_rate")
        self._optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(total).backward()
        if self._spec.clip:
            self._scaler.unscale_(self._optimiser)
            torch.nn.utils.clip_grad_norm_(network.parameters(), self._spec.clip)
        self._scaler.step(self._optimiser)
        self._scaler.update()
        self._average(network)
        return {name: term.item() for name, term in losses.items()}

    def _average(self, network: nn.Module) -> None:
        # A running mean that is young follows fast, so that it does not hold the first, random weights.
        decay = min(self._spec.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.mean.state_dict().values(), network.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - decay)
                else:
                    mean.copy_(now)

    def _look(self, loss: float) -> None:
        """Count lines without a new lowest loss."""
        self._since_lowest = 0 if loss < self._lowest else self._since_lowest + 1
        self._lowest = min(self._lowest, loss)
        self._ended = 0 < self._spec.patience <= self._since_lowest

    def _save(self) -> None:
        tensors = {f"network.{name}": value for name, value in self._learner.network.state_dict().items()}
        tensors |= {f"mean.{name}": value for name, value in self.mean.state_dict().items()}
        for index, entries in self._optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": torch.as_tensor(value) for name, value in entries.items()}
        state = {
            "step": self.step,
            "lowest": None if math.isinf(self._lowest) else self._lowest,
            "since_lowest": self._since_lowest,
            "ended": self._ended,
            "scaler": self._scaler.state_dict(),
            # Dropout draws from the global generator.
            "generator": torch.random.get_rng_state().numpy().tobytes().hex(),
        }
        save_state(self._out / CHECKPOINT_NAME, tensors, state)

    def _restore(self, path: Path) -> None:
        tensors, state = load_state(path)
        try:
            self._learner.network.load_state_dict(_below(tensors, "network."))
            self.mean.load_state_dict(_below(tensors, "mean."))
            entries: dict[int, dict[str, torch.Tensor]] = {}
            for key, value in _below(tensors, "optimiser.").items():
                index, _, name = key.partition(".")
                entries.setdefault(int(index), {})[name] = value
            groups = self._optimiser.state_dict()["param_groups"]
            self._optimiser.load_state_dict({"state": dict(sorted(entries.items())), "param_groups": groups})
            self._scaler.load_state_dict(state["scaler"])
            self.step, self._since_lowest = int(state["step"]), int(state["since_lowest"])
            self._lowest, self._ended = state["lowest"] or math.inf, bool(state["ended"])
            generator = torch.frombuffer(bytearray.fromhex(state["generator"]), dtype=torch.uint8)
            torch.random.set_rng_state(generator)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise UsageError(f"{path}: must be the state of this training: {error}") from error


def _optimiser(spec: TrainingSpec, network: nn.Module, rate: float) -> torch.optim.Optimizer:
    learned = [value for value in network.parameters() if value.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [value for value in learned if value.ndim > 1], "weight_decay": spec.weight_decay},
        {"params": [value for value in learned if value.ndim <= 1], "weight_decay": 0.0},
    ]
    if spec.optimiser == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(groups, lr=rate)


def _below(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
