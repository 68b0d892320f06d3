"""The refiner ``diffusion``: the small model that was trained on one's own photos, applied to renders part-way.

The render is noised part-way and denoised (SDEdit, Meng et al. 2022): coarse forms and colours are the render's, what
lies below the noise is as in the photos, and the edges of the render are the condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.diffusion.config import DiffusionSpec
from synthvision.realism.diffusion.edges import guiding_edges
from synthvision.realism.licences import is_non_commercial
from synthvision.realism.networks.extra import require_torch
from synthvision.realism.refiner import RefineInput, RefinerSpec

__all__ = ["ScratchRefiner"]

_STREAM = "realism.diffusion"


class ScratchRefiner:
    """Refines by a small diffusion model; see `Refiner`.

    Pictures larger than the crops it was trained on are done in tiles that overlap and are blended at every step. When
    a GPU runs out of memory fewer tiles are done at once, and `notes` says so.

    Args:
        spec: A `DiffusionSpec`.
        folder: Where relative paths of the spec start.
        device: ``cpu``, or a device of torch such as ``cuda:0``.

    Raises:
        MissingExtraError: torch is not installed.
        UsageError: The weights are missing, or of something else.
    """

    Spec: ClassVar[type[RefinerSpec]] = DiffusionSpec

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None:
        if not isinstance(spec, DiffusionSpec):
            raise UsageError(f"ScratchRefiner must be given a DiffusionSpec, got {type(spec).__name__}")
        require_torch("realism diffusion")
        from synthvision.realism.diffusion.model import load_model

        self._spec = spec
        self._device = device
        self._tiles = spec.batch
        self._card, network = load_model(folder / spec.weights, device)
        self._network: Any = network
        #: What the user should know: a licence that forbids commercial use, fewer tiles at once for want of memory.
        self.notes: list[str] = []
        if is_non_commercial(self._card.real_licence):
            self.notes.append(
                f"the licence of the photos of model {self._card.name} ({self._card.real_licence}) forbids "
                "commercial use"
            )

    @property
    def needs(self) -> frozenset[LayerName]:
        """Nothing beside the picture."""
        return frozenset()

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """The one model."""
        card = self._card
        return (
            ModelEntry(
                kind=self._spec.kind,
                name=card.name,
                sha256=card.sha256,
                licence=card.real_licence,
                strength=self._spec.strength,
                real_photos=card.real_photos,
            ),
        )

    @property
    def smallest_px(self) -> int:
        """0: it works on pixels, so no size is lost by rule."""
        return 0

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return the new pictures, uint8, of the sizes of their inputs, in their order.

        Raises:
            FrameError: Not even one tile fits the memory of the GPU.
        """
        return [self._one(given) for given in batch]

    def close(self) -> None:
        """Give back memory."""
        self._network = None
        if self._device != "cpu":
            import torch

            torch.cuda.empty_cache()

    def _one(self, given: RefineInput) -> NDArray[np.uint8]:
        import torch

        from synthvision.realism.diffusion.model import apply_model

        if self._network is None:
            raise UsageError("a refiner must not be used after it was closed")
        edges = guiding_edges(given.rgb_hwc, given.id_hw if self._spec.id_edges else None)
        while True:
            try:
                return apply_model(
                    self._network,
                    given.rgb_hwc,
                    edges,
                    # Made anew for each try, so that a try that failed changes nothing.
                    rng_for(given.seed, given.frame, _STREAM),
                    self._device,
                    tile=self._card.crop,
                    strength=self._spec.strength,
                    steps=self._spec.steps,
                    guidance=self._spec.guidance,
                    overlap=self._spec.overlap,
                    batch=self._tiles,
                )
            except torch.OutOfMemoryError as error:
                if self._tiles == 1:
                    raise FrameError(
                        f"frame {given.frame}: one tile of {self._card.crop} px must fit the memory of the GPU, but "
                        "does not; free some of it, or use the CPU"
                    ) from error
                before, self._tiles = self._tiles, self._tiles // 2
            self.notes.append(f"the GPU ran out of memory with {before} tiles at once: going on with {self._tiles}")
            torch.cuda.empty_cache()
