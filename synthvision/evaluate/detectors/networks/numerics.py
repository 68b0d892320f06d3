"""Devices and number formats of networks."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from synthvision.core.errors import UsageError

__all__ = ["autocast", "chosen_precision", "torch_device"]

_TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# What CPUs call their instructions for bfloat16.
_FAST_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def torch_device(name: str) -> str:
    """Return the device of torch that a setting means: ``auto`` is a GPU where torch has one, else the CPU.

    Args:
        name: ``auto``, ``cpu``, or a device such as ``cuda`` or ``cuda:1``.

    Raises:
        UsageError: torch knows no such device, or has no GPU.
    """
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


def chosen_precision(wanted: str, device: torch.device) -> str:
    """Return the number format of convolutions: float32, bfloat16 or float16.

    Args:
        wanted: One of them, or auto: the fastest that a device has instructions for.
        device: Where the network runs.

    Raises:
        UsageError: float16 on a CPU, where gradients vanish and nothing is faster.
    """
    if wanted == "float16" and device.type == "cpu":
        raise UsageError("precision must be auto, float32 or bfloat16 on a CPU, got float16")
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    # Older releases of torch cannot tell; float32 is right everywhere.
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return "bfloat16" if any(capabilities.get(name) for name in _FAST_BFLOAT16) else "float32"


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """Return a block in which convolutions run in a number format.

    Args:
        device: Where the network runs.
        precision: float32, bfloat16 or float16.
    """
    context: AbstractContextManager[None] = torch.autocast(
        device.type,
        dtype=_TYPES[precision] if precision != "float32" else torch.bfloat16,
        enabled=precision != "float32",
    )
    return context
