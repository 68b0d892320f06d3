"""Loading networks of transformers from local folders, and pictures as they want them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    import torch

__all__ = ["Normalisation", "as_input", "load_network"]

# Of networks whose folder does not say it: the mean and deviation of ImageNet, with which nearly all were trained.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)

Normalisation = tuple[NDArray[np.float32], NDArray[np.float32]]


def load_network(folder: Path, kind: str, device: str, key: str) -> tuple[Any, Normalisation]:
    """Return a network in evaluation mode, and mean and deviation of the colours that it expects.

    Args:
        folder: Local folder with ``config.json`` and safetensors; nothing is downloaded, no code of the folder is run.
        kind: Class of transformers that loads it, such as ``AutoModel``.
        device: ``cpu``, or a device of torch.
        key: Key of the config that names the folder, for messages.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        UsageError: The folder is missing or holds no such network.
    """
    try:
        import torch
        import transformers
        from safetensors import SafetensorError
    except ImportError as error:
        raise MissingExtraError(f"realism with {key}", "realism") from error
    if not (folder / "config.json").is_file():
        raise UsageError(
            f"{key} must be a local folder with config.json and safetensors, but there is none at {folder}"
        )
    try:
        network = getattr(transformers, kind).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
        network = network.to(torch.device(device)).eval()
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
        first = str(error).strip().split("\n")[0]
        raise UsageError(f"{key} must hold a network for {kind}, but {folder} could not be loaded: {first}") from error
    return network, _normalisation(folder, key)


def as_input(
    pictures: Sequence[NDArray[np.uint8]], size_hw: tuple[int, int], colours: Normalisation, device: str
) -> torch.Tensor:
    """Return pictures, all resized to one size, as a batch (n, 3, height, width).

    Args:
        pictures: uint8 (height, width, 3) each.
        size_hw: The size to make of them.
        colours: From `load_network`.
        device: Where the batch goes.
    """
    import torch

    mean, deviation = colours
    batch = []
    for picture in pictures:
        smaller = size_hw[0] * size_hw[1] < picture.shape[0] * picture.shape[1]
        method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        resized = cv2.resize(picture, size_hw[::-1], interpolation=method).astype(np.float32) / 255
        batch.append(((resized - mean) / deviation).transpose(2, 0, 1))
    return torch.from_numpy(np.ascontiguousarray(np.stack(batch))).to(device)


def _normalisation(folder: Path, key: str) -> Normalisation:
    path = folder / "preprocessor_config.json"
    data: dict[str, Any] = {}
    if path.is_file():
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{key}: {path} must be JSON: {error}") from error
    if data.get("do_normalize") is False:
        return np.zeros(3, np.float32), np.ones(3, np.float32)
    mean, deviation = data.get("image_mean", _MEAN), data.get("image_std", _DEVIATION)
    return np.asarray(mean, np.float32), np.asarray(deviation, np.float32)
