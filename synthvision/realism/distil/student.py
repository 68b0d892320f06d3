"""The training of a student on pairs."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.distil.config import DistilSpec
from synthvision.realism.distil.pairs import TeacherPictures
from synthvision.realism.gan.losses import pyramid_loss, structure_loss
from synthvision.realism.gan.model import seeded
from synthvision.realism.gan.pictures import generate, picture_tensor
from synthvision.realism.networks.conditions import condition_channels, flip_conditions
from synthvision.realism.networks.generator import Generator, initialise
from synthvision.realism.training.checkpoint import load_checkpoint, save_checkpoint
from synthvision.realism.training.data import Cache, crop_place
from synthvision.realism.training.log import LossLog
from synthvision.realism.training.progress import TrainingProgress, TrainingReporter
from synthvision.realism.training.sources import DatasetRenders

__all__ = ["Student"]

CHECKPOINT_NAME = "checkpoint.safetensors"

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    render_hwc: Rgb
    teacher_hwc: Rgb
    conditions_chw: NDArray[np.float32] | None

    @property
    def nbytes(self) -> int:
        conditions = 0 if self.conditions_chw is None else self.conditions_chw.nbytes
        return self.render_hwc.nbytes + self.teacher_hwc.nbytes + conditions


class Student:
    """A small generator and what trains it.

    Args:
        spec: The settings.
        device: A device of torch.
        renders: Frames to train on.
        teacher: What the teacher made of them.
        folder: Where losses and checkpoint are written.
        resume: Go on from the checkpoint, where there is one.

    Raises:
        UsageError: The checkpoint is of other settings.
    """

    def __init__(
        self,
        spec: DistilSpec,
        device: str,
        renders: DatasetRenders,
        teacher: TeacherPictures,
        folder: Path,
        *,
        resume: bool,
    ) -> None:
        self._spec = spec
        self._device = device
        self._renders = renders
        self._teacher = teacher
        self._path = folder / CHECKPOINT_NAME
        self._pairs = Cache(self._load, lambda pair: pair.nbytes, spec.cache_mib * 2**20)
        self._network = self._generator()
        initialise(self._network, seeded(spec.seed, 0, "realism.distil.weights"))
        self.ema = self._generator().requires_grad_(requires_grad=False)
        self.ema.load_state_dict(self._network.state_dict())
        for network in (self._network, self.ema):
            network.to(device, memory_format=torch.channels_last)
        self._optimiser = torch.optim.Adam(self._network.parameters(), lr=spec.learning_rate)
        self.step = 0
        if resume and self._path.is_file():
            found = load_checkpoint(self._path, self._networks, {"student": self._optimiser})
            self.step = int(found.state["step"])
        self._log = LossLog(folder, self.step, tensorboard=False)

    @property
    def _networks(self) -> dict[str, Generator]:
        return {"student": self._network, "ema": self.ema}

    def train(self, reporter: TrainingReporter | None) -> None:
        """Train to the end.

        Args:
            reporter: Called with each line of losses.

        Raises:
            FrameError: Losses became infinite.
        """
        spec = self._spec
        sums: dict[str, float] = {}
        summed = 0
        while self.step < spec.steps:
            for name, value in self._train_step().items():
                sums[name] = sums.get(name, 0.0) + value
            summed += 1
            self.step += 1
            last = self.step == spec.steps
            if self.step % spec.log_every == 0 or last:
                losses = {name: total / summed for name, total in sums.items()}
                self._log.add(self.step, losses, {})
                sums, summed = {}, 0
                if reporter is not None:
                    reporter(TrainingProgress(self.step, spec.steps, losses))
            if self.step % spec.save_every == 0 or last:
                save_checkpoint(self._path, self._networks, {"student": self._optimiser}, {}, {"step": self.step})

    def refine(self, render_hwc: Rgb, conditions_chw: NDArray[np.float32] | None) -> Rgb:
        """Return what the running mean of the student makes of one render.

        Args:
            render_hwc: uint8 (height, width, 3).
            conditions_chw: Its conditions; None where it takes none.
        """
        return generate(self.ema, [render_hwc], [conditions_chw], self._device)[0]

    def _train_step(self) -> dict[str, float]:
        spec = self._spec
        first = 0.5 * spec.steps
        share = 1.0 if self.step < first else (spec.steps - self.step) / max(spec.steps - first, 1)
        for group in self._optimiser.param_groups:
            group["lr"] = spec.learning_rate * share
        pairs = self._batch()
        render = picture_tensor([pair.render_hwc for pair in pairs], self._device)
        wanted = picture_tensor([pair.teacher_hwc for pair in pairs], self._device)
        given = [pair.conditions_chw for pair in pairs if pair.conditions_chw is not None]
        conditions = torch.from_numpy(np.stack(given)).to(self._device) if given else None
        with self._precision():
            made = self._network(render, conditions)
        terms = {"l1": spec.l1_weight * (made.float() - wanted).abs().mean()}
        if spec.pyramid_weight:
            terms["pyramid"] = spec.pyramid_weight * pyramid_loss(made, wanted)
        if spec.structure_weight:
            terms["structure"] = spec.structure_weight * structure_loss(render, made)
        total = torch.stack(list(terms.values())).sum()
        self._optimiser.zero_grad(set_to_none=True)
        total.backward()
        self._optimiser.step()
        decay = min(spec.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, now in zip(self.ema.parameters(), self._network.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        values = torch.stack([term.detach() for term in terms.values()]).cpu().tolist()
        losses = dict(zip(terms, values, strict=True))
        broken = [name for name, value in losses.items() if not math.isfinite(value)]
        if broken:
            raise FrameError(
                f"losses must be finite, but {', '.join(broken)} became {losses[broken[0]]} at step {self.step}: lower "
                "learning_rate"
            )
        return losses

    def _batch(self) -> list[_Pair]:
        spec = self._spec
        rng = rng_for(spec.seed, self.step, "realism.distil.crops")
        found = []
        for _ in range(spec.batch):
            pair = self._pairs.get(int(rng.integers(len(self._renders))))
            height, width = pair.render_hwc.shape[:2]
            if min(height, width) < spec.crop:
                raise UsageError(f"crop must fit the renders, which are {width} x {height} px, got {spec.crop}")
            top, left = crop_place(rng, spec.crop, height, None), crop_place(rng, spec.crop, width, None)
            found.append(self._cut(pair, top, left, mirrored=spec.flip and bool(rng.random() < 0.5)))
        return found

    def _cut(self, pair: _Pair, top: int, left: int, *, mirrored: bool) -> _Pair:
        rows, columns = slice(top, top + self._spec.crop), slice(left, left + self._spec.crop)
        render, teacher = pair.render_hwc[rows, columns], pair.teacher_hwc[rows, columns]
        conditions = None if pair.conditions_chw is None else pair.conditions_chw[:, rows, columns]
        if not mirrored:
            return _Pair(render, teacher, conditions)
        if conditions is not None:
            conditions = flip_conditions(self._spec.ordered_conditions, conditions)
        return _Pair(render[:, ::-1], teacher[:, ::-1], conditions)

    def _load(self, index: int) -> _Pair:
        render = self._renders.load(index)
        teacher = self._teacher.load(self._renders.frames[index])
        if teacher.shape != render.rgb_hwc.shape:
            raise UsageError(
                f"frame {self._renders.frames[index]}: the teacher's picture must be as large as the render, "
                f"{render.rgb_hwc.shape[1]} x {render.rgb_hwc.shape[0]} px, got {teacher.shape[1]} x {teacher.shape[0]}"
            )
        return _Pair(render.rgb_hwc, teacher, render.conditions_chw)

    def _generator(self) -> Generator:
        spec = self._spec
        channels = condition_channels(spec.ordered_conditions)
        return Generator(width=spec.width, blocks=spec.blocks, downs=spec.downs, condition_channels=channels)

    def _precision(self) -> AbstractContextManager[None]:
        kind = torch.device(self._device).type
        wanted = self._spec.mixed_precision and kind == "cuda" and torch.cuda.is_bf16_supported()
        context: AbstractContextManager[None] = torch.autocast(kind, torch.bfloat16, enabled=wanted)
        return context
