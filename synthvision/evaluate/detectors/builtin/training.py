"""The training of the built-in detector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from synthvision.evaluate.detectors.builtin.assignment import assign
from synthvision.evaluate.detectors.builtin.detector import WEIGHTS_NAME, TrainedBuiltin, network_input
from synthvision.evaluate.detectors.builtin.losses import boxes_of, detector_loss
from synthvision.evaluate.detectors.builtin.network import Answers, DetectorNetwork
from synthvision.evaluate.detectors.builtin.second_look import jittered, mistaken
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.crops import Crop, CropSampler
from synthvision.evaluate.detectors.detector import CARD_NAME, MODEL_FOLDER, DetectorReporter, read_card
from synthvision.evaluate.detectors.networks.loop import FREE, TrainingLoop
from synthvision.evaluate.detectors.networks.numerics import chosen_precision, torch_device
from synthvision.evaluate.detectors.networks.seeding import seeded
from synthvision.evaluate.detectors.networks.weights import load_weights
from synthvision.evaluate.detectors.pictures import TrainingPictures, fitted_side
from synthvision.evaluate.detectors.records import claim

__all__ = ["train_builtin"]

_LEARNING_RATE = 1e-3
#: Weights that belong to the classes.
_OF_CLASSES = ("out.", "second_look.out.")
#: Boxes around each object that are looked at again, and the weight of it.
_LOOKS = 3
_SECOND_LOOK_WEIGHT = 4.0


def train_builtin(
    pictures: TrainingPictures,
    spec: TrainingSpec,
    out: Path,
    start: Path | None,
    progress: DetectorReporter | None,
) -> TrainedBuiltin:
    """Train, and return the detector, which then lies in ``out/model``.

    Args:
        pictures: What it learns from.
        spec: The settings.
        out: Where everything is written.
        start: Folder of a trained detector with the first weights; None for fresh ones.
        progress: Called with each line of losses.

    Raises:
        FrameError: A loss became infinite.
        UsageError: Pictures, settings and what lies in `out` or `start` do not go together.
    """
    device = torch.device(torch_device(spec.device))
    precision = chosen_precision(spec.precision, device)
    begun_from = None if start is None else read_card(start)
    side = spec.picture_side or _fitted(pictures, spec, begun_from)
    record: dict[str, Any] = {
        "kind": "builtin",
        "classes": list(pictures.classes),
        "picture_side": side,
        "precision": precision,
        "device": device.type,
        "threads": torch.get_num_threads() if spec.threads is None else spec.threads,
        "training": spec.model_dump(mode="json", exclude=set(FREE)),
        "pictures": pictures.digest(),
        "pictures_per_set": [[one.name, len(one)] for one in pictures.sets],
        "start": None if begun_from is None else begun_from.get("sha256"),
    }
    claim(out, record)
    model = out / MODEL_FOLDER
    if (model / CARD_NAME).is_file():
        return TrainedBuiltin.load(model, spec.device)
    with seeded(spec.seed, "detectors.weights"):
        network = DetectorNetwork(spec.network, len(pictures.classes))
        if start is not None and begun_from is not None:
            # Other classes need answers of their own; all else is kept.
            same = begun_from["classes"] == list(pictures.classes)
            load_weights(start / WEIGHTS_NAME, network, but=() if same else _OF_CLASSES)
        learner = BuiltinLearner(network.to(device, memory_format=torch.channels_last), device)
        loop = TrainingLoop(
            learner,
            spec,
            learning_rate=spec.learning_rate or _LEARNING_RATE,
            precision=precision,
            device=device,
            out=out,
        )
        mean = loop.run(CropSampler(spec, pictures, side), progress)
    assert isinstance(mean, DetectorNetwork)  # a copy of the learner's
    card = {**record, "steps_done": loop.step}
    trained = TrainedBuiltin(mean, pictures.classes, side, precision, str(device), card)
    trained.save(model)
    loop.end()
    return trained


class BuiltinLearner:
    """The built-in network, and what it should answer on crops.

    Args:
        network: On its device.
        device: Where it is.
    """

    def __init__(self, network: DetectorNetwork, device: torch.device) -> None:
        self.network = network.train()
        self._device = device

    def losses(self, crops: Sequence[Crop]) -> dict[str, torch.Tensor]:
        """Return the terms ``middles``, ``classes``, ``boxes`` and ``second_look``.

        Args:
            crops: The crops of a step.
        """
        network = self.network
        targets = assign(crops, network.stride).to(self._device)
        answers = network(network_input(np.stack([crop.rgb_hwc for crop in crops]), self._device))
        with torch.autocast(self._device.type, enabled=False):
            losses = detector_loss(answers, targets, network.stride)
        boxes, numbers = self._second_looks(answers, crops)
        if not len(numbers):
            return losses
        second = torch.nn.functional.cross_entropy(network.look_again(answers, boxes), numbers)
        return {**losses, "second_look": _SECOND_LOOK_WEIGHT * second}

    def _second_looks(self, answers: Answers, crops: Sequence[Crop]) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return for each crop the boxes to look at again, and the classes of all of them."""
        told = boxes_of(answers.distance_n4hw.detach(), self.network.stride)
        boxes, numbers = [], []
        for crop, middle, box in zip(crops, answers.middle_nhw.detach(), told, strict=True):
            true = torch.from_numpy(np.tile(crop.box_xyxy_n4, (_LOOKS, 1))).to(self._device)
            false = mistaken(middle, box, np.concatenate([crop.box_xyxy_n4, crop.ignored_xyxy_m4]))
            boxes.append(torch.cat([jittered(true), false]))
            numbers += [np.tile(crop.class_n, _LOOKS), np.full(len(false), self.network.classes)]
        return boxes, torch.from_numpy(np.concatenate(numbers)).to(self._device)


def _fitted(pictures: TrainingPictures, spec: TrainingSpec, begun_from: dict[str, Any] | None) -> int:
    """Return the working size: that of the first weights, else one that fits the objects."""
    if begun_from is not None and isinstance(begun_from.get("picture_side"), int):
        return int(begun_from["picture_side"])
    return fitted_side(pictures.sets, spec.object_px)
