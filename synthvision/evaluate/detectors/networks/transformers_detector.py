"""Detection models of transformers: DETR, RT-DETR, D-FINE, YOLOS and their kin, by name or local folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoConfig, AutoModelForObjectDetection
from transformers.image_processing_base import ImageProcessingMixin

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.atomic import write_text
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.crops import FILL, Crop, CropSampler, scaled_picture
from synthvision.evaluate.detectors.detector import CARD_NAME, MODEL_FOLDER, DetectorReporter, read_card
from synthvision.evaluate.detectors.networks.loop import FREE, TrainingLoop
from synthvision.evaluate.detectors.networks.numerics import autocast, chosen_precision, torch_device
from synthvision.evaluate.detectors.networks.seeding import seeded
from synthvision.evaluate.detectors.networks.weights import load_weights, save_weights
from synthvision.evaluate.detectors.pictures import TrainingPictures, fitted_side
from synthvision.evaluate.detectors.records import card_text, claim

__all__ = ["TrainedTransformers", "TransformersDetector"]

_LEARNING_RATE = 1e-4
_WEIGHTS_NAME = "model.safetensors"
_CONFIG_NAME = "config.json"
#: A multiple that every patch size and stride in use divides.
_MULTIPLE = 32
_MOST_FOUND = 100
_LEAST_SCORE = 0.001
#: Mean and standard deviation of ImageNet's colours, where a model does not state others.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_UNLOADABLE = (OSError, ValueError, KeyError, RuntimeError, TypeError)


class TransformersDetector:
    """A detection model of transformers as a kind of detector; no code of a repository is run.

    Args:
        name_or_folder: Name on the hub, or local folder.
    """

    def __init__(self, name_or_folder: str) -> None:
        self.name = Path(name_or_folder).name if Path(name_or_folder).is_dir() else name_or_folder
        self._source = name_or_folder

    def train(
        self,
        pictures: TrainingPictures,
        spec: TrainingSpec,
        out: Path,
        *,
        start: Path | None = None,
        progress: DetectorReporter | None = None,
    ) -> TrainedTransformers:
        """Train, and return the trained detector; see `Detector.train`.

        Crops, their variation, the schedule and the running mean are those of the built-in detector; the loss is the
        model's own. These models cannot ignore a place: what is ignored is covered with grey.

        Raises:
            UsageError: The model cannot be loaded, or pictures, settings and what lies in `out` or `start` do not go
                together.
        """
        device = torch.device(torch_device(spec.device))
        precision = chosen_precision(spec.precision, device)
        begun_from = None if start is None else read_card(start)
        if begun_from is not None and begun_from["classes"] != list(pictures.classes):
            raise UsageError(
                f"{start}: the classes to go on from must be {', '.join(pictures.classes)}, got "
                f"{', '.join(begun_from['classes'])}"
            )
        with seeded(spec.seed, "detectors.weights"):
            network, colours, revision = _load(self._source, pictures.classes)
            side = spec.picture_side or fitted_side(pictures.sets, spec.object_px)
            record: dict[str, Any] = {
                "kind": "transformers",
                "model": self.name,
                "model_revision": revision,
                "classes": list(pictures.classes),
                "picture_side": side,
                "colours": colours,
                "precision": precision,
                "device": device.type,
                "threads": torch.get_num_threads() if spec.threads is None else spec.threads,
                "training": spec.model_dump(mode="json", exclude={*FREE, "network"}),
                "pictures": pictures.digest(),
                "pictures_per_set": [[one.name, len(one)] for one in pictures.sets],
                "start": None if begun_from is None else begun_from.get("sha256"),
            }
            claim(out, record)
            model = out / MODEL_FOLDER
            if (model / CARD_NAME).is_file():
                return TrainedTransformers.load(model, spec.device)
            if start is not None:
                load_weights(start / _WEIGHTS_NAME, network)
            learner = _Learner(network.to(device), colours, device)
            loop = TrainingLoop(
                learner,
                spec,
                learning_rate=spec.learning_rate or _LEARNING_RATE,
                precision=precision,
                device=device,
                out=out,
            )
            mean = loop.run(CropSampler(spec, pictures, side), progress)
        card = {**record, "steps_done": loop.step}
        trained = TrainedTransformers(mean, pictures.classes, side, colours, precision, str(device), card)
        trained.save(model)
        loop.end()
        return trained


class TrainedTransformers:
    """A trained detection model of transformers.

    Args:
        network: With its weights.
        classes: Names of what it finds.
        picture_side: Longest side to which pictures are brought, px.
        colours: Mean and standard deviation that it was trained with; empty where it takes 0..1.
        precision: float32, bfloat16 or float16.
        device: A device of torch.
        record: How it was trained, as JSON values.
    """

    def __init__(
        self,
        network: Any,
        classes: tuple[str, ...],
        picture_side: int,
        colours: Mapping[str, list[float]],
        precision: str,
        device: str,
        record: Mapping[str, Any],
    ) -> None:
        self.classes = classes
        self.record = record
        self._side = picture_side
        self._colours = colours
        self._precision = precision
        self._device = torch.device(device)
        self._network = network.to(self._device).eval()

    def detect(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Detections]:
        """Yield what is found in each picture, boxes in its pixels, the surest first.

        Args:
            pictures: uint8 (height, width, 3), sRGB, of any size; read once, one in memory at a time.
        """
        for picture in pictures:
            yield self._found(picture)

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors``, ``config.json`` and ``detector.json``.

        Raises:
            DatasetError: A file cannot be written.
        """
        save_weights(folder / _WEIGHTS_NAME, self._network)
        write_text(folder / _CONFIG_NAME, card_text(json.loads(self._network.config.to_json_string(use_diff=False))))
        write_text(folder / CARD_NAME, card_text({**self.record, "sha256": hash_file(folder / _WEIGHTS_NAME)}))

    @classmethod
    def load(cls, folder: Path, device: str = "auto") -> TrainedTransformers:
        """Return the detector that `save` wrote.

        Args:
            folder: Where it lies.
            device: auto, cpu, cuda or cuda:N.

        Raises:
            UsageError: The folder holds no such detector, or its weights are broken.
        """
        card = read_card(folder)
        try:
            network = AutoModelForObjectDetection.from_config(AutoConfig.from_pretrained(folder, local_files_only=True))
            classes, side = tuple(str(name) for name in card["classes"]), int(card["picture_side"])
            colours, precision = dict(card["colours"]), str(card["precision"])
        except _UNLOADABLE as error:
            raise UsageError(f"{folder}: must hold a trained detection model of transformers: {error}") from error
        load_weights(folder / _WEIGHTS_NAME, network)
        if hash_file(folder / _WEIGHTS_NAME) != card.pop("sha256", None):
            raise UsageError(f"{folder / _WEIGHTS_NAME}: must be the weights of {CARD_NAME}, but their hash differs")
        return cls(network, classes, side, colours, precision, torch_device(device), card)

    def _found(self, picture: NDArray[np.uint8]) -> Detections:
        height, width = picture.shape[:2]
        scaled = scaled_picture(picture, self._side)
        rows, columns = scaled.shape[:2]
        pad = ((0, -rows % _MULTIPLE), (0, -columns % _MULTIPLE), (0, 0))
        padded = np.pad(scaled, pad, constant_values=FILL)
        with torch.inference_mode(), autocast(self._device, self._precision):
            answer = self._network(pixel_values=_input(padded[None], self._colours, self._device))
        logits, centred = answer.logits[0].float(), answer.pred_boxes[0].float().cpu().numpy()
        # One logit more than classes: the last says that there is nothing, and they are exclusive.
        exclusive = logits.shape[1] == len(self.classes) + 1
        likely = (logits.softmax(dim=1)[:, :-1] if exclusive else logits.sigmoid()).cpu().numpy()
        places, numbers = np.nonzero(likely >= _LEAST_SCORE)
        centre, half = centred[places, :2], centred[places, 2:].clip(0) / 2
        # Boxes are shares of the padded picture.
        factor = np.array([padded.shape[1] * width / columns, padded.shape[0] * height / rows])
        corners = np.concatenate([(centre - half) * factor, (centre + half) * factor], axis=1)
        corners = corners.clip(0, (width, height, width, height)).astype(np.float32)
        found = Detections(corners, likely[places, numbers].astype(np.float32), numbers.astype(np.int64))
        return found.best(_MOST_FOUND)


