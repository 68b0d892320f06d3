"""Checkpoints: one file of tensors with the rest as JSON in its header, written as a whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import nn

from synthvision.core.errors import UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.atomic import write_bytes

__all__ = ["Checkpoint", "load_checkpoint", "load_weights", "save_checkpoint", "save_weights"]

_STATE = "state"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a training goes on from.

    Args:
        tensors: By name.
        state: Everything that is no tensor.
    """

    tensors: Mapping[str, torch.Tensor]
    state: Mapping[str, Any]


def save_checkpoint(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    extra: Mapping[str, torch.Tensor],
    state: Mapping[str, Any],
) -> None:
    """Write a checkpoint; an older one stays until the new one is whole.

    Args:
        path: The file.
        networks: By name, without dots.
        optimisers: By name, without dots.
        extra: Further tensors.
        state: JSON values.

    Raises:
        DatasetError: The disk is full, or the file cannot be written.
    """
    tensors: dict[str, torch.Tensor] = {}
    for name, network in networks.items():
        tensors |= {f"network.{name}.{key}": value for key, value in network.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, entries in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{name}.{index}.{key}": torch.as_tensor(value) for key, value in entries.items()}
    tensors |= {f"extra.{key}": value for key, value in extra.items()}
    write_bytes(path, save(_plain(tensors), {_STATE: canonical_json(dict(state))}))


def load_checkpoint(
    path: Path, networks: Mapping[str, nn.Module], optimisers: Mapping[str, torch.optim.Optimizer]
) -> Checkpoint:
    """Give networks and optimisers what a checkpoint holds, and return the rest of it.

    Args:
        path: The file.
        networks: By name; each must be of the shape that was saved.
        optimisers: By name.

    Raises:
        UsageError: The file is missing or broken, or was written for other networks.
    """
    tensors, state = _read(path)
    for name, network in networks.items():
        _fill(path, name, network, _below(tensors, f"network.{name}."))
    for name, optimiser in optimisers.items():
        entries: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in _below(tensors, f"optimiser.{name}.").items():
            index, _, entry = key.partition(".")
            entries.setdefault(int(index), {})[entry] = value
        optimiser.load_state_dict(
            {"state": dict(sorted(entries.items())), "param_groups": optimiser.state_dict()["param_groups"]}
        )
    return Checkpoint(_below(tensors, "extra."), state)


def save_weights(path: Path, network: nn.Module) -> None:
    """Write the weights of one network as safetensors.

    Raises:
        DatasetError: The disk is full, or the file cannot be written.
    """
    write_bytes(path, save(_plain(network.state_dict())))


def load_weights(path: Path, network: nn.Module) -> None:
    """Give a network the weights that `save_weights` wrote.

    Raises:
        UsageError: The file is missing or broken, or holds the weights of another network.
    """
    tensors, _ = _read(path)
    _fill(path, "model", network, tensors)


def _plain(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    try:
        data = path.read_bytes()
        tensors: dict[str, torch.Tensor] = load(data)
        with safe_open(path, framework="pt") as stream:
            header = stream.metadata() or {}
        return tensors, json.loads(header.get(_STATE, "{}"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: weights must be there, but there is no such file") from error
    except (OSError, SafetensorError, ValueError) as error:
        raise UsageError(f"{path}: must be a whole safetensors file: {error}") from error


def _below(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}


def _fill(path: Path, name: str, network: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    own = network.state_dict()
    if own.keys() != tensors.keys():
        odd = sorted(own.keys() ^ tensors.keys())
        raise UsageError(
            f"{path}: must hold the weights of this {name}, but differs in {len(odd)} of them, such as {odd[0]}: the "
            "file belongs to other settings"
        )
    for key, value in own.items():
        if value.shape != tensors[key].shape:
            raise UsageError(
                f"{path}: {key} of the {name} must have shape {tuple(value.shape)}, got {tuple(tensors[key].shape)}: "
                "the file belongs to other settings"
            )
    network.load_state_dict(dict(tensors))
