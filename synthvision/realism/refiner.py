"""The interface of refiners; found by entry point ``synthvision.refiners``.

A refiner takes pictures and gives pictures of the same size, in which every object must still lie where its label
says. It is not trusted to do so: the guard compares what it gives with the render before anything is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from synthvision.core.arrays import frozen_array
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.dataset.records import FrameRecord

__all__ = ["RefineInput", "Refiner", "RefinerSpec"]


class RefinerSpec(BaseModel):
    """Base of a refiner's part of a config: frozen, unknown keys refused; each has a ``kind: Literal[..]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class RefineInput:
    """One picture with everything of its frame that may guide a refiner.

    Args:
        record: What is known about the frame: weather, camera, instances.
        rgb_hwc: uint8 (height, width, 3), sRGB: the render, or what an earlier refiner of the chain made of it.
        id_hw: uint16 (height, width); instance id, 0 for none.
        class_hw: uint16 (height, width); number of the class counted from 1 in the job's order, 0 for none.
        depth_m_hw: float32 (height, width), +inf where nothing is seen; None unless a refiner of the chain needs it.
        normal_hwc: float32 (height, width, 3), camera axes, 0 where nothing is seen; None as for depth.
        seed: Of realism; noise comes from ``rng_for(seed, frame, stream)`` and from nowhere else.
    """

    record: FrameRecord
    rgb_hwc: NDArray[np.uint8]
    id_hw: NDArray[np.uint16]
    class_hw: NDArray[np.uint16]
    depth_m_hw: NDArray[np.float32] | None
    normal_hwc: NDArray[np.float32] | None
    seed: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgb_hwc", frozen_array("rgb_hwc", self.rgb_hwc, np.uint8, (None, None, 3)))
        shape = self.rgb_hwc.shape[:2]
        object.__setattr__(self, "id_hw", frozen_array("id_hw", self.id_hw, np.uint16, shape))
        object.__setattr__(self, "class_hw", frozen_array("class_hw", self.class_hw, np.uint16, shape))
        if self.depth_m_hw is not None:
            object.__setattr__(self, "depth_m_hw", frozen_array("depth_m_hw", self.depth_m_hw, np.float32, shape))
        if self.normal_hwc is not None:
            normal = frozen_array("normal_hwc", self.normal_hwc, np.float32, (*shape, 3))
            object.__setattr__(self, "normal_hwc", normal)

    @property
    def frame(self) -> int:
        """Frame index k."""
        return self.record.frame


class Refiner(Protocol):
    """Changes how pictures look. One object lives as long as a run and is used by one thread.

    What it makes of a picture depends on that picture's input and on the spec alone: not on which pictures share its
    batch, nor on those before.

    Args:
        spec: Its part of the config, an object of `Spec`.
        folder: Where relative paths of the spec start.
        device: ``auto`` for a GPU where there is one, ``cpu``, or a device of torch such as ``cuda:0``; refiners
            without a network run on the CPU.

    Raises:
        MissingExtraError: A package that it needs is not installed.
        UsageError: Weights or photos are missing or of another kind than the spec needs.
    """

    #: The model of its part of a config.
    Spec: ClassVar[type[RefinerSpec]]

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None: ...

    @property
    def needs(self) -> frozenset[LayerName]:
        """Images beside the picture that it must be given: of ``depth`` and ``normals``."""
        ...

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """What it applies, for the manifest."""
        ...

    @property
    def smallest_px(self) -> int:
        """Instances whose shorter box side is below this cannot survive it; 0 where any can."""
        ...

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return the new pictures, uint8, of the sizes of their inputs, in their order.

        Raises:
            FrameError: A picture could not be made.
        """
        ...

    def close(self) -> None:
        """Give back memory."""
        ...