class _Learner:
    def __init__(self, network: Any, colours: Mapping[str, list[float]], device: torch.device) -> None:
        self.network = network.train()
        self._colours = colours
        self._device = device

    def losses(self, crops: Sequence[Crop]) -> dict[str, torch.Tensor]:
        pictures, labels = [], []
        for crop in crops:
            rgb = crop.rgb_hwc.copy()
            height, width = rgb.shape[:2]
            for x1, y1, x2, y2 in crop.ignored_xyxy_m4:
                rgb[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))] = FILL
            boxes = crop.box_xyxy_n4
            centred = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)
            centred = centred / np.array([width, height, width, height])
            pictures.append(rgb)
            labels.append(
                {
                    "class_labels": torch.from_numpy(crop.class_n.copy()).to(self._device),
                    "boxes": torch.from_numpy(centred.astype(np.float32)).to(self._device),
                }
            )
        stacked = _input(np.stack(pictures), self._colours, self._device)
        return {"model": self.network(pixel_values=stacked, labels=labels).loss}


def _load(source: str, classes: tuple[str, ...]) -> tuple[Any, dict[str, list[float]], str | None]:
    """Return a model for some classes, the colours it takes, and its revision on the hub."""
    names = dict(enumerate(classes))
    settings = {"id2label": names, "label2id": {name: number for number, name in names.items()}}
    local = Path(source).is_dir()
    try:
        network = AutoModelForObjectDetection.from_pretrained(
            source, **settings, ignore_mismatched_sizes=True, use_safetensors=True, local_files_only=local
        )
    except _UNLOADABLE as error:
        where = (
            "a local folder with a detection model of transformers as safetensors"
            if local
            else ("a local folder, or the name of a detection model on the hub, which needs a network or an older copy")
        )
        raise UsageError(f"the detector {source!r} must be {where}, and cannot be loaded: {error}") from error
    try:
        stated = ImageProcessingMixin.get_image_processor_dict(source, local_files_only=True)[0]
    except OSError:
        stated = {}
    colours: dict[str, list[float]] = {}
    if stated.get("do_normalize", True):
        colours = {
            "mean": [float(value) for value in stated.get("image_mean") or _MEAN],
            "spread": [float(value) for value in stated.get("image_std") or _SPREAD],
        }
    return network, colours, getattr(network.config, "_commit_hash", None)


def _input(rgb_nhwc: NDArray[np.uint8], colours: Mapping[str, list[float]], device: torch.device) -> torch.Tensor:
    pictures = torch.from_numpy(rgb_nhwc).to(device).permute(0, 3, 1, 2).float() / 255
    if not colours:
        return pictures
    mean, spread = (torch.tensor(colours[name], device=device).view(1, 3, 1, 1) for name in ("mean", "spread"))
    return (pictures - mean) / spread
