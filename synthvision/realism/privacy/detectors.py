"""Finders of faces and number plates in photos: Haar cascades of OpenCV 4, or a detection model of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.features.photos import PhotoBox

__all__ = ["CASCADES", "CascadeFinder", "Finder", "ModelFinder"]

#: Files that OpenCV 4 brings, by what they find.
CASCADES = {
    "face": ("haarcascade_frontalface_default.xml", "haarcascade_profileface.xml"),
    "plate": ("haarcascade_russian_plate_number.xml",),
}

_LONGEST_PX = 1024
# Means and deviations of ImageNet, which detection models of transformers are trained with.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Finder(Protocol):
    """Finds what is to be masked."""

    def find(self, rgb_hwc: NDArray[np.uint8]) -> list[PhotoBox]:
        """Return a box for each thing found.

        Args:
            rgb_hwc: uint8 (height, width, 3), sRGB.
        """
        ...


class CascadeFinder:
    """Finds upright faces and number plates with the cascades that come with OpenCV 4 (Viola and Jones 2001).

    Their limits are narrow: faces seen from the front, or from one side (profiles are looked for in both mirrorings),
    upright to about 15 degrees, larger than some 24 px, in even light; plates in the Russian format, seen from the
    front. They miss much and find what is no face. Do not rely on them alone: check the masked photos, or give boxes.

    Args:
        kinds: Of ``face`` and ``plate``.
        certainty: How many findings at neighbouring places and sizes make one, 1 or more; fewer miss less and mask more
            that is neither.

    Raises:
        UsageError: A kind is unknown, or this OpenCV has no cascades: version 5 brings neither files nor code.
    """

    def __init__(self, kinds: tuple[str, ...] = ("face", "plate"), certainty: int = 6) -> None:
        unknown = [kind for kind in kinds if kind not in CASCADES]
        if unknown or not kinds:
            raise UsageError(f"kinds must be of {', '.join(CASCADES)}, got {', '.join(unknown) or 'none'}")
        if certainty < 1:
            raise UsageError(f"certainty must be 1 or more, got {certainty}")
        self._certainty = certainty
        folder = Path(getattr(getattr(cv2, "data", None), "haarcascades", ""))
        self._cascades: list[tuple[str, Any, tuple[bool, ...]]] = []
        for kind in kinds:
            for name in CASCADES[kind]:
                path = folder / name
                if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
                    raise UsageError(
                        f"finding {kind}s needs {name}, which OpenCV {cv2.__version__} does not bring; pip install "
                        "'opencv-python-headless<5', or give boxes in a COCO file, or a detection model"
                    )
                # Profiles were learned from one side only.
                mirrorings = (False, True) if "profile" in name else (False,)
                self._cascades.append((kind, cv2.CascadeClassifier(str(path)), mirrorings))

    def find(self, rgb_hwc: NDArray[np.uint8]) -> list[PhotoBox]:
        """Return a box for each face and plate found; one may be found more than once."""
        height, width = rgb_hwc.shape[:2]
        scale = min(1.0, _LONGEST_PX / max(height, width))
        grey = cv2.cvtColor(np.ascontiguousarray(rgb_hwc), cv2.COLOR_RGB2GRAY)
        size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
        grey = cv2.equalizeHist(cv2.resize(grey, size_wh, interpolation=cv2.INTER_AREA))
        boxes = []
        for kind, cascade, mirrorings in self._cascades:
            for mirrored in mirrorings:
                looked_at = np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey
                for x, y, w, h in cascade.detectMultiScale(looked_at, scaleFactor=1.1, minNeighbors=self._certainty):
                    left = grey.shape[1] - x - w if mirrored else x
                    box = (left / scale, y / scale, (left + w) / scale, (y + h) / scale)
                    boxes.append(PhotoBox(kind, box))
        return boxes


class ModelFinder:
    """Finds things with a local detection model of transformers that ends in DETR's form (Carion et al. 2020).

    Such as DETR, Conditional DETR or YOLOS: for each query logits of the classes, the last of them for nothing, and a
    box. Only safetensors are read, and nothing is downloaded.

    Args:
        folder: Local folder of the model.
        labels: Names of its classes that are to be found, e.g. ``face``.
        device: A device of torch.
        threshold: Least probability, 0..1; low, since a thing that is missed is worse than one too many.
        longest_px: Pictures are scaled to this longer side at most.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        UsageError: The folder holds no such model, or the model has no such class.
    """

    def __init__(
        self, folder: Path, labels: tuple[str, ...], device: str, *, threshold: float = 0.3, longest_px: int = 1024
    ) -> None:
        from synthvision.realism.diffusion.pipelines import require_diffusers

        require_diffusers("finding with a detection model")
        from transformers import AutoModelForObjectDetection

        if not (folder / "config.json").is_file():
            raise UsageError(f"{folder} must hold a detection model of transformers, but has no config.json")
        try:
            loader: Any = AutoModelForObjectDetection
            model = loader.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise UsageError(f"{folder} must hold a detection model of transformers: {first}") from error
        names = {int(number): str(name) for number, name in model.config.id2label.items()}
        missing = sorted(set(labels) - set(names.values()))
        if missing or not labels:
            raise UsageError(
                f"labels must be of what the model in {folder.name} finds ({', '.join(sorted(names.values()))}), got "
                f"{', '.join(missing) or 'none'}"
            )
        self._wanted = {number: name for number, name in names.items() if name in labels}
        self._model: Any = model.to(device).eval()
        self._device, self._threshold, self._longest = device, threshold, longest_px

    def find(self, rgb_hwc: NDArray[np.uint8]) -> list[PhotoBox]:
        """Return a box for each thing found.

        Raises:
            UsageError: The model ends in another form than DETR's.
        """
        import torch

        height, width = rgb_hwc.shape[:2]
        scale = min(1.0, self._longest / max(height, width))
        size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
        small = cv2.resize(rgb_hwc, size_wh, interpolation=cv2.INTER_AREA)
        pixels = (small.astype(np.float32) / 255.0 - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)
        with torch.inference_mode():
            tensor = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None].to(self._device)
            output = self._model(pixel_values=tensor)
            if output.logits.shape[-1] != len(self._model.config.id2label) + 1:
                raise UsageError(
                    "a detection model must give logits of its classes and one for nothing, as DETR does, got "
                    f"{output.logits.shape[-1]} for {len(self._model.config.id2label)} classes"
                )
            chances = output.logits[0].softmax(-1).cpu().numpy()
            places = output.pred_boxes[0].float().cpu().numpy()
        boxes = []
        for chance, (x, y, w, h) in zip(chances, places, strict=True):
            for number, name in self._wanted.items():
                if chance[number] >= self._threshold:
                    corners = (x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height
                    boxes.append(PhotoBox(name, (corners[0], corners[1], corners[2], corners[3])))
        return boxes
