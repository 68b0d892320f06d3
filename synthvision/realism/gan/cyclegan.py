"""CycleGAN: two generators that undo each other."""

from __future__ import annotations

import torch

from synthvision.realism.gan.losses import generator_loss
from synthvision.realism.gan.model import GanModel, TensorBatch, build_generator

__all__ = ["CycleGan"]


class CycleGan(GanModel):
    """After Zhu, Park, Isola and Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent ..." (2017).

    What is taken there and back must be the same, and pictures that are there already must stay as they are.

    The way back knows no conditions, since a photo has none, and neither does the way there of what was a photo.
    """

    def _add_networks(self) -> None:
        self.networks["back"] = build_generator(self.spec, conditioned=False)
        self.networks["back_judge"] = self._judge()

    def _make(
        self, batch: TensorBatch, draws: torch.Generator
    ) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        spec = self.spec
        there, back = self.generator, self.networks["back"]
        made_real = there(batch.synthetic_bchw, batch.conditions_bchw)
        made_synthetic = back(batch.real_bchw)
        terms, made = self._shared_terms(batch, made_real)
        made["back_judge"] = made_synthetic
        terms["back_gan"] = spec.gan_weight * generator_loss(self.networks["back_judge"](made_synthetic))
        if spec.cycle_weight:
            terms["cycle"] = spec.cycle_weight * (
                _distance(back(made_real), batch.synthetic_bchw) + _distance(there(made_synthetic), batch.real_bchw)
            )
        if spec.cycle_weight and spec.identity_weight:
            terms["identity"] = (spec.cycle_weight * spec.identity_weight) * (
                _distance(there(batch.real_bchw), batch.real_bchw)
                + _distance(back(batch.synthetic_bchw), batch.synthetic_bchw)
            )
        return terms, made

    def _real_for(self, judge: str, batch: TensorBatch) -> torch.Tensor:
        return batch.synthetic_bchw if judge == "back_judge" else super()._real_for(judge, batch)


def _distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a.float() - b.float()).abs().mean()
