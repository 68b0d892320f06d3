"""Checks that keep arrays between stages honest: dtype and shape on creation, read-only afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError

__all__ = ["frozen_array"]


def frozen_array(
    name: str, array: NDArray[Any], dtype: type[np.generic], shape: tuple[int | None, ...]
) -> NDArray[Any]:
    """Return `array` made read-only, after checking dtype and shape.

    Args:
        name: Name used in the error.
        array: Any array.
        dtype: The dtype it must have; nothing is converted.
        shape: The shape it must have; None stands for any length.

    Raises:
        UsageError: dtype or shape differ.

    Example:
        >>> frozen_array("mask_hw", np.zeros((2, 3), np.bool_), np.bool_, (2, 3)).flags.writeable
        False
    """
    if array.dtype != dtype:
        raise UsageError(f"{name} must have dtype {np.dtype(dtype)}, got {array.dtype}")
    matches = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not matches:
        raise UsageError(f"{name} must have shape {shape}, got {array.shape}")
    view = array.view()
    view.flags.writeable = False
    return view
