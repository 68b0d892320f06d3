"""From renders to accepted pictures: a chain of refiners, then the guard; what the job and the command share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.new_picture import measured_anew
from synthvision.core.errors import FrameError, UsageError
from synthvision.core.labels import InstanceLabel
from synthvision.core.registry import load_plugin
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import FrameRealism, ModelEntry
from synthvision.realism.before import check_before
from synthvision.realism.config import PluginSpec, RealismSpec
from synthvision.realism.guard.guard import Guard
from synthvision.realism.refiner import RefineInput, Refiner, RefinerSpec

__all__ = ["RealismStage", "RefinedFrame", "open_refiner", "refine_chain"]


@dataclass(frozen=True, slots=True)
class RefinedFrame:
    """One accepted picture with the labels that are true of it.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        instances: The labels, with the contrasts of this picture and what the guard made of them.
        noise: Standard deviation of the picture's noise in 8-bit levels.
        realism: What the guard decided.
    """

    rgb_hwc: NDArray[np.uint8]
    instances: tuple[InstanceLabel, ...]
    noise: float
    realism: FrameRealism


class RealismStage:
    """Refines pictures and lets none pass that makes a label untrue. Holds the models; used by one thread.

    `refine` and `accept` are apart, so that a batch may be on the GPU while the one before is judged in other threads:
    `accept` may be called by many at once.

    Args:
        spec: What is done.
        folder: Where relative paths of the spec start.
        device: ``auto``, ``cpu``, or a device of torch such as ``cuda:0``.

    Raises:
        MissingExtraError: A package that a refiner needs is not installed.
        PluginError: A refiner is unknown.
        UsageError: Weights or photos are missing, the options of a plugin are wrong, or a trained refiner does not
            stand behind what it was trained behind.
    """

    def __init__(self, spec: RealismSpec, folder: Path, device: str = "auto") -> None:
        self.spec = spec
        with ExitStack() as opened:
            self._refiners: list[Refiner] = []
            for each in spec.refiners:
                refiner = open_refiner(each, folder, device)
                opened.callback(refiner.close)
                self._refiners.append(refiner)
            check_before(spec.refiners, self._refiners)
            self._guard = Guard(spec.guard, folder, device)
            self._closing = opened.pop_all()

    def __enter__(self) -> RealismStage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back memory."""
        self._closing.close()

    @property
    def needs(self) -> frozenset[LayerName]:
        """Images beside the picture that some refiner must be given."""
        return frozenset[LayerName]().union(*(refiner.needs for refiner in self._refiners))

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """What is applied, for the manifest."""
        return tuple(entry for refiner in self._refiners for entry in refiner.models)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how it went, such as a batch that had to be halved; each once."""
        said = [note for refiner in self._refiners for note in getattr(refiner, "notes", ())]
        return tuple(dict.fromkeys(said))

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return what the chain makes of some pictures, unjudged.

        Raises:
            FrameError: A picture could not be made, or a refiner returned something else than it must.
        """
        return refine_chain(self._refiners, batch)

    def accept(self, given: RefineInput, refined_hwc: NDArray[np.uint8], policy: LabelPolicy) -> RefinedFrame:
        """Return what of a refined picture may be kept, with the labels that are true of it.

        Args:
            given: The render.
            refined_hwc: What the chain made of it.
            policy: Which instances become annotations; judged anew in the new picture.
        """
        labels = given.record.instances
        smallest = max(refiner.smallest_px for refiner in self._refiners)
        judged = self._guard.judge(given.rgb_hwc, refined_hwc, given.id_hw, labels, smallest_px=smallest)
        measured, noise = measured_anew(labels, judged.rgb_hwc, given.id_hw, policy)
        ignored = {each.instance_id: each.reasons for each in judged.realism.instances if each.decision == "ignored"}
        instances = tuple(
            _ignored(label, ignored[label.instance_id]) if label.instance_id in ignored else label for label in measured
        )
        return RefinedFrame(judged.rgb_hwc, instances, noise, judged.realism)


def open_refiner(spec: RefinerSpec, folder: Path, device: str) -> Refiner:
    """Return the refiner of one part of a realism section.

    Args:
        spec: Its part.
        folder: Where relative paths of it start.
        device: ``auto``, ``cpu``, or a device of torch.

    Raises:
        MissingExtraError: A package that it needs is not installed.
        PluginError: It is unknown.
        UsageError: Weights or photos are missing, or the options of a plugin are wrong.
    """
    if isinstance(spec, PluginSpec):
        made = load_plugin("refiners", spec.name)
        try:
            options = cast(Any, made).Spec.model_validate(spec.options)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UsageError(f"realism: options of the refiner {spec.name!r}: {where}: {first['msg']}") from error
        return cast(Refiner, made(options, folder, device))
    kind = str(getattr(spec, "kind", ""))
    return cast(Refiner, load_plugin("refiners", kind)(spec, folder, device))


def refine_chain(refiners: Sequence[Refiner], batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
    """Return what refiners make of some pictures, each taking what the last one made.

    Args:
        refiners: In their order; none give the pictures back.
        batch: The pictures.

    Raises:
        FrameError: A picture could not be made, or a refiner returned something else than it must.
    """
    inputs = list(batch)
    for refiner in refiners:
        pictures = refiner.refine(inputs)
        _check(refiner, inputs, pictures)
        inputs = [replace(given, rgb_hwc=made) for given, made in zip(inputs, pictures, strict=True)]
    return [given.rgb_hwc for given in inputs]


def _check(refiner: Refiner, inputs: Sequence[RefineInput], pictures: Sequence[NDArray[np.uint8]]) -> None:
    name = type(refiner).__name__
    if len(pictures) != len(inputs):
        raise FrameError(f"the refiner {name} must return {len(inputs)} pictures, got {len(pictures)}")
    for given, made in zip(inputs, pictures, strict=True):
        if made.shape != given.rgb_hwc.shape or made.dtype != np.uint8:
            raise FrameError(
                f"the refiner {name} must return pictures of the size of the render, uint8 {given.rgb_hwc.shape}, got "
                f"{made.dtype} {made.shape} for frame {given.frame}"
            )


def _ignored(label: InstanceLabel, reasons: Sequence[str]) -> InstanceLabel:
    if label.status != "labelled":
        return label
    return replace(label, status="ignored", reasons=(*label.reasons, *(f"realism: {reason}" for reason in reasons)))
