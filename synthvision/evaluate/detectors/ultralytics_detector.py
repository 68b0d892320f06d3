"""Models of Ultralytics, where its package is installed.

Nothing of it is shipped or needed: its licence is AGPL-3.0, which also binds services built on it. The pictures are
handed over as plain files in its published form, and its published classes do the rest: ``YOLO(model).train(...)`` and
``.predict(...)``. Its weights are files of torch that can run code when they are opened: take only those you trust.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.dataset.atomic import atomic_file, write_text
from synthvision.evaluate.detections import Detections
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.detectors.detector import CARD_NAME, MODEL_FOLDER, DetectorReporter, read_card
from synthvision.evaluate.detectors.pictures import TrainingPictures, fitted_side
from synthvision.evaluate.detectors.records import card_text, claim

__all__ = ["TrainedUltralytics", "UltralyticsDetector", "write_yolo"]

_WEIGHTS_NAME = "model.pt"
_LEAST_SCORE = 0.001
_MOST_OVERLAP = 0.6
_MOST_FOUND = 100
_MULTIPLE = 32
_LICENCE = "AGPL-3.0"


class UltralyticsDetector:
    """A model of Ultralytics as a kind of detector.

    Args:
        model: Name or file of the model, as its package takes it: ``yolo11n.yaml`` for fresh weights, ``yolo11n.pt``
            for trained ones.

    Raises:
        UsageError: The package is not installed, or no model is named.
    """

    def __init__(self, model: str) -> None:
        if not model:
            raise UsageError("the detector must name its model, such as ultralytics:yolo11n.yaml, got none")
        _yolo()
        self.name = f"ultralytics:{Path(model).name}"
        self._model = model

    def train(
        self,
        pictures: TrainingPictures,
        spec: TrainingSpec,
        out: Path,
        *,
        start: Path | None = None,
        progress: DetectorReporter | None = None,
    ) -> TrainedUltralytics:
        """Train, and return the trained detector; see `Detector.train`.

        Steps become whole epochs; crops are the package's own, and of the variation it takes what it has settings for.
        Ignored places are left as they are, since it has no form of them. `progress` is not called: the package
        reports by itself.

        Raises:
            UsageError: Pictures, settings and what lies in `out` or `start` do not go together.
            DatasetError: A file cannot be written.
        """
        side = spec.picture_side or fitted_side(pictures.sets, spec.object_px)
        begun_from = None if start is None else read_card(start)
        record: dict[str, Any] = {
            "kind": "ultralytics",
            "model": self.name,
            "licence": _LICENCE,
            "classes": list(pictures.classes),
            "picture_side": side,
            "training": spec.model_dump(mode="json", exclude={"network", "device", "log_every", "save_every"}),
            "pictures": pictures.digest(),
            "pictures_per_set": [[one.name, len(one)] for one in pictures.sets],
            "start": None if begun_from is None else begun_from.get("sha256"),
        }
        claim(out, record)
        model = out / MODEL_FOLDER
        if (model / CARD_NAME).is_file():
            return TrainedUltralytics.load(model, spec.device)
        last = out / "run" / "weights" / "last.pt"
        if last.is_file():
            _yolo()(str(last)).train(resume=True)
        else:
            drawn = sum(len(one) for one in pictures.sets)
            data = write_yolo(pictures, spec.seed, drawn, out / "data")
            first = self._model if start is None else str(start / _WEIGHTS_NAME)
            _yolo()(first).train(**_settings(spec, side, drawn, data, out))
        if not last.is_file():
            raise UsageError(f"{last}: the training of Ultralytics must leave its weights there, and did not")
        model.mkdir(parents=True, exist_ok=True)
        with last.open("rb") as source, atomic_file(model / _WEIGHTS_NAME) as target:
            shutil.copyfileobj(source, target)
        card = {**record, "sha256": hash_file(model / _WEIGHTS_NAME)}
        write_text(model / CARD_NAME, card_text(card))
        return TrainedUltralytics.load(model, spec.device)


class TrainedUltralytics:
    """A trained model of Ultralytics.

    Args:
        folder: Where it was saved.
        classes: Names of what it finds.
        picture_side: Longest side to which pictures are brought, px.
        device: auto, or as its package takes it.
        record: How it was trained, as JSON values.
    """

    def __init__(
        self, folder: Path, classes: tuple[str, ...], picture_side: int, device: str, record: Mapping[str, Any]
    ) -> None:
        self.classes = classes
        self.record = record
        self._folder = folder
        self._model = _yolo()(str(folder / _WEIGHTS_NAME))
        self._device = device
        self._side = _whole(picture_side)

    def detect(self, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Detections]:
        """Yield what is found in each picture, boxes in its pixels, the surest first.

        Args:
            pictures: uint8 (height, width, 3), sRGB, of any size; read once, one in memory at a time.
        """
        for picture in pictures:
            height, width = picture.shape[:2]
            found = self._model.predict(
                # Arrays are taken as blue, green, red.
                source=np.ascontiguousarray(picture[..., ::-1]),
                imgsz=self._side,
                conf=_LEAST_SCORE,
                iou=_MOST_OVERLAP,
                max_det=_MOST_FOUND,
                device=None if self._device == "auto" else self._device,
                verbose=False,
            )[0].boxes
            boxes = np.asarray(found.xyxy.cpu().numpy(), np.float32).reshape(-1, 4)
            boxes = boxes.clip(0, np.array([width, height, width, height], np.float32))
            scores = np.asarray(found.conf.cpu().numpy(), np.float32)
            yield Detections(boxes, scores, np.asarray(found.cls.cpu().numpy()).astype(np.int64)).best(_MOST_FOUND)

    def save(self, folder: Path) -> None:
        """Write ``model.pt`` and ``detector.json``.

        Raises:
            DatasetError: A file cannot be written.
        """
        with (self._folder / _WEIGHTS_NAME).open("rb") as source, atomic_file(folder / _WEIGHTS_NAME) as target:
            shutil.copyfileobj(source, target)
        write_text(folder / CARD_NAME, card_text({**self.record, "sha256": hash_file(folder / _WEIGHTS_NAME)}))

    @classmethod
    def load(cls, folder: Path, device: str = "auto") -> TrainedUltralytics:
        """Return the detector that `save` wrote.

        Args:
            folder: Where it lies.
            device: auto, or as its package takes it.

        Raises:
            UsageError: The package is not installed, or the folder holds no such detector.
        """
        card = read_card(folder)
        weights = folder / _WEIGHTS_NAME
        if not weights.is_file() or hash_file(weights) != card.pop("sha256", None):
            # The hash is looked at before the file is opened, since opening it can run code.
            raise UsageError(f"{weights}: must be there and be the weights of {CARD_NAME}")
        try:
            classes, side = tuple(str(name) for name in card["classes"]), int(card["picture_side"])
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{folder / CARD_NAME}: must be the card of a trained detector: {error}") from error
        return cls(folder, classes, side, device, card)


def write_yolo(pictures: TrainingPictures, seed: int, drawn: int, folder: Path) -> Path:
    """Write pictures and boxes in the form that Ultralytics reads, and return its YAML file.

    Each picture is written once, upright, as PNG; ``train.txt`` lists the pictures of one epoch, those of a set with a
    large share several times.

    Args:
        pictures: What is written.
        seed: Seed of the order.
        drawn: Pictures of an epoch.
        folder: Where the files go.

    Raises:
        DatasetError: A file cannot be written.
    """
    listed, written = [], set()
    for position in range(drawn):
        number, index = pictures.place(seed, position)
        path = folder / "images" / str(number) / f"{index:08d}.png"
        listed.append(str(path.resolve()))
        if (number, index) in written:
            continue
        written.add((number, index))
        rgb = pictures.sets[number].photos.load(index)
        with atomic_file(path) as stream:
            Image.fromarray(rgb).save(stream, format="PNG")
        labels = pictures.labels(number, index)
        size = np.array([rgb.shape[1], rgb.shape[0]])
        centre = (labels.box_xyxy_n4[:, :2] + labels.box_xyxy_n4[:, 2:]) / 2 / size
        extent = (labels.box_xyxy_n4[:, 2:] - labels.box_xyxy_n4[:, :2]) / size
        lines = [
            f"{kind} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n"
            for kind, (x, y), (w, h) in zip(labels.class_n, centre, extent, strict=True)
        ]
        write_text(folder / "labels" / str(number) / f"{index:08d}.txt", "".join(lines))
    write_text(folder / "train.txt", "".join(f"{path}\n" for path in listed))
    # JSON is YAML. The key `val` must be there; no validation is asked for.
    data = {"path": str(folder.resolve()), "train": "train.txt", "val": "train.txt"}
    text = json.dumps({**data, "names": dict(enumerate(pictures.classes))}, indent=2, ensure_ascii=False)
    write_text(folder / "data.yaml", text + "\n")
    return folder / "data.yaml"


def _settings(spec: TrainingSpec, side: int, drawn: int, data: Path, out: Path) -> dict[str, Any]:
    """Return the arguments of the package's `train`."""
    how = spec.augmentation
    settings: dict[str, Any] = {
        "data": str(data),
        "epochs": max(1, round(spec.steps * spec.batch / drawn)),
        "patience": 0,
        "batch": spec.batch,
        "imgsz": _whole(side),
        "seed": spec.seed % 2**31,
        "deterministic": True,
        "workers": 0,
        "val": False,
        "plots": False,
        "project": str(out.resolve()),
        "name": "run",
        "exist_ok": True,
        "optimizer": "AdamW" if spec.optimiser == "adamw" else "SGD",
        "weight_decay": spec.weight_decay,
        "cos_lr": True,
        "amp": spec.precision != "float32",
        "degrees": how.rotation_deg,
        "scale": min(how.scale, 0.9),
        "fliplr": 0.5 if how.flip_horizontal else 0.0,
        "flipud": 0.5 if how.flip_vertical else 0.0,
        "hsv_h": how.hue_deg / 360,
        "hsv_s": how.saturation,
        "hsv_v": min(how.brightness, 1.0),
        "mosaic": 0.0,
        "verbose": False,
    }
    if spec.device != "auto":
        settings["device"] = spec.device
    if spec.learning_rate is not None:
        settings["lr0"] = spec.learning_rate
    return settings


def _whole(side: int) -> int:
    return max(-(-side // _MULTIPLE), 1) * _MULTIPLE


def _yolo() -> Any:
    """Return the package's class, or say how to get it and under which licence."""
    try:
        from ultralytics import YOLO  # type: ignore[import-not-found]  # no extra of ours, see above
    except ImportError as error:
        raise UsageError(
            "detectors of Ultralytics need its package, which is not installed: pip install ultralytics; its licence "
            f"is {_LICENCE}, which also binds programs and services that use it, unless you buy another"
        ) from error
    return YOLO
