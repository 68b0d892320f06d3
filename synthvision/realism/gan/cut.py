"""CUT and FastCUT: one generator, whose output must show at every place what its input shows there."""

from __future__ import annotations

import torch

from synthvision.realism.gan.losses import patch_nce
from synthvision.realism.gan.model import GanModel, TensorBatch
from synthvision.realism.networks.discriminator import PatchHeads

__all__ = ["Cut"]

# FastCUT does without the identity term and holds patches ten times as strongly instead.
_FAST_FACTOR = 10


class Cut(GanModel):
    """After Park, Efros, Zhang and Zhu, "Contrastive Learning for Unpaired Image-to-Image Translation" (2020).

    Patches are compared by the generator's own features on the way down, through small heads.
    """

    def _add_networks(self) -> None:
        self.networks["heads"] = PatchHeads(self.generator.layer_channels, min(256, 8 * self.spec.width))

    def _make(
        self, batch: TensorBatch, draws: torch.Generator
    ) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        spec = self.spec
        made_bchw = self.generator(batch.synthetic_bchw, batch.conditions_bchw)
        terms, made = self._shared_terms(batch, made_bchw)
        fast = spec.method == "fastcut"
        weight = spec.nce_weight * (_FAST_FACTOR if fast else 1)
        if weight:
            held = self._likeness(batch.synthetic_bchw, made_bchw, batch.conditions_bchw, draws)
            if fast:
                terms["nce"] = weight * held
            else:
                same_bchw = self.generator(batch.real_bchw)
                terms["nce"] = 0.5 * weight * held
                terms["nce_identity"] = 0.5 * weight * self._likeness(batch.real_bchw, same_bchw, None, draws)
        return terms, made

    def _likeness(
        self,
        source_bchw: torch.Tensor,
        made_bchw: torch.Tensor,
        conditions_bchw: torch.Tensor | None,
        draws: torch.Generator,
    ) -> torch.Tensor:
        heads = self.networks["heads"]
        with torch.no_grad():
            keys = self.generator.encode(source_bchw, conditions_bchw)
        queries = self.generator.encode(made_bchw, conditions_bchw)
        places = []
        for feature in keys:
            pixels = feature.shape[2] * feature.shape[3]
            chosen = torch.randperm(pixels, generator=draws)[: self.spec.nce_patches]
            places.append(chosen.to(feature.device))
        return patch_nce(heads(queries, places), heads(keys, places), self.spec.nce_temperature)
