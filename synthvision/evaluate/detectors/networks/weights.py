"""Weights and states of trainings as safetensors, whole or not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_bytes

__all__ = ["load_state", "load_weights", "save_state", "save_weights"]

_STATE = "state"


def save_state(path: Path, tensors: Mapping[str, torch.Tensor], state: Mapping[str, Any]) -> None:
    """Write tensors, and JSON values in the header of their file.

    Args:
        path: The file; an older one stays until the new one is whole.
        tensors: By name.
        state: JSON values.

    Raises:
        DatasetError: The file cannot be written.
    """
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_bytes(path, save(plain, {_STATE: canonical_json(dict(state))}))


def load_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return the tensors and the JSON values that `save_state` wrote.

    Args:
        path: The file.

    Raises:
        UsageError: The file is missing or broken.
    """
    try:
        with safe_open(path, framework="pt") as stream:
            header = stream.metadata() or {}
        return load_file(path), json.loads(header.get(_STATE, "{}"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: weights must be there, but there is no such file") from error
    except (OSError, SafetensorError, ValueError) as error:
        raise UsageError(f"{path}: must be a whole safetensors file: {error}") from error


def save_weights(path: Path, network: nn.Module) -> None:
    """Write the weights of a network.

    Args:
        path: The file.
        network: Whose weights.

    Raises:
        DatasetError: The file cannot be written.
    """
    save_state(path, network.state_dict(), {})


def load_weights(path: Path, network: nn.Module, *, but: tuple[str, ...] = ()) -> None:
    """Give a network the weights that `save_weights` wrote.

    Args:
        path: The file.
        network: What they are given to.
        but: Beginnings of names of weights that the network keeps.

    Raises:
        UsageError: The file is missing or broken, or holds the weights of another network.
    """
    tensors, _ = load_state(path)
    own = network.state_dict()
    fitting = {
        name: tensors[name]
        for name, value in own.items()
        if not name.startswith(but) and name in tensors and tensors[name].shape == value.shape
    }
    missing = [name for name in own if name not in fitting and not name.startswith(but)]
    if missing or tensors.keys() - own.keys():
        odd = (missing or sorted(tensors.keys() - own.keys()))[0]
        raise UsageError(f"{path}: must hold the weights of this network, but differs in {odd}: other settings made it")
    network.load_state_dict({**own, **fitting})
