"""The built-in detector: trained from scratch in minutes on a CPU, without a download."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.atomic import write_text
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.builtin.losses import boxes_of
from synthvision.evaluate.detectors.builtin.network import MULTIPLE, Answers, DetectorNetwork
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.crops import FILL, scaled_picture
from synthvision.evaluate.detectors.detector import CARD_NAME, DetectorReporter, read_card
from synthvision.evaluate.detectors.networks.numerics import autocast, torch_device
from synthvision.evaluate.detectors.networks.weights import load_weights, save_weights
from synthvision.evaluate.detectors.pictures import TrainingPictures
from synthvision.evaluate.detectors.records import card_text
from synthvision.evaluate.detectors.suppression import surest

__all__ = ["WEIGHTS_NAME", "BuiltinDetector", "TrainedBuiltin", "network_input"]

WEIGHTS_NAME = "model.safetensors"

_LEAST_SCORE = 0.01
_MOST_OVERLAP = 0.6
#: Objects of a picture, and the detections that they become: an object may be of several classes.
_MOST_OBJECTS = 100
_MOST_FOUND = 300
#: Places that are looked at before suppression.
_MOST_PLACES = 1000
_MEAN, _SPREAD = 0.45, 0.25
_BATCH = 8


class BuiltinDetector:
    """The kind `builtin`."""

    name = "builtin"

    def train(
        self,
        pictures: TrainingPictures,
        spec: TrainingSpec,
        out: Path,
        *,
        start: Path | None = None,
        progress: DetectorReporter | None = None,
    ) -> TrainedBuiltin:
        """Train, and return the trained detector; see `Detector.train`.

        On a CPU the same pictures, settings and number of threads give the same bytes, also where a training was
        stopped in between; on a GPU nearly so.

        Raises:
            UsageError: Pictures, settings and what lies in `out` or `start` do not go together.
        """
        from synthvision.evaluate.detectors.builtin.training import train_builtin

        return train_builtin(pictures, spec, out, start, progress)


class TrainedBuiltin:
    """A trained built-in detector.

    Args:
        network: With its weights.
        classes: Names of what it finds.
        picture_side: Longest side to which pictures are brought, px.
        precision: float32, bfloat16 or float16.
        device: A device of torch.
        record: How it was trained, as JSON values.
    """

    def __init__(
        self,
        network: DetectorNetwork,
        classes: tuple[str, ...],
        picture_side: int,
        precision: str,
        device: str,
        record: Mapping[str, Any],
    ) -> None:
        self.classes = classes
        self.record = record
        self.picture_side = picture_side
        self._precision = precision
        self._device = torch.device(device)
        self._network = network.to(self._device).eval()

    def detect(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Detections]:
        """Yield what is found in each picture, boxes in its pixels, the surest first.

        Args:
            pictures: uint8 (height, width, 3), sRGB, of any size; read once, a few in memory at a time.
        """
        waiting: list[NDArray[np.uint8]] = []
        for picture in pictures:
            # Only pictures of one size go through the network together.
            if waiting and (len(waiting) == _BATCH or waiting[0].shape != picture.shape):
                yield from self._found(waiting)
                waiting = []
            waiting.append(picture)
        if waiting:
            yield from self._found(waiting)

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and ``detector.json``.

        Raises:
            DatasetError: A file cannot be written.
        """
        save_weights(folder / WEIGHTS_NAME, self._network)
        card = {**self.record, "sha256": hash_file(folder / WEIGHTS_NAME)}
        write_text(folder / CARD_NAME, card_text(card))

    @classmethod
    def load(cls, folder: Path, device: str = "auto") -> TrainedBuiltin:
        """Return the detector that `save` wrote.

        Args:
            folder: Where it lies.
            device: auto, cpu, cuda or cuda:N.

        Raises:
            UsageError: The folder holds no such detector, or its weights are broken.
        """
        card = read_card(folder)
        try:
            spec = TrainingSpec.model_validate(card["training"])
            classes, side = tuple(str(name) for name in card["classes"]), int(card["picture_side"])
            precision, stated = str(card["precision"]), card.pop("sha256", None)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{folder / CARD_NAME}: must be the card of a built-in detector: {error}") from error
        network = DetectorNetwork(spec.network, len(classes))
        load_weights(folder / WEIGHTS_NAME, network)
        if hash_file(folder / WEIGHTS_NAME) != stated:
            raise UsageError(f"{folder / WEIGHTS_NAME}: must be the weights of {CARD_NAME}, but their hash differs")
        return cls(network, classes, side, precision, torch_device(device), card)

    def _found(self, pictures: list[NDArray[np.uint8]]) -> list[Detections]:
        height, width = pictures[0].shape[:2]
        scaled = np.stack([scaled_picture(picture, self.picture_side) for picture in pictures])
        rows, columns = scaled.shape[1:3]
        pad = ((0, 0), (0, -rows % MULTIPLE), (0, -columns % MULTIPLE), (0, 0))
        padded = np.pad(scaled, pad, constant_values=FILL)
        factor_xy = np.array([width / columns, height / rows], np.float32)
        with torch.inference_mode(), autocast(self._device, self._precision):
            answers = self._network(network_input(padded, self._device))
            chosen = [self._places(answers, number, (columns, rows)) for number in range(len(pictures))]
            if not sum(len(boxes) for boxes, _, _ in chosen):
                return [Detections.empty() for _ in pictures]
            looks = self._network.look_again(answers, [boxes for boxes, _, _ in chosen])
        seconds = looks.split([len(boxes) for boxes, _, _ in chosen])
        return [
            _scored(boxes, middles * (1 - second.softmax(dim=1)[:, -1]), first + second[:, :-1], factor_xy)
            for (boxes, middles, first), second in zip(chosen, seconds, strict=True)
        ]

    def _places(
        self, answers: Answers, number: int, size_wh: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the objects of one picture: boxes (k, 4) at the working size, scores (k,), logits (k, classes)."""
        middles = answers.middle_nhw[number].sigmoid().flatten()
        best = torch.argsort(middles, descending=True, stable=True)[:_MOST_PLACES]
        best = best[middles[best] >= _LEAST_SCORE]
        boxes = boxes_of(answers.distance_n4hw[number : number + 1], self._network.stride)[0].reshape(-1, 4)[best]
        columns, rows = size_wh
        boxes = torch.stack([boxes[:, 0::2].clamp(0, columns), boxes[:, 1::2].clamp(0, rows)], dim=-1).flatten(1)
        full = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        best, boxes = best[full], boxes[full]
        kept = surest(boxes.cpu().numpy(), middles[best].cpu().numpy(), _MOST_OVERLAP, _MOST_OBJECTS)
        places = torch.from_numpy(kept).to(best.device)
        logits = answers.class_nchw[number].flatten(1).T
        return boxes[places], middles[best][places], logits[best][places]


def _scored(
    boxes: torch.Tensor, middles: torch.Tensor, logits: torch.Tensor, factor_xy: NDArray[np.float32]
) -> Detections:
    """Return each object as every class that it may be, in pixels of the picture given."""
    scores = (middles[:, None] * logits.softmax(dim=1)).cpu().numpy()
    objects, numbers = np.nonzero(scores >= _LEAST_SCORE)
    corners = boxes.cpu().numpy() * np.tile(factor_xy, 2)
    found = Detections(
        corners[objects].astype(np.float32), scores[objects, numbers].astype(np.float32), numbers.astype(np.int64)
    )
    return found.best(_MOST_FOUND)


def network_input(rgb_nhwc: NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """Return pictures as the network takes them, float32 (n, 3, height, width), channels last in memory.

    Args:
        rgb_nhwc: uint8 (n, height, width, 3).
        device: Where they go.
    """
    pictures = torch.from_numpy(np.ascontiguousarray(rgb_nhwc)).to(device).permute(0, 3, 1, 2)
    return (pictures.float() / 255 - _MEAN) / _SPREAD
