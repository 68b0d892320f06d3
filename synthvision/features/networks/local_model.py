"""A vision model of transformers in a local folder, as a feature extractor: DINOv2, CLIP, ViT, ConvNeXt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file, hash_json
from synthvision.features.networks.random_network import batches
from synthvision.features.resizing import library_versions

__all__ = ["LocalModel"]

_BATCH = 16
#: Mean and standard deviation of ImageNet's colours, where the folder does not state others.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class LocalModel:
    """Features from a model on disk; nothing is downloaded, and no code of the folder is run.

    They are the class token of the last layer, the mean over all places where the model has no such token, or the
    image embedding of a CLIP. Pictures are brought to the square that the model was trained on; size, mean and
    standard deviation come from ``preprocessor_config.json`` where there is one.

    Args:
        folder: Folder with ``config.json`` and weights as safetensors.
        device: ``cpu``, or a device of torch such as ``cuda:0``.

    Raises:
        UsageError: The folder holds no model that can be loaded, or one that takes no pictures.
    """

    comparable = False

    def __init__(self, folder: Path, device: str) -> None:
        from transformers import AutoModel

        self.name = folder.name
        self._device = torch.device(device)
        try:
            self._model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise UsageError(
                f"{folder}: must be a folder with a vision model of transformers as safetensors, and cannot be loaded: "
                f"{error}"
            ) from error
        self._model = self._model.to(self._device).eval()
        # A CLIP keeps what belongs to pictures in a part of its own.
        config = getattr(self._model.config, "vision_config", self._model.config)
        stated = _preprocessing(folder)
        self._side = _side(stated, getattr(config, "image_size", None), folder)
        self._mean = torch.tensor(stated.get("image_mean", _MEAN), device=self._device).view(1, 3, 1, 1)
        self._std = torch.tensor(stated.get("image_std", _STD), device=self._device).view(1, 3, 1, 1)
        files = sorted(file for file in folder.iterdir() if file.suffix in (".json", ".safetensors"))
        digest = hash_json([[file.name, hash_file(file)] for file in files])
        self.identity = f"{self.name} {digest}, torch {torch.__version__}, {library_versions()}"

    def features(self, pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the features of pictures, float32 (n, d).

        Args:
            pictures: uint8 (height, width, 3) each, of any size; read once, 16 at a time.

        Raises:
            UsageError: There are no pictures, or the model gives no features of them.
        """
        found = []
        with torch.inference_mode():
            for batch in batches(pictures, (self._side, self._side), _BATCH):
                x = torch.from_numpy(batch).to(self._device).permute(0, 3, 1, 2).float() / 255
                found.append(self._pooled((x - self._mean) / self._std).float().cpu().numpy())
        if not found:
            raise UsageError("there must be at least one picture to take features of, got none")
        return np.concatenate(found)

    def _pooled(self, x: torch.Tensor) -> torch.Tensor:
        if hasattr(self._model, "get_image_features"):
            embedded = self._model.get_image_features(pixel_values=x)
            return embedded if isinstance(embedded, torch.Tensor) else embedded.pooler_output
        try:
            hidden = self._model(pixel_values=x).last_hidden_state
        except (TypeError, AttributeError, ValueError) as error:
            raise UsageError(f"the model {self.name} must take pictures and give hidden states: {error}") from error
        # A model's own pooling layer is left alone: in many files it is missing, and would be random.
        return hidden.mean(dim=(2, 3)) if hidden.ndim == 4 else hidden[:, 0]


def _preprocessing(folder: Path) -> Mapping[str, Any]:
    file = folder / "preprocessor_config.json"
    if not file.is_file():
        return {}
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{file}: must be JSON: {error}") from error
    return data if isinstance(data, dict) else {}


def _side(stated: Mapping[str, Any], trained: Any, folder: Path) -> int:
    for size in (stated.get("crop_size"), stated.get("size"), trained):
        value = next(iter(size.values()), None) if isinstance(size, dict) else size
        if isinstance(value, (list, tuple)) and value:
            value = value[0]
        if isinstance(value, int) and value > 0:
            return value
    raise UsageError(
        f"{folder}: preprocessor_config.json must state the size of pictures (crop_size or size), got none"
    )
