"""What CycleGAN and CUT have in common: networks, optimisers, the running mean, and terms that both may use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from synthvision.core.streams import rng_for
from synthvision.realism.gan.losses import (
    class_crops,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
    structure_loss,
    tone_loss,
)
from synthvision.realism.gan.pool import PicturePool
from synthvision.realism.networks.conditions import condition_channels
from synthvision.realism.networks.discriminator import Discriminator
from synthvision.realism.networks.generator import Generator, initialise
from synthvision.realism.training.config import TrainingSpec

__all__ = ["GanModel", "TensorBatch", "build_generator", "seeded"]

_PENALTY_EVERY = 4
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TensorBatch:
    """What one step is trained on; on the device.

    Args:
        synthetic_bchw: Crops of renders, float32, -1 to 1.
        conditions_bchw: Their conditions; None where the generator has none, or is to do without this time.
        real_bchw: Crops of photos, float32, -1 to 1.
        synthetic_boxes: An object of each crop of a render; empty where classes are not matched.
        real_boxes: An object of the same class of each crop of a photo; empty as well.
    """

    synthetic_bchw: torch.Tensor
    conditions_bchw: torch.Tensor | None
    real_bchw: torch.Tensor
    synthetic_boxes: tuple[Box, ...] = ()
    real_boxes: tuple[Box, ...] = ()


def seeded(seed: int, index: int, stream: str) -> torch.Generator:
    """Return torch's generator of one named stream, on the CPU.

    Args:
        seed: Of the training.
        index: Step, or 0.
        stream: Name of the stream.
    """
    return torch.Generator().manual_seed(int(rng_for(seed, index, stream).integers(2**63)))


def build_generator(spec: TrainingSpec, *, conditioned: bool = True) -> Generator:
    """Return the generator of a training, its weights not yet set.

    Args:
        spec: The settings.
        conditioned: Whether it takes the conditions of the spec.
    """
    channels = condition_channels(spec.ordered_conditions) if conditioned else 0
    return Generator(
        width=spec.width,
        blocks=spec.blocks,
        downs=spec.downs,
        condition_channels=channels,
        norm=spec.norm,
        most_change=spec.most_change,
    )


class GanModel(ABC):
    """Networks that are trained against each other.

    Args:
        spec: The settings.
        device: A device of torch.
    """

    def __init__(self, spec: TrainingSpec, device: str) -> None:
        self.spec = spec
        self.device = device
        #: From renders to photos.
        self.generator = build_generator(spec)
        #: The running mean of the generator, which is what is kept.
        self.ema = build_generator(spec).requires_grad_(requires_grad=False)
        self.networks: dict[str, nn.Module] = {"generator": self.generator}
        self.networks["judge"] = self._judge()
        if spec.class_crops:
            self.networks["class_judge"] = self._judge(layers=min(spec.discriminator_layers, 2), scales=1)
        self._add_networks()
        for name, network in self.networks.items():
            initialise(network, seeded(spec.seed, 0, f"realism.train.weights.{name}"))
        self.networks["ema"] = self.ema
        self.ema.load_state_dict(self.generator.state_dict())
        for network in self.networks.values():
            network.to(device, memory_format=torch.channels_last)
        judges = [name for name in self.networks if name.endswith("judge")]
        makers = [name for name in self.networks if name not in judges and name != "ema"]
        self.optimisers = {"makers": self._optimiser(makers), "judges": self._optimiser(judges)}
        self._trained = {"makers": makers, "judges": judges}
        self.pools = {name: PicturePool(spec.pool) for name in judges}

    @abstractmethod
    def _add_networks(self) -> None:
        """Add the networks that the method has beside the generator and its judges."""

    @abstractmethod
    def _make(
        self, batch: TensorBatch, draws: torch.Generator
    ) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Return the weighted terms of the generators' loss by name, and the made pictures by judge.

        Args:
            batch: What to train on.
            draws: Where random choices come from.
        """

    def step(self, batch: TensorBatch, step: int) -> dict[str, float]:
        """Train one step and return each term of the losses.

        Args:
            batch: What to train on.
            step: Number of the step from 0; chance depends on it and the seed alone.
        """
        self._set_rates(step)
        draws = seeded(self.spec.seed, step, "realism.train.noise")
        self._let_learn("judges", learn=False)
        with self._precision():
            terms, made = self._make(batch, draws)
        total = torch.stack(list(terms.values())).sum()
        self.optimisers["makers"].zero_grad(set_to_none=True)
        total.backward()
        self.optimisers["makers"].step()
        self._let_learn("judges", learn=True)
        losses = {name: term.detach() for name, term in terms.items()}
        losses |= self._train_judges(batch, made, step)
        self._average(step)
        # One wait for the device for all of them.
        values = torch.stack([value.float() for value in losses.values()]).cpu().tolist()
        return dict(zip(losses, values, strict=True))

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the pools, which are part of a checkpoint beside networks and optimisers."""
        return {f"{name}.{key}": value for name, pool in self.pools.items() for key, value in pool.tensors().items()}

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take back what `tensors` gave."""
        for name, pool in self.pools.items():
            own = {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}.")}
            pool.restore({key: value.to(self.device) for key, value in own.items()})

    def _shared_terms(self, batch: TensorBatch, made_bchw: torch.Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the terms that both methods have for what the generator made, and the pictures for each judge."""
        spec = self.spec
        terms = {"gan": spec.gan_weight * generator_loss(self.networks["judge"](made_bchw))}
        made = {"judge": made_bchw}
        if spec.structure_weight:
            terms["structure"] = spec.structure_weight * structure_loss(batch.synthetic_bchw, made_bchw)
        if spec.tone_weight:
            terms["tone"] = spec.tone_weight * tone_loss(batch.synthetic_bchw, made_bchw)
        if spec.class_crops:
            objects = class_crops(made_bchw, batch.synthetic_boxes, spec.class_crop_px)
            terms["class_gan"] = spec.class_crop_weight * generator_loss(self.networks["class_judge"](objects))
            made["class_judge"] = objects
        return terms, made

    def _real_for(self, judge: str, batch: TensorBatch) -> torch.Tensor:
        """Return what a judge has to find real."""
        if judge == "class_judge":
            return class_crops(batch.real_bchw, batch.real_boxes, self.spec.class_crop_px)
        return batch.real_bchw

    def _train_judges(self, batch: TensorBatch, made: Mapping[str, torch.Tensor], step: int) -> dict[str, torch.Tensor]:
        rng = rng_for(self.spec.seed, step, "realism.train.pool")
        # Only now and then, since it doubles the work, and then more of it (Karras et al. 2020).
        penalised = self.spec.gradient_penalty > 0 and step % _PENALTY_EVERY == 0
        losses = {}
        totals = []
        for name in self._trained["judges"]:
            judge = self.networks[name]
            older = self.pools[name].exchange(made[name], rng)
            real = self._real_for(name, batch).detach().requires_grad_(penalised)
            with self._precision():
                scores = judge(real)
                losses[name] = discriminator_loss(scores, judge(older))
            totals.append(losses[name])
            if penalised:
                totals.append(self.spec.gradient_penalty * _PENALTY_EVERY / 2 * gradient_penalty(scores, real))
        self.optimisers["judges"].zero_grad(set_to_none=True)
        torch.stack(totals).sum().backward()
        self.optimisers["judges"].step()
        return {name: loss.detach() for name, loss in losses.items()}

    def _judge(self, *, layers: int | None = None, scales: int | None = None) -> Discriminator:
        spec = self.spec
        return Discriminator(
            width=spec.discriminator_width,
            layers=layers or spec.discriminator_layers,
            scales=scales or spec.discriminator_scales,
        )

    def _optimiser(self, names: list[str]) -> torch.optim.Optimizer:
        parameters = [parameter for name in names for parameter in self.networks[name].parameters()]
        return torch.optim.Adam(parameters, lr=self.spec.learning_rate, betas=(self.spec.beta1, 0.999))

    def _let_learn(self, group: str, *, learn: bool) -> None:
        for name in self._trained[group]:
            self.networks[name].requires_grad_(requires_grad=learn)

    def _set_rates(self, step: int) -> None:
        spec = self.spec
        first = spec.decay_from * spec.steps
        share = 1.0 if step < first else (spec.steps - step) / max(spec.steps - first, 1)
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = spec.learning_rate * share

    def _average(self, step: int) -> None:
        # A running mean over fewer steps at first, or it would hold the untrained weights for long.
        decay = min(self.spec.ema, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, now in zip(self.ema.parameters(), self.generator.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)

    def _precision(self) -> AbstractContextManager[None]:
        kind = torch.device(self.device).type
        wanted = self.spec.mixed_precision and kind == "cuda" and torch.cuda.is_bf16_supported()
        context: AbstractContextManager[None] = torch.autocast(kind, torch.bfloat16, enabled=wanted)
        return context
