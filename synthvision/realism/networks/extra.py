"""The one door of the networks to torch, an optional dependency."""

from __future__ import annotations

from importlib.util import find_spec

from synthvision.core.errors import MissingExtraError, UsageError

__all__ = ["require_torch", "torch_device"]


def require_torch(feature: str) -> None:
    """Check that torch and safetensors can be imported; neither is imported.

    Args:
        feature: What needs them, for the message.

    Raises:
        MissingExtraError: One is not installed; the message holds the pip command.
    """
    if any(find_spec(name) is None for name in ("torch", "safetensors")):
        raise MissingExtraError(feature, "realism")


def torch_device(name: str) -> str:
    """Return the device of torch that a setting means: ``auto`` is a GPU where torch has one, else the CPU.

    Args:
        name: ``auto``, ``cpu``, or a device such as ``cuda`` or ``cuda:1``.

    Raises:
        UsageError: torch knows no such device, or has no GPU.
    """
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"device must be auto, cpu, cuda or cuda:N, got {name!r}") from error
    if device.type == "cuda" and not (torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()):
        raise UsageError(
            f"device {name} must be there, but torch sees {torch.cuda.device_count()} GPUs; use auto or cpu"
        )
    return name
