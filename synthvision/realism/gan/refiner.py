"""The refiner that applies a trained generator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import FrameError, UsageError
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.before import BeforeEntry
from synthvision.realism.gan.config import GeneratorSpec
from synthvision.realism.networks.extra import require_torch, torch_device
from synthvision.realism.refiner import RefineInput, RefinerSpec

if TYPE_CHECKING:
    import torch

__all__ = ["GeneratorRefiner"]

# A thing of fewer pixels than this times the side of the deepest cells has no place of its own in the network; what
# keeps it is the picture that the network's change is added to.
_CELLS = 2
_STRENGTH_DIGITS = 4


class GeneratorRefiner:
    """Applies a generator from `synthvision realism train` or `distil`.

    No picture is normalised with another, so that the others of a batch do not change it. On the CPU pictures go
    through one at a time; on a GPU a batch that is not full is filled up, so that the same kernels run on all.

    Args:
        spec: A `GeneratorSpec`.
        folder: Where relative paths of the spec start.
        device: ``auto``, ``cpu``, or a device of torch such as ``cuda:0``.

    Raises:
        MissingExtraError: torch is not installed.
        UsageError: The weights are missing, broken or of another shape than their card says, or the device is not
            there or cannot do half precision.
    """

    Spec: ClassVar[type[RefinerSpec]] = GeneratorSpec

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None:
        require_torch("realism with a trained generator")
        import torch

        from synthvision.realism.gan.pictures import load_generator

        if not isinstance(spec, GeneratorSpec):
            raise UsageError(f"the refiner generator needs a GeneratorSpec, got {type(spec).__name__}")
        self._spec = spec
        self._device = torch_device(device)
        on_gpu = torch.device(self._device).type == "cuda"
        if spec.half is True and not on_gpu:
            raise UsageError("half precision needs a GPU, got the CPU: set half to auto or false")
        self._half: torch.dtype | None = torch.float16 if on_gpu and spec.half is not False else None
        generator, self._card = load_generator(folder / spec.weights, self._device)
        self._generator: Any = torch.compile(generator) if spec.compile else generator
        self._batch = spec.batch if on_gpu else 1
        self._smallest = _CELLS << self._card.downs
        #: What the user should know of the run, each once: batches that had to be halved.
        self.notes: list[str] = []

    @property
    def needs(self) -> frozenset[LayerName]:
        """Images beside the picture that it must be given."""
        return frozenset(name for name in ("depth", "normals") if name in self._card.conditions)

    @property
    def before(self) -> tuple[BeforeEntry, ...]:
        """What must stand directly before it in a chain; empty where it takes renders as they are."""
        return self._card.before

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """What it applies, for the manifest."""
        card = self._card
        return (
            ModelEntry(
                kind="generator",
                name=card.name,
                sha256=card.sha256,
                licence=card.real_licence,
                strength=round(self._spec.strength, _STRENGTH_DIGITS),
                real_photos=card.real_photos,
            ),
        )

    @property
    def smallest_px(self) -> int:
        """Instances whose shorter box side is below this cannot survive it."""
        return self._smallest

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return the new pictures, uint8, of the sizes of their inputs, in their order.

        Raises:
            FrameError: A picture does not fit the GPU by itself, or lacks depth or normals.
        """
        found: dict[int, NDArray[np.uint8]] = {}
        by_size: dict[tuple[int, ...], list[int]] = {}
        for place, given in enumerate(batch):
            by_size.setdefault(given.rgb_hwc.shape, []).append(place)
        for places in by_size.values():
            first = 0
            while first < len(places):
                now = places[first : first + self._batch]
                made = self._try([batch[place] for place in now])
                if made is None:
                    continue
                found |= zip(now, made, strict=True)
                first += len(now)
        return [found[place] for place in range(len(batch))]

    def close(self) -> None:
        """Give back memory."""
        import torch

        self._generator = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _try(self, group: Sequence[RefineInput]) -> list[NDArray[np.uint8]] | None:
        """Return the new pictures of one batch; None if they did not fit, and the batch is now half as large."""
        import torch

        from synthvision.realism.gan.pictures import generate

        # All batches of one size, or another kernel may round one level otherwise.
        full = [*group, *[group[-1]] * (self._batch - len(group))]
        try:
            made = generate(
                self._generator,
                [given.rgb_hwc for given in full],
                [self._conditions(given) for given in full],
                self._device,
                self._half,
            )
        except torch.cuda.OutOfMemoryError as error:
            if self._batch == 1:
                height, width = group[0].rgb_hwc.shape[:2]
                raise FrameError(
                    f"a picture of {width} x {height} px must fit the GPU, but does not: free its memory, or refine on "
                    "the CPU"
                ) from error
            self._batch //= 2
            self.notes.append(f"the GPU had too little memory: refined {self._batch} pictures at a time")
            torch.cuda.empty_cache()
            return None
        return [self._blend(given.rgb_hwc, new) for given, new in zip(group, made, strict=False)]

    def _conditions(self, given: RefineInput) -> NDArray[np.float32] | None:
        from synthvision.realism.networks.conditions import build_conditions

        names = self._card.conditions
        if not names:
            return None
        try:
            return build_conditions(
                names,
                id_hw=given.id_hw,
                depth_m_hw=given.depth_m_hw,
                normal_hwc=given.normal_hwc,
                class_of_id={label.instance_id: label.category for label in given.record.instances if label.category},
            )
        except UsageError as error:
            raise FrameError(str(error)) from error

    def _blend(self, render: NDArray[np.uint8], new: NDArray[np.uint8]) -> NDArray[np.uint8]:
        strength = self._spec.strength
        if strength == 1:
            return new
        mixed = render + np.float32(strength) * (new.astype(np.float32) - render)
        blended: NDArray[np.uint8] = np.rint(mixed).clip(0, 255).astype(np.uint8)
        return blended
